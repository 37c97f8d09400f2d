// What a thread of executions tells of orders, positions and the ledger: plain data. Times in microseconds, prices and
// quantities as they are; what is posted is whole millionths, debits positive.
import type { LedgerRecord, OrderRecord } from "../../store/orders.ts";

/** An order as it stands, by its number in its execution. */
export type BookedOrder = Omit<OrderRecord, "orderId" | "position" | "executionId" | "strategyId">;

/** A balanced set of postings: its six amounts add up to 0. */
export type Posting = Omit<LedgerRecord, "executionId" | "entry" | "trade">;

/** What postings come to, each account by its own. */
export type Balances = Readonly<Record<"cash" | "cost" | "fees" | "realised" | "carry" | "capital", number>>;

export interface BookedPosition {
  readonly symbol: string;
  /** Negative when short. */
  readonly quantity: number;
  /** Units of account, with the sign of the quantity. */
  readonly cost: number;
  readonly mark: number;
}

export const NO_BALANCES: Balances = { cash: 0, cost: 0, fees: 0, realised: 0, carry: 0, capital: 0 };

export function added(one: Balances, other: Balances): Balances {
  return {
    cash: one.cash + other.cash,
    cost: one.cost + other.cost,
    fees: one.fees + other.fees,
    realised: one.realised + other.realised,
    carry: one.carry + other.carry,
    capital: one.capital + other.capital,
  };
}

export function isOverState(state: BookedOrder["state"]): boolean {
  return state !== "new" && state !== "working" && state !== "partially_filled";
}
