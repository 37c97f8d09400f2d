// What each check of the last two stages decides, one at a time: everything is good but one figure. A check that is taken
// out turns a test of this file red.
import { describe, expect, it } from "vitest";
import { ok } from "../../../../src/domain/result.ts";
import type { JobResult } from "../../../../src/manage/backtests/backtests.ts";
import type { StageContext } from "../../../../src/manage/pipeline/stage.ts";
import { performanceStage } from "../../../../src/manage/pipeline/stages/performance-validation.ts";
import { riskStage } from "../../../../src/manage/pipeline/stages/risk-validation.ts";

const FIGURES = {
  sharpe: 2,
  maxDrawdown: -0.05,
  winRate: 0.6,
  alpha: 0.1,
  var95: -0.001,
  cvar95: -0.002,
};
const STAKES = {
  largest_position: 5_000,
  most_positions: 1,
  worst_day: -100,
  trade_order_drawdown: -0.1,
  moments: { count: 5_000, mean: 0.0002, deviation: 0.002, skew: 0, kurtosis: 3, sharpe: 0.03 },
};
const CALM = { name: "a crash", max_drawdown: -0.2, total_return: 0, trades: 3, error: null };

interface Given {
  readonly figures?: Partial<Record<keyof typeof FIGURES, number | null>>;
  readonly stakes?: Partial<Record<keyof typeof STAKES, unknown>>;
  readonly limits?: object;
  readonly stress?: object;
  readonly correlation?: number;
  readonly strategyClass?: string;
  readonly neighbour?: number;
  readonly mode?: "strict" | "advisory";
  readonly trials?: number;
}

function resultOf(figures: object, stakes: object, source = "history"): JobResult {
  const curve = Array.from({ length: 40 }, (_, at) => ({ timestamp: at, equity: 100 + at }));
  const runs = [{ figures }];
  return { runs, stakes, data_source: source, equity_curve: curve };
}

async function judged(stage: typeof riskStage, given: Given = {}) {
  const said: string[] = [];
  const own = resultOf({ ...FIGURES, ...given.figures }, { ...STAKES, ...given.stakes });
  const around = resultOf({ ...FIGURES, sharpe: given.neighbour ?? FIGURES.sharpe }, STAKES);
  const context = {
    strategy: {
      strategyId: "strat_a",
      strategyType: null,
      parameters: { strategy_class: given.strategyClass },
      riskLimits: { ...given.limits },
    },
    mode: given.mode ?? "strict",
    trials: given.trials ?? 1,
    log: (level: string, message: string) => void said.push(`${level}: ${message}`),
    ran: () => Promise.resolve(ok(own)),
    ranWith: () => Promise.resolve(ok(around)),
    compiled: () => Promise.resolve(ok({ parameters: [{ name: "n", standard: 10, least: 1, most: 100 }] })),
    tried: () => Promise.resolve(ok({ probability: 0.25 })),
    stressed: () => Promise.resolve(ok([{ ...CALM, ...given.stress }])),
    nearest: () =>
      given.correlation === undefined ? null : { strategy_id: "strat_b", correlation: given.correlation },
  } as unknown as StageContext;
  return { ...(await stage.run(context)), said };
}

describe("performance_validation", () => {
  it("passes what is good in every figure, and shows what a careful reader asks", async () => {
    const answer = await judged(performanceStage);
    expect(answer).toMatchObject({ passed: true, fields: { advisory: false, profile: "default", trials: 1 } });
    expect(answer.fields["deflated_sharpe"]).toBeGreaterThan(0.9);
    expect(answer.fields["neighbours"]).toMatchObject({ sets: 4, kept: 1, overfitting: 0.25 });
  });

  it.each([
    ["sharpe_ratio", { sharpe: 0.99 }],
    ["max_drawdown", { maxDrawdown: -0.151 }],
    ["win_rate", { winRate: 0.549 }],
    ["alpha", { alpha: 0 }],
    ["sharpe_ratio", { sharpe: null }],
  ])("fails by %s alone, and only where gates count", async (name, figures) => {
    const strict = await judged(performanceStage, { figures });
    expect(strict).toMatchObject({ passed: false });
    expect(strict.error?.split("; ")).toEqual([expect.stringMatching(new RegExp(`^${name} `))]);
    expect(await judged(performanceStage, { figures, mode: "advisory" })).toMatchObject({ passed: true, error: null });
  });

  it.each([
    ["trend_following", { winRate: 0.31, maxDrawdown: -0.19 }],
    ["htf", { winRate: 0.41, maxDrawdown: -0.19 }],
    ["news_driven", { winRate: 0.46 }],
  ])("asks less of %s where its trade is another", async (strategyClass, figures) => {
    expect(await judged(performanceStage, { figures, strategyClass })).toMatchObject({ passed: true });
    expect(await judged(performanceStage, { figures })).toMatchObject({ passed: false });
  });

  it.each(["arbitrage", "market_making"])("asks more of %s", async (strategyClass) => {
    const figures = { maxDrawdown: -0.11 };
    expect(await judged(performanceStage, { figures, strategyClass })).toMatchObject({ passed: false });
    expect(await judged(performanceStage, { figures })).toMatchObject({ passed: true });
  });

  it("fails what stands on a needle: its neighbours keep less than half of its Sharpe ratio", async () => {
    expect(await judged(performanceStage, { neighbour: 1 })).toMatchObject({ passed: true });
    const answer = await judged(performanceStage, { neighbour: 0.9 });
    expect(answer).toMatchObject({ passed: false });
    expect(answer.error).toMatch(/^4 sets of parameters around it keep 45 %/);
  });

  it("holds a Sharpe ratio for less, the more versions were tried", async () => {
    const [first, hundredth] = [await judged(performanceStage), await judged(performanceStage, { trials: 100 })];
    expect(Number(hundredth.fields["deflated_sharpe"])).toBeLessThan(Number(first.fields["deflated_sharpe"]));
  });
});

describe("risk_validation", () => {
  it("passes what keeps every limit, and shows them", async () => {
    const answer = await judged(riskStage);
    expect(answer).toMatchObject({ passed: true, error: null, fields: { most_like: null, var_95: -0.001 } });
    expect(answer.fields["limits"]).toHaveLength(4); // the engine's own
  });

  it.each([
    ["max_position_size", { max_position_size: 4_999 }, {}],
    ["max_open_positions", { max_open_positions: 1 }, { stakes: { most_positions: 2 } }],
  ])("fails by %s alone, in every market: it is what the strategy does", async (name, limits, more) => {
    for (const mode of ["strict", "advisory"] as const) {
      const answer = await judged(riskStage, { ...more, limits, mode });
      expect(answer.error).toMatch(new RegExp(`^${name} came to [^;]*$`));
    }
  });

  it.each([
    ["daily_loss_limit", { limits: { daily_loss_limit: -99 } }],
    ["max_drawdown", { figures: { maxDrawdown: -0.31 } }],
    ["trade_order_drawdown", { stakes: { trade_order_drawdown: -0.51 } }],
    ["var_95", { figures: { var95: -0.051 } }],
    ["expected_shortfall_95", { figures: { cvar95: -0.11 } }],
    ["max_correlation", { limits: { max_correlation: 0.8 }, correlation: 0.81 }],
    ["max_drawdown", { limits: { max_drawdown: -0.2 }, figures: { maxDrawdown: -0.21 } }],
  ])("fails by %s alone where gates count: it is what the market made of it", async (name, given: Given) => {
    const strict = await judged(riskStage, given);
    expect(strict.error).toMatch(new RegExp(`^${name} came to [^;]*$`));
    expect(await judged(riskStage, { ...given, mode: "advisory" })).toMatchObject({ passed: true });
  });

  it("fails what a bad market would have taken too far, by its own limit or the engine's", async () => {
    const deep = { stress: { max_drawdown: -0.51 } };
    expect((await judged(riskStage, deep)).error).toBe("a crash: drawdown -0.5100, the limit is -0.5");
    expect(await judged(riskStage, { ...deep, mode: "advisory" })).toMatchObject({ passed: true });
    expect(await judged(riskStage, { limits: { max_drawdown: -0.15 } })).toMatchObject({ passed: false });
    expect(await judged(riskStage, { limits: { max_drawdown: -0.25 } })).toMatchObject({ passed: true });
  });

  it("fails what does not come through a bad market, wherever gates count or not", async () => {
    for (const mode of ["strict", "advisory"] as const) {
      const answer = await judged(riskStage, { stress: { error: "line 3: it divided by zero" }, mode });
      expect(answer.error).toBe("a crash: line 3: it divided by zero");
    }
  });

  it("names the deployed strategy that it is most like, and warns where that is the same risk twice", async () => {
    const [alike, unlike] = [
      await judged(riskStage, { correlation: 0.95 }),
      await judged(riskStage, { correlation: 0.5 }),
    ];
    expect(alike.fields["most_like"]).toEqual({ strategy_id: "strat_b", correlation: 0.95 });
    expect(alike.said).toContain("warning: most like the deployed strategy strat_b: correlation 0.95");
    expect(unlike.said).toContain("info: most like the deployed strategy strat_b: correlation 0.50");
  });
});
