// A module in the shape of ccxt whose one exchange, `fake`, talks to the exchange server of the tests. Errors are classes
// with the names that ccxt gives them, one derived from the other.
import { Agent, request } from "node:http";
import { WebSocket } from "ws";
import type { CcxtExchange, CcxtMarket, CcxtOrder, CcxtTrade } from "../../../src/manage/venue/ccxt.ts";

class BaseError extends Error {}
class ExchangeError extends BaseError {}
class InvalidOrder extends ExchangeError {}
class OrderNotFound extends InvalidOrder {}
class NetworkError extends BaseError {}
class RateLimitExceeded extends NetworkError {}

interface View {
  readonly clientOrderId: string | null;
  readonly orderId: string;
  readonly symbol: string;
  readonly status: string;
  readonly quantity: number;
  readonly filled: number;
}
interface TradeView {
  readonly orderId: string;
  readonly fillId: string;
  readonly quantity: number;
  readonly price: number;
  readonly fee: number;
  readonly time: number;
}

const STATUS: Readonly<Record<string, string>> = {
  open: "open",
  partially_filled: "open",
  filled: "closed",
  cancelled: "canceled",
  rejected: "rejected",
};

export interface FakeOptions {
  readonly apiKey: string;
  readonly secret: string;
  readonly options?: Readonly<Record<string, unknown>>;
}

/** What exchanges differ in. */
export interface Manners {
  /** It throws when it is asked for all open orders, unless it is told not to, as Binance does. */
  readonly picky?: boolean;
  /** Trades that it gives at once, and which end of a span it gives first. */
  readonly page?: number;
  readonly newestFirst?: boolean;
}

export interface FakeModule {
  readonly made: readonly FakeOptions[];
  readonly fake: { new (options: FakeOptions): CcxtExchange; readonly prototype: CcxtExchange };
}

/** The module; `options` of the exchanges that were made of it are kept in `made`. */
export function fakeCcxt(
  address: string,
  features: Readonly<Record<string, unknown>> = {},
  manners: Manners = {},
): FakeModule {
  const made: FakeOptions[] = [];
  class Fake extends FakeExchangeClient {
    constructor(options: FakeOptions) {
      super(address, features, manners, options);
      made.push(options);
    }
  }
  return { made, fake: Fake };
}

class FakeExchangeClient implements CcxtExchange {
  readonly has: Readonly<Record<string, unknown>>;
  sandbox = false;
  readonly address: string;
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 8 });
  private socket: WebSocket | null = null;
  private readonly heard: CcxtOrder[] = [];
  private stir: (() => void) | null = null;
  private gone: Error | null = null;
  private readonly manners: Manners;
  private readonly options: FakeOptions;

  constructor(address: string, features: Readonly<Record<string, unknown>>, manners: Manners, options: FakeOptions) {
    this.address = address;
    this.manners = manners;
    this.options = options;
    this.has = { fetchClosedOrders: true, fetchOrder: true, watchOrders: true, ...features };
  }

  setSandboxMode(enabled: boolean): void {
    this.sandbox = enabled;
  }

  async loadMarkets(): Promise<Readonly<Record<string, CcxtMarket>>> {
    await this.ask("/open");
    const market = (base: string): CcxtMarket => {
      return { symbol: `${base}/USDT`, base, quote: "USDT", spot: true, swap: false };
    };
    return { "BTC/USDT": market("BTC"), "ETH/USDT": market("ETH") };
  }

  async createOrder(
    symbol: string,
    type: string,
    side: string,
    quantity: number,
    price: number | undefined,
    { clientOrderId, triggerPrice = null }: Readonly<Record<string, unknown>>,
  ): Promise<CcxtOrder> {
    const sides = side === "buy" ? "BUY" : "SELL";
    const asked = { clientOrderId, symbol, type, side: sides, quantity, price: price ?? null, stopPrice: triggerPrice };
    return orderOf((await this.ask("/place", asked)) as View);
  }

  async cancelOrder(id: string): Promise<CcxtOrder> {
    return orderOf((await this.ask("/cancel", { id })) as View);
  }
  async fetchOrder(id: string): Promise<CcxtOrder> {
    return orderOf((await this.ask("/order", { id })) as View);
  }
  async fetchOpenOrders(symbol?: string): Promise<readonly CcxtOrder[]> {
    const warns = this.options.options?.["warnOnFetchOpenOrdersWithoutSymbol"] !== false;
    if (this.manners.picky === true && symbol === undefined && warns)
      throw new ExchangeError("fetchOpenOrders() without a symbol is rate-limited; name one");
    return ((await this.ask("/open")) as readonly View[]).map(orderOf);
  }
  async fetchClosedOrders(): Promise<readonly CcxtOrder[]> {
    return ((await this.ask("/closed")) as readonly View[]).map(orderOf);
  }

  async fetchMyTrades(
    _symbol?: string,
    since = 0,
    limit = 500,
    { until = Number.POSITIVE_INFINITY }: Readonly<Record<string, unknown>> = {},
  ): Promise<readonly CcxtTrade[]> {
    const trades = (await this.ask("/trades")) as readonly TradeView[];
    const within = trades
      .filter(({ time }) => time >= since && time <= Number(until))
      .toSorted((one, other) => one.time - other.time);
    const page = Math.min(limit, this.manners.page ?? limit);
    return (this.manners.newestFirst === true ? within.slice(-page) : within.slice(0, page)).map(
      ({ orderId, fillId, quantity, price, fee, time }) => {
        const paid = { cost: fee, currency: "USDT" };
        return { id: fillId, order: orderId, timestamp: time, amount: quantity, price, fee: paid };
      },
    );
  }

  async fetchBalance(): Promise<{ total: Readonly<Record<string, number>> }> {
    const positions = (await this.ask("/positions")) as Readonly<Record<string, number>>;
    const bases = Object.entries(positions).map(
      ([symbol, quantity]) => [symbol.split("/")[0] ?? "", quantity] as const,
    );
    return { total: Object.fromEntries<number>([["USDT", 1_000_000], ...bases]) };
  }

  async watchOrders(): Promise<readonly CcxtOrder[]> {
    if (this.socket === null) this.connect();
    if (this.heard.length === 0 && this.gone === null)
      await new Promise<void>((resolve) => {
        this.stir = resolve;
      });
    if (this.gone !== null) throw this.gone;
    return this.heard.splice(0);
  }

  close(): Promise<void> {
    this.agent.destroy();
    this.socket?.terminate();
    return Promise.resolve();
  }

  private connect(): void {
    this.gone = null;
    this.socket = new WebSocket(`ws://${this.address}`);
    this.socket.on("message", (bytes: Buffer) => {
      this.heard.push(orderOf(JSON.parse(bytes.toString()) as View));
      this.stir?.();
    });
    this.socket.on("error", () => undefined);
    this.socket.on("close", () => {
      this.socket = null;
      this.gone = new NetworkError("the socket closed");
      this.stir?.();
    });
  }

  private async ask(path: string, body: object = {}): Promise<unknown> {
    const [status, text] = await this.send(path, JSON.stringify(body)).catch((error: unknown) => {
      throw new NetworkError(`http://${this.address}${path} ${String(error)}`);
    });
    if (status === 404) throw new OrderNotFound("no such order");
    if (status === 429) throw new RateLimitExceeded("slow down");
    if (status >= 500) throw new NetworkError("maintenance");
    const answer = JSON.parse(text) as { readonly error?: string };
    if (status === 400) throw new InvalidOrder(answer.error);
    return answer;
  }

  private send(path: string, body: string): Promise<readonly [status: number, text: string]> {
    return new Promise((resolve, reject) => {
      const sent = request(`http://${this.address}${path}`, { method: "POST", agent: this.agent }, (response) => {
        let text = "";
        response.on("data", (bytes: Buffer) => (text += bytes.toString()));
        response.on("end", () => resolve([response.statusCode ?? 0, text]));
        response.on("error", reject);
      });
      sent.on("error", reject);
      sent.end(body);
    });
  }
}

function orderOf({ clientOrderId, orderId, symbol, status, quantity, filled }: View): CcxtOrder {
  return { id: orderId, clientOrderId, symbol, status: STATUS[status] ?? status, amount: quantity, filled };
}
