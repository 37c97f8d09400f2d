// Judges the results of one benchmark file against its gates; pure, so that a test can see every verdict fail.
import { ABSOLUTE_SLACK, type Gate, type LimitGate, TIMES_ONLY } from "./budget.ts";
import { figureOf, type Result } from "./result.ts";
import { median } from "./runner.ts";

/** Of the results behind gates, by their names. */
export type Fingerprints = Readonly<Record<string, string>>;

/** A measurement may end when every round holds and their margins multiply to this. */
const SURE = 4;
/** What one pair can count for: who was disturbed in it is not known, so none decides alone. */
const PAIR_COUNTS = 3;

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

/**
 * Whether a gate holds by so much that more rounds would change nothing: each of them holds by itself, and together they do
 * by far. What has become too slow never is, and what is near its bound is not either.
 */
export function isClear(gate: Gate, rounds: readonly Result[]): boolean {
  const margins = rounds.map((round) => marginOf(gate, round));
  return margins.every((margin) => margin >= 1) && margins.reduce((product, margin) => product * margin, 1) >= SURE;
}

/** How many times as good as its bound a round is; NaN without a figure. */
function marginOf(gate: Gate, round: Result): number {
  if (gate.kind === "ratio") return Math.min(PAIR_COUNTS, round.ratio / gate.atLeast);
  const { value, limit } = takenOf(gate, round);
  return limit / value;
}

function takenOf(gate: LimitGate, result: Result): { value: number; bare: number; limit: number } {
  const value = figureOf(result, gate.label)?.[gate.statistic] ?? Number.NaN;
  const bare = gate.bare === undefined ? 0 : (figureOf(result, gate.bare)?.[gate.statistic] ?? Number.NaN);
  return { value, bare, limit: Math.max(gate.atMostNs, bare) * ABSOLUTE_SLACK };
}

function judgeLimit(gate: LimitGate, found: readonly Result[]): Verdict {
  const taken = found.map((result) => takenOf(gate, result));
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
