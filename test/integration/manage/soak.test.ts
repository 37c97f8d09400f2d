// Paper trading on live events, in real time: through a real engine, with ticks that come in meanwhile.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EngineProcess } from "../../support/engine-process.ts";
import { Client } from "../../support/server/client.ts";
import { eventually } from "../../support/eventually.ts";
import type { Message } from "../../support/manage/engine.ts";
import { Paper, path } from "../../support/manage/paper.ts";
import * as pipelines from "../../support/manage/pipelines.ts";
import { wholePipeline } from "../../support/manage/whole-pipeline.ts";

const FLIP = pipelines.strategyCode("if (market.position > 0) this.close(); else this.buy();");
const KEEP = pipelines.strategyCode("if (market.position == 0) this.buy();");
/** Fails at a price that no recorded or made-up market has. */
const FRAIL = pipelines.strategyCode('assert(market.price != 31337.0, "not this one");');
const SYMBOLS = { symbols: ["SOAKUSD"], position_size: 1 };

let engine: EngineProcess;
beforeAll(async () => {
  engine = await EngineProcess.start({
    DATA_DIR: "",
    MAX_SYMBOLS: "64",
    ROLLOUT_STEP_MS: "1",
    MAX_CONCURRENT_DEPLOYMENTS: "1",
    PIPELINE_STAGES: "syntax_check,paper_trading",
  });
  for (const code of [FLIP, KEEP, FRAIL]) await pipelines.deployed(engine, await pipelines.create(engine, code)); // compiled
});
afterAll(() => engine.stop());

async function feed(prices: readonly number[], symbol = "SOAKUSD"): Promise<void> {
  const now = Date.now() / 1000;
  const ticks = prices.map((price, at) => ({ symbol, price, volume: 1, timestamp: now + at / 1e4 }));
  await engine.post(JSON.stringify({ market_data: ticks }));
}
async function underway(pipelineId: string): Promise<Message> {
  const look = (): Promise<Message> => pipelines.until(engine, pipelineId, /./);
  // What waits for its turn sees no event yet.
  const soaks = (progress: unknown): boolean => (progress as Message | null)?.["queued"] === false;
  return eventually(look, ({ progress, status }) => soaks(progress) || status === "failed");
}
const soakOf = (pipeline: Message) =>
  (pipeline["results"] as Record<string, Message>)["paper_trading"]?.["soak"] as Message;

describe("a soak on live events", () => {
  it("shows what came of it, and is told on its way", async () => {
    const socket = await Client.ready(`ws://127.0.0.1:${engine.port}/ws`);
    const id = await pipelines.create(engine, FLIP, { parameters: SYMBOLS });
    await socket.ask({ op: "subscribe", id: 1, channel: "pipeline", filter: { strategies: [id] } });
    const pipelineId = await pipelines.deploy(engine, id, { soak_minutes: 0.1 });
    const seen = await underway(pipelineId);
    expect(seen).toMatchObject({ status: "running", soak_minutes: 0.1, progress: { stage: "paper_trading" } });
    await feed(Array.from({ length: 40 }, (_, at) => 100 + at));
    const done = await pipelines.until(engine, pipelineId);
    expect(done).toMatchObject({ status: "completed", progress: null });
    expect(soakOf(done)).toMatchObject({ minutes: 0.1, events: 40, breach: null, fault: null });
    expect(soakOf(done)["trades"]).toBe(39); // each decision is filled at the event behind it
    const ends = ({ data }: Message): boolean => (data as Message)["event"] === "completed";
    const told = (await socket.updatesUntil(ends)).map(({ data }) => data as Message);
    const shares = told.filter(({ event }) => event === "progress").map((one) => (one["progress"] as Message)["share"]);
    expect(shares.length).toBeGreaterThan(1);
    expect(shares).toEqual(shares.toSorted((a, b) => Number(a) - Number(b)));
    const said = (await pipelines.logs(engine, pipelineId, "&stage=paper_trading")).map(({ message }) => message);
    expect(said.some((line) => String(line).includes("% of the live events"))).toBe(true);
  });

  it("fails the stage of what fails on an event that no test had", async () => {
    const id = await pipelines.create(engine, FRAIL, { parameters: SYMBOLS });
    const pipelineId = await pipelines.deploy(engine, id, { soak_minutes: 10 });
    await underway(pipelineId);
    await feed([31_336, 31_337]);
    const done = await pipelines.until(engine, pipelineId);
    expect(done).toMatchObject({ status: "failed", reason: "stage_failed", current_stage: "paper_trading" });
    expect(done["error"]).toMatch(/on live events it failed: line \d+: not this one/);
  });

  it("fails the stage of what reaches its own limit, and pauses nothing", async () => {
    const limits = { risk_limits: { daily_loss_limit: -100 } };
    const id = await pipelines.create(engine, KEEP, { parameters: SYMBOLS, ...limits });
    const pipelineId = await pipelines.deploy(engine, id, { soak_minutes: 10 });
    await underway(pipelineId);
    await feed([100, 100, 90, 80, 80]);
    const done = await pipelines.until(engine, pipelineId);
    expect(done).toMatchObject({ status: "failed", current_stage: "paper_trading" });
    expect(done["error"]).toMatch(/on live events it reached a limit: /);
    expect(await pipelines.strategy(engine, id)).toMatchObject({ status: "error" });
    expect((await engine.get("/executions"))["executions"]).toEqual([]);
  });

  it("takes no place of the pipelines, ends at once when its own is cancelled, and nothing of it runs on", async () => {
    const id = await pipelines.create(engine, FLIP, { parameters: SYMBOLS });
    const pipelineId = await pipelines.deploy(engine, id, { soak_minutes: 60 });
    await underway(pipelineId);
    const other = await pipelines.deployed(engine, await pipelines.builtin(engine)); // of one place
    expect(other).toMatchObject({ status: "completed" });
    const cancelled = await engine.ask("POST", `/deployments/${pipelineId}/cancel`);
    expect(cancelled).toMatchObject({ status: 200 });
    const done = await pipelines.until(engine, pipelineId, /./);
    expect(done).toMatchObject({ status: "failed", reason: "cancelled", progress: null });
    expect(engine.lines.filter(({ level }) => level === "error")).toEqual([]);
  });

  it("that saw nothing passes with a warning", async () => {
    const id = await pipelines.create(engine, FLIP, { parameters: { symbols: ["SILENTUSD"] } });
    const done = await pipelines.deployed(engine, id, { soak_minutes: 0.01 });
    expect(done).toMatchObject({ status: "completed" });
    expect(soakOf(done)).toMatchObject({ events: 0, trades: 0 });
    const lines = await pipelines.logs(engine, String(done["pipeline_id"]), "&stage=paper_trading");
    expect(lines.find(({ level }) => level === "warning")?.["message"]).toMatch(/no live event/);
  });

  it("is refused as a length of time that is none", async () => {
    const id = await pipelines.create(engine, FLIP);
    for (const minutes of [-1, 1_441, "five"])
      expect(await engine.ask("POST", `/strategies/${id}/deploy`, { soak_minutes: minutes })).toMatchObject({
        status: 422,
      });
  });
});

describe("a soak whose thread is lost", () => {
  it("begins anew, once", async () => {
    const paper = await Paper.open({ strategies: [{ id: "strat_soaked1", code: FLIP, parameters: SYMBOLS }] });
    const { manage } = paper;
    const wanted = { type: "direct", soakMs: 1_500 } as const;
    const begun = await manage.pipelines.deploy("strat_soaked1", wanted, "test");
    if (!begun.ok) throw new Error(begun.failure.code);
    const { pipelineId } = begun.value;
    await expect.poll(() => manage.pipelines.progress(pipelineId)).not.toBeNull();
    const { crews } = manage.executions["pool"] as unknown as {
      crews: readonly { readonly worker: { terminate(): Promise<number> } }[];
    };
    await crews[0]?.worker.terminate();
    await paper.feed(path("SOAKUSD", 100, 1.001, 20));
    await expect.poll(() => manage.pipelines.get(pipelineId)?.endedAt).not.toBeNull();
    const record = await wholePipeline(manage, pipelineId);
    expect(record).toMatchObject({ status: "completed", results: { paper_trading: { passed: true, attempts: 2 } } });
  });
});
