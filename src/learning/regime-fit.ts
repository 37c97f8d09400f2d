// Re-estimates the two states by which regime_shift_detector reads the market: their deviations and how often the market
// goes from one to the other. From the columns of log closes of several symbols:
//   observations  returns in units of the mean and deviation of those before them, as the core makes them
//   in sample     the first 70 % of each column, all of them on end: expectation maximisation (Baum & Welch, in the core)
//                 from the parameters in force; means stay 0; each result is kept within its bounds
//   out of sample the rest of each column: ln likelihood of Hamilton's filter, the candidate's less that of those in force
// The candidate is better when that difference is at least GAIN_MIN nats, GAIN_SHARE nats an observation, and above 0 for
// more than half of the columns. Deterministic; no clock. Work comes in passes of constant cost, so that whoever calls can
// stop between two. One thread.
import { type CoreExports, instantiateCore, PAGE_BYTES, sharedCore } from "../stream/solo-plane.ts";

export interface RegimeModel {
  readonly sigma0: number;
  readonly sigma1: number;
  readonly move01: number;
  readonly move10: number;
}
export type RegimeBounds = Readonly<Record<keyof RegimeModel, readonly [min: number, max: number]>>;

export interface RegimeVerdict {
  readonly candidate: RegimeModel;
  readonly better: boolean;
  /** Out of sample, nats: the candidate less the parameters in force. */
  readonly gain: number;
  readonly observations: number;
  readonly columns: number;
  readonly columnsBetter: number;
}

export const OBSERVATIONS_MIN = 600;
export const COLUMNS_MAX = 16;
const COLUMN_MAX = 512;
const WARM = 50;
const FAR = 8;
const SIGMA_MIN = 1e-12;
const TRAIN_SHARE = 0.7;
const PASSES = 20;
const GAIN_MIN = 3;
const GAIN_SHARE = 0.002;
/** Two states that are nearly the same say nothing of the market. */
const APART = 1.5;
const VARIANCE_FLOOR = 1e-6;

const STATES = 2;
const MODEL_WORDS = 24;
const SIGMA_WORD = 3;
const CHAIN_WORD = 6;
const CHAIN_WIDTH = 3;
const BASE_WORD = PAGE_BYTES / 8;
/** The core asks for no less. */
const CORE_PAGES = 16;

/** Mean and variance before each return: equal weights up to `reference` returns, 1 / reference from then on. */
export function observationsOf(lnCloses: readonly number[], reference: number): number[] {
  const observations: number[] = [];
  let [mean, variance] = [0, 0];
  for (let index = 1; index < lnCloses.length; index++) {
    const r = (lnCloses[index] ?? Number.NaN) - (lnCloses[index - 1] ?? Number.NaN);
    if (!Number.isFinite(r)) return observations;
    const x = (r - mean) / Math.max(Math.sqrt(variance), SIGMA_MIN);
    if (index > WARM) observations.push(Math.max(-FAR, Math.min(FAR, x)));
    const weight = 1 / Math.min(index, reference);
    const away = r - mean;
    mean += weight * away;
    variance = (1 - weight) * (variance + weight * away * away);
  }
  return observations;
}

export class RegimeFit {
  private readonly core: CoreExports;
  private readonly words: Float64Array;
  private readonly inForce: RegimeModel;
  private readonly bounds: RegimeBounds;
  private readonly train: readonly number[];
  private readonly tests: readonly (readonly number[])[];
  private passes = 0;

  /** `columns`: observations by symbol, at most COLUMNS_MAX of them. */
  constructor(columns: readonly (readonly number[])[], inForce: RegimeModel, bounds: RegimeBounds) {
    const taken = columns.slice(0, COLUMNS_MAX).map((column) => column.slice(-COLUMN_MAX));
    const cut = (column: readonly number[]): number => Math.floor(TRAIN_SHARE * column.length);
    this.train = taken.flatMap((column) => column.slice(0, cut(column)));
    this.tests = taken.map((column) => column.slice(cut(column))).filter((column) => column.length > 0);
    this.inForce = inForce;
    this.bounds = bounds;
    const longest = Math.max(this.train.length, COLUMN_MAX);
    const bytes = (BASE_WORD + MODEL_WORDS + longest) * 8 + 4096 + 2 * longest * STATES * 8;
    const pages = Math.max(CORE_PAGES, Math.ceil(bytes / PAGE_BYTES));
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    this.core = instantiateCore(sharedCore().module, memory);
    this.words = new Float64Array(memory.buffer);
    this.write(inForce);
    this.words.set(this.train, this.column);
  }

  get enough(): boolean {
    return this.train.length >= OBSERVATIONS_MIN;
  }

  /** One pass over what is in sample; false: it was the last. */
  pass(): boolean {
    const { core, train, column } = this;
    const scratch = (column + train.length) * 8;
    core.hamiltonImprove(column * 8, train.length, BASE_WORD * 8, STATES, VARIANCE_FLOOR, scratch);
    this.write(this.bounded(this.read()));
    this.passes += 1;
    return this.passes < PASSES;
  }

  verdict(): RegimeVerdict {
    const candidate = this.bounded(this.read());
    const gains = this.tests.map((test) => this.likelihood(candidate, test) - this.likelihood(this.inForce, test));
    const gain = gains.reduce((sum, one) => sum + one, 0);
    const observations = this.tests.reduce((sum, { length }) => sum + length, 0);
    const columnsBetter = gains.filter((one) => one > 0).length;
    const enough = gain >= Math.max(GAIN_MIN, GAIN_SHARE * observations) && 2 * columnsBetter > gains.length;
    const better = enough && candidate.sigma1 >= APART * candidate.sigma0;
    return { candidate, better, gain, observations, columns: gains.length, columnsBetter };
  }

  private get column(): number {
    return BASE_WORD + MODEL_WORDS;
  }

  private likelihood(model: RegimeModel, observations: readonly number[]): number {
    this.write(model);
    this.words.set(observations, this.column);
    const { length } = observations;
    const at = (this.column + length) * 8;
    const filtered = at + 128;
    const predicted = filtered + length * STATES * 8;
    return this.core.hamiltonColumn(this.column * 8, length, BASE_WORD * 8, STATES, at, filtered, predicted);
  }

  private write({ sigma0, sigma1, move01, move10 }: RegimeModel): void {
    this.words.fill(0, BASE_WORD, BASE_WORD + MODEL_WORDS);
    this.words.set([sigma0, sigma1], BASE_WORD + SIGMA_WORD);
    this.words.set([1 - move01, move01], BASE_WORD + CHAIN_WORD);
    this.words.set([move10, 1 - move10], BASE_WORD + CHAIN_WORD + CHAIN_WIDTH);
    this.core.hamiltonPrepare(BASE_WORD * 8, STATES);
  }

  private read(): RegimeModel {
    const word = (place: number): number => this.words[BASE_WORD + place] ?? Number.NaN;
    return {
      sigma0: word(SIGMA_WORD),
      sigma1: word(SIGMA_WORD + 1),
      move01: word(CHAIN_WORD + 1),
      move10: word(CHAIN_WORD + CHAIN_WIDTH),
    };
  }

  private bounded(model: RegimeModel): RegimeModel {
    const within = (name: keyof RegimeModel): number => {
      const [min, max] = this.bounds[name];
      return Number.isFinite(model[name]) ? Math.max(min, Math.min(max, model[name])) : this.inForce[name];
    };
    const fitted = {
      sigma0: within("sigma0"),
      sigma1: within("sigma1"),
      move01: within("move01"),
      move10: within("move10"),
    };
    return fitted;
  }
}
