// Two Gaussian regimes: Hamilton's filter with given parameters.
import { putModel } from "../../hidden-chain.ts";
import { number, oneOf, Partly, type Adapter, type Question } from "../adapter.ts";
import { GoldenError } from "../format.ts";

const STATES = 2;

function filter({ engine: { core, arena }, data, golden }: Question): unknown {
  const values = data.input(golden);
  const of = (name: string): number => Number(golden.params[name]);
  const model = putModel(arena, {
    mean: [of("mu0"), of("mu1")],
    sigma: [Math.sqrt(of("var0")), Math.sqrt(of("var1"))],
    move: [
      [of("p00"), 1 - of("p00")],
      [of("p10"), 1 - of("p10")],
    ],
  });
  if (core.hamiltonPrepare(model, STATES) !== 1) throw new GoldenError("the engine takes these numbers for no model");
  const [filtered, predicted] = [arena.take(STATES * values.length), arena.take(STATES * values.length)];
  const x = arena.put(values);
  const loglik = core.hamiltonColumn(x, values.length, model, STATES, arena.take(8), filtered, predicted);
  const second = (rows: number): number[] => values.map((_, t) => arena.at(rows + 8 * (STATES * t + 1)));
  return new Partly(
    { loglik, prob_regime1_filtered: second(filtered), prob_regime1_predicted: second(predicted) },
    { prob_regime1_smoothed: "the engine filters and never smooths: that would be to look ahead" },
  );
}

const names = ["p00", "p10", "mu0", "mu1", "var0", "var1"];

export const regimes: readonly Adapter[] = [
  {
    call: /^MarkovRegression\(y, k_regimes=2, trend='c', switching_variance=True\)\.filter/,
    params: { ...Object.fromEntries(names.map((name) => [name, number])), initial: oneOf("steady state") },
    answer: filter,
  },
];
