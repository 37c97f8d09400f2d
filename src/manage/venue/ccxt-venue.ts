// A venue behind ccxt. An exchange is usable when it can be asked for orders that are over, because an order of which
// nothing is known is looked for by its client id. Symbols are BASE + the account's currency (BTCUSDT for BTC/USDT), spot
// before linear swaps; positions are balances or contracts. Orders that are not over are polled; an exchange that can be
// listened to is listened to as well. All calls go by ccxt-lane.ts. Times here in milliseconds. Main thread.
import { isOver } from "../../simulation/simulation.ts";
import type { CcxtExchange, CcxtMarket, CcxtOrder } from "./ccxt.ts";
import { meaningOf, reasonOf, unlessAway } from "./ccxt.ts";
import { CcxtFollowed, type Followed } from "./ccxt-followed.ts";
import { CcxtLane, Withheld } from "./ccxt-lane.ts";
import { amountOf, lotOf } from "./ccxt-amount.ts";
import { CcxtOrders, sinceOf } from "./ccxt-orders.ts";
import { tradesOf } from "./ccxt-trades.ts";
import { endsUntold, filledOf, fillOf, isWhole, marketsIn, stateOf } from "./ccxt-words.ts";
import type { Lessens, LiveVenue, NamedOrder, Placed, SentOrder, Stays } from "./port.ts";
import type { VenueFill, VenueOrderState, VenuePosition, VenueUpdate } from "./port.ts";
import { NotKnownYet, VenueAway } from "./port.ts";

export interface CcxtVenueOptions {
  readonly name: string;
  readonly exchange: CcxtExchange;
  /** In which everything is quoted and paid, such as USDT. */
  readonly currency: string;
  /** Between two looks at orders that are not over, and whether the exchange is there. */
  readonly pollMs?: number;
  /** By how much it tells trades later than what they are of is over, at most. */
  readonly lateMs?: number;
}

const POLL_MS = 2_000;

export class CcxtVenue implements LiveVenue {
  readonly name: string;
  private readonly options: CcxtVenueOptions;
  private readonly exchange: CcxtExchange;
  private readonly lane: CcxtLane;
  private readonly orders: CcxtOrders;
  private readonly followed = new CcxtFollowed();
  /** By the engine's symbol. */
  private markets: ReadonlyMap<string, CcxtMarket> = new Map();
  private listener: (update: VenueUpdate) => void = () => undefined;
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
    this.orders = new CcxtOrders(options.exchange, this.lane, options.lateMs);
  }

  get connected(): boolean {
    return this.up && !this.closed;
  }

  start(named: readonly NamedOrder[]): Promise<void> {
    for (const order of named) this.orders.note(order, order.venueOrderId);
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
    if (!(amount > 0 && amount < Infinity))
      return { kind: "refused", reason: `${quantity} ${symbol} is no amount that can be ordered at the venue` };
    const reduces = (): boolean => reduceOnly && market.swap === true && lessens();
    const again = this.followed.get(clientOrderId) !== undefined;
    try {
      const made = await this.lane.send(order, { stays, reduces }, (said) => {
        this.followed.follow(order);
        const parameters = {
          clientOrderId,
          ...(timeInForce === "gtc" ? {} : { timeInForce: timeInForce.toUpperCase() }),
          ...(postOnly ? { postOnly } : {}),
          ...(said ? { reduceOnly } : {}),
          ...(stop === null ? {} : { triggerPrice: stop }),
        };
        return this.exchange.createOrder(market.symbol, type, side, amount, limit ?? undefined, parameters);
      });
      await this.heard({ ...made, clientOrderId });
      return { kind: "sent" };
    } catch (error) {
      const withheld = error instanceof Withheld;
      const meaning = withheld ? "refused" : meaningOf(error);
      if (meaning === "taken") this.there(clientOrderId, "working");
      if (meaning !== "refused") return { kind: "unsure", reason: reasonOf(error) };
      if (!again) this.followed.drop(clientOrderId);
      return { kind: withheld ? "withheld" : "refused", reason: reasonOf(error) };
    } finally {
      this.orders.attempted(order);
    }
  }

  async cancel(order: SentOrder, venueOrderId: string | null): Promise<void> {
    if (this.lane.recall(order.clientOrderId, "it was cancelled before it was sent")) return;
    const market = this.markets.get(order.symbol);
    if (market === undefined) return;
    const known = this.idOf(order, venueOrderId);
    const id = known ?? (await this.reach(() => this.orders.find(market, order, null, "cancel")))?.id;
    if (id === undefined) return;
    this.noteId(this.followed.follow(order), id); // its end may be told to nobody
    try {
      const told = await this.lane.ask(() => this.exchange.cancelOrder(id, market.symbol), "cancel");
      await this.heard({ ...told, id, clientOrderId: order.clientOrderId });
    } catch (error) {
      if (meaningOf(error) === "away") throw new VenueAway(reasonOf(error));
      await this.reach(() => this.look(order)); // it is over already, or was never there
    }
  }

  find(order: SentOrder, venueOrderId: string | null): Promise<VenueOrderState | null> {
    return this.markets.has(order.symbol) ? this.reach(() => this.known(order, venueOrderId)) : Promise.resolve(null);
  }

  open(): Promise<readonly VenueOrderState[]> {
    return this.reach(async () => {
      const orders = await this.lane.ask(() => this.exchange.fetchOpenOrders(), "account");
      const byName = new Map([...this.markets.values()].map((market) => [market.symbol, market]));
      return orders.map((order) => stateOf(order, byName.get(order.symbol ?? "")));
    });
  }

  positions(): Promise<readonly VenuePosition[]> {
    return this.reach(async () => {
      const { total = {} } = await this.lane.ask(() => this.exchange.fetchBalance(), "account");
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
    const positions = await this.lane.ask(async () => this.exchange.fetchPositions?.() ?? [], "account");
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
        this.markets = marketsIn(
          this.options.currency,
          await this.lane.ask(() => this.exchange.loadMarkets(), "account"),
        );
      if (this.markets.size === 0) throw new VenueAway(`it has no market in ${this.options.currency}`);
      if (!this.up) await this.lane.ask(() => this.exchange.fetchBalance(), "account");
      this.linked();
      const open = await this.lane.ask(() => this.exchange.fetchOpenOrders(), "account");
      await this.catchUp(this.followed.due(open));
    } catch (error) {
      this.lost(reasonOf(error));
    } finally {
      this.polling = false;
    }
  }

  /** Orders that are not open as they were: those that are over are asked for together, one question for a market. */
  private async catchUp(some: readonly Followed[]): Promise<void> {
    for (const symbol of new Set(some.map(({ order }) => order.symbol))) {
      const market = this.markets.get(symbol);
      const here = some.filter(({ order }) => order.symbol === symbol);
      if (market === undefined) continue;
      const since = Math.min(...here.map(({ order }) => sinceOf(order)));
      const listed = await this.orders.over(market.symbol, since).catch(unlessAway({ orders: [] }));
      const over = new Map(listed.orders.map((order) => [order.clientOrderId, order]));
      for (const told of listed.orders) this.followed.told(told);
      for (const followed of here) {
        const { order, filled } = followed;
        const found = over.get(order.clientOrderId);
        // One that it does not tell of is asked for again at a later turn, and holds no other up.
        await (found === undefined ? this.look(order) : this.pushed(found)).catch(unlessAway(undefined));
        this.followed.rest(followed, followed.filled !== filled);
      }
    }
  }

  private async listen(): Promise<void> {
    while (!this.closed && this.up && this.exchange.watchOrders !== undefined) {
      try {
        const orders = await this.exchange.watchOrders();
        for (const order of orders) await this.heard(order);
      } catch {
        return; // it is polled as before, and listened to again with the next connection
      }
    }
  }

  /** Asks for one order and tells what has become of it. */
  private async look(order: SentOrder): Promise<void> {
    const found = await this.known(order, null);
    if (found !== null) this.tell(order, found);
  }

  private tell({ clientOrderId }: SentOrder, found: VenueOrderState): void {
    for (const fill of found.fills) this.listener({ kind: "fill", clientOrderId, fill });
    const { venueOrderId, state, filled, reason } = found;
    if (filled === null) this.endedUntold({ id: venueOrderId, clientOrderId, status: reason });
    else this.listener({ kind: "order", clientOrderId, venueOrderId, state, filled, reason });
  }

  private async known(order: SentOrder, venueOrderId: string | null): Promise<VenueOrderState | null> {
    const market = this.markets.get(order.symbol);
    if (market === undefined) return null;
    const listed = await this.orders.find(market, order, this.idOf(order, venueOrderId));
    // What it has called over and lists no more is over, and not unknown.
    const found = listed ?? this.followed.get(order.clientOrderId)?.ended ?? null;
    return found === null ? null : this.traded(order, found, market);
  }

  /** As it was told, with its trades: those come from another book, and either may be behind. */
  private async traded(order: SentOrder, told: CcxtOrder, market: CcxtMarket): Promise<VenueOrderState> {
    const state = stateOf(told, market);
    const fills = await this.fillsOf(told, market, order);
    const filled = filledOf(told, state, order, fills);
    if (!isOver(state.state)) this.followed.follow(order);
    this.orders.note(order, told.id);
    const followed = this.followed.get(order.clientOrderId);
    if (followed !== undefined) {
      this.noteId(followed, told.id);
      followed.said = Math.max(followed.said, told.filled ?? 0);
    }
    if (filled !== null && isWhole(filled, fills)) {
      if (followed !== undefined) followed.filled = told.filled ?? filled / (market.contractSize ?? 1);
      if (isOver(state.state)) this.followed.settle(order.clientOrderId);
    }
    return { ...state, filled, fills };
  }

  /** What cannot be told of it now is asked for again when it is polled. */
  private async heard(told: CcxtOrder): Promise<void> {
    await this.pushed(told).catch(() => undefined);
  }

  /** What the exchange says of an order by itself; its fills are asked for when there are more than before, or it is over. */
  private async pushed(told: CcxtOrder): Promise<void> {
    const followed = this.followed.told(told);
    const market = followed && this.markets.get(followed.order.symbol);
    if (followed === undefined || market === undefined) return;
    this.noteId(followed, told.id);
    if (typeof told.status !== "string") return;
    if (endsUntold(told)) {
      this.endedUntold(told);
      return;
    }
    const { order } = followed;
    const found = stateOf(told, market);
    if (isOver(found.state)) this.tell(order, await this.traded(order, told, market));
    else if ((told.filled ?? 0) !== followed.filled) await this.look(order);
    else this.tell(order, found);
  }

  /** An order that has an id there has reached it, whatever else is not known: it is told before anything can fail. */
  private noteId(followed: Followed, id: string | null | undefined): void {
    if (followed.id !== null || typeof id !== "string" || id === "") return;
    followed.id = id;
    this.orders.note(followed.order, id);
    this.there(followed.order.clientOrderId, "new", id);
  }

  private there(clientOrderId: string, state: "new" | "working", venueOrderId: string | null = null): void {
    this.listener({ kind: "order", clientOrderId, venueOrderId, state, filled: null, reason: null });
  }

  /**
   * It is over, maybe behind fills that are not known. Who listens asks for it until they are, so it is not looked at here
   * meanwhile. One that it calls rejected may have been at work: it ends like one that was cancelled.
   */
  private endedUntold(told: CcxtOrder): void {
    const { id, clientOrderId, status } = told;
    const followed = this.followed.get(clientOrderId ?? "");
    if (followed !== undefined) followed.ended = told;
    const end = { venueOrderId: id, state: "cancelled", filled: null, reason: status ?? null } as const;
    this.listener({ kind: "order", clientOrderId: clientOrderId ?? "", ...end });
  }

  private idOf({ clientOrderId }: SentOrder, venueOrderId: string | null): string | null {
    return venueOrderId ?? this.followed.get(clientOrderId)?.id ?? null;
  }

  private async fillsOf(told: CcxtOrder, market: CcxtMarket, order: SentOrder): Promise<readonly VenueFill[]> {
    // What is said of one that is over may be of before its last trades: all of them are looked for.
    const said = isOver(stateOf(told, market).state) ? null : told.filled;
    const amount = said ?? order.quantity / (market.contractSize ?? 1);
    const asked = { id: told.id, amount };
    const found = await tradesOf(this.exchange, asked, market.symbol, sinceOf(order), (ask) => this.lane.ask(ask));
    return found.map((trade) => fillOf(trade, market));
  }

  private async reach<T>(ask: () => Promise<T>): Promise<T> {
    if (!this.connected) throw new VenueAway("the exchange is away");
    try {
      return await ask();
    } catch (error) {
      throw error instanceof VenueAway || error instanceof NotKnownYet ? error : new VenueAway(reasonOf(error));
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
