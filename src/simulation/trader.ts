// From signals to orders, by one policy. The same trader works on a simulation and on paper: it knows only its venue. All
// signals of one event come in one call, so that the legs of a group go out together. It never holds an opinion of its
// own about the market: it opens, keeps, turns and closes what the signals say, within the limits of the policy.
import { wholeLegs, type Leg } from "./legs.ts";
import type { Bracket, Order, OrderRequest, Side, Venue } from "./order.ts";
import { isOver } from "./order-states.ts";
import { DEFAULT_POLICY, fullSize, type Policy, type TradeSignal } from "./policy.ts";
import { Quotes } from "./quotes.ts";

const DAY_US = 86_400_000_000;
const BPS = 10_000;
/** A leg that is off its aim by less than this share of it stays as it is. */
const LEG_SLACK = 0.1;

interface Pending {
  entry: Order | null;
  exit: Order | null;
}

export class Trader {
  private readonly venue: Venue;
  private policy: Policy;
  private readonly quotes: Quotes;
  private readonly onRefusal: ((reason: string, signal: TradeSignal) => void) | undefined;
  private readonly pending = new Map<number, Pending>();
  private day = 0;
  private entriesToday = 0;

  constructor(venue: Venue, policy: Partial<Policy> = {}, onRefusal?: (reason: string, signal: TradeSignal) => void) {
    this.venue = venue;
    this.policy = { ...DEFAULT_POLICY, ...policy };
    this.quotes = new Quotes(venue, this.policy);
    this.onRefusal = onRefusal;
  }

  /** Another policy for what comes; orders and positions stay as they are. */
  retune(policy: Partial<Policy>): void {
    this.policy = { ...DEFAULT_POLICY, ...policy };
    this.quotes.retune(this.policy);
  }

  signal(signal: TradeSignal): void {
    this.signals([signal]);
  }

  /** All signals of one event. */
  signals(signals: readonly TradeSignal[]): void {
    if (this.policy.role === "group") {
      for (const legs of wholeLegs(signals)) this.group(legs);
      return;
    }
    for (const signal of signals) {
      if (this.policy.role === "quotes") this.note(this.quotes.quote(signal), signal);
      else this.direction(signal);
    }
  }

  /** Takes back what is on its way and closes everything: the end of an execution. */
  closeAll(symbols: readonly number[]): void {
    for (const symbol of symbols) {
      this.venue.cancelAll(symbol);
      const held = this.venue.held(symbol);
      if (held !== 0) this.venue.submit(closing(symbol, held));
    }
  }

  private direction(signal: TradeSignal): void {
    const { symbol } = signal;
    const held = this.venue.held(symbol);
    const pending = this.pendingOf(symbol);
    const wanted = this.wanted(signal);
    if (pending.entry !== null && sideSign(pending.entry.side) !== wanted) {
      this.venue.cancel(pending.entry.id);
      pending.entry = null;
    }
    if (wanted === 0) {
      if (held !== 0 && pending.exit === null) pending.exit = this.send(this.exit(symbol, held), signal);
      return;
    }
    if (held * wanted > 0 || pending.entry !== null) return;
    const fault = this.limitFault(held);
    if (fault !== null) {
      this.onRefusal?.(fault, signal);
      // A position that may not be turned is still left.
      if (held !== 0 && pending.exit === null) pending.exit = this.send(this.exit(symbol, held), signal);
      return;
    }
    const size = this.quantity(symbol, signal.entry) * (signal.size ?? 1);
    if (!(size > 0)) {
      this.onRefusal?.("there is no price yet from which a quantity follows", signal);
      return;
    }
    if (pending.exit !== null) this.venue.cancel(pending.exit.id);
    const request = this.entry(signal, wanted, size + Math.abs(held));
    pending.entry = this.send(request, signal);
    if (pending.entry !== null) this.entriesToday++;
    // What may not be turned is left, as above.
    else if (held !== 0 && this.venue.guarded === true) pending.exit = this.send(closing(symbol, held), signal);
  }

  /** 1 long, -1 short, 0 flat. */
  private wanted({ action }: TradeSignal): number {
    if (action === "buy") return 1;
    return action === "sell" && this.policy.allowShort ? -1 : 0;
  }

  private entry(signal: TradeSignal, sign: number, quantity: number): OrderRequest {
    const bracket = this.bracket(signal, sign);
    const side: Side = sign > 0 ? "buy" : "sell";
    const common = { symbol: signal.symbol, side, quantity, ...(bracket === null ? {} : { bracket }) };
    return signal.immediate === true && signal.entry > 0
      ? { ...common, kind: "limit", limit: signal.entry, timeInForce: "ioc" }
      : { ...common, ...this.how(signal, sign) };
  }

  /** At once or in parts, at any price or up to a limit. */
  private how(
    { symbol, entry }: TradeSignal,
    sign: number,
  ): Pick<OrderRequest, "kind" | "limit" | "slice" | "timeInForce"> {
    const { slicing, priceLimitBps } = this.policy;
    const slice = slicing === null ? {} : { slice: slicing };
    const price = this.venue.mark(symbol) || entry;
    if (priceLimitBps === null || !(price > 0)) return { kind: "market", ...slice };
    const limit = price * (1 + (sign * priceLimitBps) / BPS);
    return slicing === null ? { kind: "limit", limit, timeInForce: "ioc" } : { kind: "limit", limit, ...slice };
  }

  private exit(symbol: number, held: number): OrderRequest {
    const { slicing } = this.policy;
    return slicing === null ? closing(symbol, held) : { ...closing(symbol, held), slice: slicing };
  }

  private bracket({ entry, stop, target }: TradeSignal, sign: number): Bracket | null {
    const { stopLoss, takeProfit, trail, levels } = this.policy;
    const following = trail === null ? {} : { trail };
    if (stopLoss !== null || takeProfit !== null || !levels || !(entry > 0)) {
      const made: Bracket = {
        ...(stopLoss === null ? {} : { stop: 1 + sign * stopLoss }),
        ...(takeProfit === null ? {} : { target: 1 + sign * takeProfit }),
        ...following,
      };
      return Object.keys(made).length === 0 ? null : { ...made, of: "entry" };
    }
    const made: Bracket = {
      ...(stop > 0 ? { stop } : {}),
      ...(target > 0 ? { target } : {}),
      ...(trail === null ? {} : { trail: trail * entry }),
    };
    return Object.keys(made).length === 0 ? null : made;
  }

  private group(legs: readonly Leg[]): void {
    const price = (symbol: number): number => this.venue.mark(symbol);
    const full = fullSize(this.policy, this.venue.capital);
    const { legValue, legInUnits } = this.policy;
    const weights = legs.map(({ signal }) => {
      const value = legValue === null ? 1 : Math.abs(signal.values[legValue] ?? 0);
      return legInUnits ? value * price(signal.symbol) : value;
    });
    const largest = Math.max(...weights);
    const requests: OrderRequest[] = [];
    for (const [place, { signal, sign }] of legs.entries()) {
      const { symbol } = signal;
      const held = this.venue.held(symbol);
      const worth = largest > 0 ? (full * (weights[place] ?? 0)) / largest : 0;
      const aim = sign === 0 ? 0 : (sign * worth) / price(symbol);
      if (!Number.isFinite(aim)) {
        this.onRefusal?.("there is no price yet from which a quantity follows", signal);
        return;
      }
      const missing = aim - held;
      if (missing === 0 || (aim !== 0 && Math.abs(missing) < LEG_SLACK * Math.abs(aim))) continue;
      const side: Side = missing > 0 ? "buy" : "sell";
      requests.push({ symbol, side, kind: "market", quantity: Math.abs(missing), reduceOnly: aim === 0 });
    }
    const [first] = legs;
    if (requests.length === 0 || first === undefined || this.groupOnItsWay(legs)) return;
    const sent = this.venue.submitTogether(requests);
    if (!sent.ok) this.onRefusal?.(sent.failure, first.signal);
    else for (const order of sent.value) this.pendingOf(order.symbol).entry = order;
  }

  private groupOnItsWay(legs: readonly Leg[]): boolean {
    return legs.some(({ signal }) => this.pendingOf(signal.symbol).entry !== null);
  }

  private quantity(symbol: number, entry: number): number {
    const { targetVolatility, periodsPerYear } = this.policy;
    const mark = this.venue.mark(symbol);
    const price = mark > 0 ? mark : entry;
    const full = fullSize(this.policy, this.venue.capital) / price;
    if (targetVolatility === null) return full;
    const yearly = this.venue.deviation(symbol) * Math.sqrt(periodsPerYear ?? this.venue.yearly(symbol));
    return yearly > targetVolatility ? (full * targetVolatility) / yearly : full;
  }

  /** Why no position may be opened now. */
  private limitFault(held: number): string | null {
    const { maxTradesPerDay, maxOpenPositions } = this.policy;
    const day = Math.floor(this.venue.now() / DAY_US);
    if (day !== this.day) this.entriesToday = 0;
    this.day = day;
    if (maxTradesPerDay !== null && this.entriesToday >= maxTradesPerDay)
      return `${this.entriesToday} positions were opened today, and max_trades_per_day is ${maxTradesPerDay}`;
    if (maxOpenPositions !== null && held === 0 && this.venue.openPositions() >= maxOpenPositions)
      return `${this.venue.openPositions()} positions are open, and max_open_positions is ${maxOpenPositions}`;
    return null;
  }

  private send(request: OrderRequest, signal: TradeSignal): Order | null {
    const sent = this.venue.submit(request);
    if (sent.ok) return sent.value;
    this.onRefusal?.(sent.failure, signal);
    return null;
  }

  private note(reason: string | null, signal: TradeSignal): void {
    if (reason !== null) this.onRefusal?.(reason, signal);
  }

  /** What is on its way for a symbol; orders that are over are forgotten. */
  private pendingOf(symbol: number): Pending {
    const known = this.pending.get(symbol) ?? { entry: null, exit: null };
    this.pending.set(symbol, known);
    if (known.entry !== null && isOver(known.entry.state)) known.entry = null;
    if (known.exit !== null && isOver(known.exit.state)) known.exit = null;
    return known;
  }
}

function sideSign(side: Side): number {
  return side === "buy" ? 1 : -1;
}

function closing(symbol: number, held: number): OrderRequest {
  return { symbol, side: held > 0 ? "sell" : "buy", kind: "market", quantity: Math.abs(held), reduceOnly: true };
}
