// The fast path against plain code, and its widths against each other, over random tapes and sets.
import { describe, expect, it } from "vitest";
import { SPAN_BARS } from "../../../../assembly/sweep/sweep-layout.ts";
import { Random } from "../../../../src/domain/random.ts";
import { BATCH_SETS, FastPath, tapeMemory } from "../../../../src/research/sweep/fast-path.ts";
import { runPlain } from "../../../../src/research/sweep/plain.ts";
import { refusedSet, RULES, ruleOf, withDefaults } from "../../../../src/research/sweep/rules.ts";
import type { BarTrade } from "../../../../src/research/sweep/set-result.ts";
import { openTape, type Tape } from "../../../../src/research/sweep/tape.ts";
import { loadCore } from "../../../../src/stream/kernels/core.ts";
import { BUILDS } from "../../../support/core.ts";
import { randomSets } from "../../../support/research/sets.ts";
import { walkTape } from "../../../support/research/tapes.ts";

const CAPITAL = 10_000;
const pathOver = (tape: Tape, build: "release" | "debug" = "release"): FastPath =>
  new FastPath(loadCore(build).module, tapeMemory(tape, 1), 0);

/** The first bars of a tape. */
function tapeUntil({ open, high, low, close }: Tape, end: number): Tape {
  const until = (column: Float64Array): Float64Array => column.slice(0, end);
  const tape = openTape({ open: until(open), high: until(high), low: until(low), close: until(close) });
  if (!tape.ok) throw new Error(tape.failure);
  return tape.value;
}

describe.each(BUILDS)("the fast path, %s build", (build) => {
  it.each(RULES)("$name: scalar, two lanes and plain code give the same bits", (rule) => {
    for (const [seed, bars, tick] of [
      [1, 2 * SPAN_BARS + 17, 0],
      [2, SPAN_BARS, 0.25],
      [3, 300, 0.5],
      [4, 2, 0],
    ] as const) {
      const tape = walkTape({ seed, bars, tick, sigma: 0.004 });
      const sets = randomSets(rule, new Random(seed), 23, seed === 1 ? 1400 : 60);
      const path = pathOver(tape, build);
      const plain = sets.map((set) => runPlain(tape, rule, set, { capital: CAPITAL }));
      expect(path.run(rule, sets, "scalar", CAPITAL)).toEqual(plain);
      expect(path.run(rule, sets, "lanes", CAPITAL)).toEqual(plain);
    }
  });
});

describe("the fast path", () => {
  it.each(RULES)("$name: what a sweep gives for a set is what the set gives alone", (rule) => {
    const tape = walkTape({ seed: 8, bars: 3000 });
    const sets = randomSets(rule, new Random(8), 9, 90);
    const path = pathOver(tape);
    const together = path.run(rule, sets, "lanes", CAPITAL);
    expect(sets.flatMap((set) => path.run(rule, [set], "lanes", CAPITAL))).toEqual(together);
  });

  it.each(RULES)("$name: the tests' sets do trade", (rule) => {
    const tape = walkTape({ seed: 8, bars: 3000 });
    const results = pathOver(tape).run(rule, randomSets(rule, new Random(8), 9, 90), "lanes", CAPITAL);
    expect(Math.min(...results.map(({ trades }) => trades))).toBeGreaterThan(0);
  });

  it("cuts many sets into batches and answers in their order", () => {
    const rule = ruleOf("ma_cross");
    if (rule === undefined) throw new Error("ma_cross is a rule");
    const tape = walkTape({ seed: 5, bars: 200 });
    const sets = randomSets(rule, new Random(5), BATCH_SETS + 5, 100);
    const rows = new Map<string, Float64Array>();
    const plain = sets.map((set) => runPlain(tape, rule, set, { capital: CAPITAL, rows }));
    expect(pathOver(tape).run(rule, sets, "lanes", CAPITAL)).toEqual(plain);
  });

  it.each(RULES)("$name: four lanes of f32 come close enough to screen with", (rule) => {
    const tape = walkTape({ seed: 6, bars: 4000 });
    const sets = randomSets(rule, new Random(6), 21, 80);
    const path = pathOver(tape);
    const exact = path.run(rule, sets, "lanes", CAPITAL);
    const quick = path.run(rule, sets, "quick", CAPITAL);
    const close = quick.filter(({ equity }, set) => Math.abs(equity / (exact[set]?.equity ?? 0) - 1) < 1e-3);
    expect(close.length).toBeGreaterThanOrEqual(18);
  });

  it.each(RULES)("$name: in f32 neither the end of a tape nor a cut changes what came before it", (rule) => {
    const bars = 2 * SPAN_BARS + 8;
    const sets = randomSets(rule, new Random(7), 9, 60);
    const whole = walkTape({ seed: 7, bars });
    const by = (tape: Tape, step: number): number[][] =>
      pathOver(tape)
        .curves(rule, sets, "quick", CAPITAL, step)
        .map((curve) => [...curve]);
    const every = by(whole, 1);
    for (const end of [1, 2, 3, 4, 5, SPAN_BARS + 1]) {
      const cut = by(tapeUntil(whole, bars - end), 1);
      expect(cut).toEqual(every.map((curve) => curve.slice(0, bars - end)));
    }
    for (const step of [3, 7]) {
      const last = (_: number, place: number): boolean => place % step === step - 1 || place === bars - 1;
      expect(by(whole, step)).toEqual(every.map((curve) => curve.filter(last)));
    }
  });

  it("does not trade where the averages are always equal", () => {
    const flat = new Float64Array(500).fill(1.1);
    const tape = openTape({ open: flat, high: flat, low: flat, close: flat });
    const rule = ruleOf("ma_cross");
    if (!tape.ok || rule === undefined) throw new Error("a flat tape is a tape");
    const sets = [3, 5, 7, 10, 20, 30].map((fast) => withDefaults(rule, { fast, slow: 3 * fast + 1, short: 1 }));
    const results = pathOver(tape.value).run(rule, sets, "lanes", CAPITAL);
    expect(results.map(({ trades, equity }) => [trades, equity])).toEqual(sets.map(() => [0, CAPITAL]));
  });

  it("lists trades whose profits are what the run counted", () => {
    const tape = walkTape({ seed: 9, bars: 2500 });
    for (const rule of RULES) {
      const list: BarTrade[] = [];
      const [set = {}] = randomSets(rule, new Random(10), 1, 40);
      const result = runPlain(tape, rule, set, { capital: CAPITAL, list });
      expect(list.length).toBe(result.trades);
      expect(list.reduce((sum, { profit }) => sum + profit, 0)).toBeCloseTo(result.won + result.lost, 6);
      expect(list.every(({ entryBar, exitBar }) => exitBar >= entryBar)).toBe(true);
    }
  });
});

describe("a tape and a set that cannot be run", () => {
  const column = (...prices: number[]): Float64Array => Float64Array.from(prices);
  const refusal = (close: Float64Array): string => {
    const tape = openTape({ open: close, high: close, low: close, close });
    return tape.ok ? "accepted" : tape.failure;
  };

  it("a tape of no bar or one bar is refused", () => {
    expect(refusal(column())).toContain("there are 0 bars");
    expect(refusal(column(1))).toContain("at least 2");
  });
  it("a price that is not a number above 0 is refused with its bar", () => {
    for (const bad of [Number.NaN, 0, -3, Number.POSITIVE_INFINITY]) {
      expect(refusal(column(1, bad))).toContain("of bar 1 is");
    }
  });
  it("a set is refused with the parameter, its value and its range", () => {
    const rule = ruleOf("ma_cross");
    if (rule === undefined) throw new Error("ma_cross is a rule");
    const refused = (set: Record<string, number>): string | null => refusedSet(rule, withDefaults(rule, set));
    expect(refused({})).toBeNull();
    expect(refused({ fast: 50, slow: 50 })).toContain("the fast average must be the shorter one");
    expect(refused({ fast: 2.5 })).toContain("fast is 2.5; it must be a whole number from 1");
    expect(refused({ fee: Number.NaN })).toContain("fee is NaN");
    expect(refused({ speed: 1 })).toContain("no parameter speed; it has fast, slow");
  });
});
