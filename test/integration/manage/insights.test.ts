// What the engine makes of the market, over the API of a real engine, and the request to adapt to it.
import { describe, expect, it } from "vitest";
import { Random } from "../../support/random.ts";
import { pieced } from "../../support/regimes.ts";
import { startEngine } from "../../support/manage/engine.ts";

const THRESHOLDS = {
  min_signal_quality: 0.1,
  opportunity_threshold: 0.05,
  volatility_multiplier: 3,
  trend_multiplier: 2,
};

/** Bars of a minute of a market that begins to rise. */
function risingBars(): readonly object[] {
  const closes = pieced(new Random(1), [
    [300, 0, 0.001],
    [130, 0.0012, 0.001],
  ]);
  const begun = Date.now() / 1000 - 60 * closes.length;
  return closes.map((close, index) => {
    const timestamp = begun + 60 * index;
    return { kind: "bar", symbol: "BTCUSD", open: close, high: close, low: close, close, interval_s: 60, timestamp };
  });
}

describe("insights of a running engine", () => {
  it("tell the regime once it is known, and what an adaptation changed; faults say what is wrong", async () => {
    const engine = await startEngine({ TIER_FAST_MS: "10", TIER_LEARNING_MS: "200" });
    const insights = async () => (await engine.get("/api/learning/insights"))["insights"] as Record<string, unknown>;
    expect(await insights()).toMatchObject({
      market_regime: "unknown",
      optimal_strategies: [],
      thresholds: THRESHOLDS,
      success_rate: 0,
      success_basis: "confidence",
      regimes: { symbols_total: 0, asset_classes: {} },
      adapted: {},
    });

    const adapt = (body: object) => engine.ask("POST", "/api/learning/force_adaptation", body);
    const volatile = { strategy_type: "momentum_rider", market_conditions: { volatility: "high" } };
    const done = await adapt(volatile);
    expect(done.status).toBe(200);
    expect(done.body).toMatchObject({
      adaptation_triggered: true,
      strategy_type: "momentum_rider",
      regime: "volatile",
    });
    const changes = done.body["changes"] as Record<string, { from: number; to: number }>;
    expect(changes["volatility_multiplier"]).toEqual({ from: 3, to: expect.closeTo(2.7, 9) as unknown });
    expect(await adapt(volatile)).toMatchObject({ status: 409, body: { error: "conflict" } });
    expect(await adapt({ strategy_type: "momentum_ridr" })).toMatchObject({ status: 422 });
    expect(await adapt({})).toMatchObject({ status: 422 });
    const stormy = { strategy_type: "momentum_rider", market_conditions: { regime: "stormy" } };
    expect(await adapt(stormy)).toMatchObject({
      status: 422,
      body: { message: expect.stringContaining("trending") as unknown },
    });
    const family = await adapt({ strategy_type: "statistical_arbitrage", market_conditions: { regime: "calm" } });
    expect(family).toMatchObject({ status: 200, body: { strategy_type: "statistical" } });
    expect(Object.keys(family.body["by_strategy"] as object)).toHaveLength(3);
    expect(await insights()).toMatchObject({ adapted: { momentum_rider: { regime: "volatile" } } });
    const listed = (await engine.get("/learning/history?limit=1"))["changes"] as readonly { change_id: string }[];
    const revert = () => engine.ask("POST", `/learning/history/${listed[0]?.change_id ?? ""}/revert`);
    expect(await revert()).toMatchObject({ status: 200, body: { status: "reverted" } });
    expect(await revert()).toMatchObject({ status: 409, body: { error: "conflict" } });
    await engine.ask("POST", "/learning/freeze");
    expect(await adapt({ strategy_type: "mean_reversion", market_conditions: { regime: "volatile" } })).toMatchObject({
      status: 409,
      body: { message: expect.stringContaining("frozen") as unknown },
    });

    await engine.post(JSON.stringify({ market_data: risingBars() }));
    // At the next learning beat.
    const regime = async () => (await insights())["market_regime"];
    await expect.poll(regime, { timeout: 60_000, interval: 50 }).toBe("trending");
    expect(await insights()).toMatchObject({
      regimes: {
        market: { regime: "trending", breadth: 1, symbols: 1 },
        asset_classes: { crypto: { regime: "trending" } },
        symbols: { BTCUSD: { regime: "trending", side: 1 } },
        symbols_total: 1,
      },
    });
  });
});
