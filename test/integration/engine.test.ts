import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { pack, unpack } from "msgpackr";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { EngineProcess } from "../support/engine-process.ts";
import { RedisServer } from "../support/redis-server.ts";
import { sumOf } from "../../src/cli/top/look.ts";

type Message = Record<string, unknown>;

const cleanups: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

function dataDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "engine-"));
  cleanups.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

async function engine(env: Record<string, string> = {}): Promise<EngineProcess> {
  const process = await EngineProcess.start({ DATA_DIR: "", MAX_SYMBOLS: "64", MAX_INSTANCES: "64", ...env });
  cleanups.push(() => process.kill());
  return process;
}

async function redis(): Promise<RedisServer> {
  const server = await RedisServer.create();
  cleanups.push(() => server.stop());
  return server;
}

/** A subscriber of the signals channel; `next` waits for the first update that matches. */
async function subscriber(
  port: number,
  filter: object,
  encoding: "json" | "msgpack" = "json",
): Promise<(matches: (signal: Message) => boolean) => Promise<Message>> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws?encoding=${encoding}`);
  cleanups.push(() => socket.terminate());
  const seen: Message[] = [];
  let wake: () => void = () => undefined;
  socket.on("message", (data: Buffer, binary: boolean) => {
    const message = (binary ? unpack(data) : JSON.parse(data.toString())) as Message;
    if (message["type"] === "subscribed") seen.unshift(message);
    if (message["type"] === "update") seen.push(message["data"] as Message);
    wake();
  });
  await new Promise((open) => socket.once("open", open));
  socket.send(JSON.stringify({ op: "subscribe", id: 1, channel: "signals", filter }));
  const next = async (matches: (signal: Message) => boolean): Promise<Message> => {
    for (;;) {
      const found = seen.find(matches);
      if (found) return found;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  await next((message) => message["type"] === "subscribed");
  return next;
}

/** The contract's reference trend. */
function referenceTrend(symbol: string, up: boolean): Message[] {
  const now = Date.now() / 1000;
  let price = 50_000;
  return Array.from({ length: 120 }, (_, tick) => {
    const odd = tick % 2 === 1;
    price *= up ? (odd ? 1.0015 : 1.0025) : odd ? 0.9975 : 0.9985;
    return { symbol, price, volume: 1000 + (1000 * tick) / 119, timestamp: now - (119 - tick) };
  });
}

const momentum = (symbol: string) => (signal: Message) =>
  signal["symbol"] === symbol && signal["type"] === "momentum_rider";

describe("the engine as a process", () => {
  it("starts without Redis and shows a labelled demo signal on the socket", async () => {
    const { port, get } = bound(await engine({ DEMO: "on" }));
    const next = await subscriber(port, {});
    const signal = await next((message) => message["type"] === "momentum_rider");
    expect(signal["demo"]).toBe(true);
    expect(String(signal["symbol"])).toMatch(/^DEMO-/);
    expect(await get("/health")).toMatchObject({ status: "healthy", messagebus: "embedded", demo: true });
  });

  it("ends the demo for good at the first real tick", async () => {
    const process = await engine({ DEMO: "on" });
    await process.post(JSON.stringify({ market_data: [{ symbol: "BTCUSD", price: 50_000 }] }));
    await process.line("demo feed ended: real ticks have come");
    expect(await process.get("/health")).toMatchObject({ demo: false });
  });

  it("answers the reference trend over HTTP with a momentum buy and a sell, in either encoding", async () => {
    const process = await engine();
    const next = await subscriber(process.port, { strategies: ["momentum_rider"] }, "msgpack");
    const rising = await process.post(JSON.stringify({ market_data: referenceTrend("BTCUSD", true) }));
    const falling = await process.post(pack(referenceTrend("ETHUSD", false)), "application/msgpack");
    expect(rising).toMatchObject({ processed: 120, rejected: 0, errors: [] });
    expect(rising["strategies_applied"]).toBeGreaterThanOrEqual(1);
    expect((rising["signals"] as Message[]).map((signal) => signal["action"])).toEqual(["buy"]);
    expect((falling["signals"] as Message[]).map((signal) => signal["action"])).toEqual(["sell"]);
    const buy = await next(momentum("BTCUSD"));
    const sell = await next(momentum("ETHUSD"));
    const [entry, stop, target] = ["entry_price", "stop_loss", "take_profit"].map((field) => buy[field] as number) as [
      number,
      number,
      number,
    ];
    expect(stop / entry).toBeCloseTo(0.98, 9);
    expect(target / entry).toBeCloseTo(1.03, 9);
    expect(sell["action"]).toBe("sell");
    expect((await process.get("/signals?symbol=BTCUSD"))["count"]).toBe(1);
  });

  it("turns published messages into a signal on the socket, a key that expires and a message on its topic", async () => {
    const server = await redis();
    const process = await engine({ REDIS_URL: server.url });
    const client = new Redis(server.url);
    cleanups.push(() => client.disconnect());
    const topic = new Redis(server.url);
    cleanups.push(() => topic.disconnect());
    await topic.subscribe("strategy.signal");
    const announced = new Promise<string>((heard) => topic.once("message", (_, body) => heard(body)));
    const next = await subscriber(process.port, {});
    await process.onBus();
    await client.publish("strategy_engine_input", JSON.stringify(referenceTrend("BTCUSD", true)));
    for (const tick of referenceTrend("ETHUSD", false)) await client.publish("strategy_engine_input", pack(tick));
    const buy = await next(momentum("BTCUSD"));
    const sell = await next(momentum("ETHUSD"));
    expect([buy["action"], sell["action"]]).toEqual(["buy", "sell"]);
    expect(JSON.parse(await announced)).toMatchObject({
      topic: "strategy.signal",
      payload: { type: "momentum_rider" },
    });
    const key = `strategy_engine:momentum:BTCUSD:${String(buy["timestamp"])}`;
    expect(JSON.parse((await client.get(key)) ?? "null")).toEqual(buy);
    const ttl = await client.ttl(key);
    expect(ttl).toBeGreaterThan(0);
    expect(ttl).toBeLessThanOrEqual(3600);
  });

  it("goes on without Redis, says so, and comes back to it by itself", async () => {
    const server = await redis();
    const process = await engine({ REDIS_URL: server.url });
    await server.kill();
    await until(async () => (await process.get("/health"))["status"] === "degraded");
    const answer = await process.post(JSON.stringify({ market_data: referenceTrend("BTCUSD", true) }));
    expect(answer["signals"]).toHaveLength(1);
    await server.start();
    await until(async () => (await process.get("/health"))["status"] === "healthy");
    const client = new Redis(server.url);
    cleanups.push(() => client.disconnect());
    const next = await subscriber(process.port, {});
    await client.publish("strategy_engine_input", JSON.stringify(referenceTrend("SOLUSD", true)));
    expect((await next(momentum("SOLUSD")))["action"]).toBe("buy");
  });

  it("keeps neighbours of bad ticks, counts every one, and names what was wrong", async () => {
    const process = await engine();
    const good = { symbol: "BTCUSD", price: 100 };
    const bad = [
      { symbol: "BTCUSD", price: -1 },
      { symbol: "BTCUSD" },
      { price: 5 },
      { symbol: "BTCUSD", price: "5" },
      7,
    ];
    const answer = await process.post(JSON.stringify({ market_data: [good, ...bad, good] }));
    expect(answer).toMatchObject({ processed: 2, rejected: 5 });
    expect((answer["errors"] as Message[]).map((error) => error["index"])).toEqual([1, 2, 3, 4, 5]);
    expect(await process.post(JSON.stringify({ market_data: bad }))).toMatchObject({ error: "validation_error" });
    const metrics = await (await fetch(`${process.url}/metrics?format=prometheus`)).text();
    expect(sumOf(metrics, "strategy_ticks_ingested_total")).toBe(2);
    expect(sumOf(metrics, "strategy_ticks_rejected_total")).toBe(10);
  });

  it("refuses one symbol too many politely and keeps the others", async () => {
    const process = await engine({ MAX_SYMBOLS: "4" });
    const ticks = Array.from({ length: 6 }, (_, index) => ({ symbol: `S${index}`, price: 10 + index }));
    const answer = await process.post(JSON.stringify({ market_data: ticks }));
    expect(answer).toMatchObject({ processed: 4, rejected: 2 });
    expect(String((answer["errors"] as Message[])[0]?.["message"])).toMatch(/MAX_SYMBOLS/);
    expect((await process.get("/symbols"))["count"]).toBe(4);
    expect(await process.post(JSON.stringify({ market_data: ticks.slice(0, 4) }))).toMatchObject({ processed: 4 });
  });

  it("obeys the emergency stop, also over a restart", async () => {
    const env = { DATA_DIR: dataDir() };
    const first = await engine(env);
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ reason: "drill" });
    const stop = await fetch(`${first.url}/risk/emergency-stop`, { method: "POST", headers, body });
    expect(await stop.json()).toMatchObject({ status: "emergency_stopped" });
    const silent = await first.post(JSON.stringify({ market_data: referenceTrend("BTCUSD", true) }));
    expect(silent["signals"]).toEqual([]);
    expect(await first.stopsInOrder()).toBeNull();
    const second = await engine(env);
    expect(await second.get("/health")).toMatchObject({ emergency_stop: true });
    await fetch(`${second.url}/risk/resume`, { method: "POST" });
    const speaking = await second.post(JSON.stringify({ market_data: referenceTrend("ETHUSD", true) }));
    expect(speaking["signals"]).toHaveLength(1);
  });

  it("keeps corrected instruments over a restart, and refuses a benchmark that it does not know", async () => {
    const dir = dataDir();
    const put = async (running: EngineProcess, symbol: string, body: object): Promise<[number, Message]> => {
      const url = `${running.url}/instruments/${encodeURIComponent(symbol)}`;
      const headers = { "Content-Type": "application/json" };
      const response = await fetch(url, { method: "PUT", headers, body: JSON.stringify(body) });
      return [response.status, (await response.json()) as Message];
    };
    const first = await engine({ DATA_DIR: dir });
    await first.post(JSON.stringify(["BTC/EUR", "SPY", "AAPL"].map((symbol) => ({ symbol, price: 10 }))));
    const change = { taker_fee_bps: 4, session: "08:00-16:30", asset_type: "indices" };
    const [status, changed] = await put(first, "BTC/EUR", change);
    expect([status, changed]).toMatchObject([200, { symbol: "BTC/EUR", maker_fee_bps: 10, ...change }]);
    expect((await put(first, "AAPL", { benchmark: "SPY" }))[1]).toMatchObject({
      benchmark: "SPY",
      session: "14:30-21:00",
    });
    expect(await put(first, "AAPL", { benchmark: "QQQ" })).toMatchObject([422, { details: [{ field: "benchmark" }] }]);
    await first.stop();
    const second = await engine({ DATA_DIR: dir });
    const list = (await second.get("/instruments")) as { instruments: Message[] };
    expect(list.instruments).toMatchObject([
      { symbol: "AAPL", benchmark: "SPY", asset_type: "stocks" },
      { symbol: "SPY", benchmark: null },
      { symbol: "BTC/EUR", ...change },
    ]);
  });

  it("keeps symbols, windows and signals over a graceful restart and over kill -9, with an equal state", async () => {
    const env = { DATA_DIR: dataDir(), SNAPSHOT_INTERVAL_MS: "1000" };
    const first = await engine(env);
    await first.post(JSON.stringify({ market_data: referenceTrend("BTCUSD", true) }));
    await first.stop();
    const second = await engine(env);
    expect(await second.line("recovered")).toMatchObject({ signals: 1, mismatches: 0 });
    expect(await second.get("/symbols/BTCUSD")).toMatchObject({ symbol: "BTCUSD", ticks: 120 });
    expect((await second.get("/signals"))["count"]).toBe(1);
    await second.post(JSON.stringify({ market_data: referenceTrend("BTCUSD", true) }));
    const { events: behind } = (await second.get("/health")) as { events: number };
    await until(async () => {
      const { journal } = (await second.get("/health")) as { journal: { durable_events: number } };
      return journal.durable_events >= behind;
    });
    await second.kill();
    const third = await engine(env);
    expect(await third.line("recovered")).toMatchObject({ mismatches: 0 });
    expect(await third.get("/symbols/BTCUSD")).toMatchObject({ ticks: 240 });
  });

  it("shows the signals from before the newest snapshot after a restart and after kill -9", async () => {
    const dir = dataDir();
    const env = { DATA_DIR: dir, SNAPSHOT_INTERVAL_MS: "1000" };
    const newest = (): number =>
      Math.max(
        0,
        ...readdirSync(join(dir, "journal")).flatMap((name) =>
          name.endsWith(".snapshot") ? [parseInt(name, 10)] : [],
        ),
      );
    const first = await engine(env);
    await first.post(JSON.stringify({ market_data: referenceTrend("BTCUSD", true) }));
    const shown = await first.get("/signals");
    expect(shown["count"]).toBeGreaterThan(0);
    const { events: behind } = (await first.get("/health")) as { events: number };
    await until(() => Promise.resolve(newest() >= behind));
    await first.kill();
    const second = await engine(env);
    expect(Number((await second.line("recovered"))["snapshot"])).toBeGreaterThanOrEqual(behind);
    expect(await second.get("/signals")).toEqual(shown);
    await second.stop();
    const third = await engine(env);
    expect(await third.get("/signals")).toEqual(shown);
    await third.stop();
    rmSync(join(dir, "signals"), { recursive: true });
    expect((await (await engine(env)).get("/signals"))["count"]).toBe(0);
  });

  it("stops in order at SIGTERM, or at its own limit, and tells its sockets", async () => {
    const process = await engine();
    const socket = new WebSocket(`ws://127.0.0.1:${process.port}/ws`);
    await new Promise((open) => socket.once("open", open));
    const closed = new Promise<number>((done) => socket.once("close", (code) => done(code)));
    expect(await process.stopsInOrder()).toBeNull();
    expect(await closed).toBe(1001);
  });
});

function bound(process: EngineProcess): { port: number; get: (path: string) => Promise<Message> } {
  return { port: process.port, get: (path) => process.get(path) };
}

/** Asks again until it is so. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  await expect.poll(holds, { interval: 50 }).toBe(true);
}
