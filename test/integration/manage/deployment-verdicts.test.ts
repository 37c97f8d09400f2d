// The verdicts of the stages on recorded history, with VALIDATION_MODE=strict: a strategy that is good passes, and bad ones
// fail at the stage that is meant for them. The market has trends of sixty bars, so who follows them is good.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EngineProcess } from "../../support/engine-process.ts";
import type { Message } from "../../support/manage/engine.ts";
import * as pipelines from "../../support/manage/pipelines.ts";
import { storeBars } from "../../support/research.ts";

let engine: EngineProcess;
let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "verdicts-"));
  storeBars(dir, "BTCUSD", { bars: 4_000 });
  engine = await EngineProcess.start({
    DATA_DIR: dir,
    VALIDATION_MODE: "strict",
    MAX_SYMBOLS: "64",
    TIER_LEARNING_MS: "86400000",
  });
});
afterAll(async () => {
  await engine.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** Follows trends by two averages. */
const FOLLOWER = pipelines.strategyCode(
  `const fast = this.fast.next(market.price);
    const slow = this.slow.next(market.price);
    if (!isFinite(fast) || !isFinite(slow)) return;
    if (fast > slow * 1.0005) this.buy();
    else if (fast < slow * 0.9995) this.close();`,
  `private fast: Ema = new Ema(i32(FAST.value));
  private slow: Ema = new Ema(i32(SLOW.value));`,
  `const FAST = parameter("fast", 8, 2, 100, "samples");
const SLOW = parameter("slow", 30, 5, 500, "samples");`,
);
/** Fades them. */
const FADER = FOLLOWER.replace("this.buy()", "this.close()").replace(
  "else if (fast < slow * 0.9995) this.close()",
  "else if (fast < slow * 0.9995) this.buy()",
);
const MARKET = { symbols: ["BTCUSD"], position_size: 0.5, strategy_class: "trend_following" };
/** So small that no limit of its losses is in question. */
const SMALL = { ...MARKET, position_size: 0.1 };

async function fate(code: string, fields: object): Promise<Message> {
  return pipelines.deployed(engine, await pipelines.create(engine, code, fields));
}
const resultOf = (pipeline: Message, stage: string) => (pipeline["results"] as Record<string, Message>)[stage] ?? {};

describe("on recorded history", () => {
  it("a good strategy passes, with its gates, its neighbours and the stress it came through", async () => {
    const pipeline = await fate(FOLLOWER, { parameters: MARKET });
    expect([pipeline["status"], pipeline["error"]]).toEqual(["completed", null]);
    expect(resultOf(pipeline, "backtest")).toMatchObject({ data_source: "history" });
    const shown = resultOf(pipeline, "performance_validation");
    expect(shown).toMatchObject({ advisory: false, profile: "trend_following" });
    expect((shown["gates"] as readonly Message[]).every(({ passed }) => passed === true)).toBe(true);
    const around = shown["neighbours"] as { sets: number; kept: number; overfitting: number };
    expect(around.sets).toBeGreaterThanOrEqual(7);
    expect(around.kept).toBeGreaterThan(0.5);
    expect(around.overfitting).toBeGreaterThanOrEqual(0);
    expect((resultOf(pipeline, "risk_validation")["stress"] as readonly Message[]).length).toBe(5);
  });

  it("a bad one fails performance_validation by name of the gate", async () => {
    const pipeline = await fate(FADER, { parameters: SMALL });
    expect(pipeline).toMatchObject({ status: "failed", current_stage: "performance_validation" });
    expect(pipeline["error"]).toMatch(/sharpe_ratio is -.*, it must be at least 1/);
  });

  it("one that breaks its own limit fails risk_validation", async () => {
    const pipeline = await fate(FOLLOWER, { parameters: MARKET, risk_limits: { daily_loss_limit: -1 } });
    expect(pipeline).toMatchObject({ status: "failed", current_stage: "risk_validation" });
    expect(pipeline["error"]).toContain("daily_loss_limit came to -");
  });

  it("one that a crash would cost more than it allows itself fails risk_validation", async () => {
    const pipeline = await fate(FOLLOWER.replaceAll("this.close()", "this.buy()"), {
      parameters: { ...MARKET, position_size: 1 },
      risk_limits: { max_drawdown: -0.3 },
    });
    expect(pipeline).toMatchObject({ status: "failed", current_stage: "risk_validation" });
    expect(pipeline["error"]).toContain("drawdown -0.");
  });

  it("one that goes by the date fails unit_tests", async () => {
    const code = pipelines.strategyCode("if (market.time < 2000000000000000.0) this.buy(); else this.close();");
    const pipeline = await fate(code, { parameters: MARKET });
    expect(pipeline).toMatchObject({ status: "failed", current_stage: "unit_tests" });
    expect(pipeline["error"]).toContain("does not go by the date itself");
  });

  it("one that knows the history by heart fails unit_tests: shifted in time it decides otherwise", async () => {
    // What a look into the future comes to where nobody is shown the future: the days on which to hold, written down.
    const code = pipelines.strategyCode(
      "const day = i32(Math.floor(market.time / 86400000000.0)); if (day == 20152 || day == 20155 || day == 20158 || day == 20160 || day == 20162) this.buy(); else this.close();",
    );
    const pipeline = await fate(code, { parameters: MARKET });
    expect(pipeline).toMatchObject({ status: "failed", current_stage: "unit_tests" });
    expect(pipeline["error"]).toContain("does not go by the date itself");
  });

  it("one that is slow fails unit_tests by what an event may cost", async () => {
    const code = pipelines.strategyCode(
      "let sum = 0.0; for (let i = 0; i < 400000; i++) sum += Math.sqrt(f64(i)); if (sum < 0) this.buy();",
    );
    const pipeline = await fate(code, { parameters: MARKET });
    expect(pipeline).toMatchObject({ status: "failed", reason: "stage_failed", current_stage: "unit_tests" });
    expect(pipeline["error"]).toContain("keeps within what an event may cost");
  });

  it("one that leaks a little at each event fails unit_tests by its growth", async () => {
    const leak = pipelines.strategyCode("this.seen.push(market.price);", "private seen: Array<f64> = [];");
    const pipeline = await fate(leak, { parameters: MARKET });
    expect(pipeline).toMatchObject({ status: "failed", reason: "stage_failed", current_stage: "unit_tests" });
    expect(pipeline["error"]).toMatch(/does not grow for ever|memory/);
  });

  it("one that is the twin of what is deployed fails risk_validation, where its author wants no twin", async () => {
    const first = await fate(FOLLOWER, { parameters: MARKET });
    expect(first).toMatchObject({ status: "completed" });
    const twin = await fate(FOLLOWER, { parameters: MARKET, risk_limits: { max_correlation: 0.9 } });
    expect(twin).toMatchObject({ status: "failed", current_stage: "risk_validation" });
    expect(twin["error"]).toMatch(/max_correlation came to (0.9|1)/);
    const { strategy_id: like } = resultOf(twin, "risk_validation")["most_like"] as Message;
    expect(like).toMatch(/^strat_/);
  });

  it("what was put to the test again and again is shown with its number of tries", async () => {
    const id = await pipelines.create(engine, FOLLOWER, { parameters: MARKET });
    await pipelines.deployed(engine, id);
    await engine.ask("PUT", `/strategies/${id}`, { parameters: { fast: 9 } });
    const again = resultOf(await pipelines.deployed(engine, id), "performance_validation");
    expect(again).toMatchObject({ trials: 2 });
    expect(again["deflated_sharpe"]).toBeGreaterThan(0);
  });
});
