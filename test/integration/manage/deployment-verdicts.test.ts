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
  engine = await EngineProcess.start({ DATA_DIR: dir, VALIDATION_MODE: "strict", MAX_SYMBOLS: "64" });
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

  it("luck that was searched for fails performance_validation, because its neighbours have none", async () => {
    const grid = { seed: Array.from({ length: 40 }, (_, index) => index + 1) };
    const id = await pipelines.create(engine, LUCK, { parameters: { ...SMALL, allow_short: true } });
    const asked = await engine.ask("POST", "/sweeps", { strategy_id: id, grid, duration_days: 180 });
    let sweep: Message = {};
    while (!/completed|failed/.test(String(sweep["status"]))) {
      sweep = (await engine.ask("GET", `/sweeps/${String(asked.body["sweep_id"])}`)).body;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const best = (sweep["best"] as Message)["parameters"] as Message;
    await engine.ask("PUT", `/strategies/${id}`, { parameters: best });
    const pipeline = await pipelines.deployed(engine, id);
    expect(pipeline).toMatchObject({ status: "failed", current_stage: "performance_validation" });
    expect(pipeline["error"]).toMatch(/sets of parameters around it keep .* of its Sharpe ratio/);
  });

  it("one that goes by the date fails unit_tests", async () => {
    const code = pipelines.strategyCode("if (market.time < 2000000000000000.0) this.buy(); else this.close();");
    const pipeline = await fate(code, { parameters: MARKET });
    expect(pipeline).toMatchObject({ status: "failed", current_stage: "unit_tests" });
    expect(pipeline["error"]).toContain("does not go by the date itself");
  });
});
