// From signals to orders, by one policy. The same trader works on a simulation and on paper: it knows only its venue. All
// signals of one event come in one call, so that the legs of a group go out together. It never holds an opinion of its
// own about the market: it opens, keeps, turns and closes what the signals say, within the limits of the policy, for which
// what is on its way counts as filled (tally.ts).
import { wholeLegs, type Leg } from "./legs.ts";
import type { Bracket, Order, OrderRequest, Side, Venue } from "./order.ts";
import { DEFAULT_POLICY, fullSize, mostOf, type Policy, type TradeSignal } from "./policy.ts";
import { Quotes } from "./quotes.ts";
import { openingFault } from "./tally.ts";
import { goesOn, leavesAll, letGo, mayKeep, type Pending, pendingFault, Underway } from "./underway.ts";

const BPS = 10_000;
const LEG_ON_ITS_WAY = "a leg of the group is on its way";
/** A leg that is off its aim by less than this share of it stays as it is. */
const LEG_SLACK = 0.1;

export class Trader {
  private readonly venue: Venue;
  private policy: Policy;
  private readonly quotes: Quotes;
  private readonly onRefusal: ((reason: string, signal: TradeSignal) => void) | undefined;
  private readonly underway: Underway;

  /** `underway`: shared by the traders of one account. */
  constructor(
    venue: Venue,
    policy: Partial<Policy> = {},
    onRefusal?: (reason: string, signal: TradeSignal) => void,
    underway = new Underway(),
  ) {
    this.venue = venue;
    this.underway = underway;
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
    const pending = this.underway.of(symbol);
    const wanted = this.wanted(signal);
    if (pending.entry !== null && sideSign(pending.entry.side) !== wanted) {
      this.venue.cancel(pending.entry.id);
      letGo(pending, "entry");
    }
    this.venue.decided?.(symbol, wanted);
    if (wanted === 0) {
      this.leave(pending, held, signal);
      return;
    }
    if (held * wanted > 0 || pending.entry !== null) return;
    if (pending.exit !== null && goesOn(pending.exit)) {
      this.onRefusal?.("the position is left first: the venue refused an order that was to leave it", signal);
      return;
    }
    const pause = held === 0 ? null : (this.venue.pause?.(symbol, wanted > 0 ? "buy" : "sell") ?? null);
    const fault = pendingFault(pending, wanted) ?? pause ?? this.limitFault(symbol);
    if (fault !== null) {
      this.onRefusal?.(fault, signal);
      // A position that may not be turned is still left.
      this.leave(pending, held, signal);
      return;
    }
    const size = this.quantity(symbol, signal.entry) * (signal.size ?? 1);
    if (!(size > 0)) {
      this.onRefusal?.("there is no price yet from which a quantity follows", signal);
      return;
    }
    const request = this.entry(signal, wanted, size, this.turned(pending, held));
    pending.entry = this.send(request, signal);
    // What may not be turned is left, as above.
    if (pending.entry === null && held !== 0 && this.venue.guarded === true)
      pending.exit = this.send(closing(symbol, held), signal);
  }

  /** What the entry has to leave by itself: of an exit that cannot be taken back at once whatever that does not leave. */
  private turned(pending: Pending, held: number): number {
    if (pending.exit !== null) this.venue.cancel(pending.exit.id);
    if (pending.late !== null && pending.late !== pending.exit) this.venue.cancel(pending.late.id);
    pending.exit = pending.late = null;
    return Math.abs(held);
  }

  /** One exit for all of it, where what is on its way leaves less: behind that at a real venue, so nothing is sold twice. */
  private leave(pending: Pending, held: number, signal: TradeSignal): void {
    if (held === 0 || leavesAll(pending, held)) return;
    pending.exit = this.send(this.exit(signal.symbol, held), signal) ?? pending.exit;
  }

  /** 1 long, -1 short, 0 flat. */
  private wanted({ action }: TradeSignal): number {
    if (action === "buy") return 1;
    return action === "sell" && this.policy.allowShort ? -1 : 0;
  }

  /** `turned`: units that stand against it. */
  private entry(signal: TradeSignal, sign: number, size: number, turned: number): OrderRequest {
    const bracket = this.bracket(signal, sign);
    const side: Side = sign > 0 ? "buy" : "sell";
    const plain = { symbol: signal.symbol, side, quantity: size + turned, most: mostOf(this.policy, size) };
    const common = { ...plain, ...(bracket === null ? {} : { bracket }) };
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
    const leaving: OrderRequest[] = [];
    const lessening: OrderRequest[] = [];
    let [opening, fresh] = [0, 0];
    let paused: string | null = null;
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
      const adds = aim * held > 0;
      const had = adds ? Math.abs(held) : 0;
      const most = mostOf(this.policy, Math.max(0, Math.abs(aim) - had), had * price(symbol));
      requests.push({ symbol, side, kind: "market", quantity: Math.abs(missing), reduceOnly: aim === 0, most });
      if (held !== 0 && !adds) leaving.push(closing(symbol, held));
      else if (held * missing < 0) lessening.push({ ...closing(symbol, held), quantity: Math.abs(missing) });
      if (aim !== 0) paused ??= this.venue.pause?.(symbol, side) ?? null;
      if (aim === 0 || adds) continue;
      opening++;
      if (!this.venue.tally.engages(symbol)) fresh++;
    }
    const [first] = legs;
    if (first === undefined) return;
    const kept = this.kept(legs, requests);
    if (this.groupOnItsWay(legs.filter((leg) => !kept.includes(leg)))) {
      if (legs.every(({ sign }) => sign === 0)) this.leaveGroup(legs, first.signal);
      else if (requests.some((request) => !this.onItsWay(request))) this.onRefusal?.(LEG_ON_ITS_WAY, first.signal);
      return;
    }
    const fault = opening === 0 ? null : openingFault(this.policy, this.venue.tally, this.venue.now(), opening, fresh);
    const refusal = paused ?? fault;
    if (refusal !== null) this.onRefusal?.(refusal, first.signal);
    // Legs that may not be turned are still left, and the pause of one leg holds up no other that leaves.
    if (paused !== null) leaving.push(...lessening);
    const sent = this.sendTogether(refusal === null ? requests : leaving, first.signal);
    if (!sent || refusal !== null) return;
    for (const { signal, sign } of kept) this.venue.decided?.(signal.symbol, sign);
  }

  /** Legs that are to be held as they are, or larger, while an exit of theirs waits that a real venue has refused. */
  private kept(legs: readonly Leg[], requests: readonly OrderRequest[]): readonly Leg[] {
    return legs.filter(({ signal: { symbol }, sign }) => {
      const held = this.venue.held(symbol);
      const lessens = requests.some((request) => request.symbol === symbol && sideSign(request.side) * held < 0);
      return held * sign > 0 && !lessens && mayKeep(this.underway.of(symbol));
    });
  }

  /** What opens it is taken back, and what of that is filled all the same is left like what is held. */
  private leaveGroup(legs: readonly Leg[], signal: TradeSignal): void {
    const leaving: OrderRequest[] = [];
    for (const {
      signal: { symbol },
    } of legs) {
      const pending = this.underway.of(symbol);
      if (pending.leg?.reduceOnly === false) {
        this.venue.cancel(pending.leg.id);
        letGo(pending, "leg");
      }
      this.venue.decided?.(symbol, 0);
      const held = this.venue.held(symbol);
      if (held !== 0 && !leavesAll(pending, held, pending.leg)) leaving.push(closing(symbol, held));
    }
    this.sendTogether(leaving, signal);
  }

  private onItsWay({ symbol, side }: OrderRequest): boolean {
    const { leg } = this.underway.of(symbol);
    return leg?.side === side;
  }

  /** False: none of them. */
  private sendTogether(requests: readonly OrderRequest[], signal: TradeSignal): boolean {
    if (requests.length === 0) return true;
    const sent = this.venue.submitTogether(requests);
    if (!sent.ok) this.onRefusal?.(sent.failure, signal);
    else for (const order of sent.value) this.underway.of(order.symbol).leg = order;
    return sent.ok;
  }

  private groupOnItsWay(legs: readonly Leg[]): boolean {
    return legs.some(({ signal }) => {
      const { entry, exit, leg, leavingBuy, leavingSell } = this.underway.of(signal.symbol);
      return (entry ?? exit ?? leg ?? leavingBuy ?? leavingSell) !== null;
    });
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

  /** Why no position may be opened in the symbol now. */
  private limitFault(symbol: number): string | null {
    const { tally } = this.venue;
    return openingFault(this.policy, tally, this.venue.now(), 1, tally.engages(symbol) ? 0 : 1);
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
}

function sideSign(side: Side): number {
  return side === "buy" ? 1 : -1;
}

function closing(symbol: number, held: number): OrderRequest {
  return { symbol, side: held > 0 ? "sell" : "buy", kind: "market", quantity: Math.abs(held), reduceOnly: true };
}
