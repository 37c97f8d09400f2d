// An exchange as ccxt shows it, without a network: every call waits for the exchange's rate, first come, first served, and
// then goes out by `fetch`, with the order's id in it. The test says what waits and for how long. Where it has contracts,
// an order that is said to reduce is cut to what the account holds, and refused where that is nothing.
import type { CcxtExchange, CcxtMarket, CcxtOrder, CcxtTrade } from "../../../src/manage/venue/ccxt.ts";
import { exactOf, numberOf } from "../../../src/manage/venue/exact-sum.ts";
import type { FakeExchange, FakeOrder } from "./exchange.ts";

class InvalidOrder extends Error {}

type Body = Readonly<Record<string, unknown>>;
const STATUS = {
  open: "open",
  partially_filled: "open",
  filled: "closed",
  cancelled: "canceled",
  rejected: "rejected",
};

export class LimitedExchange implements CcxtExchange {
  readonly has = { fetchClosedOrders: true };
  /** Requests that had to wait, by their path. */
  readonly waiting: { readonly path: string; readonly go: () => void }[] = [];
  /** Those that went out. */
  readonly sent: string[] = [];
  /** Which do not wait. */
  free: (path: string) => boolean = () => true;
  /** Its answer to a cancellation says that the order is over, and not how much of it was filled. */
  taciturn = false;
  /** Amounts are cut to whole ones of it; 0: they are not. */
  lot = 0;
  /** Orders that are over are told without how much of them was filled, and trades come later. */
  vague = false;
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
  async fetchMyTrades(): Promise<readonly CcxtTrade[]> {
    return (await this.request("/trades")) as readonly CcxtTrade[];
  }
  async fetchBalance(): Promise<{ total: Readonly<Record<string, number>> }> {
    await this.request("/balance");
    return { total: this.swap ? {} : { BTC: this.exchange.positions.get("BTC/USDT") ?? 0 } };
  }

  fetch(url: string, _method?: string, _headers?: unknown, body?: unknown): Promise<unknown> {
    this.sent.push(url);
    return Promise.resolve(this.serve(url, JSON.parse(String(body)) as Body));
  }

  private async request(path: string, body: Body = {}): Promise<unknown> {
    if (!this.free(path)) await new Promise<void>((go) => this.waiting.push({ path, go }));
    return this.fetch(path, "POST", {}, JSON.stringify(body));
  }

  private serve(path: string, body: Body): unknown {
    const { exchange } = this;
    const open = exchange.open();
    switch (path) {
      case "/place": {
        const side = body["side"] === "buy" ? "BUY" : "SELL";
        const quantity = body["reduceOnly"] === true ? this.reducible(body) : body["quantity"];
        return this.shown(exchange.place({ price: null, ...body, side, quantity } as never));
      }
      case "/cancel": {
        const order = exchange.byId(String(body["id"]));
        if (order !== undefined) exchange.cancel(order);
        if (order === undefined) return {};
        return this.taciturn ? { id: order.orderId, status: STATUS[order.status] } : orderOf(order);
      }
      case "/open":
        return open.map(orderOf);
      case "/closed":
        return exchange.orders.filter((order) => !open.includes(order)).map((order) => this.shown(order));
      case "/trades":
        if (this.vague) return [];
        return exchange.orders.flatMap(({ orderId: order, fills }) =>
          fills.map(({ fillId: id, quantity: amount, price, time: timestamp }) => {
            return { id, order, amount, price, timestamp, fee: null };
          }),
        );
      default:
        return {};
    }
  }

  private shown(order: Readonly<FakeOrder>): CcxtOrder {
    return this.vague ? { ...orderOf(order), filled: null } : orderOf(order);
  }

  private reducible({ symbol, side, quantity }: Body): number {
    const held = this.exchange.positions.get(String(symbol)) ?? 0;
    const room = side === "sell" ? held : -held;
    if (!(room > 0)) throw new InvalidOrder("there is no position to reduce");
    return Math.min(room, Number(quantity));
  }
}

function orderOf({ clientOrderId, orderId, symbol, status, quantity, filled }: Readonly<FakeOrder>): CcxtOrder {
  return { id: orderId, clientOrderId, symbol, status: STATUS[status], amount: quantity, filled };
}
