// Value at risk and expected shortfall of a series of returns, computed by the core (assembly/math/tail.ts), and whether
// such a forecast was passed as often as it should be: the test of Kupiec (1995), "Techniques for verifying the accuracy
// of risk measurement models": with x of n forecasts passed and the share p expected,
//   LR = -2 ln( (1-p)^(n-x) p^x / ((1-x/n)^(n-x) (x/n)^x) ), which has a chi-square distribution with one degree of freedom.
// One memory of the core, made when it is first needed. Main thread.
import { type CoreExports, instantiateCore, PAGE_BYTES, sharedCore } from "../../stream/solo-plane.ts";

export interface Tail {
  readonly historical: number;
  readonly historicalShortfall: number;
  readonly cornishFisher: number;
  readonly cornishFisherShortfall: number;
}

export interface Kupiec {
  readonly forecasts: number;
  readonly passed: number;
  readonly ratio: number;
  /** Probability of a ratio at least as high if the forecasts are right. */
  readonly probability: number;
}

/** Places of the core's results in f64 words. */
const SKEW = 8;
const KURTOSIS = 9;
const MEAN = 12;
const DEVIATION = 13;
const HISTORICAL = 0;
const HISTORICAL_SHORTFALL = 1;
const CORNISH_FISHER = 4;
const CORNISH_FISHER_SHORTFALL = 5;
/** The core's constant tables and header lie below. */
const BASE = 131_072;
const RESULT_BYTES = 256;
export const RETURNS_MAX = 65_536;

export class Tails {
  private memory: WebAssembly.Memory | null = null;
  private core: CoreExports | null = null;

  /** At share `p` of the worst returns; null: too few of them, or they do not differ. */
  of(returns: Float64Array, p: number): Tail | null {
    const count = Math.min(returns.length, RETURNS_MAX);
    const { core, memory } = this.opened();
    const at = BASE + RESULT_BYTES;
    new Float64Array(memory.buffer, at, count).set(returns.subarray(returns.length - count));
    if (core.performance(at, count, 1, 0, BASE) === 0) return null;
    const words = new Float64Array(memory.buffer, BASE, RESULT_BYTES / 8);
    const word = (place: number): number => words[place] ?? Number.NaN;
    const moments = [word(MEAN), word(DEVIATION), word(SKEW), word(KURTOSIS)] as const;
    core.tailRisk(at, count, p, ...moments, BASE, at + RETURNS_MAX * 8);
    const tail = {
      historical: word(HISTORICAL),
      historicalShortfall: word(HISTORICAL_SHORTFALL),
      cornishFisher: word(CORNISH_FISHER),
      cornishFisherShortfall: word(CORNISH_FISHER_SHORTFALL),
    };
    return Object.values(tail).every(Number.isFinite) ? tail : null;
  }

  kupiec(forecasts: number, passed: number, p: number): Kupiec {
    const { core } = this.opened();
    const part = (times: number, share: number): number => (times === 0 ? 0 : times * core.lnScalar(share));
    const expected = part(forecasts - passed, 1 - p) + part(passed, p);
    const found = part(forecasts - passed, 1 - passed / forecasts) + part(passed, passed / forecasts);
    const ratio = forecasts === 0 ? 0 : Math.max(0, -2 * (expected - found));
    const probability = 2 * (1 - core.normalCdf(Math.sqrt(ratio)));
    return { forecasts, passed, ratio, probability: Math.min(1, Math.max(0, probability)) };
  }

  private opened(): { readonly core: CoreExports; readonly memory: WebAssembly.Memory } {
    const pages = Math.ceil((BASE + RESULT_BYTES + 2 * RETURNS_MAX * 8) / PAGE_BYTES);
    this.memory ??= new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    this.core ??= instantiateCore(sharedCore().module, this.memory);
    return { core: this.core, memory: this.memory };
  }
}
