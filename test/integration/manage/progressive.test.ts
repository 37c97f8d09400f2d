// Progressive delivery with an execution that runs: ticks come in all the time, and a version that does harm on them is taken
// back by itself, with the reason wherever somebody may look for it.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EngineProcess } from "../../support/engine-process.ts";
import type { Message } from "../../support/manage/engine.ts";
import * as pipelines from "../../support/manage/pipelines.ts";

const SYMBOL = "PROGUSD";
/** By the price alone: a version that enters in the middle decides as the one before it does, so it does no harm. */
const GOOD = pipelines.strategyCode(
  "if (market.price % 10.0 == 1.0) this.buy(0.5); else if (market.price % 10.0 == 6.0) this.close();",
);
const NEXT = `// the next one\n${GOOD}`;
/** Its tests never see such a price. */
const BOMB = pipelines.strategyCode("assert(market.price < 7000.0 || market.price > 7100.0); this.buy(0.5);");

let engine: EngineProcess;
let market: Market;
beforeAll(async () => {
  const env = { DATA_DIR: "", ROLLOUT_STEP_MS: "500", MAX_SYMBOLS: "64", MAX_INSTANCES: "64" };
  engine = await EngineProcess.start(env);
  market = new Market();
});
afterAll(async () => {
  await market.close();
  await engine.stop();
});

/** Twenty ticks at a time, one request after the other. */
class Market {
  private open = true;
  private step = 0;
  private readonly done = this.run();

  async close(): Promise<void> {
    this.open = false;
    await this.done;
  }

  private async run(): Promise<void> {
    while (this.open) {
      const ticks = Array.from({ length: 20 }, () => {
        const price = 7_050 + (this.step++ % 10);
        return { symbol: SYMBOL, price, volume: 10, timestamp: Date.now() / 1000 };
      });
      await engine.post(JSON.stringify({ market_data: ticks }));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/** A strategy whose first version trades. */
async function trading(): Promise<{ readonly id: string; readonly execution: string }> {
  const id = await pipelines.create(engine, GOOD, { parameters: { symbols: [SYMBOL] } });
  expect(await pipelines.deployed(engine, id)).toMatchObject({ status: "completed" });
  const started = await engine.ask("POST", `/strategies/${id}/start`);
  if (started.status !== 200) throw new Error(JSON.stringify(started.body));
  const execution = String(started.body["execution_id"]);
  await expect
    .poll(async () => (await engine.get(`/executions/${execution}`))["trade_count"])
    .toBeGreaterThanOrEqual(5);
  return { id, execution };
}
const next = (id: string, code: string) => engine.ask("PUT", `/strategies/${id}`, { code });

describe("a new version of a strategy that trades", () => {
  it("that breaks on live ticks is taken back at its first step, and the reason is everywhere", async () => {
    const { id, execution } = await trading();
    await next(id, BOMB);
    const pipelineId = await pipelines.deploy(engine, id, { deployment_type: "canary" });
    const pipeline = await pipelines.until(engine, pipelineId);
    expect(pipeline).toMatchObject({
      status: "failed",
      reason: "stage_failed",
      rolled_back: true,
      stages_completed: 6,
    });
    expect(pipeline["error"]).toContain("the new version failed once, the old one 0 times");
    // At the first step in which it was given a tick: on a busy machine a step may pass without one.
    const steps = [...(pipeline["rollout"] as readonly Message[])];
    expect(steps.pop()).toMatchObject({ verdict: "failure", metric: "faults", threshold: 0, value: 1 });
    for (const step of steps) expect(step).toMatchObject({ verdict: "inconclusive", metric: "events", value: 0 });
    expect(await pipelines.strategy(engine, id)).toMatchObject({ status: "deployed", deployed_version: "1.0.0" });
    expect(await engine.get(`/executions/${execution}`)).toMatchObject({ status: "running", version: "1.0.0" });
    const said = await pipelines.logs(engine, pipelineId, "&stage=rollout");
    expect(said.map(({ message }) => message).join("\n")).toMatch(
      /step \d+ %: failure: .*\n.*on the earlier version since event/,
    );
    const text = await (await fetch(`${engine.url}/metrics/prometheus`)).text();
    expect(text).toContain('strategy_deployment_errors_total{stage="rollout"} 1');
    const line = await engine.line("deployment failed", (one) => one["pipeline_id"] === pipelineId);
    expect(line).toMatchObject({ stage: "rollout", rolled_back: true });
    const { body } = await engine.ask("GET", "/alerts?limit=10");
    const alert = (body["alerts"] as readonly Message[]).find((one) => one["strategy_id"] === id);
    expect(alert).toMatchObject({ type: "pipeline", level: "warning" });
  });

  it.each(["blue_green", "canary", "rolling", "direct"])(
    "that does no harm takes over by %s, and the same execution goes on",
    async (type) => {
      const { id, execution } = await trading();
      await next(id, NEXT);
      const pipeline = await pipelines.deployed(engine, id, { deployment_type: type });
      expect([pipeline["status"], pipeline["error"]]).toEqual(["completed", null]);
      const steps = pipeline["rollout"] as readonly Message[];
      for (const step of steps.slice(0, -1)) expect(["success", "inconclusive"]).toContain(step["verdict"]);
      expect(await pipelines.strategy(engine, id)).toMatchObject({ status: "deployed", deployed_version: "1.0.1" });
      expect(await engine.get(`/executions/${execution}`)).toMatchObject({ status: "running", version: "1.0.1" });
    },
  );

  it("is left again by one request", async () => {
    const { id, execution } = await trading();
    await next(id, NEXT);
    await pipelines.deployed(engine, id);
    const back = await engine.ask("POST", `/strategies/${id}/rollback`);
    expect(back).toMatchObject({ status: 200, body: { from_version: "1.0.1", to_version: "1.0.0" } });
    expect(await engine.get(`/executions/${execution}`)).toMatchObject({ status: "running", version: "1.0.0" });
  });
});
