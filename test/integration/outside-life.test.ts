// The life of a strategy as an author's program meets it at a whole engine with a real Redis: source code in, a deployment
// that completes, an execution that trades, and every topic of the bus that tells of it, each with the fields of the API.
import { Redis } from "ioredis";
import { expect, it, onTestFinished } from "vitest";
import { EngineProcess } from "../support/engine-process.ts";
import { RedisServer } from "../support/redis-server.ts";
import { RSI_STRATEGY } from "../support/sandbox/python.ts";
import { FIELDS } from "../support/topic-payloads.ts";

type Json = Readonly<Record<string, unknown>>;
interface Heard {
  readonly channel: string;
  readonly topic: string;
  readonly payload: Json;
}

const WAIT_MS = 240_000;
const TOLD = [
  "pipeline.stage.completed",
  "strategy.deployed",
  "strategy.execution.started",
  "strategy.trade",
  "strategy.execution.stopped",
  "pipeline.failed",
  "strategy.error",
  "strategy.alert",
] as const;

const LINE = /^\d{4}-\d\d-\d\dT[\d:.]+Z (info|warn|error)$/;
const STAGES = [
  "syntax_check",
  "unit_tests",
  "backtest",
  "paper_trading",
  "risk_validation",
  "performance_validation",
] as const;

async function stage(): Promise<{ engine: EngineProcess; redis: Redis; heard: Heard[] }> {
  const server = await RedisServer.create();
  const engine = await EngineProcess.start({ DATA_DIR: "", MAX_SYMBOLS: "64", REDIS_URL: server.url });
  const [redis, listener] = [new Redis(server.url), new Redis(server.url)];
  const heard: Heard[] = [];
  listener.on("pmessage", (_, channel: string, text: string) =>
    heard.push({ channel, ...(JSON.parse(text) as Omit<Heard, "channel">) }),
  );
  await listener.psubscribe("strategy.*", "pipeline.*");
  await engine.onBus();
  onTestFinished(async () => {
    await engine.stop();
    for (const one of [redis, listener]) one.disconnect();
    await server.remove();
  });
  return { engine, redis, heard };
}

/** What comes by itself, looked at until it is there. */
async function until<T>(look: () => Promise<T> | T, good: (seen: T) => boolean): Promise<T> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    const seen = await look();
    if (good(seen)) return seen;
    if (performance.now() > deadline) throw new Error(`after ${WAIT_MS} ms: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function create(engine: EngineProcess, code: string): Promise<string> {
  const parameters = { rsi_period: 14, oversold_threshold: 25, overbought_threshold: 75, position_size: 0.02 };
  const made = await engine.ask("POST", "/strategies", { strategy_name: "RSI", code, parameters });
  expect(made).toMatchObject({ status: 200, body: { status: "created", version: "1.0.0" } });
  return String(made.body["strategy_id"]);
}

async function deployed(engine: EngineProcess, id: string): Promise<Json> {
  const { body } = await engine.ask("POST", `/strategies/${id}/deploy`, { deployment_type: "canary" });
  expect(body).toMatchObject({ status: "deployment_started", strategy_id: id, deployment_type: "canary" });
  const path = `/deployments/${String(body["pipeline_id"])}/status`;
  return until(
    () => engine.get(path),
    ({ status }) => status === "completed" || status === "failed",
  );
}

it("goes from source code to trades, and the bus tells of it", async () => {
  const { engine, redis, heard } = await stage();
  const id = await create(engine, RSI_STRATEGY);
  expect(await engine.ask("POST", `/strategies/${id}/start`)).toMatchObject({
    status: 409,
    body: { error: "invalid_state" },
  });
  expect(await deployed(engine, id)).toMatchObject({ status: "completed", stages_completed: 6, error: null });
  expect(await engine.get(`/strategies/${id}`)).toMatchObject({ status: "deployed", deployed_version: "1.0.0" });
  const started = await engine.ask("POST", `/strategies/${id}/start`);
  const execution = String(started.body["execution_id"]);
  expect(started.body).toMatchObject({ status: "execution_started", strategy_id: id });
  expect(await engine.ask("POST", `/strategies/${id}/start`)).toMatchObject({ body: { error: "already_running" } });
  expect(await engine.get(`/strategies/${id}`)).toMatchObject({ status: "deployed", lifecycle_state: "running" });
  let price = 100;
  for (let tick = 0; tick < 80; tick += 1) {
    price *= tick < 40 ? 0.995 : 1.005;
    await redis.publish("strategy_engine_input", JSON.stringify({ symbol: "RSIUSD", price, asset_type: "crypto" }));
  }
  const sides = async (): Promise<unknown[]> => {
    const { trades } = (await engine.get(`/executions/${execution}/trades`)) as { trades: Json[] };
    return trades.map(({ side }) => side);
  };
  await until(sides, (seen) => seen.includes("BUY") && seen.includes("SELL"));
  expect((await engine.ask("POST", `/strategies/${id}/stop`)).body).toMatchObject({
    status: "execution_stopped",
    execution_id: execution,
    strategy_id: id,
  });
  expect(await engine.get(`/strategies/${id}`)).toMatchObject({ status: "stopped", active_executions: 0 });
  const draft = await create(engine, "class Flat:\n    pass\n");
  const failed = await deployed(engine, draft);
  expect(failed).toMatchObject({ status: "failed", reason: "stage_failed", current_stage: "syntax_check" });
  expect(failed["error"]).toContain("generate_signal");
  await until(
    () => TOLD.filter((topic) => !heard.some((one) => one.topic === topic)),
    (missing) => missing.length === 0,
  );
  for (const { channel, topic, payload } of heard) {
    expect(channel).toBe(topic);
    const wanted = FIELDS[topic as keyof typeof FIELDS].split(" ");
    expect([topic, Object.keys(payload)]).toEqual([topic, expect.arrayContaining(wanted)]);
  }
  await expectLogged(engine, { id, execution, draft, failed: String(failed["pipeline_id"]) });
});

interface Life {
  readonly id: string;
  readonly execution: string;
  readonly draft: string;
  /** The pipeline of the draft. */
  readonly failed: string;
}

/** The literal texts of the log that deployments and dashboards of others look for. */
async function expectLogged(engine: EngineProcess, { id, execution, draft, failed }: Life): Promise<void> {
  await engine.line("execution stopped", (line) => line["execution_id"] === execution);
  await engine.line("pipeline stage", (line) => line["pipeline_id"] === failed);
  const { lines } = engine;
  const host = { arch: process.arch, wasm_simd: true, workers: expect.any(Number) as number };
  expect(lines.filter(({ msg }) => msg === "M4_MAX")).toMatchObject([host]);
  const stages = lines.filter(({ msg }) => msg === "pipeline stage");
  const [own, other] = [
    stages.filter((line) => line["strategy_id"] === id),
    stages.filter((line) => line["strategy_id"] === draft),
  ];
  expect(own.map((line) => [line["stage"], line["passed"]])).toEqual(STAGES.map((stage) => [stage, true]));
  expect(new Set(own.map((line) => typeof line["pipeline_id"] + typeof line["duration_ms"]))).toEqual(
    new Set(["stringnumber"]),
  );
  const refused = {
    stage: "syntax_check",
    passed: false,
    pipeline_id: failed,
    error: expect.stringContaining("generate_signal") as string,
  };
  expect(other).toMatchObject([refused]);
  const told = lines.filter((line) => line["execution_id"] === execution).map(({ msg }) => msg);
  expect([told[0], told.at(-1)]).toEqual(["execution started", "execution stopped"]);
  expect(told).toContain("trade");
  // A line is an object with its time and level, whoever wrote it.
  for (const line of lines) expect(`${String(line["time"])} ${String(line["level"])}`).toMatch(LINE);
}
