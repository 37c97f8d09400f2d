// Compares two WebAssembly modules whose difference is smaller than what the place of a loop in memory, or a neighbour on
// the same core, does to either. Both are made anew at several places, with code of other sizes put between; at each place
// the sides take turns in slices far shorter than a slice of the scheduler, and the fastest slices of each side count:
// whatever else runs on the machine only adds time. The decision is the median of the places.
import type { Figure, Result } from "./result.ts";
import { inAHurry, median } from "./runner.ts";

export interface PlacedSide {
  readonly label: string;
  /** Makes an instance of its own and returns one slice of work: tens of microseconds. */
  readonly open: () => () => void;
  /** Operations of one slice. */
  readonly operations: number;
}

interface PlacedOptions {
  readonly name: string;
  readonly note: string;
  readonly fingerprint: string;
  /** Odd, so that the median is one of them. */
  readonly places?: number;
  /** Slices of each side at each place. */
  readonly slices?: number;
}

const PLACES = 9;
const SLICES = 600;
/** Slices before the first that is timed, for the compilers. */
const WARMUP_SLICES = 400;
/** Share of the slices that nothing disturbed, on a machine that others use as well. */
const UNDISTURBED = 0.05;
const PADDING_STEP = 37;

/** `ratio` of the result: how many times as fast `a` is as `b`. */
export function comparePlaced(a: PlacedSide, b: PlacedSide, options: PlacedOptions): Result {
  const { name, note, fingerprint } = options;
  const { places, slices } = inAHurry() ? { places: 1, slices: 2 } : { places: PLACES, slices: SLICES, ...options };
  const samples: readonly [Float64Array[], Float64Array[]] = [[], []];
  const ratios: number[] = [];
  for (let place = 0; place < places; place++) {
    pad(1 + place * PADDING_STEP);
    const taken = slicesAt(place % 2 === 0 ? [a, b] : [b, a], slices);
    const [ofA, ofB] = place % 2 === 0 ? taken : [taken[1], taken[0]];
    samples[0].push(ofA);
    samples[1].push(ofB);
    ratios.push(at(ofB, UNDISTURBED) / at(ofA, UNDISTURBED));
  }
  const each = `at ${places} places ${ratios.map((ratio) => ratio.toFixed(2)).join(" ")}`;
  const pairs = [figureOf(a.label, samples[0]), figureOf(b.label, samples[1])];
  return { name, pairs, ratio: median(ratios), note: `${note}; ${each}`, fingerprint };
}

/** Nanoseconds an operation, ascending, of both sides in the order in which they were opened. */
function slicesAt(sides: readonly [PlacedSide, PlacedSide], slices: number): readonly [Float64Array, Float64Array] {
  const [one, other] = [opened(sides[0]), opened(sides[1])];
  for (let slice = 0; slice < WARMUP_SLICES; slice++) {
    one();
    other();
  }
  const taken = [new Float64Array(slices), new Float64Array(slices)] as const;
  for (let slice = 0; slice < slices; slice++) {
    if (slice % 2 === 0) taken[0][slice] = one();
    taken[1][slice] = other();
    if (slice % 2 === 1) taken[0][slice] = one();
  }
  return [taken[0].sort(), taken[1].sort()];
}

function opened({ open, operations }: PlacedSide): () => number {
  const work = open();
  return () => {
    const begin = performance.now();
    work();
    return ((performance.now() - begin) * 1e6) / operations;
  };
}

const padding: unknown[] = [];
/** The head of a module, a type i32 -> i32, a function of it, exported as f. */
const BEFORE_CODE = Buffer.from("0061736d0100000001060160017f017f0302010007050101660000", "hex");

/** Takes room among the compiled code, for as long as the process lives. */
function pad(steps: number): void {
  // f(x): x, then so often  + 3 ^ x
  const code = [0x20, 0, ...Array.from({ length: steps }, () => [0x41, 3, 0x6a, 0x20, 0, 0x73]).flat(), 0x0b];
  const body = [...sized(code.length + 1), 0, ...code];
  const module = Uint8Array.from([...BEFORE_CODE, 10, ...sized(body.length + 1), 1, ...body]);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module));
  (exports["f"] as (x: number) => number)(steps);
  padding.push(exports);
}

/** Unsigned LEB128 in three bytes. */
function sized(value: number): readonly number[] {
  return [(value & 0x7f) | 0x80, ((value >> 7) & 0x7f) | 0x80, value >> 14];
}

function figureOf(label: string, places: readonly Float64Array[]): Figure {
  return {
    label,
    medianNs: median(places.map((taken) => at(taken, 0.5))),
    p99Ns: median(places.map((taken) => at(taken, 0.99))),
    maxNs: Math.max(...places.map((taken) => at(taken, 1))),
  };
}

function at(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
