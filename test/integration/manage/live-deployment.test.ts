// What a deployment over REST does to the execution of its strategy that runs on live ticks.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EngineProcess } from "../../support/engine-process.ts";
import type { Message } from "../../support/manage/engine.ts";
import * as pipelines from "../../support/manage/pipelines.ts";

/** By the price alone: a version that enters in the middle decides as the one before it does. */
const STEADY = pipelines.strategyCode(
  "if (market.price % 10.0 == 1.0) this.buy(0.5); else if (market.price % 10.0 == 6.0) this.sell(0.5);",
);
let engine: EngineProcess;
beforeAll(async () => {
  engine = await EngineProcess.start({ DATA_DIR: "", MAX_SYMBOLS: "64", MAX_INSTANCES: "64", ROLLOUT_STEP_MS: "1000" });
});
afterAll(() => engine.stop());

async function live(code: string, parameters: object): Promise<{ id: string; execution: string }> {
  const id = await pipelines.create(engine, code, { parameters });
  expect(await pipelines.deployed(engine, id, { deployment_type: "direct" })).toMatchObject({ status: "completed" });
  const started = await engine.ask("POST", `/strategies/${id}/start`);
  expect(started.body).toMatchObject({ status: "execution_started" });
  return { id, execution: String(started.body["execution_id"]) };
}

async function feed(symbol: string, prices: readonly number[]): Promise<void> {
  await engine.post(JSON.stringify({ market_data: prices.map((price) => ({ symbol, price, volume: 1 })) }));
}

/** Twenty ticks after the other while the work lasts, however it ends; resolves with how many there were. */
async function fedMeanwhile(symbol: string, work: () => Promise<void>): Promise<number> {
  const load = { ticks: 0, ends: false };
  const prices = Array.from({ length: 20 }, (_, index) => 100 + index);
  const feeding = (async () => {
    for (; !load.ends; load.ticks += prices.length) await feed(symbol, prices);
  })();
  const working = work().finally(() => {
    load.ends = true;
  });
  await Promise.all([working, feeding]);
  return load.ticks;
}

describe("a new version of a strategy that runs", () => {
  it("takes over from its version before by blue-green, and gives back by a rollback, without losing a tick", async () => {
    const { id, execution } = await live(STEADY, { symbols: ["SOLUSD"] });
    const ranges = async () => (await engine.get(`/executions/${execution}`))["event_ranges"] as readonly Message[];
    /** It trades, and has been given events. */
    const trades = (version: string) =>
      expect.poll(async () => (await ranges()).at(-1)).toMatchObject({ version, events: expect.any(Number) as number });
    const ticks = await fedMeanwhile("SOLUSD", async () => {
      await trades("1.0.0");
      await engine.ask("PUT", `/strategies/${id}`, { code: `// again\n${STEADY}` });
      expect(await pipelines.deployed(engine, id, { deployment_type: "blue_green" })).toMatchObject({
        status: "completed",
        error: null,
      });
      await trades("1.0.1");
      expect(await engine.get(`/executions/${execution}`)).toMatchObject({ version: "1.0.1" });
      const back = await engine.ask("POST", `/strategies/${id}/rollback`);
      expect(back.body).toMatchObject({ status: "rolled_back", from_version: "1.0.1", to_version: "1.0.0" });
      await expect.poll(async () => (await engine.get(`/executions/${execution}`))["version"]).toBe("1.0.0");
      await trades("1.0.0");
    });
    const seen = async () => (await ranges()).reduce((sum, { events }) => sum + Number(events), 0);
    await expect.poll(seen).toBe(ticks);
    const all = await ranges();
    expect(all.map(({ version }) => version)).toEqual(["1.0.0", "1.0.1", "1.0.0"]);
    for (const [index, { first_sequence: first }] of all.entries())
      if (index > 0) expect(first).toBeGreaterThan(Number(all[index - 1]?.["last_sequence"]));
  });
});
