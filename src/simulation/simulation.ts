// A venue and an account in one: market events go in one at a time and fill the orders that were there before, always in
// the same way, booked to the millionth. No clock: `now` is when the last event was known. Without an order none allocates.
import { failed, ok, type Result } from "../domain/result.ts";
import type { EpochUs, Price } from "../domain/units.ts";
import { Account, type Books, type Holding } from "./account.ts";
import { amended, amendmentFault, notOpen } from "./amend-check.ts";
import { applyAmendment, newOrder, settleChanges } from "./arrivals.ts";
import { matchBar } from "./bar-path.ts";
import { entriesAmong, matchBaskets } from "./baskets.ts";
import { NO_COSTS, type Costs } from "./costs.ts";
import * as taken from "./event-faults.ts";
import { Execution } from "./execution.ts";
import type { InstrumentTerms } from "./instrument-terms.ts";
import { watch } from "./liquidation.ts";
import { Market } from "./market.ts";
import { units } from "./money.ts";
import { type Admission, narrowed, optionsFault, type SimulationOptions } from "./options.ts";
import type { Amendment, Order, OrderRequest, PositionView, Side, Venue } from "./order.ts";
import { bookAgain, carryAgain, type PastFill, type PastOrder, placeAgain } from "./recall.ts";
import { type Checked, checkRequest, pauseOf } from "./request-check.ts";
import { type RemoteNews, takeRemote } from "./remote-fill.ts";
import { restrain, takeBack } from "./restraint.ts";
import { decided } from "./setback.ts";
import type { Tally } from "./tally.ts";
import { matchQuote, matchTrade, quoteLeft } from "./tick-path.ts";
import type { Basket, WorkingOrder } from "./working-order.ts";

export type { Books, Holding } from "./account.ts";
export { type Admission, REDUCE_ONLY, type SimulationOptions } from "./options.ts";
export type { ClosedTrade, CloseReason } from "./closed-trade.ts";
export { defaultCosts, NO_COSTS, statedCosts, type Costs, type Margin } from "./costs.ts";
export { type Tape, TAPE_KINDS, TAPE_WIDTH, TapeRecorder } from "./tape.ts";
export type { TapeDecision, TapeEvent, TapeFill } from "./tape.ts";
export { freeTerms, termsOf, type InstrumentTerms } from "./instrument-terms.ts";
export { CAPITAL_MAX } from "./money.ts";
export type { PastOrder } from "./recall.ts";
export type {
  Amendment,
  Bracket,
  Carry,
  Fill,
  Order,
  OrderRequest,
  PositionView,
  Purpose,
  Side,
  Venue,
} from "./order.ts";
export { DEFAULT_POLICY, fullSize, rolePolicy, shareOf, type Policy, type Role, type TradeSignal } from "./policy.ts";
export { inventoryOf, SIZE_WEIGHT, sizeOf } from "./policy.ts";
export { donchian, type DonchianColumns } from "./rules/donchian.ts";
export { maCross, type MaCrossColumns } from "./rules/ma-cross.ts";
export { maMomentum } from "./rules/ma-momentum.ts";
export { maStop } from "./rules/ma-stop.ts";
export type { Column, Rule } from "./rules/rule.ts";
export { spreadReversion, type SpreadOptions } from "./rules/spread-reversion.ts";
export { executionPolicy } from "./slicing.ts";
export { Tally, type TallyCourse } from "./tally.ts";
export { BOUNDS, limitPolicy, limitsOfType, policyOfType, TRADING_LIMITS, tradingLimits } from "./trading-limits.ts";
export { Trader } from "./trader.ts";
export { Underway } from "./underway.ts";
export { isOver, mayMove, type OrderState } from "./order-states.ts";
export { type Remote, type Setback, SETTLED_BY_OPERATOR } from "./remote.ts";
export type { RemoteNews } from "./remote-fill.ts";
export { ENTRY_PAUSES } from "./request-check.ts";

/** Why an event or an order was not taken. */
export type Refusal = string;

export class Simulation implements Venue {
  readonly capital: number;
  private readonly costs: Costs;
  private readonly account: Account;
  private readonly execution: Execution;
  private readonly markets: Market[] = [];
  private readonly remote: boolean;
  private readonly guard: Pick<SimulationOptions, "admit" | "withdraw">;

  /** Throws when the options cannot be, with the reason: checkOptions says it beforehand. */
  constructor(options: SimulationOptions) {
    const fault = optionsFault(options);
    if (fault !== null) throw new Error(fault);
    this.capital = options.capital;
    this.costs = options.costs ?? NO_COSTS;
    this.account = new Account(options.capital, options.onTrade, options.tally);
    this.execution = new Execution(this.account, options.margin ?? null, options, options.numbering, options.remote);
    this.guard = options;
    this.remote = options.remote !== undefined;
    for (const terms of options.instruments) this.addInstrument(terms);
  }

  /** The number of a further symbol. */
  addInstrument(terms: InstrumentTerms): number {
    const symbol = this.markets.length;
    this.markets.push(new Market(symbol, terms, { ...this.costs, ...terms.costs }));
    return symbol;
  }

  bar(
    symbol: number,
    start: EpochUs,
    end: EpochUs,
    open: Price,
    high: Price,
    low: Price,
    close: Price,
    volume: number,
  ): Refusal | null {
    const market = this.markets[symbol];
    if (market === undefined) return taken.UNKNOWN;
    if (!(low > 0 && low <= open && low <= close && open <= high && close <= high && high <= taken.PRICE_MAX))
      return taken.BAD_BAR;
    if (!(volume >= 0 && volume <= taken.VOLUME_MAX)) return taken.BAD_VOLUME;
    if (!(start < end && end >= market.known && end <= taken.TIME_MAX)) return taken.BAD_TIME;
    if (!this.account.fits(market.position, high)) return taken.BEYOND;
    market.start = start;
    market.end = end;
    market.open = open;
    market.high = high;
    market.low = low;
    market.close = close;
    market.volume = volume;
    market.quoting = false;
    market.liquidity = market.share(volume);
    this.execution.event++;
    this.execution.now = Math.max(this.execution.now, end);
    market.known = end;
    market.position.mark = open;
    if (market.orders.length > 0) {
      settleChanges(this.execution, market, start);
      matchBar(this.execution, market);
    }
    if (market.position.quantity !== 0) watch(this.execution, market);
    this.finish(market, close, close, close);
    return null;
  }

  trade(symbol: number, time: EpochUs, price: Price, volume: number): Refusal | null {
    const market = this.markets[symbol];
    if (market === undefined) return taken.UNKNOWN;
    if (!(price > 0 && price <= taken.PRICE_MAX)) return taken.BAD_PRICE;
    if (!(volume >= 0 && volume <= taken.VOLUME_MAX)) return taken.BAD_VOLUME;
    if (!(time >= market.known && time <= taken.TIME_MAX)) return taken.BAD_TIME;
    if (!this.account.fits(market.position, price)) return taken.BEYOND;
    this.tick(market, time, price, volume);
    market.quoting = false;
    market.liquidity = market.share(volume);
    if (market.orders.length > 0) {
      settleChanges(this.execution, market, time);
      matchTrade(this.execution, market, price, time);
    }
    if (market.position.quantity !== 0) watch(this.execution, market);
    this.finish(market, price, price, price);
    return null;
  }

  quote(symbol: number, time: EpochUs, bid: Price, ask: Price, bidSize: number, askSize: number): Refusal | null {
    const market = this.markets[symbol];
    if (market === undefined) return taken.UNKNOWN;
    if (!(bid > 0 && bid <= ask && ask <= taken.PRICE_MAX)) return taken.BAD_PRICE;
    if (!(bidSize >= 0 && bidSize <= taken.VOLUME_MAX && askSize >= 0 && askSize <= taken.VOLUME_MAX))
      return taken.BAD_VOLUME;
    if (!(time >= market.known && time <= taken.TIME_MAX)) return taken.BAD_TIME;
    if (!this.account.fits(market.position, ask)) return taken.BEYOND;
    const middle = bid + (ask - bid) / 2;
    this.tick(market, time, middle, bidSize + askSize);
    market.bidLeft = quoteLeft(market, bid, bidSize, market.bid, market.bidSize, market.bidLeft);
    market.askLeft = quoteLeft(market, ask, askSize, market.ask, market.askSize, market.askLeft);
    market.quoting = true;
    market.bid = bid;
    market.ask = ask;
    market.bidSize = bidSize;
    market.askSize = askSize;
    if (market.orders.length > 0) {
      settleChanges(this.execution, market, time);
      matchQuote(this.execution, market, time);
    }
    market.low = bid;
    market.high = ask;
    market.open = market.position.quantity > 0 ? bid : ask;
    if (market.position.quantity !== 0) watch(this.execution, market);
    this.finish(market, middle, ask, bid);
    return null;
  }

  /** A funding payment: what is long pays rate x value to what is short when the rate is positive. */
  funding(symbol: number, time: EpochUs, rate: number): Refusal | null {
    const market = this.markets[symbol];
    if (market === undefined) return taken.UNKNOWN;
    if (!Number.isFinite(rate)) return "a funding rate must be a finite number";
    if (!(time >= market.known && time <= taken.TIME_MAX)) return taken.BAD_TIME;
    this.execution.now = Math.max(this.execution.now, time);
    if (market.costs.funding)
      this.execution.accrue(market, "funding", -Math.round(market.position.value() * rate), time);
    return null;
  }

  /** Orders may be refused that could be filled. */
  get guarded(): boolean {
    return this.guard.admit !== undefined;
  }
  now(): EpochUs {
    return this.execution.now;
  }
  /** Units of account, positions at their last price. */
  equity(): number {
    return units(this.account.equity());
  }
  exposure(): number {
    return units(this.account.exposure());
  }
  held(symbol: number): number {
    return this.markets[symbol]?.position.quantity ?? 0;
  }
  mark(symbol: number): Price {
    return this.markets[symbol]?.position.mark ?? 0;
  }
  deviation(symbol: number): number {
    return Math.sqrt(this.markets[symbol]?.variance ?? 0);
  }
  yearly(symbol: number): number {
    return this.markets[symbol]?.yearly() ?? 0;
  }
  openPositions(): number {
    return this.account.open.length;
  }
  /** What it has open, together with the accounts that keep the same limits. */
  get tally(): Tally {
    return this.account.tally;
  }
  underway(symbol: number, side: Side): number {
    return this.markets[symbol]?.underway(side) ?? 0;
  }
  position(symbol: number): PositionView | null {
    return this.markets[symbol]?.view() ?? null;
  }
  positions(): readonly PositionView[] {
    return this.markets.map((market) => market.view()).filter((view) => view !== null);
  }
  /** What is held, in the order of opening; as many steps as there are positions. */
  holdings(): readonly Holding[] {
    return this.account.open.map(({ name, quantity, cost, mark }) => ({ name, quantity, cost: units(cost), mark }));
  }
  order(id: number): Order | null {
    return this.execution.orders.get(id) ?? null;
  }
  /** Whether an event would do nothing but move a price. */
  get idle(): boolean {
    return this.execution.orders.size === 0 && this.account.open.length === 0;
  }
  /** Orders that are not over. */
  orders(): readonly Order[] {
    return [...this.execution.orders.values()];
  }
  /** Everything that was booked, in millionths; cash = capital - cost + realised - fees + carry. */
  books(): Books {
    return this.account.books();
  }

  submit(request: OrderRequest): Result<Order, Refusal> {
    const checked = this.checked(request);
    if (!checked.ok) return checked;
    const { market, request: order } = checked.value;
    const said = this.admission(order, market);
    return typeof said === "string" ? failed(said) : ok(this.enter(market, narrowed(order, said)));
  }

  submitTogether(requests: readonly OrderRequest[]): Result<readonly Order[], Refusal> {
    const legs: Checked[] = [];
    for (const request of requests) {
      const checked = this.checked(request);
      if (!checked.ok) return checked;
      if (checked.value.request.kind !== "market") return failed("only market orders can be filled together");
      legs.push(checked.value);
    }
    for (const [index, leg] of legs.entries()) {
      const said = this.admission(leg.request, leg.market);
      if (typeof said !== "string") leg.request = narrowed(leg.request, said);
      else for (const before of legs.slice(0, index)) this.guard.withdraw?.(before.market.symbol);
      if (typeof said === "string") return failed(said);
    }
    const basket: Basket = { orders: [], waiting: legs.length, broken: false };
    for (const { market, request } of legs) basket.orders.push(this.enter(market, request, basket));
    return ok(basket.orders);
  }

  /** Books a fill of an earlier life of this account; orders are not told of it. */
  recall(fill: PastFill): void {
    const market = this.markets[fill.symbol];
    if (market !== undefined) bookAgain(this.account, market, fill);
    this.execution.now = Math.max(this.execution.now, fill.time);
  }

  /** What a real venue tells of an order; a reason when it cannot be booked. */
  told(id: number, news: RemoteNews): string | null {
    return takeRemote(this.execution, this.markets, id, news);
  }

  /** Carry of an earlier life, in millionths; borrowing was paid up to `borrowedUntil`, 0: never. */
  recallCarry(symbol: number, amount: number, borrowedUntil: EpochUs = 0): void {
    const market = this.markets[symbol];
    if (market !== undefined) carryAgain(this.account, market, amount, borrowedUntil);
  }

  /** An order of an earlier life goes on; it meets the next event as one that is in the market already. */
  restore(past: PastOrder): void {
    const market = this.markets[past.request.symbol];
    if (market !== undefined) placeAgain(this.execution, market, past);
  }

  amend(id: number, change: Amendment): Result<Order, Refusal> {
    const order = this.execution.orders.get(id);
    const market = order === undefined ? undefined : this.markets[order.symbol];
    if (order === undefined || market === undefined) return failed(notOpen(id));
    if (order.sent) return failed("an order at a real venue is cancelled and placed anew, not changed");
    const said = amendmentFault(order, change) ?? this.admission(amended(order, change), market, order);
    if (typeof said === "string") return failed(said);
    if (said !== null) this.execution.narrow(order);
    order.amendment = { ...order.amendment, ...change };
    order.amendAt = this.arrival(market);
    if (order.amendAt <= this.execution.now) applyAmendment(this.execution, order);
    return ok(order);
  }

  cancel(id: number): Result<Order, Refusal> {
    const order = this.execution.orders.get(id);
    const market = order === undefined ? undefined : this.markets[order.symbol];
    if (order === undefined || market === undefined) return failed(notOpen(id));
    takeBack(this.execution, order, this.arrival(market), "cancelled on request");
    return ok(order);
  }

  decided(symbol: number, sign: number): void {
    const market = this.markets[symbol];
    if (market !== undefined) decided(this.execution, market, sign);
  }
  pause(symbol: number, side: Side): string | null {
    const market = this.markets[symbol];
    return market === undefined ? null : pauseOf(market, side);
  }

  /** All orders, or those of one symbol. */
  cancelAll(symbol?: number): void {
    for (const order of this.execution.orders.values())
      if (symbol === undefined || order.symbol === symbol) this.cancel(order.id);
  }
  /** All that may open a position; stops and targets stay. */
  cancelEntries(): void {
    for (const { id } of entriesAmong(this.execution.orders.values())) this.cancel(id);
  }

  /** Orders of the symbol only make its position smaller from now on, or end for this reason; those that do the former. */
  restrain(symbol: number, reason: string): readonly Order[] {
    const market = this.markets[symbol];
    return market === undefined ? [] : restrain(this.execution, market, this.arrival(market), reason);
  }

  private checked(request: OrderRequest): Result<Checked, Refusal> {
    const market = this.markets[request.symbol];
    if (market === undefined) return failed(taken.UNKNOWN);
    const checked = checkRequest(request, market);
    return typeof checked === "string" ? failed(checked) : ok({ market, request: checked });
  }

  /** What whoever guards this account says of it. */
  private admission(request: OrderRequest, { position }: Market, amends: Order | null = null): Admission {
    return this.guard.admit?.(request, position.quantity, position.mark, amends) ?? null;
  }

  private enter(market: Market, request: OrderRequest, basket: Basket | null = null): WorkingOrder {
    const order = newOrder(this.execution, market, request, this.arrival(market));
    order.basket = this.remote ? null : basket;
    this.execution.place(market, order);
    return order;
  }

  /** When something that is sent now is in the market. */
  private arrival({ costs }: Market): EpochUs {
    return this.execution.now + costs.feedLatencyUs + costs.orderLatencyUs;
  }

  /** An event that is one price. */
  private tick(market: Market, time: EpochUs, price: Price, volume: number): void {
    market.start = market.end = time;
    market.open = market.high = market.low = market.close = price;
    market.position.mark = price;
    market.volume = volume;
    market.known = time;
    this.execution.event++;
    this.execution.now = Math.max(this.execution.now, time);
  }

  private finish(market: Market, mark: Price, buyAt: Price, sellAt: Price): void {
    market.settle(mark, buyAt, sellAt);
    if (market.orders.length === 0) return;
    matchBaskets(this.execution, this.markets, market);
    market.forgetOver();
  }
}
