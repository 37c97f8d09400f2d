// Sweeps over a history: the same result with any number of workers, the winner held to the event engine.
import { describe, expect, it } from "vitest";
import { Random } from "../../../../src/domain/random.ts";
import { memoryHistory, type History } from "../../../../src/history/history.ts";
import { returnsOf } from "../../../../src/research/figures.ts";
import { checkAgreement } from "../../../../src/research/sweep/agreement.ts";
import { ruleOf, RULES, sweepRule, type SweepRule } from "../../../../src/research/sweep/sweep.ts";
import type { ParameterSet } from "../../../../src/research/sweep/rules.ts";
import { runPlain } from "../../../../src/research/sweep/plain.ts";
import { randomSets } from "../../../support/research/sets.ts";
import { walkTape } from "../../../support/research/tapes.ts";

const HOUR_MS = 3_600_000;
const CAPITAL = 10_000;

function historyOf(bars: number, seed = 21): History {
  const { open, high, low, close } = walkTape({ seed, bars, sigma: 0.005 });
  const time = open.map((_, t) => 1.6e15 + t * HOUR_MS * 1000);
  const columns = [open, high, low, close, new Float64Array(bars).fill(1)];
  return memoryHistory([{ symbol: "BTCUSD", kind: "bar", intervalMs: HOUR_MS, time, columns }]);
}
const request = (rule: string, sets: readonly ParameterSet[]) => ({
  rule,
  sets,
  symbol: "BTCUSD",
  capital: CAPITAL,
  objective: { sharpe_ratio: 1 },
  constraints: {},
});
const named = (name: string): SweepRule => {
  const rule = ruleOf(name);
  if (rule === undefined) throw new Error(`${name} is no rule`);
  return rule;
};

describe("a sweep over history", () => {
  it.each(RULES)("$name: splitting over workers changes nothing", async (rule) => {
    const history = historyOf(2500);
    const sets = randomSets(rule, new Random(3), 60, 80);
    const swept = async (workers: number) => {
      const result = await sweepRule(history, { ...request(rule.name, sets), workers, returns: true });
      if (!result.ok) throw new Error(result.failure);
      const { again, ...rest } = result.value;
      return { ...rest, again: again(rest.ranked[0]?.parameters ?? {}) };
    };
    const one = await swept(1);
    expect(one.ranked.length).toBe(60);
    expect(one.again).toEqual(one.ranked[0]);
    expect(await swept(3)).toEqual(one);
  });

  it.each(RULES)("$name: the kept returns of a set grow to its equity, at every end of a step", async (rule) => {
    const bars = 2500;
    const sets = randomSets(rule, new Random(8), 12, 80);
    const swept = await sweepRule(historyOf(bars), { ...request(rule.name, sets), workers: 1, returns: true });
    if (!swept.ok) throw new Error(swept.failure);
    const tape = walkTape({ seed: 21, bars, sigma: 0.005 });
    const step = Math.ceil(bars / 512);
    for (const { parameters, returns } of swept.value.ran) {
      const equity = new Float64Array(bars);
      runPlain(tape, rule, parameters, { capital: CAPITAL, curve: { equity, exposure: new Float64Array(bars) } });
      const ends = equity.filter((_, bar) => (bar + 1) % step === 0 || bar === bars - 1);
      expect(returns).toEqual(returnsOf(ends, CAPITAL));
    }
  });

  it("gives the winner as a finished run, whose figures are those that it was ranked by", async () => {
    const sets = randomSets(named("ma_stop"), new Random(3), 40, 80);
    const swept = await sweepRule(historyOf(2500), { ...request("ma_stop", sets), workers: 1 });
    const [first, best] = swept.ok ? [swept.value.ranked[0], swept.value.best] : [];
    if (!first || !best) throw new Error("nothing was run");
    const { outcome } = best;
    expect(outcome.trades.length).toBe(first.figures.trades);
    expect(outcome.figures.sharpe).toBeCloseTo(first.figures.sharpe ?? Number.NaN, 9);
    expect(outcome.figures.maxDrawdown).toBeCloseTo(first.figures.maxDrawdown, 12);
    expect(outcome.figures.totalReturn).toBeCloseTo(first.figures.totalReturn, 12);
    const closed = outcome.trades.reduce((sum, { pnl }) => sum + pnl, 0);
    if (outcome.open.length === 0) expect(closed).toBeCloseTo(first.result.equity - CAPITAL, 6);
    for (const { entryTime, exitTime } of outcome.trades) expect(exitTime).toBeGreaterThan(entryTime);
  });

  it("ranks by the objective and tells how far it is", async () => {
    const told: number[] = [];
    const sets = randomSets(named("donchian"), new Random(3), 40, 80);
    const swept = await sweepRule(
      historyOf(2500),
      { ...request("donchian", sets), workers: 1 },
      { onProgress: (done, total) => told.push(done / total) },
    );
    const scores = swept.ok ? swept.value.ranked.map(({ score }) => score ?? Number.NaN) : [];
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(told.at(-1)).toBe(1);
  });

  it("a pre-screen in f32 finds the same winner", async () => {
    const sets = randomSets(named("ma_cross"), new Random(5), 200, 120);
    const [all, screened] = await Promise.all(
      [undefined, 20].map((prescreen) =>
        sweepRule(historyOf(3000), {
          ...request("ma_cross", sets),
          workers: 1,
          ...(prescreen === undefined ? {} : { prescreen }),
        }),
      ),
    );
    if (all?.ok !== true || screened?.ok !== true) throw new Error("both can be run");
    expect(screened.value.ranked.length).toBe(20);
    expect(screened.value.ranked[0]).toEqual(all.value.ranked[0]);
  });

  it.each(RULES.map(({ name }) => name))("%s: the event engine agrees trade for trade", (name) => {
    const tape = walkTape({ seed: 30, bars: 3000, sigma: 0.006 });
    for (const set of randomSets(named(name), new Random(30), 12, 60)) {
      const agreement = checkAgreement(tape, named(name), set, CAPITAL);
      expect(agreement).toMatchObject({ firstDifference: null, agrees: true });
      expect(agreement.trades).toBeGreaterThan(0);
    }
  });

  it("leaves out sets that make no sense, and refuses what cannot be run", async () => {
    const history = historyOf(300);
    const mixed = await sweepRule(
      history,
      request("ma_cross", [
        { fast: 5, slow: 9 },
        { fast: 9, slow: 5 },
      ]),
    );
    expect(mixed.ok && [mixed.value.ranked.length, mixed.value.left.count]).toEqual([1, 1]);
    const refusal = async (more: object, sets: readonly ParameterSet[] = [{}]): Promise<string> => {
      const swept = await sweepRule(history, { ...request("ma_cross", sets), ...more });
      return swept.ok ? "accepted" : swept.failure;
    };
    expect(await refusal({}, [])).toContain("give a grid with at least one value");
    expect(await refusal({}, [{ fast: 9, slow: 5 }])).toContain("the fast average must be the shorter one");
    expect(await refusal({}, [{ fast: 0 }])).toContain("fast is 0; it must be a whole number from 1");
    expect(await refusal({ rule: "luck" })).toContain("there are ma_cross, ma_momentum, donchian, ma_stop");
    expect(await refusal({ symbol: "NONE" })).toContain("no bars of NONE");
    expect(await refusal({ to: 1 })).toContain("there are 0 bars");
    expect(await refusal({ capital: 0 })).toContain("the capital is 0");
  });

  it("stops when it is told to", async () => {
    const control = new AbortController();
    control.abort();
    const sets = randomSets(named("ma_cross"), new Random(5), 50, 50);
    const swept = await sweepRule(historyOf(500), request("ma_cross", sets), { signal: control.signal });
    expect(swept.ok && [swept.value.cancelled, swept.value.ranked.length]).toEqual([true, 0]);
  });
});
