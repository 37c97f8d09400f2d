// Progressive delivery with an execution that runs, while ticks come in all the time. What becomes of a version that does
// harm on them is in rollback-told.test.ts.
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
