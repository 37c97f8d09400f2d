// A market maker's two sides: post-only limits that rest until the next quote moves them. Sizes of a quote are relative:
// the larger side is worth a full position of the policy. A side is not quoted while the inventory that it would add to
// is full. An exit takes both back; the inventory stays, the other side works it off. A side that could open a position
// counts as one that is open: where no more may be opened it is not quoted, and the other one only leaves what is held.
import type { Order, Side, Venue } from "./order.ts";
import { isOver } from "./order-states.ts";
import { fullSize, mostOf, type Policy, type TradeSignal } from "./policy.ts";
import { openingFault } from "./tally.ts";

interface Sides {
  bid: Order | null;
  ask: Order | null;
}

export class Quotes {
  private readonly venue: Venue;
  private policy: Policy;
  private readonly standing = new Map<number, Sides>();

  constructor(venue: Venue, policy: Policy) {
    this.venue = venue;
    this.policy = policy;
  }

  /** From the next quote on. */
  retune(policy: Policy): void {
    this.policy = policy;
  }

  /** Puts a quote into the market in place of the last one; why a side was refused, or null. */
  quote({ symbol, action, values }: TradeSignal): string | null {
    const sides = this.standing.get(symbol) ?? { bid: null, ask: null };
    this.standing.set(symbol, sides);
    const [bid = 0, ask = 0, bidSize = 0, askSize = 0] = action === "exit" ? [] : values;
    const largest = Math.max(bidSize, askSize);
    const full = fullSize(this.policy, this.venue.capital);
    const size = (own: number, price: number): number =>
      largest > 0 && price > 0 ? ((full / price) * own) / largest : 0;
    const low = this.side(symbol, "buy", sides.bid, bid, size(bidSize, bid));
    const high = this.side(symbol, "sell", sides.ask, ask, size(askSize, ask));
    sides.bid = typeof low === "string" ? null : low;
    sides.ask = typeof high === "string" ? null : high;
    return typeof low === "string" ? low : typeof high === "string" ? high : null;
  }

  private side(symbol: number, side: Side, standing: Order | null, price: number, size: number): Order | string | null {
    const wanted = Math.min(size, this.room(symbol, side, price));
    const resting = standing !== null && !isOver(standing.state) ? standing : null;
    if (resting !== null && wanted > 0 && resting.limit === price) return resting;
    if (resting !== null) this.venue.cancel(resting.id);
    if (!(wanted > 0)) return null;
    const against = this.venue.held(symbol) * (side === "buy" ? -1 : 1);
    const fault = this.limitFault(symbol);
    if (fault !== null && !(against > 0)) return fault;
    const quantity = fault === null ? Math.min(wanted, this.left(symbol, side, price)) : Math.min(wanted, against);
    if (!(quantity > 0)) return null;
    const replaces = resting === null ? {} : { replaces: resting };
    const limits = fault === null ? { most: mostOf(this.policy, quantity) } : { reduceOnly: true };
    const sent = this.venue.submit({
      symbol,
      side,
      kind: "limit",
      limit: price,
      quantity,
      postOnly: true,
      ...limits,
      ...replaces,
    });
    return sent.ok ? sent.value : sent.failure;
  }

  /** Units that may be added on a side before the inventory is full. */
  private room(symbol: number, side: Side, price: number): number {
    const held = this.venue.held(symbol) * (side === "buy" ? 1 : -1);
    const most = (this.policy.inventory * fullSize(this.policy, this.venue.capital)) / price;
    return Math.max(0, most - held);
  }

  /** Units that may be added on a side before the position is worth max_position_size, whatever is on its way filled. */
  private left(symbol: number, side: Side, price: number): number {
    const { maxPositionSize } = this.policy;
    if (maxPositionSize === null) return Number.POSITIVE_INFINITY;
    const held = this.venue.held(symbol) * (side === "buy" ? 1 : -1);
    return maxPositionSize / price - held - this.venue.underway(symbol, side);
  }

  /** Why no position may be opened in the symbol now. */
  private limitFault(symbol: number): string | null {
    const { tally } = this.venue;
    return openingFault(this.policy, tally, this.venue.now(), 1, tally.engages(symbol) ? 0 : 1);
  }
}
