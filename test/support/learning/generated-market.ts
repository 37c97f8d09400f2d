// Markets with a planted truth for the generator, traded by a plain rule on closes, so that hundreds of candidates take a
// moment: long while the last `lookback` returns sum to more than `threshold` deviations, short below the negative of it.
//   trending   drifts last some 30 bars on either side: the rule earns where lookback suits them, more than its costs
//   noise      nothing to find; the best of many sets looks good all the same
import { Evolution, type Species, type Tried, type Values } from "../../../src/learning/generation.ts";
import type { Outcome } from "../../../src/research/research.ts";
import { Random } from "../random.ts";
import { DAY_US, FIGURES, START, STATEMENT } from "../research/outcomes.ts";

export interface GeneratedMarket {
  readonly seed: number;
  readonly bars: number;
  /** Drift of a bar, in deviations; 0: noise. */
  readonly edge: number;
  /** Bar from which on there is no edge any more. */
  readonly until?: number;
  /** Of a trade, a share of its value. */
  readonly costs?: number;
}

const SIGMA = 0.01;
const TURNS = 1 / 30;
const COSTS = 0.0005;
const CAPITAL = 10_000;
const YEAR = 365.25;

export function marketReturns({ seed, bars, edge, until = Infinity }: GeneratedMarket): Float64Array {
  const random = new Random(seed);
  let side = 1;
  return Float64Array.from({ length: bars }, (_, bar) => {
    if (random.next() < TURNS) side = -side;
    return SIGMA * ((bar < until ? side * edge : 0) + random.normal());
  });
}

export function plainSpecies(market: GeneratedMarket): Species<Values> {
  const returns = marketReturns(market);
  const run = (values: Values): Float64Array => traded(returns, values, market.costs ?? COSTS);
  const base = { lookback: 60, threshold: 1 };
  const axes = [
    { name: "lookback", min: 5, max: 120, whole: true },
    { name: "threshold", min: 0, max: 3, whole: false },
  ];
  return {
    base,
    breed: (settings, random) => new Evolution(axes, base, settings, random),
    evaluate: (values) => Promise.resolve(triedOf(values, run(values), market.seed)),
    finish: (values) => Promise.resolve({ outcome: outcomeOf(values, run(values), market.seed), prices: [] }),
  };
}

function traded(returns: Float64Array, values: Values, costs: number): Float64Array {
  const { lookback = 1, threshold = 0 } = values;
  const far = threshold * SIGMA * Math.sqrt(lookback);
  let [sum, held] = [0, 0];
  return returns.map((value, bar) => {
    const earned = held * value;
    sum += value - (bar >= lookback ? (returns[bar - lookback] ?? 0) : 0);
    const wanted = bar + 1 < lookback ? 0 : sum > far ? 1 : sum < -far ? -1 : 0;
    const paid = Math.abs(wanted - held) * costs;
    held = wanted;
    return earned - paid;
  });
}

function sharpeOf(returns: Float64Array): number | null {
  const mean = returns.reduce((sum, one) => sum + one, 0) / returns.length;
  const variance = returns.reduce((sum, one) => sum + (one - mean) * (one - mean), 0) / (returns.length - 1);
  return variance > 0 ? (mean / Math.sqrt(variance)) * Math.sqrt(YEAR) : null;
}

/** A run as its returns bar by bar tell of it. */
export function triedOf(parameters: Values, returns: Float64Array, seed: number): Tried {
  const score = sharpeOf(returns);
  const about = outcomeOf(parameters, returns, seed).statement;
  return { parameters, score, figures: { ...FIGURES, sharpe: score, periodsPerYear: YEAR }, returns, about };
}

export function outcomeOf(parameters: Values, returns: Float64Array, seed: number): Outcome {
  let value = CAPITAL;
  const equity = returns.map((one) => (value *= 1 + one));
  const time = returns.map((_, bar) => START + (bar + 1) * DAY_US);
  const hash = `market-${seed}`;
  const data = STATEMENT.data.map((one) => ({ ...one, hash }));
  return {
    statement: {
      ...STATEMENT,
      parameters,
      capital: CAPITAL,
      to: START + returns.length * DAY_US,
      data,
      dataHash: hash,
    },
    figures: { ...FIGURES, sharpe: sharpeOf(returns), periodsPerYear: YEAR },
    trades: [],
    equity: { time, equity, exposure: equity },
    events: returns.length,
    signals: 0,
    signalHash: "0",
    resultHash: "0",
    open: [],
    warnings: [],
  };
}
