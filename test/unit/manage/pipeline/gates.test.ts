// The gates of performance_validation and the limits of risk_validation: where each turns.
import { describe, expect, it } from "vitest";
import type { Stakes } from "../../../../src/manage/backtests/stakes.ts";
import { answer, type GateName, gatesOf, profileOf, sentenceOf } from "../../../../src/manage/pipeline/gates.ts";
import { answerLimit, limitsOf, type Measured } from "../../../../src/manage/pipeline/limits.ts";
import { countsAgainst } from "../../../../src/manage/pipeline/validation.ts";
import type { Strategy } from "../../../../src/manage/registry/registry.ts";

const at = (name: GateName, value: number | null, profile = profileOf(undefined)) => {
  const gate = gatesOf(profile).find((one) => one.name === name);
  if (!gate) throw new Error(name);
  return answer(gate, value);
};

describe("a gate", () => {
  it.each([
    ["sharpe_ratio", 1, 0.999],
    ["max_drawdown", -0.15, -0.1501],
    ["win_rate", 0.55, 0.5499],
    ["alpha", 1e-9, 0],
  ] as const)("of %s opens at %d and not at %d", (name, good, bad) => {
    expect(at(name, good).passed).toBe(true);
    expect(at(name, bad).passed).toBe(false);
  });

  it("stays shut where nothing could be measured", () => {
    expect(at("alpha", null)).toMatchObject({ passed: false, value: null });
    expect(at("win_rate", Number.NaN)).toMatchObject({ passed: false, value: null });
    expect(sentenceOf(at("alpha", null))).toBe("alpha could not be measured, it must be above 0");
  });

  it("asks what the class of a strategy can give: who follows trends wins seldom", () => {
    expect(at("win_rate", 0.35).passed).toBe(false);
    expect(at("win_rate", 0.35, profileOf("trend_following")).passed).toBe(true);
    expect(at("max_drawdown", -0.12, profileOf("arbitrage")).passed).toBe(false);
    expect(profileOf("no such class")).toBe("default");
  });
});

describe("what is found", () => {
  const strategy = (symbols: unknown) => ({ parameters: symbols === undefined ? {} : { symbols } }) as Strategy;
  const history = { data_source: "history" };
  it("counts by default where the strategy names symbols that have history, and nowhere else", () => {
    const auto = (symbols: unknown, result: object) =>
      countsAgainst({ mode: "auto", strategy: strategy(symbols) }, { ...result });
    expect(auto(["BTCUSD"], history)).toBe(true);
    expect(auto(["BTCUSD"], { data_source: "synthetic" })).toBe(false);
    expect(auto(undefined, history)).toBe(false);
    expect(auto([], history)).toBe(false);
  });

  it("always or never counts where the operator says so", () => {
    const forced = (mode: "strict" | "advisory") => countsAgainst({ mode, strategy: strategy(["A"]) }, history);
    expect([forced("strict"), forced("advisory")]).toEqual([true, false]);
    expect(countsAgainst({ mode: "strict", strategy: strategy(undefined) }, { data_source: "synthetic" })).toBe(true);
  });
});

describe("a limit", () => {
  const STAKES: Stakes = {
    largest_position: 5_000,
    most_positions: 2,
    worst_day: -300,
    trade_order_drawdown: -0.2,
    moments: null,
  };
  const MEASURED: Measured = { maxDrawdown: -0.1, var95: -0.01, expectedShortfall95: -0.02, correlation: 0.5 };
  const broken = (limits: object, fall: number | null = -0.1, stakes = STAKES, more: Partial<Measured> = {}) =>
    limitsOf({ ...limits }).flatMap((limit) => {
      const { passed, name } = answerLimit(limit, stakes, { ...MEASURED, maxDrawdown: fall, ...more });
      return passed ? [] : [name];
    });

  it.each([
    ["max_position_size", 5_000, 4_999],
    ["max_open_positions", 2, 1],
    ["daily_loss_limit", -300, -299],
    ["max_drawdown", -0.1, -0.09],
    ["trade_order_drawdown", -0.2, -0.19],
    ["var_95", -0.01, -0.009],
    ["expected_shortfall_95", -0.02, -0.019],
    ["max_correlation", 0.5, 0.49],
  ])("%s holds at %d and breaks at %d", (name, good, bad) => {
    expect(broken({ [name]: good })).toEqual([]);
    expect(broken({ [name]: bad })).toEqual([name]);
  });

  it("is the engine's where the author sets none", () => {
    expect(broken({}, -0.31)).toEqual(["max_drawdown"]);
    expect(broken({ max_drawdown: -0.4 }, -0.31)).toEqual([]);
    expect(broken({}, -0.1, { ...STAKES, trade_order_drawdown: -0.51 })).toEqual(["trade_order_drawdown"]);
    expect(broken({}, -0.1, STAKES, { var95: -0.06 })).toEqual(["var_95"]);
    expect(broken({}, -0.1, STAKES, { expectedShortfall95: -0.11 })).toEqual(["expected_shortfall_95"]);
    expect(broken({}, -0.1, STAKES, { correlation: 1 })).toEqual([]); // told, where the author sets none
  });

  it("that cannot be measured breaks nothing", () => {
    const nothing = { var95: null, expectedShortfall95: null, correlation: null };
    expect(broken({ max_correlation: 0.1 }, null, { ...STAKES, trade_order_drawdown: null }, nothing)).toEqual([]);
  });
});
