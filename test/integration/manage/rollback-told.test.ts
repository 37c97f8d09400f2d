// A bad version that is canaried under load, as a client sees it from everywhere at once: it is rolled back by itself, and
// the reason is in the API, on the bus, on the socket, in the metrics and in the log.
import { Redis } from "ioredis";
import { expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import type { EngineProcess } from "../../support/engine-process.ts";
import { startEngine, type Message } from "../../support/manage/engine.ts";
import * as pipelines from "../../support/manage/pipelines.ts";
import { RedisServer } from "../../support/redis-server.ts";

const SYMBOL = "TOLDUSD";
/** Ticks before the bad version comes, and behind it: what is shown with hardly any shows nothing. */
const LEAST = 1_000;
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

/** A saw: whoever buys when it has risen sells lower, each time. */
class Market {
  ticks = 0;
  private readonly engine: EngineProcess;
  private open = true;
  private readonly done: Promise<void>;

  constructor(engine: EngineProcess) {
    this.engine = engine;
    this.done = this.run();
  }

  async more(count: number): Promise<void> {
    const until = this.ticks + count;
    await expect.poll(() => this.ticks).toBeGreaterThanOrEqual(until);
  }

  async close(): Promise<void> {
    this.open = false;
    await this.done;
  }

  private async run(): Promise<void> {
    while (this.open) {
      const ticks = Array.from({ length: 100 }, () => {
        const level = [7_050, 7_060, 7_050, 7_040][this.ticks % 4] ?? 0;
        return { symbol: SYMBOL, price: level + 0.1 * ((this.ticks++ * 7) % 5), volume: 1 };
      });
      await this.engine.post(JSON.stringify({ market_data: ticks }));
    }
  }
}

/** What the bus says of failed pipelines, and the socket of pipelines and alerts. */
async function ears(engine: EngineProcess, redisUrl: string) {
  const bus = new Redis(redisUrl);
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

it("a version that loses money on live ticks is rolled back by itself, and every ear is told why", async () => {
  const redis = await RedisServer.create();
  onTestFinished(() => redis.remove());
  const engine = await startEngine({ REDIS_URL: redis.url, ROLLOUT_STEP_MS: "1500" });
  const { heard, told } = await ears(engine, redis.url);
  const id = await pipelines.create(engine, GOOD, { parameters: { symbols: [SYMBOL] } });
  expect(await pipelines.deployed(engine, id)).toMatchObject({ status: "completed" });
  const started = await engine.ask("POST", `/strategies/${id}/start`);
  const execution = String(started.body["execution_id"]);
  const market = new Market(engine);
  onTestFinished(() => market.close());
  await market.more(LEAST);
  await engine.ask("PUT", `/strategies/${id}`, { code: BAD });
  const pipelineId = await pipelines.deploy(engine, id, { deployment_type: "canary" });
  const pipeline = await pipelines.until(engine, pipelineId);
  await market.more(LEAST);
  await market.close();

  // The API: what was measured against what, and why that was the end.
  expect(pipeline).toMatchObject({ status: "failed", reason: "stage_failed", rolled_back: true, stages_completed: 6 });
  const reason = String(pipeline["error"]);
  expect(reason).toMatch(/^step of \d+ %: the new version's return differs by -[\d.]+ standard errors, below -3/);
  const step = (pipeline["rollout"] as Message[]).at(-1);
  expect(step).toMatchObject({ verdict: "failure", metric: "paired_difference_z", threshold: -3 });
  expect(Number(step?.["value"])).toBeLessThan(-3);
  expect(reason).toContain(String(step?.["reason"]));
  expect(await engine.get(`/strategies/${id}`)).toMatchObject({ status: "deployed", deployed_version: "1.0.0" });
  expect(await engine.get(`/executions/${execution}`)).toMatchObject({ status: "running", version: "1.0.0" });
  const ranges = (await engine.get(`/executions/${execution}`))["event_ranges"] as Message[];
  expect(ranges.reduce((sum, { events }) => sum + Number(events), 0)).toBeGreaterThanOrEqual(2 * LEAST);
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
  const text = await (await fetch(`${engine.url}/metrics/prometheus`)).text();
  expect(text).toContain('strategy_deployment_errors_total{stage="rollout"} 1');
  const line = await engine.line("deployment failed", (one) => one["pipeline_id"] === pipelineId);
  expect(line).toMatchObject({ stage: "rollout", rolled_back: true, error: reason });
});
