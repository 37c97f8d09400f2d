// From a tick's PUBLISH to its signal on a WebSocket: publisher process, redis-server, the engine as users run it
// (journal on, own process), and this process as the client. Every tick of the measured part must give exactly one
// signal. Times are of the machine's monotonic clock, which all processes share. In parts, each with a publisher of its own:
// the second is left out where nobody wants more.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { WebSocket } from "ws";
import { EngineProcess } from "../../test/support/engine-process.ts";
import { RedisServer } from "../../test/support/redis-server.ts";
import { areEnough } from "../enough.ts";
import type { Result } from "../result.ts";
import { figureOfLatencies } from "../runner.ts";
import type { PacedOrder, PacedReport } from "./paced-client.ts";

const PER_SECOND = 1_000;
const SYMBOLS = 100;
const WARMUP_MESSAGES = 2_000;
const PARTS = 2;
/** Of each part. */
const MEASURED_MESSAGES = 5_000;
const LATE_MS = 5_000;

export async function run(): Promise<readonly Result[]> {
  const dir = await mkdtemp(join(tmpdir(), "end-to-end-"));
  const redis = await RedisServer.create();
  let engine: EngineProcess | null = null;
  try {
    engine = await EngineProcess.start({ DATA_DIR: dir, REDIS_URL: redis.url, SIGNAL_COOLDOWN_MS: "0" });
    const parts: (readonly number[])[] = [];
    while (parts.length < PARTS && !areEnough(parts.map(resultOf)))
      parts.push(await measureLatencies(engine, redis, parts.length));
    return [resultOf(parts.flat())];
  } finally {
    await engine?.stop();
    await redis.remove();
    await rm(dir, { recursive: true, force: true });
  }
}

function resultOf(latencies: readonly number[]): Result {
  return {
    name: "end to end, 1,000 messages a second",
    pairs: [figureOfLatencies("published to received", latencies)],
    ratio: 1,
    note:
      `${latencies.length} ticks, 1 a message, ${SYMBOLS} symbols, each tick one signal; after ${WARMUP_MESSAGES} to ` +
      `warm up each ${MEASURED_MESSAGES}; Redis, engine with journal, WebSocket; four processes`,
  };
}

async function measureLatencies(engine: EngineProcess, redis: RedisServer, part: number): Promise<number[]> {
  const messages = WARMUP_MESSAGES + MEASURED_MESSAGES;
  const order: PacedOrder = {
    port: redis.port,
    perSecond: PER_SECOND,
    messages,
    symbols: SYMBOLS,
    from: part * messages,
  };
  const client = await SignalClient.subscribe(engine.port);
  const publisher = fork(fileURLToPath(new URL("./paced-client.js", import.meta.url)));
  try {
    const ended = once(publisher, "exit").then(() => Promise.reject(new Error("the publisher ended")));
    ended.catch(() => undefined);
    const reported = once(publisher, "message") as Promise<[PacedReport]>;
    publisher.send(order);
    const [report] = await Promise.race([reported, ended]);
    await client.settled(report.timestampsUs.at(-1) ?? 0);
    if (client.doubled > 0) throw new Error(`${client.doubled} ticks gave two signals`);
    return report.timestampsUs.slice(WARMUP_MESSAGES).map((timestamp, index) => {
      const received = client.receivedNs.get(timestamp);
      if (received === undefined) throw new Error(`tick ${index} of ${MEASURED_MESSAGES} gave no signal`);
      return received - (report.sentNs[WARMUP_MESSAGES + index] ?? Number.NaN);
    });
  } finally {
    publisher.kill();
    client.close();
  }
}

interface Update {
  readonly type: string;
  readonly data: { readonly action: string; readonly event_time: number };
}

class SignalClient {
  /** By the timestamp of the tick, microseconds. */
  readonly receivedNs = new Map<number, number>();
  doubled = 0;
  private readonly socket: WebSocket;
  private awaited: { readonly timestamp: number; readonly done: () => void } | null = null;

  private constructor(socket: WebSocket) {
    this.socket = socket;
  }

  static async subscribe(port: number): Promise<SignalClient> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
    const client = new SignalClient(socket);
    const subscribed = new Promise<void>((resolve) =>
      socket.on("message", (data: Buffer) => {
        const now = Number(process.hrtime.bigint());
        const message = JSON.parse(data.toString()) as Update;
        if (message.type === "subscribed") resolve();
        else if (message.type === "update") client.take(message, now);
      }),
    );
    await once(socket, "open");
    socket.send(`{"op":"subscribe","channel":"signals"}`);
    await subscribed;
    return client;
  }

  /** The signal of this tick has come, or it is later than any delay that could be called a latency. */
  async settled(timestamp: number): Promise<void> {
    if (this.receivedNs.has(timestamp)) return;
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error("the last tick gave no signal")), LATE_MS);
      this.awaited = {
        timestamp,
        done: () => {
          clearTimeout(late);
          resolve();
        },
      };
    });
  }

  close(): void {
    this.socket.terminate();
  }

  private take({ data }: Update, now: number): void {
    if (data.action !== "buy") return;
    const timestamp = Math.round(data.event_time * 1e6);
    if (this.receivedNs.has(timestamp)) this.doubled++;
    this.receivedNs.set(timestamp, now);
    if (this.awaited?.timestamp === timestamp) this.awaited.done();
  }
}
