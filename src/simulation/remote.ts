// Orders that a real venue fills instead of the simulation. Market and limit orders that were submitted leave at once;
// stops, trailing stops and the targets of entries are watched here, and what they want leaves when the market reaches
// them. From then on an order is filled and ended by what the venue tells alone: to end it here is to ask for that. One
// that leaves a position and was not taken there is not lost: setback.ts says what becomes of it. What has to wait for
// another order leaves as soon as that is over, for what there is to leave and may be opened then.
// Books, positions and everything that follows from a fill are those of the simulation. Used from one thread.
import type { Price } from "../domain/units.ts";
import type { Market } from "./market.ts";
import type { Order } from "./order.ts";
import type { WorkingOrder } from "./working-order.ts";

export interface Remote {
  /** `quantity`: what is wanted of it. `mark`: the last price of the symbol. */
  send(order: Order, quantity: number, mark: Price): void;
  /** It may end, or be filled before it does. */
  cancel(order: Order): void;
  /** An order that leaves a position was refused or ended there, and nobody had asked for that. */
  setback?(setback: Setback): void;
}

/** Why an order is over whose end a person has decided: nothing more is sent for it. */
export const SETTLED_BY_OPERATOR = "settled by an operator";
/** What adding up parts may leave, as a share. */
const ROUNDING = 1e-9;

export interface Setback {
  /** As it goes on. */
  readonly order: Order;
  readonly reason: string;
  /** How many such orders of the symbol this was in a row. */
  readonly times: number;
  /** It was to turn the position: only what leaves that goes on. */
  readonly turned: boolean;
}

/** Whether it leaves as soon as it is placed. */
export function leavesAtOnce(order: WorkingOrder): boolean {
  return !order.isStop && Number.isNaN(order.bornAt);
}

/** False: it has left before, or has to wait. */
export function send(remote: Remote, market: Market, order: WorkingOrder, quantity: number): boolean {
  order.standsBack = false;
  if (order.sent || !(quantity > 0) || pauses(market, order)) return false;
  order.standsBack = standsBack(remote, market, order, quantity);
  if (order.standsBack) return false;
  order.sent = true;
  order.sentUnits = quantity;
  remote.send(order, quantity, market.position.mark);
  return true;
}

/** After a setback the venue has a while, by the clock of the symbol's events. */
function pauses({ setbacks, known }: Market, { reduceOnly, purpose }: WorkingOrder): boolean {
  return reduceOnly && known < (setbacks.get(purpose)?.until ?? 0);
}

/**
 * Two orders that leave the same position would turn it, and a third more than turn it: the one at the venue has to be over
 * before the next is sent, unless they are for different parts of it. One that rests there at its limit is taken back for
 * that; a market order is waited for, it leaves the position as well.
 */
function standsBack(remote: Remote, market: Market, order: WorkingOrder, quantity: number): boolean {
  const before = market.orders.filter((other) => other !== order && inTheWay(market, order, other));
  if (haveRoom(market, order, quantity, before)) return false;
  for (const other of before) {
    if (other.withdrawn || other.limit === null) continue;
    other.withdrawn = true;
    remote.cancel(other);
  }
  return before.length > 0;
}

/** Whether all of them together leave no more than is held: the stops of an entry that was filled in parts. */
function haveRoom(
  { position }: Market,
  order: WorkingOrder,
  quantity: number,
  before: readonly WorkingOrder[],
): boolean {
  if (!order.reduceOnly || before.some(({ oco }) => oco !== 0 && oco === order.oco)) return false;
  const leaving = before.reduce((sum, { sentUnits, filled }) => sum + sentUnits - filled, quantity);
  return leaving <= -order.sign * position.quantity * (1 + ROUNDING);
}

/** Also one that is to turn the position, whichever of the two that is. */
function inTheWay({ position }: Market, order: WorkingOrder, other: WorkingOrder): boolean {
  if (!other.sent || other.over || other.sign !== order.sign) return false;
  return other.reduceOnly || order.sign * position.quantity < 0;
}
