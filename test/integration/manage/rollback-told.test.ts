// A bad version that is canaried under load, as a client sees it from everywhere at once: it is rolled back by itself, and
// the reason is in the API, on the bus, on the socket, in the metrics and in the log. A step is longer than anybody waits
// here: what ends it is the harm alone.
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { EngineProcess } from "../../support/engine-process.ts";
import { eventually } from "../../support/eventually.ts";
import type { Message } from "../../support/manage/engine.ts";
import * as pipelines from "../../support/manage/pipelines.ts";
import { RedisServer } from "../../support/redis-server.ts";

const STEP_MS = 600_000;
/** Ticks before the bad version comes, and behind it: what is shown with hardly any shows nothing. */
const LEAST = 1_000;
/** All stages, on a machine that is busy with other work. */
const ROLLED_OUT_MS = 240_000;
const GOOD = pipelines.strategyCode(
  "if (market.count % 10 == 1) this.buy(0.5); else if (market.count % 10 == 6) this.close();",
);
/** Good for its tests, which never see such a price; here it buys what falls and leaves what rises, all in, every time. */
const BAD = pipelines.strategyCode(
  `if (market.price < 7000.0 || market.price > 7100.0) return;
    if (market.price < this.last) this.close(); else if (market.price > this.last) this.buy(1.0);
    this.last = market.price;`,
  "private last: f64 = 0;",
);
/** By the price alone: a version that enters in the middle decides as the one before it does, so it loses nothing. */
const STEADY = "if (market.price > 7055.0) this.buy(0.5); else if (market.price < 7045.0) this.close();";
/** No test shows such a price, and no tick of the market is exactly this one. */
const FATAL = 7_051;
const BOMB = pipelines.strategyCode(`assert(market.price != ${FATAL}.0); ${STEADY}`);

let redis: RedisServer;
let engine: EngineProcess;
beforeAll(async () => {
  redis = await RedisServer.create();
  const room = { DATA_DIR: "", MAX_SYMBOLS: "64", MAX_INSTANCES: "64" };
  engine = await EngineProcess.start({ ...room, REDIS_URL: redis.url, ROLLOUT_STEP_MS: String(STEP_MS) });
  await engine.onBus();
});
afterAll(async () => {
  await engine.stop();
  await redis.remove();
});

/** A saw: whoever buys when it has risen sells lower, each time. */
class Market {
  ticks = 0;
  goOn: () => void = () => undefined;
  private readonly symbol: string;
  private open = true;
  private rested: Promise<void> = Promise.resolve();
  private readonly done: Promise<void>;

  constructor(symbol: string) {
    this.symbol = symbol;
    this.done = this.run();
  }

  async more(count: number): Promise<void> {
    const until = this.ticks + count;
    await expect.poll(() => this.ticks).toBeGreaterThanOrEqual(until);
  }

  /** No ticks until it goes on: the stages of a version that come before its rollout look at none of them. */
  rest(): void {
    this.rested = new Promise((goOn) => (this.goOn = goOn));
  }

  async close(): Promise<void> {
    this.open = false;
    this.goOn();
    await this.done;
  }

  private async run(): Promise<void> {
    while (this.open) {
      await this.rested;
      const ticks = Array.from({ length: 100 }, () => {
        const level = [7_050, 7_060, 7_050, 7_040][this.ticks % 4] ?? 0;
        return { symbol: this.symbol, price: level + 0.1 * ((this.ticks++ * 7) % 5), volume: 1 };
      });
      await engine.post(JSON.stringify({ market_data: ticks }));
    }
  }
}

/** What the bus says of failed pipelines, and the socket of pipelines and alerts. */
async function ears() {
  const bus = new Redis(redis.url);
  onTestFinished(() => bus.disconnect());
  const heard: Message[] = [];
  bus.on("message", (_, text: string) => void heard.push((JSON.parse(text) as { payload: Message }).payload));
  await bus.subscribe("pipeline.failed");
  const socket = new WebSocket(`ws://127.0.0.1:${engine.port}/ws`);
  onTestFinished(() => socket.terminate());
  const told: Message[] = [];
  socket.on("message", (data: Buffer) => void told.push(JSON.parse(data.toString()) as Message));
  await new Promise((open) => socket.once("open", open));
  for (const channel of ["pipeline", "alerts"]) socket.send(JSON.stringify({ op: "subscribe", id: channel, channel }));
  await expect.poll(() => told.filter(({ type }) => type === "subscribed")).toHaveLength(2);
  return { heard, told };
}

/** A strategy whose first version trades under load. */
async function trading(symbol: string, code: string) {
  const id = await pipelines.create(engine, code, { parameters: { symbols: [symbol] } });
  expect(await pipelines.deployed(engine, id)).toMatchObject({ status: "completed" });
  const started = await engine.ask("POST", `/strategies/${id}/start`);
  expect(started.body).toMatchObject({ status: "execution_started" });
  const market = new Market(symbol);
  onTestFinished(() => market.close());
  await market.more(LEAST);
  return { id, execution: String(started.body["execution_id"]), market };
}
/** The next version, until its first step has begun, under load from there on. */
async function canaried(id: string, code: string, market: Market) {
  market.rest();
  await engine.ask("PUT", `/strategies/${id}`, { code });
  const pipelineId = await pipelines.deploy(engine, id, { deployment_type: "canary" });
  const look = (): Promise<Message> => pipelines.until(engine, pipelineId, /./);
  const under = await eventually(look, ({ rollout }) => (rollout as readonly Message[]).length > 0, ROLLED_OUT_MS);
  expect(under).toMatchObject({ status: "running", error: null, rollout: [{ percent: 5 }] });
  market.goOn();
  return pipelineId;
}
const rolloutErrors = async (): Promise<number> => {
  const text = await (await fetch(`${engine.url}/metrics/prometheus`)).text();
  return Number(/strategy_deployment_errors_total\{stage="rollout"\} (\d+)/.exec(text)?.[1] ?? 0);
};
/** It is back at the version before, which goes on. */
async function isBack(id: string, execution: string): Promise<void> {
  expect(await pipelines.strategy(engine, id)).toMatchObject({ status: "deployed", deployed_version: "1.0.0" });
  expect(await engine.get(`/executions/${execution}`)).toMatchObject({ status: "running", version: "1.0.0" });
}

describe("a new version of a strategy that trades", () => {
  it("that loses money on live ticks is rolled back by itself, and every ear is told why", async () => {
    const { heard, told } = await ears();
    const errors = await rolloutErrors();
    const { id, execution, market } = await trading("TOLDUSD", GOOD);
    const pipelineId = await canaried(id, BAD, market);
    const pipeline = await pipelines.until(engine, pipelineId);
    await market.more(LEAST);
    await market.close();

    // The API: what was measured against what, and why that was the end.
    expect(pipeline).toMatchObject({
      status: "failed",
      reason: "stage_failed",
      rolled_back: true,
      stages_completed: 6,
    });
    const reason = String(pipeline["error"]);
    expect(reason).toMatch(/^step of 5 %: the new version's return differs by -[\d.]+ standard errors, below -3/);
    const steps = pipeline["rollout"] as Message[];
    expect(steps).toMatchObject([{ percent: 5, verdict: "failure", metric: "paired_difference_z", threshold: -3 }]);
    const [step] = steps;
    expect(Number(step?.["value"])).toBeLessThan(-6); // what is beyond doubt before the end of the step
    expect(reason).toContain(String(step?.["reason"]));
    await isBack(id, execution);
    const seen = async (): Promise<number> => {
      const ranges = (await engine.get(`/executions/${execution}`))["event_ranges"] as Message[];
      return ranges.reduce((sum, { events }) => sum + Number(events), 0);
    };
    await expect.poll(seen).toBeGreaterThanOrEqual(2 * LEAST);
    const said = (await pipelines.logs(engine, pipelineId, "&stage=rollout")).map(({ message }) => String(message));
    expect(said).toContainEqual(expect.stringMatching(/on the earlier version since event \d+, [\d.]+ ms/));

    // The bus.
    const ids = { pipeline_id: pipelineId, strategy_id: id };
    await expect.poll(() => heard).toMatchObject([{ ...ids, stage: "rollout", rolled_back: true, error: reason }]);

    // The socket.
    const updates = (channel: string): readonly Message[] =>
      told.filter((one) => one["channel"] === channel && one["type"] === "update").map((one) => one["data"] as Message);
    const events = () => updates("pipeline").filter((one) => one["pipeline_id"] === pipelineId);
    await expect.poll(() => events().map(({ event }) => event)).toContain("rolled_back");
    expect(events().find(({ event }) => event === "rolled_back")).toMatchObject({ stage: "rollout", error: reason });
    await expect
      .poll(() =>
        updates("alerts")
          .map(({ message }) => message)
          .join("\n"),
      )
      .toContain(reason);

    // Metrics and log.
    expect(await rolloutErrors()).toBe(errors + 1);
    const line = await engine.line("deployment failed", (one) => one["pipeline_id"] === pipelineId);
    expect(line).toMatchObject({ stage: "rollout", rolled_back: true, error: reason });
  });

  it("that breaks on a live tick is rolled back at once, and the reason is everywhere", async () => {
    const errors = await rolloutErrors();
    const { id, execution, market } = await trading("BOMBUSD", pipelines.strategyCode(STEADY));
    const pipelineId = await canaried(id, BOMB, market);
    await engine.post(JSON.stringify({ market_data: { symbol: "BOMBUSD", price: FATAL, volume: 1 } }));
    const pipeline = await pipelines.until(engine, pipelineId);
    expect(pipeline).toMatchObject({
      status: "failed",
      reason: "stage_failed",
      rolled_back: true,
      stages_completed: 6,
      rollout: [{ percent: 5, verdict: "failure", metric: "faults", threshold: 0, value: 1 }],
    });
    expect(pipeline["rollout"]).toHaveLength(1);
    expect(pipeline["error"]).toContain("the new version failed once, the old one 0 times on the same ticks");
    await isBack(id, execution);
    const said = await pipelines.logs(engine, pipelineId, "&stage=rollout");
    expect(said.map(({ message }) => message).join("\n")).toMatch(
      /step 5 %: failure: .*\n.*on the earlier version since event/,
    );
    expect(await rolloutErrors()).toBe(errors + 1);
    const line = await engine.line("deployment failed", (one) => one["pipeline_id"] === pipelineId);
    expect(line).toMatchObject({ stage: "rollout", rolled_back: true });
    const { body } = await engine.ask("GET", "/alerts?limit=10");
    const alert = (body["alerts"] as readonly Message[]).find((one) => one["strategy_id"] === id);
    expect(alert).toMatchObject({ type: "pipeline", level: "warning" });

    // What ran runs on, and trades.
    const trades = async () => Number((await engine.get(`/executions/${execution}`))["trade_count"]);
    const before = await trades();
    await market.more(LEAST);
    await expect.poll(trades).toBeGreaterThan(before);
    await isBack(id, execution);
  });
});
