// The statistics of the core for columns that live outside it: each call copies its column into a small memory of its own
// and reads the answer. One instance a thread; nothing is kept between calls.
import type { CoreExports } from "../../stream/kernels/core.ts";
import { instantiateCore, loadCore } from "../../stream/kernels/core.ts";

const PAGE_BYTES = 65536;
/** What the core was compiled to ask for at least; constant tables lie in the first page. */
const PAGES_MIN = 16;
const PAGES_MAX = 8192;
const BASE = PAGE_BYTES;
/** PERFORMANCE_ places of assembly/math/performance.ts, as indices of f64. */
const [SHARPE, SKEW, KURTOSIS, MEAN, DEVIATION, RESULTS] = [3, 8, 9, 12, 13, 16] as const;

export interface Moments {
  readonly count: number;
  readonly mean: number;
  /** With count - 1. */
  readonly deviation: number;
  readonly skew: number;
  /** 3 for a normal distribution. */
  readonly kurtosis: number;
  /** Mean over deviation: of one step, not of a year. */
  readonly sharpe: number;
}

let memory: WebAssembly.Memory | null = null;
let core: CoreExports | null = null;

function opened(): { readonly core: CoreExports; readonly memory: WebAssembly.Memory } {
  memory ??= new WebAssembly.Memory({ initial: PAGES_MIN, maximum: PAGES_MAX, shared: true });
  core ??= instantiateCore(loadCore().module, memory);
  return { core, memory };
}

/** Copies the column in, with room for results before it. */
function placed(values: Float64Array): { readonly core: CoreExports; readonly f: Float64Array; readonly at: number } {
  const { core, memory } = opened();
  const at = BASE + RESULTS * 8;
  const missing = Math.ceil((at + values.length * 8) / PAGE_BYTES) - memory.buffer.byteLength / PAGE_BYTES;
  if (missing > 0) memory.grow(missing);
  const f = new Float64Array(memory.buffer);
  f.set(values, at / 8);
  return { core, f, at };
}

/** Null for fewer than two values, one that is not a number, or values that are all equal. */
export function momentsOf(values: Float64Array): Moments | null {
  const { core, f, at } = placed(values);
  if (!core.performance(at, values.length, 1, 0, BASE)) return null;
  const field = (index: number): number => f[BASE / 8 + index] ?? Number.NaN;
  const moments: Moments = {
    count: values.length,
    mean: field(MEAN),
    deviation: field(DEVIATION),
    skew: field(SKEW),
    kurtosis: field(KURTOSIS) + 3,
    sharpe: field(SHARPE),
  };
  return Number.isFinite(moments.sharpe) && Number.isFinite(moments.kurtosis) ? moments : null;
}

/** Quantiles of the values by linear interpolation; the values must be numbers. */
export function quantilesOf(values: Float64Array, shares: readonly number[]): readonly number[] {
  const { core, at } = placed(values);
  core.sortColumn(at, values.length);
  return shares.map((share) => core.quantileSorted(at, values.length, share));
}

export function normalCdf(z: number): number {
  return opened().core.normalCdf(z);
}

export function normalQuantile(p: number): number {
  return opened().core.normalQuantile(p);
}

/** Logarithm and exponential of the core: the same bits on every machine, which Math.log and Math.exp do not promise. */
export function ln(x: number): number {
  return opened().core.lnScalar(x);
}

export function exp(x: number): number {
  return opened().core.expScalar(x);
}
