// The double-entry ledger of one execution as it is told: for every fill and every payment a balanced set of postings, the
// difference of its account's books before and after. What an account that goes on is booked from may differ from what was
// posted (shares of the capital that ended meanwhile are netted with the rest): that is posted as a recall, balanced as
// well. Whole millionths, debits positive; times in microseconds.
import type { Books } from "../../simulation/simulation.ts";
import { added, type Balances, NO_BALANCES, type Posting } from "../orders/orders.ts";

type Cause = Pick<Posting, "kind" | "symbol" | "timestamp">;

export class Postings {
  /** Everything that was posted. */
  balances: Balances = NO_BALANCES;
  private untold: Posting[] = [];

  /** `before` and `after`: the books of one account. */
  post({ kind, symbol, timestamp }: Cause, before: Balances, after: Balances): void {
    const cash = after.cash - before.cash;
    const cost = after.cost - before.cost;
    const fees = after.fees - before.fees;
    const realised = after.realised - before.realised;
    const carry = after.carry - before.carry;
    const capital = after.capital - before.capital;
    if (cash === 0 && cost === 0 && fees === 0 && realised === 0 && carry === 0 && capital === 0) return;
    const posting: Posting = { kind, timestamp, symbol, cash, cost, fees, realised, carry, capital };
    this.untold.push(posting);
    this.balances = added(this.balances, posting);
  }

  take(): readonly Posting[] {
    const { untold } = this;
    if (untold.length > 0) this.untold = [];
    return untold;
  }
}

/** Debits positive: what was earned and the capital are credits. */
export function balancesOf({ cash, cost, fees, realised, carry, capital }: Books): Balances {
  return { cash, cost, fees, realised: 0 - realised, carry: 0 - carry, capital: 0 - capital };
}
