// What learning proposes is judged like anybody's strategy, with VALIDATION_MODE=strict: a model of a market with a planted
// edge is trained by the engine itself, proposed, and promoted to a deployed version over HTTP; one that was fitted to luck
// in the same market is refused at the stage that is meant for it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { EngineProcess } from "../../support/engine-process.ts";
import { eventually } from "../../support/eventually.ts";
import { storeBars } from "../../support/learning/bar-tables.ts";
import { surgeMarket } from "../../support/learning/surge-market.ts";
import type { Message } from "../../support/manage/engine.ts";
import * as pipelines from "../../support/manage/pipelines.ts";

/** Learning and runs over history, on a machine that is busy with other work. */
const PATIENCE_MS = 240_000;
let engine: EngineProcess;
let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "learned-verdicts-"));
  storeBars(dir, surgeMarket({ seed: 4, bars: 3_000, edge: 1.5 }));
  engine = await EngineProcess.start({
    DATA_DIR: dir,
    VALIDATION_MODE: "strict",
    MAX_SYMBOLS: "64",
    TIER_LEARNING_MS: "100",
    LEARNING_MAX_CPU: "1",
    GENERATOR_POLICY: "off",
  });
});
afterAll(async () => {
  await engine.stop();
  rmSync(dir, { recursive: true, force: true });
});

async function proposed(): Promise<Message> {
  const look = async (): Promise<Message | undefined> => {
    const { body } = await engine.ask("GET", "/learning/proposals");
    return (body["proposals"] as readonly Message[]).find(({ what }) => what === "learned_model");
  };
  return (await eventually(look, (found) => found !== undefined, PATIENCE_MS)) ?? {};
}

/** Decides by a hash of the number of the bar and a seed: there is nothing in it to find but luck. */
const LUCK = pipelines.strategyCode(
  `this.bar++;
    if (this.bar % 16 != 0) return;
    let h: u32 = u32(this.bar) * 2654435761 + u32(SEED.value) * 40503;
    h ^= h >> 15; h *= 2246822519; h ^= h >> 13;
    if (h & 1) this.buy(); else this.sell();`,
  "private bar: i32 = 0;",
  'const SEED = parameter("seed", 1, 1, 1000000, "any number");',
);

/** What the pipeline of the luckiest of forty came to. */
async function searchedLuck(parameters: object): Promise<Message> {
  const grid = { seed: Array.from({ length: 40 }, (_, index) => index + 1) };
  const id = await pipelines.create(engine, LUCK, { parameters });
  const asked = await engine.ask("POST", "/sweeps", { strategy_id: id, grid, duration_days: 180 });
  const sweep: Message = await eventually(
    async () => (await engine.ask("GET", `/sweeps/${String(asked.body["sweep_id"])}`)).body,
    ({ status }) => /completed|failed/.test(String(status)),
    PATIENCE_MS,
  );
  const best = (sweep["best"] as Message)["parameters"] as Message;
  await engine.ask("PUT", `/strategies/${id}`, { parameters: best });
  return pipelines.deployed(engine, id);
}

it("promotes the model of a planted edge to a deployed version, through every stage", async () => {
  const { proposal_id: proposal } = await proposed();
  expect(await engine.ask("POST", `/learning/proposals/${String(proposal)}/approve`)).toMatchObject({ status: 200 });
  const { deployments } = (await engine.ask("GET", "/deployments")).body;
  const id = String((deployments as readonly Message[])[0]?.["pipeline_id"]);
  const judged = await pipelines.until(engine, id, /completed|failed|awaiting_approval/);
  expect([judged["status"], judged["error"], judged["stages_completed"]]).toEqual(["awaiting_approval", null, 6]);
  const shown = (judged["results"] as Record<string, Message>)["performance_validation"];
  expect(shown).toMatchObject({ advisory: false, data_source: "history" });
  expect(judged["certificate"]).toMatchObject({ agrees: true });
  expect(await engine.ask("POST", `/deployments/${id}/approve`, { approver: "ada" })).toMatchObject({ status: 200 });
  const done = await pipelines.until(engine, id);
  expect(done["status"]).toBe("completed");
  const strategy = await pipelines.strategy(engine, String(done["strategy_id"]));
  expect(strategy).toMatchObject({ status: "deployed", version: "1.0.0" });
  expect(strategy["strategy_name"]).toMatch(/^learned_btcusd/);
});

it("refuses luck that was fitted to the same market, because its neighbours have none", async () => {
  const pipeline = await searchedLuck({
    symbols: ["BTCUSD"],
    position_size: 0.1,
    allow_short: true,
    strategy_class: "trend_following",
  });
  expect(pipeline).toMatchObject({ status: "failed", current_stage: "performance_validation" });
  expect(pipeline["error"]).toMatch(/sets of parameters around it keep .* of its Sharpe ratio/);
});
