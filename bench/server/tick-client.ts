// A child process that feeds an engine with batches of msgpack ticks at a steady pace, by HTTP market data or by Redis.
// What is due by the clock is sent as soon as a connection is free; what the engine does not take in time makes the
// feed late, never thinner, so the time that the whole takes tells the true rate. Reports ticks sent and that time.
import { Packr } from "msgpackr";
import { Random } from "../../test/support/random.ts";
import { publishCommand, RespPublisher } from "../stream/resp.ts";
import { KeepAlive, requestOf } from "./keep-alive.ts";

export interface TickOrder {
  readonly over: "http" | "redis";
  /** Of the engine, or of the Redis server. */
  readonly port: number;
  readonly ticksPerSecond: number;
  readonly durationMs: number;
  readonly symbols: number;
}
export interface TickReport {
  readonly ticks: number;
  /** From the first batch sent until the last was answered. */
  readonly elapsedMs: number;
}

export const TICKS_PER_MESSAGE = 100;
const POOL_MESSAGES = 500;
const HTTP_CONNECTIONS = 8;
const PATH = "/api/strategy_engine/process_market_data";
const SEED = 7_000;

type Send = (message: Uint8Array) => Promise<void>;

process.once("message", (order: TickOrder) => {
  void feed(order).then((report) => process.send?.(report, () => process.disconnect()));
});

async function feed(order: TickOrder): Promise<TickReport> {
  const pool = makeMessages(order.symbols);
  const messages = Math.round((order.ticksPerSecond * order.durationMs) / 1_000 / TICKS_PER_MESSAGE);
  const { lanes, close } = await (order.over === "http" ? openHttp(order.port) : openRedis(order.port));
  const begin = performance.now();
  let sent = 0;
  const run = async (send: Send): Promise<void> => {
    while (sent < messages) {
      const due = ((performance.now() - begin) * order.ticksPerSecond) / 1_000 / TICKS_PER_MESSAGE;
      if (sent >= due) await new Promise((resolve) => setTimeout(resolve, 1));
      else await send(pool[sent++ % pool.length] ?? new Uint8Array());
    }
  };
  await Promise.all(lanes.map(run));
  await close();
  return { ticks: messages * TICKS_PER_MESSAGE, elapsedMs: performance.now() - begin };
}

interface Feed {
  /** Ways to send that may be under way at the same time. */
  readonly lanes: readonly Send[];
  /** Resolves when all that was sent has been answered. */
  readonly close: () => Promise<void>;
}

async function openHttp(port: number): Promise<Feed> {
  const connections = await Promise.all(Array.from({ length: HTTP_CONNECTIONS }, () => KeepAlive.open(port)));
  const send = async (connection: KeepAlive, message: Uint8Array): Promise<void> => {
    const { status, body } = await connection.ask(requestOf("POST", PATH, "application/msgpack", message));
    if (status !== 200) throw new Error(`ticks were answered ${status} ${body.slice(0, 300)}`);
  };
  return {
    lanes: connections.map((connection) => (message) => send(connection, message)),
    close: () => {
      for (const connection of connections) connection.close();
      return Promise.resolve();
    },
  };
}

async function openRedis(port: number): Promise<Feed> {
  const publisher = await RespPublisher.connect(port);
  let sent = 0;
  const send: Send = async (message) => {
    sent++;
    if (!publisher.send(publishCommand(message))) await publisher.drained();
  };
  const close = async (): Promise<void> => {
    while (publisher.answered < sent) await new Promise((resolve) => setTimeout(resolve, 1));
    publisher.close();
  };
  return { lanes: [send], close };
}

/** Without timestamps: each tick happens when it comes. */
function makeMessages(symbols: number): readonly Uint8Array[] {
  const random = new Random(SEED);
  const packr = new Packr({ useRecords: false });
  const prices = Array.from({ length: symbols }, () => 100);
  const tick = (index: number): Record<string, unknown> => {
    const symbol = index % symbols;
    const price = (prices[symbol] ?? 100) * (1 + 2e-4 * (random.next() - 0.5));
    prices[symbol] = price;
    return { symbol: `S${symbol}USD`, price, volume: random.next(), asset_type: "crypto" };
  };
  return Array.from({ length: POOL_MESSAGES }, (_, message) =>
    Uint8Array.from(
      packr.pack(
        Array.from({ length: TICKS_PER_MESSAGE }, (_unused, index) => tick(message * TICKS_PER_MESSAGE + index)),
      ),
    ),
  );
}
