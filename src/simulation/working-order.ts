// An order as the venue holds it: what was asked, how far it got, and when it may be filled. Prices that were not given
// are NaN here and null to readers.
import type { EpochUs, Price } from "../domain/units.ts";
import type {
  Amendment,
  Bracket,
  Order,
  OrderKind,
  OrderRequest,
  Purpose,
  Side,
  Slicing,
  TimeInForce,
} from "./order.ts";
import { isOver, mayMove, type OrderState } from "./order-states.ts";

/** Market orders of several symbols that are filled together. */
export interface Basket {
  readonly orders: WorkingOrder[];
  /** How many of them have not had an event yet, and are not over. */
  waiting: number;
  /** One of them was over before it could be filled. */
  broken: boolean;
}

export class WorkingOrder implements Order {
  readonly id: number;
  readonly chain: number;
  /** Whose place it took, as long as that one may still be filled: it is on its way out of the market. */
  private leaving: Order | null = null;
  private left: Order["before"] = null;
  readonly symbol: number;
  readonly side: Side;
  /** 1 buys, -1 sells. */
  readonly sign: number;
  readonly kind: OrderKind;
  readonly timeInForce: TimeInForce;
  readonly postOnly: boolean;
  reduceOnly: boolean;
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
  /** What another order of its pair has filled of it. */
  lost = 0;
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
  /** Why it is taken back; null: it is not. */
  cancelReason: string | null = null;
  amendment: Amendment | null = null;
  amendAt: EpochUs = Number.POSITIVE_INFINITY;
  basket: Basket | null = null;
  seen = false;
  /** It is at a real venue: only that one fills and ends it. */
  sent = false;
  /** What was asked for there. */
  sentUnits = 0;
  /** It waits for another one that is there; no event does anything to it meanwhile. */
  standsBack = false;
  /** The venue was asked to end it: for good, or only to make room for another order. */
  ending = false;
  withdrawn = false;
  /** A newer decision keeps the position that it leaves: refused, it is over. Of an entry: what it still opens is left. */
  final = false;
  /** The exit in which it goes on since a real venue refused it, or that leaves what it was filled of too late. */
  heir: WorkingOrder | null = null;
  /** What it may open at most, in units and at the prices of its fills, and whether that is one position. */
  mostUnits: number;
  readonly mostMoney: number;
  readonly once: boolean;
  /** What it has opened. */
  opened = 0;
  openedValue = 0;
  /** It counts among those that may open a position, and has opened one from nothing. */
  counted = false;
  arrived = false;
  /** How it is filled in parts; null: as much as there is. */
  readonly slice: Slicing | null;
  /** Time of the first event that could fill a part of it, NaN before. */
  slicedFrom: EpochUs = Number.NaN;
  /** Event in which it took parts, and what was filled before. */
  slicedIn = 0;
  slicedBefore = 0;
  /** Stop and target of an entry, once it has fills. */
  readonly children: WorkingOrder[] = [];
  reason: string | null = null;

  constructor(id: number, request: OrderRequest, submittedAt: EpochUs, activeAt: EpochUs, firstEvent: number) {
    this.id = id;
    const { replaces } = request;
    this.chain = replaces?.chain ?? id;
    if (replaces !== undefined) this.succeed(replaces);
    this.symbol = request.symbol;
    this.side = request.side;
    this.sign = request.side === "buy" ? 1 : -1;
    this.kind = request.kind;
    this.timeInForce = request.timeInForce ?? "gtc";
    this.postOnly = request.postOnly ?? false;
    this.reduceOnly = request.reduceOnly ?? false;
    this.purpose = request.purpose ?? (request.kind === "trailing_stop" ? "trailing" : "signal");
    this.bracket = request.bracket ?? null;
    this.slice = request.slice ?? null;
    this.mostUnits = request.most?.units ?? Number.POSITIVE_INFINITY;
    this.mostMoney = request.most?.money ?? Number.POSITIVE_INFINITY;
    this.once = request.most?.once ?? false;
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

  get before(): Order["before"] {
    if (this.leaving !== null) this.succeed(this.leaving);
    return this.left;
  }
  get limit(): Price | null {
    return Number.isNaN(this.limitAt) ? null : this.limitAt;
  }
  get stop(): Price | null {
    return Number.isNaN(this.stopAt) ? null : this.stopAt;
  }
  get trailing(): number | null {
    return Number.isNaN(this.trail) ? null : this.trail;
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
  /** Whether it is watched here until the market reaches its level: the stop or the target of a position. */
  get protects(): boolean {
    return this.reduceOnly && !(Number.isNaN(this.stopAt) && Number.isNaN(this.bornAt));
  }

  /** What is over is let go of, so that an order that is replaced again and again holds on to a few at most. */
  private succeed(replaced: Order): void {
    this.left = chained(replaced);
    const final = isOver(replaced.state) && !(replaced instanceof WorkingOrder && replaced.leaving !== null);
    this.leaving = final ? null : replaced;
  }

  move(to: OrderState, reason: string | null = null): void {
    if (!mayMove(this.state, to)) throw new Error(`order ${this.id} cannot go from ${this.state} to ${to}`);
    this.state = to;
    this.over = isOver(to);
    this.reason = reason;
    if (!this.over || this.basket === null) return;
    // The others do not wait for it any more.
    this.meetBasket(this.basket);
    this.basket.broken = true;
  }

  /** It is not waited for from now on. */
  meetBasket(basket: Basket): void {
    if (!this.seen) basket.waiting--;
    this.seen = true;
  }
}

/** What an order hands to the one that comes in its place. */
function chained({ before, filled, price, submittedAt }: Order): NonNullable<Order["before"]> {
  const value = filled * price;
  if (before === null) return { filled, value, submittedAt };
  return { filled: before.filled + filled, value: before.value + value, submittedAt: before.submittedAt };
}
