// Judges the results of one benchmark file against its gates; pure, so that a test can see every verdict fail.
import { ABSOLUTE_SLACK, type Gate, RATIO_SLACK, TIMES_ONLY } from "./budget.ts";
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
  const wrong = wrongAnswer(gate, found);
  if (wrong !== null) return { good: false, text: `${gate.result}: ${wrong}` };
  if (gate.kind === "ratio") {
    const ratio = median(found.map((result) => result.ratio));
    const least = gate.atLeast * RATIO_SLACK;
    const aim = `aim ${gate.atLeast} x${ratio >= gate.atLeast ? "" : " NOT REACHED"}, fails below ${least.toFixed(2)} x`;
    return { good: ratio >= least, text: `${gate.result}: ${ratio.toFixed(2)} x, ${aim}` };
  }
  const values = found.map((result) => figureOf(result, gate.label)?.[gate.statistic] ?? Number.NaN);
  const best = Math.min(...values);
  const limit = gate.atMostNs * ABSOLUTE_SLACK;
  const what = `${gate.result}, ${gate.label}, ${gate.statistic === "p99Ns" ? "p99" : "median"}`;
  const aim = `aim ${time(gate.atMostNs)}${best <= gate.atMostNs ? "" : " NOT REACHED"}, fails above ${time(limit)}`;
  return { good: best <= limit, text: `${what}: ${time(best)}, ${aim}` };
}

/** What is wrong with the answers behind the times; null when nothing is. */
function wrongAnswer(gate: Gate, found: readonly Result[]): string | null {
  const prints = new Set(found.map(({ fingerprint }) => fingerprint));
  if (prints.size > 1) return `the attempts computed different things: ${[...prints].join(", ")}`;
  if (prints.has(undefined) && TIMES_ONLY[gate.bench] === undefined)
    return `bench/${gate.bench}.bench.ts gives no fingerprint of what it computed`;
  return null;
}

/** Three figures and a unit, e.g. "12.3 µs". */
export function time(ns: number): string {
  if (!Number.isFinite(ns)) return "-";
  if (ns < 1e3) return `${ns.toPrecision(3)} ns`;
  if (ns < 1e6) return `${(ns / 1e3).toPrecision(3)} µs`;
  if (ns < 1e9) return `${(ns / 1e6).toPrecision(3)} ms`;
  return `${(ns / 1e9).toPrecision(3)} s`;
}
