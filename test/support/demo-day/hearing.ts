// Who listens to the engine's bus during the scripted day: to its topics on a real redis-server where there is one, else
// to the channels of its WebSocket, which the bus inside the process stands behind; these know of no orders and positions.
// Outlives the engine's kill -9. What comes twice under one id counts once, the newest.
import { spawnSync } from "node:child_process";
import { Redis } from "ioredis";
import { WebSocket } from "ws";
import type { EngineProcess } from "../engine-process.ts";
import { RedisServer } from "../redis-server.ts";
import type { Tale, ToldAlert, ToldExecution, ToldOrder, ToldPosition, ToldTrade } from "./tale.ts";

type Payload = Readonly<Record<string, unknown>>;

export class Hearing {
  readonly name: string;
  private readonly trades = new Map<string, ToldTrade>();
  private readonly alerts = new Map<string, ToldAlert>();
  private readonly ended = new Map<string, ToldExecution>();
  private readonly orders = new Map<string, ToldOrder>();
  private readonly held = new Map<string, ToldPosition>();
  private readonly server: RedisServer | null;
  private redis: Redis | null = null;
  private socket: WebSocket | null = null;
  private messages = 0;

  private constructor(server: RedisServer | null) {
    this.server = server;
    this.name = server === null ? "the bus inside the engine, by its WebSocket" : "a redis-server of its own";
  }

  /** `withRedis` null: whether there is one to be run decides. */
  static async open(withRedis: boolean | null = null): Promise<Hearing> {
    const there = withRedis ?? spawnSync("redis-server", ["--version"]).status === 0;
    const hearing = new Hearing(there ? await RedisServer.create() : null);
    await hearing.subscribe();
    return hearing;
  }

  /** What the engine has to be started with to be heard. */
  get env(): Readonly<Record<string, string>> {
    return this.server === null ? {} : { REDIS_URL: this.server.url };
  }

  get count(): number {
    return this.messages;
  }

  /** After each start of the engine. */
  async attach(engine: EngineProcess): Promise<void> {
    if (this.server !== null) return;
    this.socket?.close();
    const socket = new WebSocket(engine.url.replace("http", "ws") + "/ws");
    this.socket = socket;
    const channels = ["trades", "executions", "alerts"];
    await new Promise<void>((resolve, reject) => {
      let answers = 0;
      socket.on("error", reject);
      socket.on("open", () => {
        // What was said between its start and now as well, as far as it is still open.
        const snapshot = true;
        for (const [id, channel] of channels.entries())
          socket.send(JSON.stringify({ op: "subscribe", id, channel, snapshot }));
      });
      socket.on("message", (bytes: Buffer) => {
        const message = JSON.parse(bytes.toString()) as Payload;
        const channel = String(message["channel"]);
        if (message["type"] === "update") this.takeChannel(channel, message["data"] as Payload);
        else if (message["type"] === "snapshot")
          for (const one of message["data"] as readonly Payload[]) this.takeChannel(channel, one);
        else if (message["type"] === "subscribed" && ++answers === channels.length) resolve();
      });
    });
  }

  /** As it is now; without positions, which are heard of as they change: see `positions`. */
  get tale(): Tale {
    return {
      trades: [...this.trades.values()],
      alerts: [...this.alerts.values()],
      ended: [...this.ended.values()],
      orders: this.server === null ? null : [...this.orders.values()],
      positions: null,
      ledgers: null,
      audit: null,
    };
  }

  /** What is held by `running` as far as it was heard. */
  positions(running: readonly string[]): readonly ToldPosition[] | null {
    if (this.server === null) return null;
    return [...this.held.values()].filter((one) => one.quantity !== 0 && running.includes(one.execution_id));
  }

  async close(): Promise<void> {
    this.redis?.disconnect();
    this.socket?.close();
    await this.server?.remove();
  }

  private async subscribe(): Promise<void> {
    if (this.server === null) return;
    this.redis = new Redis(this.server.url);
    this.redis.on("pmessage", (_pattern: string, topic: string, text: string) => {
      this.take(topic, (JSON.parse(text) as { readonly payload: Payload }).payload);
    });
    await this.redis.psubscribe("strategy.*");
  }

  private takeChannel(channel: string, data: Payload): void {
    if (channel === "trades") this.take("strategy.trade", data);
    else if (channel === "alerts") this.take("strategy.alert", data);
    else if (data["event"] === "stopped") this.take("strategy.execution.stopped", data);
  }

  private take(topic: string, payload: Payload): void {
    this.messages += 1;
    const id = String(payload["execution_id"]);
    if (topic === "strategy.trade") {
      const trade = payload["trade"] as ToldTrade;
      this.trades.set(trade.trade_id, { ...trade, execution_id: id });
    } else if (topic === "strategy.alert") {
      const alert = payload as unknown as ToldAlert;
      this.alerts.set(alert.alert_id, alert);
    } else if (topic === "strategy.execution.stopped") {
      this.ended.set(id, {
        execution_id: id,
        trade_count: Number(payload["trade_count"]),
        pnl: Number(payload["pnl"]),
      });
    } else if (topic === "strategy.order") {
      const order = String(payload["order_id"]);
      const filled = Number(payload["filled_quantity"]);
      this.orders.set(order, { order_id: order, status: String(payload["status"]), filled });
    } else if (topic === "strategy.position") {
      const symbol = String(payload["symbol"]);
      this.held.set(`${id} ${symbol}`, { execution_id: id, symbol, quantity: Number(payload["quantity"]) });
    }
  }
}
