// What the engine makes of the market, over the API of a real engine, and the request to adapt to it.
import { describe, expect, it } from "vitest";
import { REGIMES } from "../../../src/domain/regime.ts";
import { FAMILIES, STRATEGIES } from "../../../src/domain/strategies.ts";
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

type Answer = Readonly<Record<string, unknown>>;

describe("a request to adapt is answered 200", () => {
  it("for every strategy and family, in each regime, any number of times, whether or not something needs changing", async () => {
    const engine = await startEngine({ TIER_FAST_MS: "10" });
    const adapt = (body: object) => engine.ask("POST", "/api/learning/force_adaptation", body);
    const unchanged: string[] = [];
    for (const strategy_type of [...FAMILIES, ...STRATEGIES.map(({ name }) => name)]) {
      for (const regime of [...REGIMES, REGIMES.at(-1)]) {
        const { status, body } = await adapt({ strategy_type, market_conditions: { regime } });
        expect([strategy_type, regime, status]).toEqual([strategy_type, regime, 200]);
        expect(body).toMatchObject({ adaptation_triggered: true, strategy_type, regime });
        if (Object.keys(body["changes"] as object).length > 0) continue;
        unchanged.push(`${strategy_type} ${String(regime)}`);
        expect(body["reason"]).toContain(`has what the regime ${String(regime)} asks for`);
      }
    }
    expect(unchanged).toContain("latency_arbitrage trending");
  });

  it("with the market's own regime where the conditions name none that is known, and says so", async () => {
    const engine = await startEngine({ TIER_FAST_MS: "10" });
    const adapt = async (market_conditions?: object): Promise<Answer> => {
      const asked = { strategy_type: "momentum_rider", ...(market_conditions && { market_conditions }) };
      const { status, body } = await engine.ask("POST", "/api/learning/force_adaptation", asked);
      expect([market_conditions, status]).toEqual([market_conditions, 200]);
      return body;
    };
    const market = { adaptation_triggered: true, changes: {}, regime: "unknown", regime_from: "market" };
    expect(await adapt()).toMatchObject(market);
    expect((await adapt())["reason"]).not.toContain("market_conditions");
    const foreign = [{ regime: "bull" }, { market_regime: "high_volatility" }, { volatility: 0.8 }, { regime: 3 }];
    for (const conditions of foreign) {
      const answer = await adapt(conditions);
      expect(answer).toMatchObject(market);
      expect(answer["reason"]).toContain("market_conditions name no regime that is known");
      expect(answer["reason"]).toContain("trending");
    }
  });

  it("where a setting is at its bound already", async () => {
    const engine = await startEngine({ TIER_FAST_MS: "10" });
    expect((await engine.ask("PUT", "/config/thresholds", { opportunity_threshold: 1 })).status).toBe(200);
    const volatile = { strategy_type: "latency_arbitrage", market_conditions: { regime: "volatile" } };
    expect(await engine.ask("POST", "/api/learning/force_adaptation", volatile)).toMatchObject({
      status: 200,
      body: { changes: {}, reason: expect.stringContaining("latency_arbitrage: opportunity_threshold") as unknown },
    });
  });
});

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
    expect(done.body).toMatchObject({ regime_from: "market_conditions" });
    expect(done.body).not.toHaveProperty("reason");
    expect(await adapt({ strategy_type: "momentum_ridr" })).toMatchObject({ status: 422 });
    expect(await adapt({})).toMatchObject({ status: 422 });
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
