import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { GATES, type LimitGate, type RatioGate, TIMES_ONLY } from "../../../bench/budget.ts";
import { owing, recordedFingerprints, withResults } from "../../../bench/fingerprints.ts";
import { fingerprintOf, type Result } from "../../../bench/result.ts";
import { median } from "../../../bench/runner.ts";
import { isClear, judge as judgeBy, time, type Verdict } from "../../../bench/verdict.ts";

const RATIO: RatioGate = { kind: "ratio", bench: "kernels/cycle", result: "cycle", atLeast: 2, why: "lanes must pay" };
const LIMIT: LimitGate = {
  kind: "limit",
  bench: "stream/end-to-end",
  result: "cycle",
  label: "f64x2",
  statistic: "p99Ns",
  atMostNs: 1_000,
  why: "the aim",
};

function run(ratio: number, p99Ns = 0, fingerprint = "1f"): readonly Result[] {
  return [{ name: "cycle", pairs: [{ label: "f64x2", medianNs: 1, p99Ns }], ratio, note: "", fingerprint }];
}

function judge(gate: RatioGate | LimitGate, attempts: readonly (readonly Result[])[]): Verdict {
  return judgeBy(gate, attempts, { cycle: "1f" });
}

describe("a ratio gate", () => {
  it("fails below its bound, however little", () => {
    expect(judge(RATIO, [run(2)])).toEqual({ good: true, text: "cycle: 2.00 x, at least 2 x" });
    expect(judge(RATIO, [run(1.9999)])).toEqual({ good: false, text: "cycle: 1.9999 x, at least 2 x" });
    expect(judge(RATIO, [run(1.7)])).toEqual({ good: false, text: "cycle: 1.70 x, at least 2 x" });
  });

  it("says that an aim above the bound is not reached, and holds by the bound", () => {
    const aimed = { ...RATIO, aim: 2.5 };
    const short = { good: true, text: "cycle: 2.10 x, at least 2 x, aim 2.5 x, NOT REACHED" };
    expect(judge(aimed, [run(2.1)])).toEqual(short);
    expect(judge(aimed, [run(2.5)])).toEqual({ good: true, text: "cycle: 2.50 x, at least 2 x, aim 2.5 x" });
    expect(judge(aimed, [run(1.9)]).good).toBe(false);
  });

  it("aims at nothing below its bound", () => {
    for (const gate of GATES) if (gate.kind === "ratio") expect(gate.aim ?? Infinity).toBeGreaterThan(gate.atLeast);
  });

  it("is decided by the median of the attempts, not by the best", () => {
    expect(judge(RATIO, [run(1.9), run(1.9), run(9)]).good).toBe(false);
    expect(judge(RATIO, [run(1.5), run(2), run(2.1)]).good).toBe(true);
  });

  it("does not hold when a ratio is not a number", () => {
    expect(judge(RATIO, [run(Number.NaN)]).good).toBe(false);
  });
});

describe("a gate is clear before all rounds are made", () => {
  const rounds = (...ratios: readonly number[]): readonly Result[] => ratios.flatMap((ratio) => run(ratio));
  const timed = (...times: readonly number[]): readonly Result[] => times.flatMap((p99Ns) => run(1, p99Ns));

  it("where every pair holds its bound, and all together hold it by far", () => {
    expect(isClear(RATIO, rounds(5, 5))).toBe(true);
    expect(isClear(RATIO, rounds(3, 3, 3))).toBe(false);
    expect(isClear(RATIO, rounds(3, 3, 3, 3))).toBe(true);
    expect(isClear(RATIO, rounds(...Array.from({ length: 15 }, () => 2.1)))).toBe(false);
  });

  it("but never by one pair alone, nor with one below the bound, nor without a figure", () => {
    expect(isClear(RATIO, rounds(1_000))).toBe(false);
    expect(isClear(RATIO, rounds(1_000, 1.99, 1_000))).toBe(false);
    expect(isClear(RATIO, rounds(1_000, Number.NaN))).toBe(false);
    expect(isClear(RATIO, rounds(...Array.from({ length: 15 }, () => 1.9)))).toBe(false);
    expect(isClear(RATIO, [])).toBe(false);
  });

  it("where a time is within its aim, or times are far below what fails, and none is above it", () => {
    expect(isClear(LIMIT, timed(1_000))).toBe(true);
    expect(isClear(LIMIT, timed(2_000))).toBe(false);
    expect(isClear(LIMIT, timed(2_000, 2_000))).toBe(true);
    expect(isClear(LIMIT, timed(500, 4_001))).toBe(false);
    expect(isClear({ ...LIMIT, label: "other" }, timed(1))).toBe(false);
  });
});

describe("a limit beside what the machine takes by itself", () => {
  const gate = { ...LIMIT, bare: "bare" };
  const both = (p99Ns: number, bareNs: number): readonly Result[] => [
    {
      name: "cycle",
      pairs: [
        { label: "f64x2", medianNs: 1, p99Ns },
        { label: "bare", medianNs: 1, p99Ns: bareNs },
      ],
      ratio: 1,
      note: "",
      fingerprint: "1f",
    },
  ];

  it("is the limit as it stands where the machine keeps within the aim", () => {
    expect(judge(gate, [both(4_000, 1_000)]).good).toBe(true);
    expect(judge(gate, [both(4_001, 1_000)]).good).toBe(false);
  });

  it("counts from what the machine took where that is more, and still says that the aim is not reached", () => {
    const text = "cycle, f64x2, p99: 8.00 µs, aim 1.00 µs NOT REACHED, fails above 8.00 µs, for bare took 2.00 µs";
    expect(judge(gate, [both(8_000, 2_000)])).toEqual({ good: true, text });
    expect(judge(gate, [both(8_001, 2_000)]).good).toBe(false);
    expect(judge(gate, [both(9_000, 2_000), both(5_000, 1_300)]).good).toBe(true);
  });

  it("does not hold when the machine was not timed", () => {
    expect(judge(gate, [run(1, 1)]).good).toBe(false);
    expect(judge(gate, [both(1, 1), run(1, 1)]).good).toBe(false);
  });
});

describe("an absolute limit", () => {
  it("fails only above four times the aim, in the best attempt", () => {
    expect(judge(LIMIT, [run(1, 4_000)]).good).toBe(true);
    expect(judge(LIMIT, [run(1, 4_001)]).good).toBe(false);
    expect(judge(LIMIT, [run(1, 9_000), run(1, 900)]).good).toBe(true);
  });

  it("fails when the benchmark does not give the figure", () => {
    expect(judge({ ...LIMIT, label: "scalar" }, [run(1, 1)]).good).toBe(false);
  });
});

describe("what was computed", () => {
  it("must be the same in every attempt, however fast it was", () => {
    const { good, text } = judge(RATIO, [run(9), run(9, 0, "2e")]);
    expect({ good, text }).toEqual({ good: false, text: "cycle: the attempts computed different things: 1f, 2e" });
  });

  it("must be what was recorded: another fingerprint fails the gate, and so does one that nobody recorded", () => {
    const how = "record it by npm run gates -- --record-fingerprints";
    expect(judge(RATIO, [run(9, 0, "2e")])).toEqual({
      good: false,
      text: `cycle: it computed 2e, and 1f is recorded; if that is meant, ${how}`,
    });
    for (const recorded of [{}, { other: "1f" }])
      expect(judgeBy(RATIO, [run(9)], recorded)).toEqual({
        good: false,
        text: `cycle: it computed 1f, and no fingerprint is recorded; ${how}`,
      });
    expect(judgeBy({ ...LIMIT, bench: "kernels/cycle" }, [run(9, 1, "2e")], { cycle: "1f" }).good).toBe(false);
  });

  it("is recorded for every gate that owes it, and for nothing else", () => {
    expect(Object.keys(recordedFingerprints())).toEqual([...owing()].toSorted());
    expect(owing().size).toBeGreaterThan(30);
  });

  it("is recorded anew for what was run, and kept for what was not", () => {
    const after = withResults({ gone: "0", kept: "1", cycle: "2" }, run(1), new Set(["cycle", "kept"]));
    expect(after).toEqual({ cycle: "1f", kept: "1" });
  });

  it("must be told, unless the benchmark is listed as one that computes nothing", () => {
    const untold = run(9).map(({ name, pairs, ratio, note }) => ({ name, pairs, ratio, note }));
    expect(judge(RATIO, [untold])).toEqual({
      good: false,
      text: "cycle: bench/kernels/cycle.bench.ts gives no fingerprint of what it computed",
    });
    expect(judge({ ...RATIO, bench: "server/health" }, [untold]).good).toBe(true);
  });

  it("is told by every benchmark with gates that is not listed, and the list names no other", () => {
    const benches = new Set(GATES.map(({ bench }) => bench));
    const source = (bench: string): string =>
      readFileSync(new URL(`../../../bench/${bench}.bench.js`, import.meta.url), "utf8");
    const silent = [...benches].filter((bench) => !source(bench).includes("fingerprint"));
    expect(silent.toSorted()).toEqual(Object.keys(TIMES_ONLY).toSorted());
  });

  it("has a fingerprint that knows numbers by their bits", () => {
    const print = fingerprintOf(Float64Array.of(1, -0), "two", 3n);
    expect(print).toMatch(/^[0-9a-f]{16}$/);
    expect(fingerprintOf(Float64Array.of(1, -0), "two", 3n)).toBe(print);
    expect(fingerprintOf(Float64Array.of(1, 0), "two", 3n)).not.toBe(print);
    expect(fingerprintOf("twothree")).not.toBe(fingerprintOf("two", "three"));
  });
});

it("a gate without its result is missed and says which benchmark owes it", () => {
  const verdict = judge({ ...RATIO, result: "renamed" }, [run(5)]);
  expect(verdict).toEqual({ good: false, text: 'bench/kernels/cycle.bench.ts gives no result "renamed"' });
});

it("the median of pairs is one of the pairs", () => {
  expect(median([9, 1, 3])).toBe(3);
  expect(median([])).toBeNaN();
});

it("times are printed with three figures and a unit", () => {
  expect([12.345, 1_234, 45_600_000, 2e9, Number.NaN].map(time)).toEqual([
    "12.3 ns",
    "1.23 µs",
    "45.6 ms",
    "2.00 s",
    "-",
  ]);
});
