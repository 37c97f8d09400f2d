// The fake exchange as a service on loopback: HTTP for orders and questions, a WebSocket for what happens. It can be slow,
// refuse beyond a rate, be out of order for a while, and take an order and break the connection before it answers.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { Random } from "../../../src/domain/random.ts";
import type { FakeExchange, FakeOrder } from "./exchange.ts";

export interface Weather {
  /** Milliseconds at most before an answer. */
  latencyMs: number;
  /** Chance that an order is taken and its answer lost. */
  lost: number;
  /** Every request is answered 503. */
  out: boolean;
  /** Requests in a second; beyond: 429. */
  rate: number;
  /** Chance that something is told twice, and that it is told late. */
  doubled: number;
  late: number;
}

type Body = Readonly<Record<string, unknown>>;

export class ExchangeServer {
  readonly weather: Weather = { latencyMs: 0, lost: 0, out: false, rate: Infinity, doubled: 0, late: 0 };
  readonly requests: string[] = [];
  private readonly exchange: FakeExchange;
  private readonly random = new Random(7);
  private readonly server: Server;
  private readonly sockets: WebSocketServer;
  private second = 0;
  private inSecond = 0;

  private constructor(exchange: FakeExchange) {
    this.exchange = exchange;
    this.server = createServer((request, response) => void this.serve(request, response));
    this.sockets = new WebSocketServer({ server: this.server });
    exchange.onEvent(({ order }) => this.tell(order));
  }

  static async open(exchange: FakeExchange): Promise<ExchangeServer> {
    const opened = new ExchangeServer(exchange);
    opened.server.listen(0, "127.0.0.1");
    await once(opened.server, "listening");
    return opened;
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets.clients) socket.terminate();
    this.sockets.close();
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }

  private tell(order: Readonly<FakeOrder>): void {
    const { doubled, late } = this.weather;
    const text = JSON.stringify(viewOf(order));
    for (let time = this.random.next() < doubled ? 2 : 1; time > 0; time--) {
      const send = (): void => {
        for (const socket of this.sockets.clients) socket.send(text);
      };
      if (this.random.next() < late) setTimeout(send, this.random.between(0, 30));
      else send();
    }
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = request.url ?? "";
    this.requests.push(path);
    const { latencyMs, lost, out } = this.weather;
    if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, this.random.between(0, latencyMs)));
    if (out) return answer(response, 503, { error: "maintenance" });
    if (this.tooMany()) return answer(response, 429, { error: "slow down" });
    const body = JSON.parse(Buffer.concat(chunks).toString() || "{}") as Body;
    const [status, found] = this.done(path, body);
    if (path === "/place" && this.random.next() < lost) request.socket.destroy();
    else answer(response, status, found);
  }

  private tooMany(): boolean {
    const second = Math.floor(Date.now() / 1_000);
    if (second !== this.second) this.inSecond = 0;
    this.second = second;
    return ++this.inSecond > this.weather.rate;
  }

  private done(path: string, body: Body): readonly [status: number, body: unknown] {
    const { exchange } = this;
    const order = exchange.byId(String(body["id"]));
    switch (path) {
      case "/place": {
        const placed = exchange.place(body as never);
        return placed.status === "rejected" ? [400, { error: placed.reason }] : [200, viewOf(placed)];
      }
      case "/cancel":
        if (order === undefined || !exchange.cancel(order)) return [404, { error: "no such open order" }];
        return [200, viewOf(order)];
      case "/order":
        return order === undefined ? [404, { error: "no such order" }] : [200, viewOf(order)];
      case "/open":
        return [200, exchange.open().map(viewOf)];
      case "/closed":
        return [200, exchange.orders.filter((one) => !exchange.open().includes(one)).map(viewOf)];
      case "/trades":
        return [200, exchange.orders.flatMap(({ orderId, fills }) => fills.map((fill) => ({ ...fill, orderId })))];
      case "/positions":
        return [200, Object.fromEntries(exchange.positions)];
      default:
        return [404, { error: "no such path" }];
    }
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function viewOf({ clientOrderId, orderId, symbol, status, quantity, filled }: Readonly<FakeOrder>) {
  return { clientOrderId, orderId, symbol, status, quantity, filled };
}
