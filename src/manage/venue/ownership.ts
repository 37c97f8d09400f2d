// Why an order would trade what is not its execution's: coins of others on a spot market, or what a person has closed at the
// venue beneath it. Main thread.
import type { VenueOrderRecord } from "../../store/venue.ts";
import { exactOf, numberOf } from "./exact-sum.ts";
import type { Outbox } from "./outbox.ts";
import type { LiveVenue } from "./port.ts";

type Order = Pick<VenueOrderRecord, "executionId" | "symbol" | "side" | "quantity" | "reduceOnly">;

/** What adding up decimals may leave, as a share. */
const QUANTITY_SLACK = 1e-9;

/** On a spot market what an execution has not bought itself is somebody else's: selling it is no short position. */
export function shortFault(
  outbox: Outbox,
  venue: LiveVenue,
  { executionId, symbol, side, quantity, reduceOnly }: Order,
): string | null {
  if (side === "buy" || reduceOnly || venue.spot([symbol]).length === 0) return null;
  const held = outbox.leavable(executionId, symbol, "sell");
  if (quantity <= held + QUANTITY_SLACK * quantity) return null;
  return (
    `${symbol} is a spot market, where selling ${quantity} with ${Math.max(0, held)} held opens a short position of ` +
    "coins that are not the execution's; trade it without allow_short, or where it has contracts"
  );
}

/**
 * How much of an order may be sent where less is there than open executions have, because a person has closed it. Whose
 * that was is known to nobody here: what an execution leaves is its own for certain as far as it has more than all that is
 * missing. One that only leaves a position is cut to that; 0: nothing of it may be sent.
 */
export function ownPart(outbox: Outbox, { executionId, symbol, side, quantity, reduceOnly }: Order): number {
  const missing = outbox.missing.get(symbol) ?? 0;
  const sign = side === "buy" ? 1 : -1;
  if (missing * sign <= 0 || !(reduceOnly || outbox.claims.of(executionId, symbol) * sign < 0)) return quantity;
  const own = numberOf(exactOf(outbox.leavable(executionId, symbol, side)) - exactOf(Math.abs(missing)));
  if (quantity <= own * (1 + QUANTITY_SLACK)) return quantity;
  return reduceOnly && own > QUANTITY_SLACK * quantity ? own : 0;
}

export function missingText(symbol: string, missing: number): string {
  return (
    `the venue holds ${Math.abs(missing)} ${symbol} less than open executions have: ` +
    "stop the execution whose position was closed there"
  );
}
