// Market data in and figures out as a client meets them at a whole engine with a real Redis: every kind of event and its
// required fields, every part, every metric, and how long each Redis key lives.
import { Redis } from "ioredis";
import { beforeAll, expect, it } from "vitest";
import { EngineProcess } from "../support/engine-process.ts";
import { RedisServer } from "../support/redis-server.ts";
import { referenceTrend } from "../support/manage/engine.ts";

let engine: EngineProcess;
let redis: Redis;

beforeAll(async () => {
  const server = await RedisServer.create();
  redis = new Redis(server.url);
  engine = await EngineProcess.start({ DATA_DIR: "", MAX_SYMBOLS: "64", MAX_INSTANCES: "64", REDIS_URL: server.url });
  await engine.onBus();
  return async () => {
    await engine.stop();
    redis.disconnect();
    await server.remove();
  };
});

async function send(event: object): Promise<number> {
  const path = "/api/strategy_engine/process_market_data";
  return (await engine.ask("POST", path, { market_data: [event] })).status;
}

const NOW = Date.now() / 1_000;
const EVENTS: readonly (readonly [required: object, optional: object])[] = [
  [
    { symbol: "T1", price: 1 },
    { volume: 1, bid: 0.9, ask: 1.1, venue: "v", open: 1, high: 1, low: 1, sentiment: 0.1 },
  ],
  [
    { symbol: "T1", close: 1 },
    { kind: "trade", asset_type: "crypto", funding_rate: 0.1, liquidity_index: 1 },
  ],
  [
    { kind: "quote", symbol: "Q1", bid: 1, ask: 1.1 },
    { bid_size: 1, ask_size: 1, bids: [[1, 1]], asks: [[1.1, 1]] },
  ],
  [{ kind: "bar", symbol: "B1", open: 1, high: 2, low: 0.5, close: 1.5, interval_s: 60 }, { volume: 5 }],
  [{ kind: "funding", symbol: "F1", rate: 0.0001, interval_hours: 8 }, {}],
  [
    { kind: "news", score: 0.5, symbol: "N1" },
    { source_weight: 0.5, hash: "abc" },
  ],
  [{ kind: "earnings", symbol: "E1", actual: 1, announced_at: NOW }, { expected: 0.9 }],
  [{ kind: "macro", series: "CPI", value: 3.1, unit: "percent" }, {}],
  [{ kind: "rates", before: 5.25, after: 5.5, day: 15, days_in_month: 30 }, { contract: "ZQ" }],
];

it("every kind of event is taken with its required fields and with all, and refused without one of them", async () => {
  for (const [required, optional] of EVENTS) {
    expect([required, await send(required)]).toEqual([required, 200]);
    const whole = { ...required, ...optional, timestamp: NOW, available_at: NOW };
    expect([whole, await send(whole)]).toEqual([whole, 200]);
    for (const name of Object.keys(required).filter((field) => field !== "kind")) {
      const without = Object.fromEntries(Object.entries(required).filter(([field]) => field !== name));
      expect([without, await send(without)]).toEqual([without, 422]);
    }
  }
  const symbols = { kind: "news", score: -1, symbols: ["N1", "N2"] };
  expect(await send(symbols)).toBe(200);
});

it("what lies outside its range is refused", async () => {
  const odd = [
    { kind: "tea", symbol: "T1", price: 1 },
    { symbol: "T1", price: 0 },
    { symbol: "T1", price: 1, volume: -1 },
    { symbol: "T1", price: 1, timestamp: 0 },
    { symbol: "T1", price: 1, asset_type: "tulips" },
    { symbol: "-T", price: 1 },
    { symbol: "T".repeat(33), price: 1 },
    { symbol: "T1", price: 1, timestamp: NOW, available_at: NOW - 1 },
    { kind: "news", score: 1.5, symbol: "N1" },
    { kind: "news", score: 0.5, symbol: "N1", source_weight: 2 },
    { kind: "quote", symbol: "Q1", bid: 1, ask: 2, bids: Array.from({ length: 11 }, () => [1, 1]) },
  ];
  for (const event of odd) expect([event, await send(event)]).toEqual([event, 422]);
});

it("a timestamp is read in seconds, milliseconds, microseconds and nanoseconds; without one it is now", async () => {
  const second = Math.floor(NOW);
  for (const [name, timestamp] of [1, 1e3, 1e6, 1e9].map((unit, place) => [`TIME${place}`, second * unit] as const)) {
    expect(await send({ symbol: name, price: 1, timestamp })).toBe(200);
    expect((await engine.get(`/symbols/${name}`))["last_timestamp"]).toBe(second);
  }
  await send({ symbol: "time/now", price: 1 });
  const { symbol, last_timestamp: last } = await engine.get("/symbols/Time%2FNow");
  expect(symbol).toBe("TIME/NOW");
  expect(Math.abs(Number(last) - Date.now() / 1_000)).toBeLessThan(60);
});

it("there are 10 components, 18 strategies on their tiers, and 4 tiers", async () => {
  const { components } = (await engine.get("/components")) as { components: { name: string; kind: string }[] };
  const strategies = components.filter(({ kind }) => kind === "strategy");
  expect([components.length, strategies.length]).toEqual([28, 18]);
  const summary = await engine.get("/api/strategy_engine/summary");
  expect(Object.keys(summary["components"] as object).sort()).toEqual(components.map(({ name }) => name).sort());
  expect(Object.keys(summary["tiers"] as object)).toEqual(["fast", "tactical", "strategic", "learning"]);
  const { strategy_types: types } = (await engine.get("/strategy-types")) as { strategy_types: { tier: string }[] };
  const count = (tier: string): number => types.filter((type) => type.tier === tier).length;
  expect([count("fast"), count("tactical"), count("strategic")]).toEqual([7, 5, 6]);
});

const FAMILIES = `
strategy_deployments_total counter deployment_type
strategy_executions_active gauge
strategy_pipeline_duration_seconds histogram
strategy_test_duration_seconds histogram test_type
strategy_trade_count_total counter
strategy_pnl_total gauge
strategy_success_rate gauge
strategy_deployment_errors_total counter stage
strategy_signals_total counter family
strategy_ticks_ingested_total counter transport
strategy_ticks_rejected_total counter reason
strategy_evaluation_duration_seconds histogram tier
strategy_ws_connections gauge
strategy_ws_dropped_total counter
strategy_redis_connected gauge
process_resident_memory_bytes gauge
process_cpu_seconds_total counter`;

it("every metric has its help, its type, its label and a sample", async () => {
  const text = await (await fetch(`${engine.url}/metrics/prometheus`)).text();
  for (const line of FAMILIES.trim().split("\n")) {
    const [name = "", type = "", label] = line.split(" ");
    expect(text).toContain(`# HELP ${name} `);
    expect(text).toContain(`# TYPE ${name} ${type}\n`);
    const sample =
      label === undefined ? `^${name}(_bucket|_count)?[ {]` : `^${name}(_bucket|_count)?\\{[^}]*${label}="`;
    expect([name, new RegExp(sample, "m").test(text)]).toEqual([name, true]);
  }
});

it("every Redis key that the engine writes ends within an hour, but those of the configuration", async () => {
  await engine.ask("POST", "/api/strategy_engine/process_market_data", { market_data: referenceTrend("BTCUSD") });
  const made = await engine.ask("POST", "/api/strategy/register", { strategy_type: "momentum_rider" });
  const result = { strategy_id: made.body["strategy_id"], execution_result: { pnl: 1 } };
  expect((await engine.ask("POST", "/api/performance/track", result)).status).toBe(200);
  expect((await engine.ask("PUT", "/config/own_thing", { a: 1 })).status).toBe(200);
  const written = ["momentum:", "performance_history:", "config:own_thing"];
  let keys: string[] = [];
  const missing = async (): Promise<readonly string[]> => {
    keys = await redis.keys("*");
    return written.filter((part) => !keys.some((key) => key.startsWith(`strategy_engine:${part}`)));
  };
  await expect.poll(missing).toEqual([]);
  for (const key of keys) {
    const seconds = await redis.ttl(key);
    if (key.startsWith("strategy_engine:config:")) expect([key, seconds]).toEqual([key, -1]);
    else expect([key, seconds > 0 && seconds <= 3_600]).toEqual([key, true]);
    expect(key.startsWith("strategy_engine:")).toBe(true);
  }
});
