// A market maker's two sides: post-only limits that rest until the next quote moves them. Sizes of a quote are relative:
// the larger side is worth a full position of the policy. A side is not quoted while the inventory that it would add to
// is full. An exit takes both back; the inventory stays, the other side works it off.
import type { Order, Side, Venue } from "./order.ts";
import { isOver } from "./order-states.ts";
import { fullSize, type Policy, type TradeSignal } from "./policy.ts";

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
    const quantity = Math.min(size, this.room(symbol, side, price));
    const resting = standing !== null && !isOver(standing.state) ? standing : null;
    if (resting !== null && quantity > 0 && resting.limit === price) return resting;
    if (resting !== null) this.venue.cancel(resting.id);
    if (!(quantity > 0)) return null;
    const replaces = resting === null ? {} : { replaces: resting };
    const sent = this.venue.submit({
      symbol,
      side,
      kind: "limit",
      limit: price,
      quantity,
      postOnly: true,
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
}
