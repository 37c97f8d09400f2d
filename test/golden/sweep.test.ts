// The fast path against the golden backtests of ma_cross, donchian and ma_stop, trade by trade.
import { describe, expect, it } from "vitest";
import { FastPath, tapeMemory } from "../../src/research/sweep/fast-path.ts";
import { runPlain } from "../../src/research/sweep/plain.ts";
import { type ParameterSet, ruleOf, type SweepRule, withDefaults } from "../../src/research/sweep/rules.ts";
import type { BarTrade } from "../../src/research/sweep/set-result.ts";
import { openTape, type Tape } from "../../src/research/sweep/tape.ts";
import { loadCore } from "../../src/stream/kernels/core.ts";
import { columnOf, GOLDEN_PRESENT, type GoldenCase, goldenCases } from "../support/golden.ts";

const FILES = ["backtest_GOOG", "backtest_BTC_4h", "backtest_EURUSD_1h", "backtest_LTC_BTC_5m"];
const LISTED_FIRST = 60;
const LISTED_LAST = 20;
const NAMES: Readonly<Record<string, string>> = { ma: "ma_cross", donchian: "donchian" };
const { module } = loadCore();

function ruleAndSet({ name, params }: GoldenCase): readonly [SweepRule, ParameterSet, number] {
  const rule = ruleOf(name.startsWith("ma_stop") ? "ma_stop" : (NAMES[name.split("_")[0] ?? ""] ?? ""));
  if (rule === undefined) throw new Error(`no rule for ${name}`);
  const { cash, long_short: short, ...rest } = params;
  const numbers = Object.entries(rest).map(([key, value]) => [key, Number(value)] as const);
  const set = { ...Object.fromEntries(numbers), ...(short === true ? { short: 1 } : {}) };
  return [rule, withDefaults(rule, set), Number(cash)];
}
function tapeOf(golden: GoldenCase): Tape {
  const [open, high, low, close] = ["open", "high", "low", "close"].map((name) =>
    Float64Array.from(columnOf(golden, name)),
  ) as [Float64Array, Float64Array, Float64Array, Float64Array];
  const tape = openTape({ open, high, low, close });
  if (!tape.ok) throw new Error(tape.failure);
  return tape.value;
}
const row = ({ side, entryBar, exitBar, entryPrice, exitPrice, units, profit, reason }: BarTrade): unknown[] => [
  side,
  entryBar,
  exitBar,
  entryPrice,
  exitPrice,
  units,
  profit,
  reason === "target" ? "take" : reason,
];

describe.skipIf(!GOLDEN_PRESENT).each(FILES)("golden backtests by the fast path, %s", (file) => {
  it.each(goldenCases(file, /^(ma_cross|donchian|ma_stop)/))("$name", (golden) => {
    const [rule, set, capital] = ruleAndSet(golden);
    const tape = tapeOf(golden);
    const [result] = new FastPath(module, tapeMemory(tape, 1), 0).run(rule, [set], "lanes", capital);
    const list: BarTrade[] = [];
    expect(runPlain(tape, rule, set, { capital, list })).toEqual(result);
    const { output } = golden;
    expect(result?.equity).toBeCloseTo(Number(output["final_equity"]), 4);
    expect(result?.trades).toBe(output["n_closed_trades"]);
    expect(result?.wins).toBe(output["wins"]);
    expect(result?.fees).toBeCloseTo(Number(output["total_fees_closed"]), 4);
    expect((result?.kept ?? 0) - 1).toBeCloseTo(Number(output["max_drawdown"]), 8);
    const listed = output["trades"] as unknown[][];
    const own = list.length > listed.length ? [...list.slice(0, LISTED_FIRST), ...list.slice(-LISTED_LAST)] : list;
    expect(own.length).toBe(listed.length);
    own.forEach((trade, place) => {
      row(trade).forEach((value, field) => {
        const golden = listed[place]?.[field];
        if (typeof value === "number") expect(value).toBeCloseTo(Number(golden), value > 1e4 ? 2 : 5);
        else expect([place, value]).toEqual([place, golden]);
      });
    });
  });
});
