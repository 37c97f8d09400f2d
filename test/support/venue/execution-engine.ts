// The platform's execution engine as the bus shows it, over a fake exchange: takes `strategy.order.requested` from a real
// Redis and answers on `strategy.order.update`. It can be told to double what it says, to say it late and out of order, to
// lose requests on their way, and to be deaf for a while.
import { Redis } from "ioredis";
import { Random } from "../../../src/domain/random.ts";
import type { FakeExchange, FakeFill, FakeOrder } from "./exchange.ts";

type Fields = Readonly<Record<string, unknown>>;

export interface Unreliable {
  /** Chances from 0 to 1. */
  readonly doubled?: number;
  readonly late?: number;
  readonly lost?: number;
  readonly lateMs?: number;
  readonly seed?: number;
}

export class ExecutionEngine {
  deaf = false;
  /** Requests as they came. */
  readonly requests: Fields[] = [];
  private readonly exchange: FakeExchange;
  private readonly unreliable: Unreliable;
  private readonly random: Random;
  private readonly hears: Redis;
  private readonly speaks: Redis;

  private constructor(exchange: FakeExchange, url: string, unreliable: Unreliable) {
    this.exchange = exchange;
    this.unreliable = unreliable;
    this.random = new Random(unreliable.seed ?? 1);
    this.hears = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
    this.speaks = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
    for (const redis of [this.hears, this.speaks]) redis.on("error", () => undefined);
    this.hears.on("message", (_, text: string) => this.heard(text));
    exchange.onEvent((event) => {
      const { order } = event;
      if (event.kind === "order") this.say({ type: "order", ...orderFields(order) });
      else this.say({ type: "fill", client_order_id: order.clientOrderId, ...fillFields(event.fill) });
    });
  }

  static async open(exchange: FakeExchange, url: string, unreliable: Unreliable = {}): Promise<ExecutionEngine> {
    const engine = new ExecutionEngine(exchange, url, unreliable);
    await engine.hears.subscribe("strategy.order.requested");
    return engine;
  }

  /** Any payload, as it is. */
  say(payload: Fields): void {
    if (this.deaf) return;
    const { doubled = 0, late = 0, lateMs = 20 } = this.unreliable;
    const send = (): void => {
      const text = JSON.stringify({ topic: "strategy.order.update", payload });
      this.speaks.publish("strategy.order.update", text).catch(() => undefined);
    };
    const times = this.random.next() < doubled ? 2 : 1;
    for (let time = 0; time < times; time++) {
      if (this.random.next() < late) setTimeout(send, this.random.between(0, lateMs));
      else send();
    }
  }

  async close(): Promise<void> {
    this.hears.disconnect();
    this.speaks.disconnect();
    await Promise.resolve();
  }

  private heard(text: string): void {
    const { payload } = JSON.parse(text) as { readonly payload: Fields };
    if (this.deaf) return;
    this.requests.push(payload);
    const { action, client_order_id: id, request_id } = payload;
    const order = this.exchange.byClient(String(id));
    if (action === "snapshot") {
      const positions = [...this.exchange.positions].map(([symbol, quantity]) => ({ symbol, quantity }));
      this.say({ type: "snapshot", request_id, orders: this.exchange.open().map(orderFields), positions });
    } else if (action === "status") {
      const found = order === undefined ? null : { ...orderFields(order), fills: order.fills.map(fillFields) };
      this.say({ type: "status", request_id, order: found });
    } else if (this.random.next() < (this.unreliable.lost ?? 0)) {
      return; // an order or a cancellation that never came
    } else if (action === "cancel") {
      if (order !== undefined) this.exchange.cancel(order);
    } else if (action === "place") {
      this.exchange.place(newOrder(payload));
    }
  }
}

function newOrder(payload: Fields) {
  const price = payload["price"];
  const stop = payload["stop_price"];
  return {
    clientOrderId: String(payload["client_order_id"]),
    symbol: String(payload["symbol"]),
    side: payload["side"] === "BUY" ? ("BUY" as const) : ("SELL" as const),
    type: String(payload["type"]),
    quantity: Number(payload["quantity"]),
    price: typeof price === "number" ? price : null,
    stopPrice: typeof stop === "number" ? stop : null,
  };
}

function orderFields({ clientOrderId, orderId, symbol, side, status, quantity, filled, reason }: Readonly<FakeOrder>) {
  return {
    client_order_id: clientOrderId,
    order_id: orderId,
    symbol,
    side,
    status,
    quantity,
    filled_quantity: filled,
    reason,
  };
}
function fillFields({ fillId, quantity, price, fee, time }: FakeFill) {
  return { fill_id: fillId, quantity, price, fee, timestamp: new Date(time).toISOString() };
}
