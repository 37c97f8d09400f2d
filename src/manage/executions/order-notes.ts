// The orders of one execution as they are told: which have changed since the last news, each once, as it stands then. A
// market maker's quote that replaces another one is the same order with other numbers. What moves a resting order without
// changing its state or what is filled is not urgent: it goes with the next news, so that quotes do not flood anybody.
// Constant time for each change; an event that changes no order costs nothing here. Times in microseconds.
import type { Amendment, Order, Venue } from "../../simulation/simulation.ts";
import type { Result } from "../../domain/result.ts";
import type { BookedOrder } from "../orders/orders.ts";

interface Live {
  readonly symbol: string;
  readonly venue: Pick<Venue, "amend" | "cancel">;
  order: Order;
  /** As it was last told; null: it was not. */
  state: Order["state"] | null;
  filled: number;
  stop: number | null;
  at: number;
  dirty: boolean;
}

/** Why an order cannot be changed any more. */
export const ORDER_OVER = "the order is over";

export class OrderNotes {
  /** By number; those that are over go with the news that tells so. */
  private readonly live = new Map<number, Live>();
  private dirty: Live[] = [];
  private noted = false;
  private trailing = 0;

  note(order: Order, symbol: string, time: number, venue: Live["venue"]): void {
    let live = this.live.get(order.chain);
    if (live === undefined) {
      live = { symbol, venue, order, state: null, filled: 0, stop: order.stop, at: time, dirty: false };
      this.live.set(order.chain, live);
      if (order.trailing !== null) this.trailing++;
    }
    // One that was replaced may be filled, and end, after the one in its place was sent.
    if (order.id >= live.order.id) live.order = order;
    live.at = time;
    this.noted = true;
    if (live.dirty) return;
    live.dirty = true;
    this.dirty.push(live);
  }

  /** Whether something has happened since the last call that is to be told at once. */
  urgent(): boolean {
    if (!this.noted) return false;
    this.noted = false;
    return this.dirty.some((live) => live.state !== stateOf(live.order) || live.filled !== filledOf(live.order));
  }

  /** Whether something may have moved that was not told. */
  get waits(): boolean {
    return this.dirty.length > 0 || this.trailing > 0;
  }

  /** Everything that has changed since the last call. */
  take(): readonly BookedOrder[] {
    if (this.trailing > 0) this.follow();
    if (this.dirty.length === 0) return [];
    const told = this.dirty.map((live) => booked(live));
    for (const live of this.dirty) {
      live.dirty = false;
      live.state = stateOf(live.order);
      live.filled = filledOf(live.order);
      live.stop = live.order.stop;
      if (!isOver(live.state)) continue;
      this.live.delete(live.order.chain);
      if (live.order.trailing !== null) this.trailing--;
    }
    this.dirty = [];
    this.noted = false;
    return told;
  }

  /** As it stands; null: it is over, or was never told of. */
  get(number: number): BookedOrder | null {
    const live = this.live.get(number);
    return live === undefined || isOver(live.order.state) ? null : booked(live);
  }

  amend(number: number, change: Amendment): Result<Order, string> | null {
    const live = this.open(number);
    if (live === null) return null;
    const before = live.order.before?.filled ?? 0;
    const { quantity } = change;
    return live.venue.amend(
      live.order.id,
      quantity === undefined ? change : { ...change, quantity: quantity - before },
    );
  }
  cancel(number: number): Result<Order, string> | null {
    const live = this.open(number);
    return live === null ? null : live.venue.cancel(live.order.id);
  }

  /** What was asked for between two events happened then, and not with the event before. */
  changedAt(number: number, at: number): void {
    const live = this.live.get(number);
    if (live?.dirty === true) live.at = Math.max(live.at, at);
  }

  private open(number: number): Live | null {
    const live = this.live.get(number);
    return live === undefined || isOver(live.order.state) ? null : live;
  }

  private follow(): void {
    for (const live of this.live.values()) {
      if (live.dirty || live.order.trailing === null || live.order.stop === live.stop) continue;
      live.dirty = true;
      this.dirty.push(live);
    }
  }
}

function booked({ order, symbol, at }: Live): BookedOrder {
  const { before, side, kind, limit, stop, trailing, timeInForce, reduceOnly, purpose, oco, reason } = order;
  const filled = filledOf(order);
  const value = (before?.value ?? 0) + order.filled * order.price;
  return {
    number: order.chain,
    symbol,
    side: side === "buy" ? "BUY" : "SELL",
    kind,
    state: stateOf(order),
    quantity: (before?.filled ?? 0) + order.quantity,
    filled,
    average: filled > 0 ? value / filled : 0,
    limit,
    stop,
    trail: trailing,
    timeInForce,
    reduceOnly,
    purpose,
    oco,
    reason,
    createdAt: Math.round(before?.submittedAt ?? order.submittedAt),
    updatedAt: Math.round(at),
  };
}

/** An order that replaced another one goes on in its state. */
function stateOf({ state, before }: Order): Order["state"] {
  if (before === null || (state !== "new" && state !== "working")) return state;
  return before.filled > 0 ? "partially_filled" : "working";
}

function filledOf({ before, filled }: Order): number {
  return (before?.filled ?? 0) + filled;
}

function isOver(state: Order["state"]): boolean {
  return state !== "new" && state !== "working" && state !== "partially_filled";
}
