// A venue and an account in one: market events go in one at a time, orders are filled by the events that follow them, the
// books are exact to the millionth. The same events and orders give the same fills, bit for bit. It reads no clock: `now`
// is the time at which the last event was known. Used from one thread. An event that no order waits for allocates nothing.
// This is also the door of the room: what others need of it is exported here.
import { failed, ok, type Result } from "../domain/result.ts";
import type { EpochUs, Price } from "../domain/units.ts";
import { Account } from "./account.ts";
import { applyAmendment, settleChanges } from "./arrivals.ts";
import { matchBar } from "./bar-path.ts";
import { matchBaskets } from "./baskets.ts";
import type { ClosedTrade } from "./closed-trade.ts";
import { costsFault, NO_COSTS, type Costs, type Margin } from "./costs.ts";
import { Execution, type Listeners } from "./execution.ts";
import type { InstrumentTerms } from "./instrument-terms.ts";
import { liquidate } from "./liquidation.ts";
import { Market } from "./market.ts";
import { capitalFault, countable, millionths, units } from "./money.ts";
import type { Amendment, Order, OrderRequest, PositionView, Venue } from "./order.ts";
import { bookAgain, type PastFill } from "./recall.ts";
import { checkRequest } from "./request-check.ts";
import { matchQuote, matchTrade, quoteLeft } from "./tick-path.ts";
import { WorkingOrder, type Basket } from "./working-order.ts";

export type { ClosedTrade, CloseReason } from "./closed-trade.ts";
export { defaultCosts, NO_COSTS, statedCosts, type Costs, type Margin } from "./costs.ts";
export { freeTerms, termsOf, type InstrumentTerms } from "./instrument-terms.ts";
export { CAPITAL_MAX } from "./money.ts";
export type { Amendment, Bracket, Fill, Order, OrderRequest, PositionView, Purpose, Side, Venue } from "./order.ts";
export { DEFAULT_POLICY, rolePolicy, shareOf, type Policy, type Role, type TradeSignal } from "./policy.ts";
export { donchian, type DonchianColumns } from "./rules/donchian.ts";
export { maCross, type MaCrossColumns } from "./rules/ma-cross.ts";
export { maMomentum } from "./rules/ma-momentum.ts";
export { maStop } from "./rules/ma-stop.ts";
export type { Column, Rule } from "./rules/rule.ts";
export { spreadReversion, type SpreadOptions } from "./rules/spread-reversion.ts";
export { Trader } from "./trader.ts";
export type { OrderState } from "./order-states.ts";

export interface SimulationOptions extends Listeners {
  /** Units of account. */
  readonly capital: number;
  /** By symbol number, which is the place in this list. More can be added. */
  readonly instruments: readonly InstrumentTerms[];
  readonly costs?: Costs;
  /** Null (the default): positions of any size, and none is closed by force. */
  readonly margin?: Margin | null;
  readonly onTrade?: (trade: ClosedTrade) => void;
}

/** Why an event or an order was not taken. */
export type Refusal = string;

const PRICE_MAX = 1e15;
const VOLUME_MAX = 1e30;
const TIME_MAX = 8.64e18;
const DAY_US = 86_400_000_000;

const BAD_BAR = "the bar's prices must be positive finite numbers (at most 1e15) with low <= open, close <= high";
const BAD_VOLUME = "volumes and sizes must be finite numbers not below 0";
const BAD_TIME =
  "times must be microseconds, a bar must end after its start, and no event ends before the last one of its symbol";
const BAD_PRICE = "prices must be positive finite numbers (at most 1e15), and no bid above its ask";
const BEYOND = "at this price the position is worth more than an account can count to the millionth";
const UNKNOWN = "no symbol has this number; add its instrument first";

export class Simulation implements Venue {
  readonly capital: number;
  private readonly costs: Costs;
  private readonly account: Account;
  private readonly execution: Execution;
  private readonly markets: Market[] = [];

  /** Throws when the options cannot be, with the reason: checkOptions says it beforehand. */
  constructor(options: SimulationOptions) {
    const fault = optionsFault(options);
    if (fault !== null) throw new Error(fault);
    this.capital = options.capital;
    this.costs = options.costs ?? NO_COSTS;
    this.account = new Account(options.capital, options.onTrade);
    this.execution = new Execution(this.account, options.margin ?? null, options);
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
    if (market === undefined) return UNKNOWN;
    if (!(low > 0 && low <= open && low <= close && open <= high && close <= high && high <= PRICE_MAX)) return BAD_BAR;
    if (!(volume >= 0 && volume <= VOLUME_MAX)) return BAD_VOLUME;
    if (!(start < end && end >= market.known && end <= TIME_MAX)) return BAD_TIME;
    if (!this.fits(market, high)) return BEYOND;
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
    if (market.position.quantity !== 0) this.watch(market);
    this.finish(market, close, close, close);
    return null;
  }

  trade(symbol: number, time: EpochUs, price: Price, volume: number): Refusal | null {
    const market = this.markets[symbol];
    if (market === undefined) return UNKNOWN;
    if (!(price > 0 && price <= PRICE_MAX)) return BAD_PRICE;
    if (!(volume >= 0 && volume <= VOLUME_MAX)) return BAD_VOLUME;
    if (!(time >= market.known && time <= TIME_MAX)) return BAD_TIME;
    if (!this.fits(market, price)) return BEYOND;
    this.tick(market, time, price, volume);
    market.quoting = false;
    market.liquidity = market.share(volume);
    if (market.orders.length > 0) {
      settleChanges(this.execution, market, time);
      matchTrade(this.execution, market, price, time);
    }
    if (market.position.quantity !== 0) this.watch(market);
    this.finish(market, price, price, price);
    return null;
  }

  quote(symbol: number, time: EpochUs, bid: Price, ask: Price, bidSize: number, askSize: number): Refusal | null {
    const market = this.markets[symbol];
    if (market === undefined) return UNKNOWN;
    if (!(bid > 0 && bid <= ask && ask <= PRICE_MAX)) return BAD_PRICE;
    if (!(bidSize >= 0 && bidSize <= VOLUME_MAX && askSize >= 0 && askSize <= VOLUME_MAX)) return BAD_VOLUME;
    if (!(time >= market.known && time <= TIME_MAX)) return BAD_TIME;
    if (!this.fits(market, ask)) return BEYOND;
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
    if (market.position.quantity !== 0) this.watch(market);
    this.finish(market, middle, ask, bid);
    return null;
  }

  /** A funding payment: what is long pays rate x value to what is short when the rate is positive. */
  funding(symbol: number, time: EpochUs, rate: number): Refusal | null {
    const market = this.markets[symbol];
    if (market === undefined) return UNKNOWN;
    if (!Number.isFinite(rate)) return "a funding rate must be a finite number";
    if (!(time >= market.known && time <= TIME_MAX)) return BAD_TIME;
    this.execution.now = Math.max(this.execution.now, time);
    if (market.costs.funding) this.account.accrue(market.position, -Math.round(market.position.value() * rate));
    return null;
  }

  now(): EpochUs {
    return this.execution.now;
  }
  /** Units of account, positions at their last price. */
  equity(): number {
    return units(this.account.equity());
  }
  cash(): number {
    return units(this.account.cash);
  }
  /** Gross value of the positions. */
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
  openPositions(): number {
    return this.account.open.length;
  }
  position(symbol: number): PositionView | null {
    const position = this.markets[symbol]?.position;
    if (position === undefined || position.quantity === 0) return null;
    const { quantity, mark } = position;
    const unrealized = units(position.value() - position.cost);
    return { symbol, quantity, entryPrice: position.entryPrice(), mark, unrealized };
  }
  positions(): readonly PositionView[] {
    return this.markets.map((market) => this.position(market.symbol)).filter((view) => view !== null);
  }
  order(id: number): Order | null {
    return this.execution.orders.get(id) ?? null;
  }
  /** Orders that are not over. */
  orders(): readonly Order[] {
    return [...this.execution.orders.values()];
  }
  /** Everything that was booked, in millionths; cash = capital - cost + realised - fees + carry. */
  books(): Books {
    const { capital, cash, realised, fees, slippage, carry, traded, open } = this.account;
    const cost = open.reduce((sum, position) => sum + position.cost, 0);
    return { capital, cash, cost, realised, fees, slippage, carry, traded };
  }

  submit(request: OrderRequest): Result<Order, Refusal> {
    const checked = this.checked(request);
    if (!checked.ok) return checked;
    const { market, request: order } = checked.value;
    return ok(this.enter(market, order));
  }

  submitTogether(requests: readonly OrderRequest[]): Result<readonly Order[], Refusal> {
    const legs: Checked[] = [];
    for (const request of requests) {
      const checked = this.checked(request);
      if (!checked.ok) return checked;
      if (checked.value.request.kind !== "market") return failed("only market orders can be filled together");
      legs.push(checked.value);
    }
    const basket: Basket = { orders: [], waiting: legs.length };
    for (const { market, request } of legs) basket.orders.push(this.enter(market, request, basket));
    return ok(basket.orders);
  }

  /** Books a fill of an earlier life of this account; orders are not told of it. */
  recall(fill: PastFill): void {
    const market = this.markets[fill.symbol];
    if (market !== undefined) bookAgain(this.account, market, fill);
    this.execution.now = Math.max(this.execution.now, fill.time);
  }

  amend(id: number, change: Amendment): Result<Order, Refusal> {
    const order = this.execution.orders.get(id);
    const market = order === undefined ? undefined : this.markets[order.symbol];
    if (order === undefined || market === undefined) return failed(notOpen(id));
    const fault = amendmentFault(order, change);
    if (fault !== null) return failed(fault);
    order.amendment = { ...order.amendment, ...change };
    order.amendAt = this.arrival(market);
    if (order.amendAt <= this.execution.now) applyAmendment(this.execution, order);
    return ok(order);
  }

  cancel(id: number): Result<Order, Refusal> {
    const order = this.execution.orders.get(id);
    const market = order === undefined ? undefined : this.markets[order.symbol];
    if (order === undefined || market === undefined) return failed(notOpen(id));
    order.cancelAt = this.arrival(market);
    if (order.cancelAt <= this.execution.now) this.execution.end(order, "cancelled", "cancelled on request");
    return ok(order);
  }

  /** All orders, or those of one symbol. */
  cancelAll(symbol?: number): void {
    for (const order of this.execution.orders.values())
      if (symbol === undefined || order.symbol === symbol) this.cancel(order.id);
  }

  private checked(request: OrderRequest): Result<Checked, Refusal> {
    const market = this.markets[request.symbol];
    if (market === undefined) return failed(UNKNOWN);
    const checked = checkRequest(request, market);
    return typeof checked === "string" ? failed(checked) : ok({ market, request: checked });
  }

  private enter(market: Market, request: OrderRequest, basket: Basket | null = null): WorkingOrder {
    const { execution } = this;
    const { now } = execution;
    const order = new WorkingOrder(execution.nextId(), request, now, this.arrival(market), execution.event + 1);
    order.basket = basket;
    if (order.kind === "trailing_stop" && Number.isNaN(order.stopAt))
      order.stopAt = market.position.mark + order.sign * order.trail;
    if (order.timeInForce === "day") order.expiresAt = market.sessionEnd(now);
    execution.place(market, order);
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

  private fits({ position }: Market, price: Price): boolean {
    if (position.quantity === 0) return true;
    const value = millionths(position.quantity * price);
    return countable(value) && countable(this.account.cash + value);
  }

  /** A position's margin and what borrowing it costs. */
  private watch(market: Market): void {
    if (this.execution.margin !== null) liquidate(this.execution, market);
    const day = Math.floor(market.known / DAY_US);
    if (market.position.quantity < 0 && day > Math.floor(market.owedSince / DAY_US))
      this.execution.payBorrowing(market, market.known);
  }

  private finish(market: Market, mark: Price, buyAt: Price, sellAt: Price): void {
    market.settle(mark, buyAt, sellAt);
    if (market.orders.length === 0) return;
    matchBaskets(this.execution, this.markets, market);
    market.forgetOver();
  }
}

interface Checked {
  readonly market: Market;
  readonly request: OrderRequest;
}

/** Whole millionths. */
export interface Books {
  readonly capital: number;
  readonly cash: number;
  /** Positions at cost, with their sign. */
  readonly cost: number;
  readonly realised: number;
  readonly fees: number;
  readonly slippage: number;
  readonly carry: number;
  /** Value of all fills; rounded beyond 2^53. */
  readonly traded: number;
}

/** Why a simulation cannot be made of these options; null when it can. */
export function optionsFault({ capital, costs, margin, instruments }: SimulationOptions): string | null {
  const fault = capitalFault(capital) ?? costsFault(costs ?? NO_COSTS);
  if (fault !== null) return fault;
  for (const { name, costs: own } of instruments) {
    const wrong = own === undefined ? null : costsFault({ ...NO_COSTS, ...costs, ...own });
    if (wrong !== null) return `${name}: ${wrong}`;
  }
  if (margin === undefined || margin === null) return null;
  const { initial, maintenance } = margin;
  return maintenance >= 0 && maintenance < initial && initial <= 1
    ? null
    : `margin must be 0 <= maintenance < initial <= 1, not ${maintenance} and ${initial}`;
}

function notOpen(id: number): string {
  return `order ${id} is not open; only orders that are new, working or partially filled can be changed`;
}

function amendmentFault(order: WorkingOrder, { quantity, limit, stop }: Amendment): string | null {
  const prices: readonly (readonly [string, number | undefined, number])[] = [
    ["limit", limit, order.limitAt],
    ["stop", stop, order.stopAt],
  ];
  for (const [name, value, current] of prices) {
    if (value === undefined) continue;
    if (Number.isNaN(current)) return `an order of kind ${order.kind} has no ${name} to change`;
    if (!(value > 0 && value <= PRICE_MAX))
      return `${name} must be a positive finite number (at most 1e15), not ${value}`;
  }
  if (quantity === undefined) return null;
  if (!(quantity > 0 && Number.isFinite(quantity))) return `quantity must be a positive finite number, not ${quantity}`;
  return quantity < order.filled ? `quantity ${quantity} is less than the ${order.filled} that are filled` : null;
}
