// Compares two ways of doing the same work on a machine that others use as well. Each round times one tinybench task
// per side, one right after the other, in turns of order; what disturbs the machine disturbs both. The decision is the
// median of the ratios of these pairs, never a ratio of medians. Inputs must move: `run` receives a step that counts up.
// Rounds end early where nobody wants more of them (enough.ts).
import { Bench } from "tinybench";
import { areEnough } from "./enough.ts";
import type { Figure, Result } from "./result.ts";

export interface Side {
  readonly label: string;
  /** One call of the workload, no promise; `step` counts the calls of this side from 0. */
  readonly run: (step: number) => unknown;
  /** Makes the input of the next call; not timed. Gets the same step. */
  readonly prepare?: (step: number) => void;
  /** Operations that one call does; figures are per operation. */
  readonly operations: number;
}

export interface Options {
  readonly name: string;
  readonly note: string;
  /** Of what both sides compute. */
  readonly fingerprint?: string;
  /** Pairs to measure; odd, so that the median is one of them. */
  readonly rounds?: number;
  /** Least time of one task. */
  readonly taskMs?: number;
  /** Time per side before the first round, for the compilers; 0 where the same work was done before. */
  readonly warmupMs?: number;
  /** Least calls of one task; fewer only where a call is long. */
  readonly calls?: number;
}

const ROUNDS = 15;
const TASK_MS = 20;
const WARMUP_MS = 200;
const CALLS = 8;

let hurried = false;
/** From now on nothing is timed that could be believed: for those who want to know only what is computed. */
export function hurry(): void {
  hurried = true;
}
export function inAHurry(): boolean {
  return hurried;
}
const HURRIED = { rounds: 1, taskMs: 1, warmupMs: 0, calls: 1 } as const;
const USUAL = { rounds: ROUNDS, taskMs: TASK_MS, warmupMs: WARMUP_MS, calls: CALLS } as const;

interface Sample {
  readonly medianNs: number;
  readonly p99Ns: number;
  readonly maxNs: number;
}

/** `ratio` of the result: how many times as fast `a` is as `b`. */
export async function compare(a: Side, b: Side, options: Options): Promise<Result> {
  const { rounds, taskMs, warmupMs, calls } = hurried ? HURRIED : { ...USUAL, ...options };
  const sides = [counted(a), counted(b)] as const;
  if (warmupMs > 0) for (const side of sides) await sample(side, warmupMs, calls);
  const samples: readonly [Sample[], Sample[]] = [[], []];
  const ratios: number[] = [];
  const each: Result[] = [];
  for (let round = 0; round < rounds && !areEnough(each); round++) {
    const first = (round & 1) as 0 | 1;
    const second = (1 - first) as 0 | 1;
    const one = await sample(sides[first], taskMs, calls);
    const other = await sample(sides[second], taskMs, calls);
    samples[first].push(one);
    samples[second].push(other);
    const [ofA, ofB] = first === 0 ? [one, other] : [other, one];
    ratios.push(ofB.medianNs / ofA.medianNs);
    each.push(resultOf(options, [figure(a.label, [ofA]), figure(b.label, [ofB])], ofB.medianNs / ofA.medianNs));
  }
  return resultOf(options, [figure(a.label, samples[0]), figure(b.label, samples[1])], median(ratios));
}

/** One side alone, where there is nothing to compare with: an absolute figure. */
export async function measure(side: Side, options: Options): Promise<Result> {
  const { rounds, taskMs, warmupMs, calls } = hurried ? HURRIED : { ...USUAL, ...options };
  const task = counted(side);
  if (warmupMs > 0) await sample(task, warmupMs, calls);
  const samples: Sample[] = [];
  const each: Result[] = [];
  for (let round = 0; round < rounds && !areEnough(each); round++) {
    const one = await sample(task, taskMs, calls);
    samples.push(one);
    each.push(resultOf(options, [figure(side.label, [one])], 1));
  }
  return resultOf(options, [figure(side.label, samples)], 1);
}

function resultOf({ name, note, fingerprint }: Options, pairs: readonly Figure[], ratio: number): Result {
  const result = { name, pairs, ratio, note };
  return fingerprint === undefined ? result : { ...result, fingerprint };
}

/** Figures of latencies that the workload itself has taken, one per operation, in nanoseconds. */
export function figureOfLatencies(label: string, latenciesNs: readonly number[]): Figure {
  const sorted = Float64Array.from(latenciesNs).sort();
  return { label, medianNs: quantile(sorted, 0.5), p99Ns: quantile(sorted, 0.99), maxNs: sorted.at(-1) ?? Number.NaN };
}

export function median(values: readonly number[]): number {
  return quantile(Float64Array.from(values).sort(), 0.5);
}

interface Counted {
  readonly label: string;
  readonly operations: number;
  readonly prepare: () => void;
  readonly call: () => unknown;
}

function counted(side: Side): Counted {
  let step = 0;
  return {
    label: side.label,
    operations: side.operations,
    prepare: () => side.prepare?.(step),
    call: () => side.run(step++),
  };
}

async function sample(side: Counted, timeMs: number, iterations: number): Promise<Sample> {
  const bench = new Bench({ time: timeMs, iterations, warmup: false, throws: true });
  // Else it calls once to find out, without an input and without timing it.
  bench.add(side.label, side.call, { beforeEach: side.prepare, async: false });
  await bench.run();
  const result = bench.tasks[0]?.result;
  if (result?.state !== "completed") throw new Error(`${side.label} did not complete: ${result?.state ?? "no result"}`);
  const perOperation = 1e6 / side.operations; // tinybench counts milliseconds
  const { p50, p99, max } = result.latency;
  return { medianNs: p50 * perOperation, p99Ns: p99 * perOperation, maxNs: max * perOperation };
}

function figure(label: string, samples: readonly Sample[]): Figure {
  return {
    label,
    medianNs: median(samples.map((one) => one.medianNs)),
    p99Ns: median(samples.map((one) => one.p99Ns)),
    maxNs: Math.max(...samples.map((one) => one.maxNs)),
  };
}

/** By the nearest rank, of values in ascending order. */
function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
