// Strategies that do worse than they may, as a client sees them: thresholds in force at once, one alert where it begins
// and one where it ends, and the trades of executions among what is tracked.
import { describe, expect, it } from "vitest";
import type { EngineProcess } from "../../support/engine-process.ts";
import { dataDir, type Message, register, startEngine } from "../../support/manage/engine.ts";
import { Paper, path } from "../../support/manage/paper.ts";
import { storedAlerts } from "../../support/store/on-disk.ts";
import { strategyCode } from "../../support/strategy-code.ts";

async function track(engine: EngineProcess, id: string, results: readonly number[]): Promise<void> {
  for (const pnl of results) {
    const body = { strategy_id: id, execution_result: { pnl, execution_time_ms: 5 } };
    expect((await engine.ask("POST", "/api/performance/track", body)).status).toBe(200);
  }
}

async function told(engine: EngineProcess, id: string): Promise<readonly (readonly unknown[])[]> {
  const { alerts } = (await engine.get("/alerts")) as { alerts: readonly Message[] };
  return alerts.filter((one) => one["strategy_id"] === id).map((one) => [one["level"], one["type"]]);
}

const flag = async (engine: EngineProcess, id: string) =>
  (await engine.get(`/api/performance/${id}`))["underperforming"];

describe("a strategy", () => {
  it("begins and ends to be an underperformer by the thresholds that are set, told once each, and known after a restart", async () => {
    const env = { DATA_DIR: dataDir() };
    const engine = await startEngine(env);
    const id = await register(engine, { strategy_type: "momentum_rider" });
    expect(await flag(engine, id)).toBeNull();
    const thresholds = { min_trades: 4, window: 10, min_win_rate: 0.5, min_sharpe: -10, max_drawdown: -1, margin: 0.2 };
    expect((await engine.ask("PUT", "/config/performance", thresholds)).status).toBe(200);
    await track(engine, id, [-5, 1, -2]);
    expect(await flag(engine, id)).toBeNull();
    await track(engine, id, [-1]);
    expect(await flag(engine, id)).toMatchObject({ reasons: ["win rate 0.250, at least 0.500 is wanted"] });
    expect(await engine.get(`/strategies/${id}`)).toHaveProperty("underperforming.reasons");
    // Half of them won: as good as the threshold, and not by a fifth better.
    await track(engine, id, [3, 4]);
    expect(await flag(engine, id)).not.toBeNull();
    expect(await told(engine, id)).toEqual([["warning", "performance"]]);
    await track(engine, id, [3, 4, 5]);
    expect(await flag(engine, id)).toBeNull();
    expect(await told(engine, id)).toEqual([
      ["info", "performance"],
      ["warning", "performance"],
    ]);
    await engine.ask("PUT", "/config/performance", { min_win_rate: 0.9 });
    expect(await flag(engine, id)).not.toBeNull();
    expect(await told(engine, id)).toHaveLength(3);
    await expect.poll(() => storedAlerts(env.DATA_DIR)).toBe(3); // told before they are stored
    await engine.kill();
    const after = await startEngine(env);
    expect(await flag(after, id)).not.toBeNull();
    expect(await told(after, id)).toHaveLength(3);
    for (const wrong of [{ min_trades: 0 }, { window: 1.5 }, { max_drawdown: 0.1 }, { min_win_rate: "0.5" }])
      expect((await after.ask("PUT", "/config/performance", wrong)).status).toBe(422);
  });

  it("that is executed has its closed trades tracked", async () => {
    const code = strategyCode(
      "if (market.count % 4 == 1) this.buy(0.5); else if (market.count % 4 == 3) this.sell(0.5);",
    );
    const paper = await Paper.open({ strategies: [{ id: "strat_track01", code, parameters: { fee_bps: 10 } }] });
    await paper.start("strat_track01");
    await paper.feed(path("BTCUSD", 100, 1.01, 40));
    await paper.until(() => paper.trades.length >= 18);
    const closed = () => paper.trades.filter(({ pnl }) => pnl !== 0);
    await expect.poll(() => paper.manage.performance.metrics("strat_track01").total_trades).toBe(closed().length);
    const metrics = paper.manage.performance.metrics("strat_track01");
    expect(metrics.total_pnl).toBeCloseTo(
      closed().reduce((sum, { pnl }) => sum + pnl, 0),
      6,
    );
    expect(metrics.win_rate).toBe(1);
    expect(closed().length).toBeGreaterThan(8);
  });
});
