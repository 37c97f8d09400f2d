// Two Gaussian regimes: Hamilton's filter with given parameters, and with those that the engine estimates. The peer calls
// the regime of the lower variance 0 (low), the other 1 (high), and so does the engine's estimate.
import { putModel, readModel } from "../../hidden-chain.ts";
import type { Chain } from "../../twins/filters.ts";
import { number, oneOf, type Adapter, type Question } from "../adapter.ts";
import { GoldenError } from "../format.ts";

const STATES = 2;
const MODEL_VALUES = 24;
const PASSES = 500;

interface Filtered {
  readonly loglik: number;
  /** Of the second regime, by time. */
  readonly filtered: readonly number[];
  readonly predicted: readonly number[];
  readonly smoothed: readonly number[];
}

function filter({ engine: { core, arena }, data, golden }: Question, chain: Chain): Filtered {
  const values = data.input(golden);
  const count = values.length;
  const model = putModel(arena, chain);
  if (core.hamiltonPrepare(model, STATES) !== 1) throw new GoldenError("the engine takes these numbers for no model");
  const [rows, predicted] = [arena.take(STATES * count), arena.take(STATES * count)];
  const loglik = core.hamiltonColumn(arena.put(values), count, model, STATES, arena.take(8), rows, predicted);
  const second = (from: number): number[] => values.map((_, t) => arena.at(from + 8 * (STATES * t + 1)));
  const filtered = second(rows);
  core.hamiltonSmooth(count, model, STATES, rows, predicted, arena.take(9));
  return { loglik, filtered, predicted: second(predicted), smoothed: second(rows) };
}

function fixed(question: Question): unknown {
  const of = (name: string): number => Number(question.golden.params[name]);
  const { loglik, filtered, predicted, smoothed } = filter(question, {
    mean: [of("mu0"), of("mu1")],
    sigma: [Math.sqrt(of("var0")), Math.sqrt(of("var1"))],
    move: [
      [of("p00"), 1 - of("p00")],
      [of("p10"), 1 - of("p10")],
    ],
  });
  const names = { prob_regime1_filtered: filtered, prob_regime1_predicted: predicted };
  return { loglik, ...names, prob_regime1_smoothed: smoothed };
}

function estimate({ engine: { core, arena }, data, golden }: Question): Chain {
  const values = data.input(golden);
  const model = arena.take(MODEL_VALUES);
  const scratch = arena.take(core.hamiltonFitScratch(values.length, STATES) / 8 + 1);
  const loglik = core.hamiltonFit(arena.put(values), values.length, model, STATES, PASSES, scratch);
  if (Number.isNaN(loglik)) throw new GoldenError("the engine finds no model for this column");
  return readModel(arena, model, STATES);
}

function fit(question: Question): unknown {
  const chain = estimate(question);
  const { loglik, filtered } = filter(question, chain);
  const [mu_low, mu_high] = chain.mean;
  const [var_low, var_high] = chain.sigma.map((sigma) => sigma * sigma);
  const [stay_low, stay_high] = chain.move.map((row, state) => row[state]);
  const share_high_gt_half = filtered.filter((p) => p > 0.5).length / filtered.length;
  return { loglik, stay_low, stay_high, mu_low, mu_high, var_low, var_high, share_high_gt_half };
}

const names = ["p00", "p10", "mu0", "mu1", "var0", "var1"];

export const regimes: readonly Adapter[] = [
  {
    call: /^MarkovRegression\(y, k_regimes=2, trend='c', switching_variance=True\)\.filter/,
    params: { ...Object.fromEntries(names.map((name) => [name, number])), initial: oneOf("steady state") },
    answer: fixed,
  },
  { call: /^same model \.fit/, answer: fit },
  {
    call: /^filtered probability of the high-variance regime at the MLE/,
    answer: (question) => filter(question, estimate(question)).filtered,
  },
];
