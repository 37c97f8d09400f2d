// Judges the results of one benchmark file against its gates; pure, so that a test can see every verdict fail.
import { ABSOLUTE_SLACK, type Gate } from "./budget.ts";
import { figureOf, type Result } from "./result.ts";
import { median } from "./runner.ts";

export interface Verdict {
  readonly good: boolean;
  readonly text: string;
}

/** `attempts`: the results of each run of the benchmark so far, oldest first. */
export function judge(gate: Gate, attempts: readonly (readonly Result[])[]): Verdict {
  const results = attempts.map((run) => run.find((result) => result.name === gate.result));
  const found = results.filter((result) => result !== undefined);
  if (found.length < attempts.length || found.length === 0) {
    return { good: false, text: `bench/${gate.bench}.bench.ts gives no result "${gate.result}"` };
  }
  if (gate.kind === "ratio") {
    const ratio = median(found.map((result) => result.ratio));
    const good = ratio >= gate.atLeast;
    return { good, text: `${gate.result}: ${ratio.toFixed(2)} x, at least ${gate.atLeast} x` };
  }
  const values = found.map((result) => figureOf(result, gate.label)?.[gate.statistic] ?? Number.NaN);
  const best = Math.min(...values);
  const limit = gate.atMostNs * ABSOLUTE_SLACK;
  const what = `${gate.result}, ${gate.label}, ${gate.statistic === "p99Ns" ? "p99" : "median"}`;
  const aim = `aim ${time(gate.atMostNs)}${best <= gate.atMostNs ? "" : " NOT REACHED"}, fails above ${time(limit)}`;
  return { good: best <= limit, text: `${what}: ${time(best)}, ${aim}` };
}

/** Three figures and a unit, e.g. "12.3 µs". */
export function time(ns: number): string {
  if (!Number.isFinite(ns)) return "-";
  if (ns < 1e3) return `${ns.toPrecision(3)} ns`;
  if (ns < 1e6) return `${(ns / 1e3).toPrecision(3)} µs`;
  if (ns < 1e9) return `${(ns / 1e6).toPrecision(3)} ms`;
  return `${(ns / 1e9).toPrecision(3)} s`;
}
