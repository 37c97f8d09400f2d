// Statistics of columns, computed by the core (assembly/math): the same code, and so the same bits, as everywhere in the
// engine. A memory of its own for each thread, which grows to the longest column and is used again. Null stands for what
// there is no number for: too few values, or nothing to divide by.
import { type CoreExports, instantiateCore, PAGE_BYTES, sharedCore } from "../stream/solo-plane.ts";

/** Places of the core's results in f64 words (assembly/math/performance.ts, benchmark.ts, tail.ts). */
const CAGR = 1;
const VOLATILITY = 2;
const SHARPE = 3;
const SORTINO = 4;
const CALMAR = 7;
const SKEW = 8;
const KURTOSIS = 9;
const MEAN = 12;
const DEVIATION = 13;
const ALPHA_YEARLY = 1;
const BETA = 2;
const INFORMATION = 5;
/** The core's constant tables and header lie below; results, then columns, above. */
const BASE = 131_072;
const RESULT_BYTES = 256;
const TAIL_SHARE = 0.05;

export interface Performance {
  readonly cagr: number | null;
  readonly volatility: number | null;
  readonly sharpe: number | null;
  readonly sortino: number | null;
  readonly calmar: number | null;
  readonly var95: number | null;
  readonly cvar95: number | null;
}
export interface Relative {
  readonly alpha: number | null;
  readonly beta: number | null;
  readonly informationRatio: number | null;
}

const NO_PERFORMANCE: Performance = {
  cagr: null,
  volatility: null,
  sharpe: null,
  sortino: null,
  calmar: null,
  var95: null,
  cvar95: null,
};
const NO_RELATION: Relative = { alpha: null, beta: null, informationRatio: null };

export class Statistics {
  private memory = new WebAssembly.Memory({ initial: 32, maximum: 32, shared: true });
  private core: CoreExports = instantiateCore(sharedCore().module, this.memory);

  /** Figures of simple returns with `periods` of them a year. */
  performance(returns: Float64Array, periods: number): Performance {
    const count = returns.length;
    this.reserve(2 * count);
    const at = this.put(returns, 0);
    if (this.core.performance(at, count, periods, 0, BASE) === 0) return NO_PERFORMANCE;
    const { cagr, volatility, sharpe, sortino, calmar, mean, deviation, skew, kurtosis } = this.read();
    this.core.tailRisk(at, count, TAIL_SHARE, mean, deviation, skew, kurtosis, BASE, at + count * 8);
    const words = this.words(0);
    return {
      cagr: number(cagr),
      volatility: number(volatility),
      sharpe: number(sharpe),
      sortino: number(sortino),
      calmar: number(calmar),
      var95: number(words[0]),
      cvar95: number(words[1]),
    };
  }

  relative(returns: Float64Array, benchmark: Float64Array, periods: number): Relative {
    const count = returns.length;
    this.reserve(2 * count);
    const [own, other] = [this.put(returns, 0), this.put(benchmark, count)];
    if (this.core.againstBenchmark(own, other, count, periods, BASE) === 0) return NO_RELATION;
    const words = this.words(0);
    return {
      alpha: number(words[ALPHA_YEARLY]),
      beta: number(words[BETA]),
      informationRatio: number(words[INFORMATION]),
    };
  }

  private read() {
    const words = this.words(0);
    const at = (index: number): number => words[index] ?? Number.NaN;
    const yearly = { cagr: at(CAGR), volatility: at(VOLATILITY), calmar: at(CALMAR) };
    const ratios = { sharpe: at(SHARPE), sortino: at(SORTINO) };
    return { ...yearly, ...ratios, mean: at(MEAN), deviation: at(DEVIATION), skew: at(SKEW), kurtosis: at(KURTOSIS) };
  }

  private words(offset: number): Float64Array {
    return new Float64Array(this.memory.buffer, BASE + offset, RESULT_BYTES / 8);
  }

  private put(column: Float64Array, offset: number): number {
    const address = BASE + RESULT_BYTES + offset * 8;
    new Float64Array(this.memory.buffer, address, column.length).set(column);
    return address;
  }

  private reserve(values: number): void {
    const pages = Math.ceil((BASE + RESULT_BYTES + values * 8) / PAGE_BYTES);
    if (this.memory.buffer.byteLength >= pages * PAGE_BYTES) return;
    const size = Math.ceil(pages * 1.25);
    this.memory = new WebAssembly.Memory({ initial: size, maximum: size, shared: true });
    this.core = instantiateCore(sharedCore().module, this.memory);
  }
}

function number(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
