// An exchange as ccxt shows it, without a network: every call waits for the exchange's rate, first come, first served, and
// then goes out by `fetch`, with the order's id in it. The test says what waits and for how long, what an answer leaves out,
// and which trades come later. Where it has contracts, an order that is said to reduce is cut to what the account holds, and
// refused where that is nothing.
import type { CcxtExchange, CcxtMarket, CcxtOrder, CcxtPosition, CcxtTrade } from "../../../src/manage/venue/ccxt.ts";
import { exactOf, numberOf } from "../../../src/manage/venue/exact-sum.ts";
import type { FakeExchange, FakeFill, FakeOrder } from "./exchange.ts";

class InvalidOrder extends Error {}
class OrderNotFound extends Error {}
class RequestTimeout extends Error {}

type Body = Readonly<Record<string, unknown>>;
const STATUS = {
  open: "open",
  partially_filled: "open",
  filled: "closed",
  rejected: "rejected",
};

export class LimitedExchange implements CcxtExchange {
  readonly has: Record<string, boolean> = { fetchClosedOrders: true, fetchCanceledOrders: false, fetchOrder: false };
  /** Requests that had to wait, by their path. */
  readonly waiting: { readonly path: string; readonly go: () => void }[] = [];
  /** Those that went out. */
  readonly sent: string[] = [];
  /** Which do not wait. */
  free: (path: string) => boolean = () => true;
  /** Whether an answer says that an order is over, and not how much of it was filled. */
  silent: (path: string, order: Readonly<FakeOrder>) => boolean = () => false;
  /** Whether an answer leaves out what has become of an order that is over. */
  mute: (path: string, order: Readonly<FakeOrder>) => boolean = () => false;
  /** Whether a trade is not told yet. */
  hides: (fill: FakeFill, order: Readonly<FakeOrder>) => boolean = () => false;
  /** Whether an order is in no list any more, nor known by its id. */
  forgets: (order: Readonly<FakeOrder>) => boolean = () => false;
  /** Whether a request is served and its answer lost. */
  loses: (path: string) => boolean = () => false;
  /** Whether a request is lost on its way. */
  drops: (path: string) => boolean = () => false;
  /** What it calls an order that was cancelled. */
  cancelled = "canceled";
  /** Its list of closed orders has those alone that were filled. */
  narrow = false;
  /** Amounts are cut to whole ones of it; 0: they are not. */
  lot = 0;
  readonly precisionMode = 4;
  private readonly exchange: FakeExchange;
  private readonly swap: boolean;
  private readonly contractSize: number;

  constructor(exchange: FakeExchange, swap = false, contractSize = 1) {
    this.exchange = exchange;
    this.swap = swap;
    this.contractSize = contractSize;
  }

  /** The longest waiting first. */
  release(count = Number.POSITIVE_INFINITY): void {
    for (const { go } of this.waiting.splice(0, count)) go();
  }

  loadMarkets(): Promise<Readonly<Record<string, CcxtMarket>>> {
    const { swap, contractSize } = this;
    const settle = swap ? "USDT" : null;
    const market = { symbol: "BTC/USDT", base: "BTC", quote: "USDT", settle, spot: !swap, swap, contractSize };
    return Promise.resolve({ [market.symbol]: { ...market, precision: { amount: this.lot } } });
  }
  async createOrder(
    symbol: string,
    type: string,
    side: string,
    quantity: number,
    price: number | undefined,
    { clientOrderId, reduceOnly = false }: Body,
  ): Promise<CcxtOrder> {
    const whole = this.lot === 0 ? quantity : numberOf(exactOf(quantity) - (exactOf(quantity) % exactOf(this.lot)));
    const order = { clientOrderId, symbol, type, side, quantity: whole, price, reduceOnly };
    return (await this.request("/place", order)) as CcxtOrder;
  }
  async cancelOrder(id: string): Promise<CcxtOrder> {
    return (await this.request("/cancel", { id })) as CcxtOrder;
  }
  async fetchOpenOrders(): Promise<readonly CcxtOrder[]> {
    return (await this.request("/open")) as readonly CcxtOrder[];
  }
  async fetchClosedOrders(): Promise<readonly CcxtOrder[]> {
    return (await this.request("/closed")) as readonly CcxtOrder[];
  }
  async fetchCanceledOrders(): Promise<readonly CcxtOrder[]> {
    return (await this.request("/cancelled")) as readonly CcxtOrder[];
  }
  async fetchOrder(id: string): Promise<CcxtOrder> {
    return (await this.request("/order", { id })) as CcxtOrder;
  }
  async fetchMyTrades(): Promise<readonly CcxtTrade[]> {
    return (await this.request("/trades")) as readonly CcxtTrade[];
  }
  async fetchBalance(): Promise<{ total: Readonly<Record<string, number>> }> {
    await this.request("/balance");
    return { total: this.swap ? {} : { BTC: this.exchange.positions.get("BTC/USDT") ?? 0 } };
  }
  async fetchPositions(): Promise<readonly CcxtPosition[]> {
    await this.request("/positions");
    const { positions } = this.exchange;
    return [...positions].map(([symbol, held]) => {
      return { symbol, contracts: Math.abs(held), side: held < 0 ? "short" : "long" };
    });
  }

  fetch(url: string, _method?: string, _headers?: unknown, body?: unknown): Promise<unknown> {
    this.sent.push(url);
    return Promise.resolve(this.serve(url, JSON.parse(String(body)) as Body));
  }

  private async request(path: string, body: Body = {}): Promise<unknown> {
    if (!this.free(path)) await new Promise<void>((go) => this.waiting.push({ path, go }));
    if (this.drops(path)) throw new RequestTimeout("it did not get there");
    const answer = await this.fetch(path, "POST", {}, JSON.stringify(body));
    if (this.loses(path)) throw new RequestTimeout("no answer");
    return answer;
  }

  private serve(path: string, body: Body): unknown {
    const { exchange } = this;
    const known = exchange.orders.filter((order) => !this.forgets(order));
    const over = known.filter(({ status }) => status !== "open" && status !== "partially_filled");
    const order = known.find(({ orderId }) => orderId === body["id"]);
    const shown = (one: Readonly<FakeOrder>): CcxtOrder => this.shown(path, one);
    switch (path) {
      case "/place": {
        const side = body["side"] === "buy" ? "BUY" : "SELL";
        const quantity = body["reduceOnly"] === true ? this.reducible(body) : body["quantity"];
        return shown(exchange.place({ price: null, ...body, side, quantity } as never));
      }
      case "/cancel":
        if (order === undefined || !exchange.cancel(order)) throw new OrderNotFound("no such open order");
        return shown(order);
      case "/order":
        if (order === undefined) throw new OrderNotFound("no such order");
        return shown(order);
      case "/open":
        return exchange.open().map(shown);
      case "/closed":
        return over.filter(({ status }) => !this.narrow || status === "filled").map(shown);
      case "/cancelled":
        return over.filter(({ status }) => status !== "filled").map(shown);
      case "/trades":
        return exchange.orders.flatMap((one) => one.fills.filter((fill) => !this.hides(fill, one)).map(tradeOf(one)));
      default:
        return {};
    }
  }

  private shown(path: string, order: Readonly<FakeOrder>): CcxtOrder {
    const { clientOrderId, orderId, symbol, status, quantity, filled } = order;
    const over = status !== "open" && status !== "partially_filled";
    const shown = { id: orderId, clientOrderId, symbol, amount: quantity };
    if (over && this.mute(path, order)) return shown;
    const told = status === "cancelled" ? this.cancelled : STATUS[status];
    return { ...shown, status: told, filled: over && this.silent(path, order) ? null : filled };
  }

  private reducible({ symbol, side, quantity }: Body): number {
    const held = this.exchange.positions.get(String(symbol)) ?? 0;
    const room = side === "sell" ? held : -held;
    if (!(room > 0)) throw new InvalidOrder("there is no position to reduce");
    return Math.min(room, Number(quantity));
  }
}

function tradeOf({ orderId: order }: Readonly<FakeOrder>): (fill: FakeFill) => CcxtTrade {
  return ({ fillId: id, quantity: amount, price, time: timestamp }) => {
    return { id, order, amount, price, timestamp, fee: null };
  };
}
