// Judges the results of one benchmark file against its gates; pure, so that a test can see every verdict fail.
import { ABSOLUTE_SLACK, type Gate, type LimitGate, TIMES_ONLY } from "./budget.ts";
import { figureOf, type Result } from "./result.ts";
import { median } from "./runner.ts";

/** Of the results behind gates, by their names. */
export type Fingerprints = Readonly<Record<string, string>>;

const HOW = "record it by npm run gates -- --record-fingerprints";

export interface Verdict {
  readonly good: boolean;
  readonly text: string;
}

/** `attempts`: the results of each run of the benchmark so far, oldest first. `recorded`: what results have to compute. */
export function judge(gate: Gate, attempts: readonly (readonly Result[])[], recorded: Fingerprints): Verdict {
  const results = attempts.map((run) => run.find((result) => result.name === gate.result));
  const found = results.filter((result) => result !== undefined);
  if (found.length < attempts.length || found.length === 0) {
    return { good: false, text: `bench/${gate.bench}.bench.ts gives no result "${gate.result}"` };
  }
  const wrong = wrongAnswer(gate, found, recorded);
  if (wrong !== null) return { good: false, text: `${gate.result}: ${wrong}` };
  if (gate.kind === "ratio") {
    const ratio = median(found.map((result) => result.ratio));
    const { atLeast, aim } = gate;
    const wanted = aim === undefined ? "" : `, aim ${aim} x${ratio >= aim ? "" : ", NOT REACHED"}`;
    return {
      good: ratio >= atLeast,
      text: `${gate.result}: ${figure(ratio, atLeast)} x, at least ${atLeast} x${wanted}`,
    };
  }
  return judgeLimit(gate, found);
}

function judgeLimit(gate: LimitGate, found: readonly Result[]): Verdict {
  const taken = found.map((result) => {
    const value = figureOf(result, gate.label)?.[gate.statistic] ?? Number.NaN;
    const bare = gate.bare === undefined ? 0 : (figureOf(result, gate.bare)?.[gate.statistic] ?? Number.NaN);
    return { value, bare, limit: Math.max(gate.atMostNs, bare) * ABSOLUTE_SLACK };
  });
  // A figure that is missing spoils the verdict, whatever the others are.
  const worst = taken.find(({ value, limit }) => Number.isNaN(value / limit));
  const best = worst ?? taken.reduce((one, other) => (other.value / other.limit < one.value / one.limit ? other : one));
  const what = `${gate.result}, ${gate.label}, ${gate.statistic === "p99Ns" ? "p99" : "median"}`;
  const reached = best.value <= gate.atMostNs ? "" : " NOT REACHED";
  const machine = best.bare > gate.atMostNs ? `, for ${gate.bare} took ${time(best.bare)}` : "";
  const aim = `aim ${time(gate.atMostNs)}${reached}, fails above ${time(best.limit)}${machine}`;
  return { good: best.value <= best.limit, text: `${what}: ${time(best.value)}, ${aim}` };
}

/** Two decimals, and more where they would show the bound for what lies below it. */
function figure(ratio: number, bound: number): string {
  const short = ratio.toFixed(2);
  return ratio < bound && Number(short) >= bound ? ratio.toFixed(4) : short;
}

/** What is wrong with the answers behind the times; null when nothing is. */
function wrongAnswer(gate: Gate, found: readonly Result[], recorded: Fingerprints): string | null {
  const prints = new Set(found.map(({ fingerprint }) => fingerprint));
  if (prints.size > 1) return `the attempts computed different things: ${[...prints].join(", ")}`;
  if (TIMES_ONLY[gate.bench] !== undefined) return null;
  const [print] = prints;
  if (print === undefined) return `bench/${gate.bench}.bench.ts gives no fingerprint of what it computed`;
  const owed = Object.hasOwn(recorded, gate.result) ? recorded[gate.result] : undefined;
  if (owed === undefined) return `it computed ${print}, and no fingerprint is recorded; ${HOW}`;
  if (print !== owed) return `it computed ${print}, and ${owed} is recorded; if that is meant, ${HOW}`;
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
