// Deployments through a real engine: from code to deployed, and each way in which a pipeline does not get there.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client } from "../../support/server/client.ts";
import { EngineProcess } from "../../support/engine-process.ts";
import type { Message } from "../../support/manage/engine.ts";
import * as pipelines from "../../support/manage/pipelines.ts";
import { firstThread, ownTime, threadsOf } from "../../support/own-time.ts";

const STAGES = [
  "syntax_check",
  "unit_tests",
  "backtest",
  "paper_trading",
  "risk_validation",
  "performance_validation",
] as const;

let engine: EngineProcess;
beforeAll(async () => {
  engine = await EngineProcess.start({ DATA_DIR: "", MAX_SYMBOLS: "64", MAX_INSTANCES: "64", ROLLOUT_STEP_MS: "10" });
});
afterAll(() => engine.stop());

const resultOf = (pipeline: Message, stage: string) => (pipeline["results"] as Record<string, Message>)[stage];

describe("a strategy that passes", () => {
  it("is deployed by the time its pipeline reads completed, with every stage told in order", async () => {
    const socket = await Client.ready(`ws://127.0.0.1:${engine.port}/ws`);
    const id = await pipelines.create(engine);
    await socket.ask({ op: "subscribe", id: 1, channel: "pipeline", filter: { strategies: [id] } });
    const pipelineId = await pipelines.deploy(engine, id);
    expect(await engine.ask("POST", `/strategies/${id}/deploy`)).toMatchObject({ status: 409 });
    const pipeline = await pipelines.until(engine, pipelineId);
    const strategy = await pipelines.strategy(engine, id);
    expect(pipeline).toMatchObject({
      status: "completed",
      stages_completed: 6,
      total_stages: 6,
      stages: STAGES,
      error: null,
      reason: null,
      rolled_back: false,
      rollout: [{ percent: 100 }],
    });
    expect(strategy).toMatchObject({ status: "deployed", deployed_version: "1.0.0", last_error: null });
    expect(resultOf(pipeline, "unit_tests")).toMatchObject({ passed: true });
    expect(resultOf(pipeline, "unit_tests")?.["tests_passed"]).toBeGreaterThan(5);
    expect(resultOf(pipeline, "backtest")).toMatchObject({ data_source: "synthetic", duration_days: 180 });
    expect(resultOf(pipeline, "performance_validation")).toMatchObject({ advisory: true, passed: true });
    const said = ({ data }: Message): string =>
      `${String((data as Message)["event"])} ${String((data as Message)["stage"])}`;
    const told = (await socket.updatesUntil((update) => said(update) === "completed null")).map(said);
    const each = STAGES.flatMap((stage) => [`stage_started ${stage}`, `stage_completed ${stage}`]);
    expect(told).toEqual(["queued null", ...each, "completed null"]);
    await engine.line(
      "pipeline stage",
      (line) => line["pipeline_id"] === pipelineId && line["stage"] === STAGES.at(-1),
    );
    const lines = engine.lines.filter((line) => line.msg === "pipeline stage" && line["pipeline_id"] === pipelineId);
    expect(lines.map((line) => line["stage"])).toEqual(STAGES);
  });

  it("is counted in health, metrics and the text for Prometheus", async () => {
    const before = await engine.get("/metrics");
    await pipelines.deployed(engine, await pipelines.builtin(engine), { deployment_type: "rolling" });
    const after = await engine.get("/metrics");
    const grown = (name: string) => Number(after[name]) - Number(before[name]);
    expect([grown("total_pipelines"), grown("total_deployments"), grown("deployments_per_hour")]).toEqual([1, 1, 1]);
    expect(await engine.get("/health")).toMatchObject({
      strategies_deployed: after["total_deployments"],
      pipelines_executed: after["total_pipelines"],
    });
    const text = await (await fetch(`${engine.url}/metrics/prometheus`)).text();
    expect(text).toContain('strategy_deployments_total{deployment_type="rolling"} 1');
    expect(text).toMatch(/strategy_pipeline_duration_seconds_count [1-9]/);
    expect(text).toMatch(/strategy_test_duration_seconds_count\{test_type="backtest"\} [1-9]/);
  });

  it.each([
    ["blue-green", [0, 100]],
    ["canary", [5, 25, 50, 100]],
    ["rolling", [25, 50, 75, 100]],
  ])("comes into force by %s in its steps, which say that nothing was measured", async (type, percents) => {
    const pipeline = await pipelines.deployed(engine, await pipelines.builtin(engine), { deployment_type: type });
    const rollout = pipeline["rollout"] as readonly Message[];
    expect(pipeline).toMatchObject({ status: "completed", deployment_type: type.replace("-", "_") });
    expect(rollout.map(({ percent }) => percent)).toEqual(percents);
    expect(rollout[0]).toMatchObject({ verdict: "inconclusive", metric: "events", value: 0 });
  });

  it("is deployed as it was when that was asked for, whatever is edited meanwhile", async () => {
    const id = await pipelines.create(engine);
    const pipelineId = await pipelines.deploy(engine, id);
    const edited = await engine.ask("PUT", `/strategies/${id}`, { parameters: { period: 20 } });
    expect(edited).toMatchObject({ status: 200, body: { version: "1.0.1" } });
    expect(await pipelines.until(engine, pipelineId)).toMatchObject({ status: "completed", version: "1.0.0" });
    expect(await pipelines.strategy(engine, id)).toMatchObject({ version: "1.0.1", deployed_version: "1.0.0" });
  });

  it("finishes among 25 that come at once, while health answers within a second", async () => {
    const ids = await Promise.all(Array.from({ length: 25 }, () => pipelines.create(engine)));
    const begun = await Promise.all(ids.map((id) => pipelines.deploy(engine, id)));
    const all = Promise.all(begun.map((one) => pipelines.until(engine, one)));
    const waits: number[] = [];
    for (let open = true; open;) {
      const took = ownTime(firstThread(engine.pid));
      await engine.get("/health");
      waits.push(took());
      open = (await Promise.race([all, new Promise((resolve) => setTimeout(resolve, 20, null))])) === null;
    }
    expect((await all).map(({ status }) => status)).toEqual(ids.map(() => "completed"));
    // One in fifty may have waited for a machine that is busy with other things.
    expect(waits.filter((ms) => ms > 1_000).length).toBeLessThanOrEqual(waits.length / 50);
  });
});

describe("a strategy that does not pass", () => {
  it("fails at syntax_check with the line of what does not compile", async () => {
    const id = await pipelines.create(engine, pipelines.strategyCode("this.sel();"));
    const pipelineId = await pipelines.deploy(engine, id);
    const pipeline = await pipelines.until(engine, pipelineId);
    expect(pipeline).toMatchObject({
      status: "failed",
      reason: "stage_failed",
      current_stage: "syntax_check",
      stages_completed: 0,
      rolled_back: false,
    });
    expect(pipeline["error"]).toMatch(/^line 6, column 10: /);
    expect(await pipelines.strategy(engine, id)).toMatchObject({ status: "error", last_error: pipeline["error"] });
    expect((await pipelines.logs(engine, pipelineId, "&stage=syntax_check")).map(({ level }) => level)).toContain(
      "error",
    );
    const { body } = await engine.ask("GET", "/alerts?limit=5");
    expect((body["alerts"] as readonly Message[]).find((alert) => alert["strategy_id"] === id)).toBeDefined();
    const text = await (await fetch(`${engine.url}/metrics/prometheus`)).text();
    expect(text).toMatch(/strategy_deployment_errors_total\{stage="syntax_check"\} [1-9]/);
  });

  it.each([
    ["loops for ever", "while (true) { count++; }", /did not come to an end/],
    ["needs ever more memory", "hoard.push(new StaticArray<f64>(100000));", /memory/],
    ["calls itself for ever", "dive(0);", /too deeply/],
    ["decides what no one can trade", "if (market.price > 0) this.buy(7.0);", /confidence/],
    ["gives up after a while", "count++; assert(count < 300, 'time is up');", /line \d+: time is up/],
  ])("fails its tests where it %s", async (_, tick, message) => {
    const top =
      "let count: i32 = 0;\nlet hoard = new Array<StaticArray<f64>>();\nfunction dive(n: i32): i32 { return dive(n + 1) + 1; }";
    const id = await pipelines.create(engine, pipelines.strategyCode(tick.replaceAll("'", '"'), "", top));
    const pipeline = await pipelines.deployed(engine, id);
    expect(pipeline).toMatchObject({ status: "failed", reason: "stage_failed", current_stage: "unit_tests" });
    expect(pipeline["error"]).toMatch(message);
  });

  it("is back at its earlier version where there is one, and in error where rollback is not wanted", async () => {
    const id = await pipelines.create(engine);
    await pipelines.deployed(engine, id);
    const broken = { code: pipelines.strategyCode("this.sel();") };
    await engine.ask("PUT", `/strategies/${id}`, broken);
    expect(await pipelines.deployed(engine, id)).toMatchObject({
      status: "failed",
      rolled_back: true,
      version: "1.0.1",
    });
    expect(await pipelines.strategy(engine, id)).toMatchObject({ status: "deployed", deployed_version: "1.0.0" });
    expect(await pipelines.deployed(engine, id, { rollback_on_failure: false })).toMatchObject({ rolled_back: false });
    expect(await pipelines.strategy(engine, id)).toMatchObject({ status: "error" });
  });
});

describe("a test of one stage", () => {
  it("says whether it would be passed, in any state and without changing it", async () => {
    const id = await pipelines.create(engine);
    const test = async (type: string) => (await engine.ask("POST", `/strategies/${id}/test`, { test_type: type })).body;
    for (const stage of ["syntax_check", "unit_tests", "risk_validation", "performance_validation"])
      expect(await test(stage)).toMatchObject({ status: "test_completed", test_type: stage, result: { passed: true } });
    expect(await pipelines.strategy(engine, id)).toMatchObject({ status: "draft" });
    await engine.ask("PUT", `/strategies/${id}`, { code: pipelines.strategyCode("assert(market.price < 0);") });
    expect(await test("unit_tests")).toMatchObject({ result: { passed: false } });
    await engine.ask("PUT", `/strategies/${id}`, { code: pipelines.strategyCode("this.sel();") });
    expect(await test("syntax_check")).toMatchObject({ status: "error", error: "code_error" });
  });

  it("runs the author's own tests, and a deployment fails by one of them", async () => {
    const own = 'export function testNothing(): void { assert(false, "my own word"); }';
    const id = await pipelines.create(engine, `${pipelines.RSI_CODE}\n${own}`);
    const pipeline = await pipelines.deployed(engine, id);
    expect(pipeline).toMatchObject({ status: "failed", current_stage: "unit_tests" });
    expect(pipeline["error"]).toContain("my own word");
  });
});

describe("a rollback", () => {
  it("goes to the version deployed before, or to any that was, within two seconds", async () => {
    const id = await pipelines.create(engine);
    const back = (body: object = {}) => engine.ask("POST", `/strategies/${id}/rollback`, body);
    await pipelines.deployed(engine, id);
    expect(await back()).toMatchObject({ status: 409, body: { error: "invalid_state" } });
    for (const period of [15, 16]) {
      await engine.ask("PUT", `/strategies/${id}`, { parameters: { period } });
      await pipelines.deployed(engine, id);
    }
    const [begun, took] = [performance.now(), ownTime(threadsOf(engine.pid))];
    const first = await back();
    const [passed, own] = [performance.now() - begun, took()];
    expect(first).toMatchObject({ status: 200, body: { from_version: "1.0.2", to_version: "1.0.1" } });
    // What it says that it took, without what the machine made its threads wait for a processor meanwhile.
    expect(Number(first.body["duration_ms"]) - (passed - own)).toBeLessThan(2_000);
    expect(await back({ to_version: "1.0.0" })).toMatchObject({ body: { from_version: "1.0.1", to_version: "1.0.0" } });
    expect(await pipelines.strategy(engine, id)).toMatchObject({ status: "deployed", deployed_version: "1.0.0" });
    const again = await back();
    expect(again).toMatchObject({ status: 409, body: { error: "invalid_state" } });
    expect(again.body["message"]).toContain("it is on 1.0.0; 1.0.1 is later, and only to_version names it");
    expect(await back({ to_version: "1.0.2" })).toMatchObject({ body: { from_version: "1.0.0", to_version: "1.0.2" } });
    await engine.ask("PUT", `/strategies/${id}`, { parameters: { period: 17 } });
    expect(await back({ to_version: "1.0.3" })).toMatchObject({ status: 409 });
    expect(await back({ to_version: "7.0.0" })).toMatchObject({ status: 404 });
  });

  it("goes back once where two people name one version that is to go, and one version further with each unnamed request", async () => {
    const id = await pipelines.builtin(engine);
    const back = (body: object = {}) => engine.ask("POST", `/strategies/${id}/rollback`, body);
    for (const span of [10, 11, 12])
      await engine.ask("PUT", `/api/strategy/${id}`, { parameters: { fast_span: span } });
    const both = await Promise.all([1, 2].map(() => back({ from_version: "1.0.3" })));
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    const told = both.find(({ status }) => status === 200);
    expect(told?.body).toMatchObject({ from_version: "1.0.3", to_version: "1.0.2" });
    const late = await back({ from_version: "1.0.3" });
    expect(late).toMatchObject({ status: 409, body: { error: "conflict" } });
    expect(late.body["message"]).toContain(
      `${id} is on version 1.0.2, and this request leaves version 1.0.3; look, and send again`,
    );
    expect(await pipelines.strategy(engine, id)).toMatchObject({ deployed_version: "1.0.2" });
    expect(await back()).toMatchObject({ status: 200, body: { from_version: "1.0.2", to_version: "1.0.1" } });
    const named = await Promise.all([1, 2].map(() => back({ to_version: "1.0.0", from_version: "1.0.1" })));
    expect(named.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    await engine.ask("PUT", `/api/strategy/${id}`, { parameters: { fast_span: 13 } });
    expect(await back()).toMatchObject({ body: { from_version: "1.0.4", to_version: "1.0.0" } });
  });

  it("of a built-in strategy brings its parameters back", async () => {
    const id = await pipelines.builtin(engine);
    await engine.ask("PUT", `/api/strategy/${id}`, { parameters: { fast_span: 10 } });
    expect(await engine.ask("POST", `/strategies/${id}/rollback`)).toMatchObject({ body: { to_version: "1.0.0" } });
    expect(await pipelines.strategy(engine, id)).toMatchObject({ version: "1.0.0", parameters: {} });
  });
});
