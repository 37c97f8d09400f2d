// An order as the venue holds it: what was asked, how far it got, and when it may be filled. Prices that were not given
// are NaN here and null to readers.
import type { EpochUs, Price } from "../domain/units.ts";
import type { Amendment, Bracket, Order, OrderKind, OrderRequest, Purpose, Side, TimeInForce } from "./order.ts";
import { isOver, mayMove, type OrderState } from "./order-states.ts";

/** Market orders of several symbols that are filled together. */
export interface Basket {
  readonly orders: WorkingOrder[];
  /** How many of them have not had an event yet. */
  waiting: number;
}

export class WorkingOrder implements Order {
  readonly id: number;
  readonly symbol: number;
  readonly side: Side;
  /** 1 buys, -1 sells. */
  readonly sign: number;
  readonly kind: OrderKind;
  readonly timeInForce: TimeInForce;
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
  readonly purpose: Purpose;
  readonly bracket: Bracket | null;
  readonly submittedAt: EpochUs;
  /** In the market from this time on. */
  activeAt: EpochUs;
  /** Number of the first event that may fill it; the one that caused it has a smaller number. */
  firstEvent: number;
  state: OrderState = "new";
  /** Whether the state is an end: every event asks it of every order. */
  over = false;
  quantity: number;
  filled = 0;
  value = 0;
  /** Share of the equity, NaN when the quantity is known. */
  share: number;
  limitAt: Price;
  stopAt: Price;
  trail: number;
  /** The first event whose range a trailing stop follows. */
  trailFrom: number;
  /** Event at which a stop was reached, 0 before: it is a market or limit order from then on. */
  setOffIn = 0;
  /** A limit order that met the market and waits at its price. */
  resting = false;
  /** Price of the entry that brought it into force. */
  bornAt: Price = Number.NaN;
  oco: number;
  expiresAt: EpochUs = Number.POSITIVE_INFINITY;
  /** A change that is on its way. */
  cancelAt: EpochUs = Number.POSITIVE_INFINITY;
  amendment: Amendment | null = null;
  amendAt: EpochUs = Number.POSITIVE_INFINITY;
  basket: Basket | null = null;
  seen = false;
  /** Stop and target of an entry, once it has fills. */
  readonly children: WorkingOrder[] = [];
  reason: string | null = null;

  constructor(id: number, request: OrderRequest, submittedAt: EpochUs, activeAt: EpochUs, firstEvent: number) {
    this.id = id;
    this.symbol = request.symbol;
    this.side = request.side;
    this.sign = request.side === "buy" ? 1 : -1;
    this.kind = request.kind;
    this.timeInForce = request.timeInForce ?? "gtc";
    this.postOnly = request.postOnly ?? false;
    this.reduceOnly = request.reduceOnly ?? false;
    this.purpose = request.purpose ?? (request.kind === "trailing_stop" ? "trailing" : "signal");
    this.bracket = request.bracket ?? null;
    this.quantity = request.quantity ?? 0;
    this.share = request.share ?? Number.NaN;
    this.limitAt = request.limit ?? Number.NaN;
    this.stopAt = request.stop ?? Number.NaN;
    this.trail = request.trail ?? Number.NaN;
    this.oco = request.oco ?? 0;
    this.submittedAt = submittedAt;
    this.activeAt = activeAt;
    this.firstEvent = firstEvent;
    this.trailFrom = firstEvent;
  }

  get limit(): Price | null {
    return Number.isNaN(this.limitAt) ? null : this.limitAt;
  }
  get stop(): Price | null {
    return Number.isNaN(this.stopAt) ? null : this.stopAt;
  }
  get price(): Price {
    return this.filled > 0 ? this.value / this.filled : 0;
  }
  /** What may still be filled; a remainder that only rounding made counts as nothing. */
  get open(): number {
    const rest = this.quantity - this.filled;
    return rest > 1e-12 * this.quantity ? rest : 0;
  }
  /** Whether it waits for a price rather than taking what there is. */
  get isStop(): boolean {
    return this.setOffIn === 0 && !Number.isNaN(this.stopAt);
  }

  move(to: OrderState, reason: string | null = null): void {
    if (!mayMove(this.state, to)) throw new Error(`order ${this.id} cannot go from ${this.state} to ${to}`);
    this.state = to;
    this.over = isOver(to);
    this.reason = reason;
  }
}
