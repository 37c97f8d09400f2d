// A venue behind ccxt. An exchange is usable when it can be asked for orders that are over, because an order of which
// nothing is known is looked for by its client id. Symbols are BASE + the account's currency (BTCUSDT for BTC/USDT), spot
// before linear swaps; positions are balances or contracts. Orders that are not over are polled; an exchange that can be
// listened to is listened to as well. All calls go by ccxt-lane.ts. Times here in milliseconds. Main thread.
import type { CcxtExchange, CcxtMarket, CcxtOrder, CcxtTrade } from "./ccxt.ts";
import { meaningOf, reasonOf } from "./ccxt.ts";
import { CcxtLane, Withheld } from "./ccxt-lane.ts";
import { amountOf, lotOf } from "./ccxt-amount.ts";
import { tradesOf } from "./ccxt-trades.ts";
import type { Lessens, LiveVenue, Placed, SentOrder, Stays } from "./port.ts";
import type { VenueFill, VenueOrderState, VenuePosition, VenueUpdate } from "./port.ts";
import { VenueAway } from "./port.ts";

export interface CcxtVenueOptions {
  readonly name: string;
  readonly exchange: CcxtExchange;
  /** In which everything is quoted and paid, such as USDT. */
  readonly currency: string;
  /** Between two looks at orders that are not over, and whether the exchange is there. */
  readonly pollMs?: number;
}

const POLL_MS = 2_000;
/** Clocks differ: what is looked for may seem older than it is. */
const SKEW_MS = 60_000;

export class CcxtVenue implements LiveVenue {
  readonly name: string;
  private readonly options: CcxtVenueOptions;
  private readonly exchange: CcxtExchange;
  private readonly lane: CcxtLane;
  /** By the engine's symbol. */
  private markets: ReadonlyMap<string, CcxtMarket> = new Map();
  private listener: (update: VenueUpdate) => void = () => undefined;
  /** Not over, or with fills that are missing, by client id. */
  private readonly live = new Map<string, Followed>();
  private timer: NodeJS.Timeout | null = null;
  private polling = false;
  private up = false;
  private told = false;
  private closed = false;

  constructor(options: CcxtVenueOptions) {
    this.options = options;
    this.name = options.name;
    this.exchange = options.exchange;
    this.lane = new CcxtLane(options.exchange);
  }

  get connected(): boolean {
    return this.up && !this.closed;
  }

  start(): Promise<void> {
    this.timer = setInterval(() => void this.poll(), this.options.pollMs ?? POLL_MS).unref();
    void this.poll();
    return Promise.resolve();
  }

  async place(order: SentOrder, stays: Stays, lessens: Lessens): Promise<Placed> {
    const { clientOrderId, symbol, side, kind, quantity, limit, stop, timeInForce, postOnly, reduceOnly } = order;
    const market = this.markets.get(symbol);
    if (market === undefined)
      return { kind: "refused", reason: `the venue has no market for ${symbol} in ${this.options.currency}` };
    if (reduceOnly && market.swap !== true && side === "buy")
      return { kind: "refused", reason: `${symbol} is a spot market: there is no short position to reduce` };
    const type = kind === "limit" || kind === "stop_limit" ? "limit" : "market";
    const amount = amountOf(quantity / (market.contractSize ?? 1), lotOf(this.exchange, market));
    try {
      const made = await this.lane.send(order, stays, () => {
        this.follow(order);
        const parameters = {
          clientOrderId,
          ...(timeInForce === "gtc" ? {} : { timeInForce: timeInForce.toUpperCase() }),
          ...(postOnly ? { postOnly } : {}),
          ...(reduceOnly && market.swap === true && lessens() ? { reduceOnly } : {}),
          ...(stop === null ? {} : { triggerPrice: stop }),
        };
        return this.exchange.createOrder(market.symbol, type, side, amount, limit ?? undefined, parameters);
      });
      await this.pushed({ ...made, clientOrderId }, market);
      return { kind: "sent" };
    } catch (error) {
      const withheld = error instanceof Withheld;
      if (!withheld && meaningOf(error) !== "refused") return { kind: "unsure", reason: reasonOf(error) };
      this.live.delete(clientOrderId);
      return { kind: withheld ? "withheld" : "refused", reason: reasonOf(error) };
    }
  }

  async cancel(order: SentOrder, venueOrderId: string | null): Promise<void> {
    if (this.lane.recall(order.clientOrderId, "it was cancelled before it was sent")) return;
    const market = this.markets.get(order.symbol);
    if (market === undefined) return;
    const id = venueOrderId ?? (await this.reach(() => this.orderAt(market, order, null, "cancel")))?.id;
    if (id === undefined) return;
    this.follow(order);
    try {
      const told = await this.lane.ask(() => this.exchange.cancelOrder(id, market.symbol), "cancel");
      await this.pushed({ ...told, id, clientOrderId: order.clientOrderId }, market);
    } catch (error) {
      if (meaningOf(error) === "away") throw new VenueAway(reasonOf(error));
      await this.look(order); // it is over already, or was never there
    }
  }

  async find(order: SentOrder, venueOrderId: string | null): Promise<VenueOrderState | null> {
    const market = this.markets.get(order.symbol);
    if (market === undefined) return null;
    return this.reach(async () => {
      const found = await this.orderAt(market, order, venueOrderId);
      if (found === null) return null;
      const state = this.stateOf(found, market);
      if (!OVER.has(state.state)) this.follow(order);
      const fills = await this.fillsOf(found, market, order);
      // Where it does not say: all of one that it calls filled, whose trades may come later.
      const least = state.state === "filled" ? order.quantity : sumOf(fills);
      return { ...state, filled: saysFilled(found) ? state.filled : least, fills };
    });
  }

  open(): Promise<readonly VenueOrderState[]> {
    return this.reach(async () => {
      const orders = await this.lane.ask(() => this.exchange.fetchOpenOrders());
      const byName = new Map([...this.markets.values()].map((market) => [market.symbol, market]));
      return orders.map((order) => this.stateOf(order, byName.get(order.symbol ?? "")));
    });
  }

  positions(): Promise<readonly VenuePosition[]> {
    return this.reach(async () => {
      const { total = {} } = await this.lane.ask(() => this.exchange.fetchBalance());
      const held: VenuePosition[] = [];
      for (const [symbol, market] of this.markets) {
        const quantity = market.spot === true ? (total[market.base] ?? 0) : 0;
        if (quantity !== 0) held.push({ symbol, quantity });
      }
      return [...held, ...(await this.contracts())];
    });
  }

  spot(symbols: readonly string[] | null): readonly string[] {
    return [...(symbols ?? this.markets.keys())].filter((symbol) => {
      const market = this.markets.get(symbol);
      return market !== undefined && market.swap !== true;
    });
  }

  onUpdate(listener: (update: VenueUpdate) => void): void {
    this.listener = listener;
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.timer !== null) clearInterval(this.timer);
    await this.exchange.close?.().catch(() => undefined);
  }

  private async contracts(): Promise<readonly VenuePosition[]> {
    const swaps = [...this.markets].filter(([, { swap }]) => swap === true);
    if (swaps.length === 0 || this.exchange.fetchPositions === undefined) return [];
    const positions = await this.lane.ask(async () => this.exchange.fetchPositions?.() ?? []);
    return positions.flatMap(({ symbol: name, contracts, contractSize, side }) => {
      const found = swaps.find(([, market]) => market.symbol === name);
      const quantity = (contracts ?? Number.NaN) * (contractSize ?? found?.[1].contractSize ?? 1);
      if (quantity === 0) return [];
      return [{ symbol: found?.[0] ?? name, quantity: side === "short" ? -Math.abs(quantity) : quantity }];
    });
  }

  /** Whether it is there, and what has become of orders that are not over. */
  private async poll(): Promise<void> {
    if (this.polling || this.closed) return;
    this.polling = true;
    try {
      if (this.markets.size === 0)
        this.markets = this.readMarkets(await this.lane.ask(() => this.exchange.loadMarkets()));
      if (this.markets.size === 0) throw new VenueAway(`it has no market in ${this.options.currency}`);
      if (!this.up) await this.lane.ask(() => this.exchange.fetchBalance());
      this.linked();
      const open = await this.lane.ask(() => this.exchange.fetchOpenOrders());
      const listed = new Map(open.map((order) => [order.clientOrderId, order.filled ?? 0]));
      await this.catchUp([...this.live].filter(([id, { filled }]) => listed.get(id) !== filled));
    } catch (error) {
      this.lost(reasonOf(error));
    } finally {
      this.polling = false;
    }
  }

  /** Orders that are not open as they were: those that are over are asked for together, one question for a market. */
  private async catchUp(some: readonly (readonly [id: string, followed: Followed])[]): Promise<void> {
    for (const symbol of new Set(some.map(([, { order }]) => order.symbol))) {
      const market = this.markets.get(symbol);
      const here = some.filter(([, { order }]) => order.symbol === symbol);
      if (market === undefined) continue;
      const since = Math.min(...here.map(([, { order }]) => order.createdAt)) / 1_000 - SKEW_MS;
      const over = new Map((await this.over(market.symbol, since)).map((order) => [order.clientOrderId, order]));
      for (const [id, { order }] of here) {
        const found = over.get(id);
        if (found === undefined) await this.look(order);
        else await this.pushed(found, market);
      }
    }
  }

  private async listen(): Promise<void> {
    while (!this.closed && this.up && this.exchange.watchOrders !== undefined) {
      try {
        const orders = await this.exchange.watchOrders();
        const byName = new Map([...this.markets.values()].map((market) => [market.symbol, market]));
        for (const order of orders) await this.pushed(order, byName.get(order.symbol ?? ""));
      } catch {
        return; // it is polled as before, and listened to again with the next connection
      }
    }
  }

  /** Asks for one order and tells what has become of it. */
  private async look(order: SentOrder): Promise<void> {
    const found = await this.find(order, null);
    if (found === null) return;
    const { clientOrderId } = order;
    const size = this.markets.get(order.symbol)?.contractSize ?? 1;
    for (const fill of found.fills) this.listener({ kind: "fill", clientOrderId, fill });
    const { venueOrderId, state, filled, reason } = found;
    this.listener({ kind: "order", clientOrderId, venueOrderId, state, filled, reason });
    const complete = sumOf(found.fills) >= filled * (1 - ROUNDING);
    const followed = this.live.get(clientOrderId);
    if (OVER.has(state) && complete) this.live.delete(clientOrderId);
    else if (followed !== undefined && complete) followed.filled = filled / size;
  }

  /** What the exchange says of an order by itself; its fills are asked for when there are more than before. */
  private async pushed(told: CcxtOrder, market: CcxtMarket | undefined): Promise<void> {
    const followed = this.live.get(told.clientOrderId ?? "");
    if (followed === undefined || typeof told.status !== "string") return;
    const { clientOrderId } = followed.order;
    const { venueOrderId, state, filled, reason } = this.stateOf(told, market);
    // An end that does not say how much was filled may come behind fills that are not known.
    if ((told.filled ?? 0) !== followed.filled || (OVER.has(state) && !saysFilled(told))) {
      await this.look(followed.order);
      return;
    }
    this.listener({ kind: "order", clientOrderId, venueOrderId, state, filled, reason });
    if (OVER.has(state)) this.live.delete(clientOrderId);
  }

  private follow(order: SentOrder): void {
    if (!this.live.has(order.clientOrderId)) this.live.set(order.clientOrderId, { order, filled: 0 });
  }

  private async orderAt(
    market: CcxtMarket,
    order: SentOrder,
    id: string | null,
    kind: "cancel" | "question" = "question",
  ): Promise<CcxtOrder | null> {
    const { exchange } = this;
    const { symbol } = market;
    const fits = ({ clientOrderId }: CcxtOrder): boolean => clientOrderId === order.clientOrderId;
    if (id !== null && exchange.fetchOrder !== undefined && exchange.has["fetchOrder"] !== false) {
      const found = await this.lane
        .ask(async () => exchange.fetchOrder?.(id, symbol) ?? null, kind)
        .catch((error: unknown) => {
          if (meaningOf(error) === "unknown_order") return null;
          throw error;
        });
      if (found !== null) return found;
    }
    const open = await this.lane.ask(() => exchange.fetchOpenOrders(symbol), kind);
    const since = order.createdAt / 1_000 - SKEW_MS;
    return open.find(fits) ?? (await this.over(symbol, since, kind)).find(fits) ?? null;
  }

  private over(symbol: string, since: number, kind: "cancel" | "question" = "question"): Promise<readonly CcxtOrder[]> {
    const { exchange } = this;
    const whole = exchange.has["fetchClosedOrders"] !== true || exchange.fetchClosedOrders === undefined;
    if (whole && exchange.fetchOrders === undefined) throw new VenueAway("it cannot be asked for orders that are over");
    return this.lane.ask(
      async () =>
        (await (whole ? exchange.fetchOrders?.(symbol, since) : exchange.fetchClosedOrders?.(symbol, since))) ?? [],
      kind,
    );
  }

  private async fillsOf(told: CcxtOrder, market: CcxtMarket, order: SentOrder): Promise<readonly VenueFill[]> {
    const since = order.createdAt / 1_000 - SKEW_MS;
    const found = await tradesOf(this.exchange, told, market.symbol, since, (ask) => this.lane.ask(ask));
    const size = market.contractSize ?? 1;
    return found.map(({ id, amount, price, fee, timestamp }) => {
      const paid = price ?? Number.NaN;
      return {
        fillId: id ?? "",
        quantity: (amount ?? Number.NaN) * size,
        price: paid,
        fee: feeOf(fee, market, paid),
        time: (timestamp ?? Number.NaN) * 1_000,
      };
    });
  }

  private stateOf(order: CcxtOrder, market: CcxtMarket | undefined): VenueOrderState {
    const { id, clientOrderId, status, filled, amount, symbol } = order;
    const size = market?.contractSize ?? 1;
    const done = filled ?? 0;
    const state = STATES[status ?? "open"] ?? "working";
    const part = state === "working" && done > 0 && done < (amount ?? Infinity);
    return {
      clientOrderId: clientOrderId ?? null,
      venueOrderId: id,
      symbol: symbol ?? "",
      state: part ? "partially_filled" : state,
      filled: done * size,
      fills: [],
      reason: status ?? null,
    };
  }

  private readMarkets(markets: Readonly<Record<string, CcxtMarket>>): ReadonlyMap<string, CcxtMarket> {
    const { currency } = this.options;
    const found = new Map<string, CcxtMarket>();
    for (const market of Object.values(markets)) {
      if (market.quote !== currency) continue;
      const linear = market.swap === true && market.settle === currency;
      const symbol = `${market.base}${currency}`.toUpperCase();
      if (market.spot === true || (linear && !found.has(symbol))) found.set(symbol, market);
    }
    return found;
  }

  private async reach<T>(ask: () => Promise<T>): Promise<T> {
    if (!this.connected) throw new VenueAway("the exchange is away");
    try {
      return await ask();
    } catch (error) {
      throw error instanceof VenueAway ? error : new VenueAway(reasonOf(error));
    }
  }

  private linked(): void {
    this.up = true;
    if (this.told) return;
    this.told = true;
    this.listener({ kind: "link", connected: true, reason: null });
    void this.listen();
  }

  private lost(reason: string): void {
    this.up = false;
    if (!this.told) return;
    this.told = false;
    this.listener({ kind: "link", connected: false, reason });
  }
}

interface Followed {
  readonly order: SentOrder;
  /** As the exchange counts, up to which fills were told. */
  filled: number;
}

const ROUNDING = 1e-9;
const OVER: ReadonlySet<string> = new Set(["filled", "cancelled", "rejected", "expired"]);
const STATES: Readonly<Record<string, VenueOrderState["state"]>> = {
  open: "working",
  closed: "filled",
  canceled: "cancelled",
  cancelled: "cancelled",
  expired: "expired",
  rejected: "rejected",
};

function saysFilled({ filled }: CcxtOrder): boolean {
  return typeof filled === "number";
}

function sumOf(fills: readonly VenueFill[]): number {
  return fills.reduce((sum, { quantity }) => sum + quantity, 0);
}

/** In units of account; what is paid in a third currency does not count. */
function feeOf(fee: CcxtTrade["fee"], { base, quote }: CcxtMarket, price: number): number {
  const cost = fee?.cost ?? 0;
  if (fee?.currency === base) return cost * price;
  return fee?.currency === quote || fee?.currency === undefined || fee.currency === null ? cost : 0;
}
