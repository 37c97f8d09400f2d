// Parameters of one of the 18 as candidates: sets of numbers within their axes, each run over a recorded history.
import { failed, ok, type Result } from "../../domain/result.ts";
import type { History } from "../../history/history.ts";
import {
  conflictOf,
  explainRun,
  type Outcome,
  pricesOf,
  returnsOf,
  runBacktest,
  type RunHooks,
  type RunRequest,
} from "../../research/research.ts";
import { type Axis, Evolution, type Values } from "./evolution.ts";
import type { Species, Tried } from "./species.ts";

/** The failure is a sentence. */
export function parameterSpecies(
  history: History,
  request: RunRequest,
  axes: readonly Axis[],
  hooks: Pick<RunHooks, "engineVersion" | "onProgress">,
): Result<Species<Values>, string> {
  if (axes.length === 0) return failed("there is nothing to change");
  const conflict = conflictOf(request.strategy, request.parameters);
  const base = Object.fromEntries(axes.map(({ name, min }) => [name, request.parameters[name] ?? min]));
  const run = (values: Values): Promise<Outcome> => {
    const done = runBacktest(history, { ...request, parameters: { ...request.parameters, ...values } }, hooks);
    return done.ok ? Promise.resolve(done.value) : Promise.reject(new Error(explainRun(done.failure)));
  };
  return ok({
    base,
    breed: (settings, random) => new Evolution(axes, base, settings, random, conflict),
    evaluate: async (values) => triedOf(await run(values), values),
    finish: async (values) => {
      const outcome = await run(values);
      return { outcome, prices: pricesOf(history, outcome.statement) };
    },
  });
}

export function triedOf({ figures, equity, statement }: Outcome, parameters: Values): Tried {
  const { sharpe } = figures;
  const score = sharpe !== null && Number.isFinite(sharpe) ? sharpe : null;
  return { parameters, score, figures, returns: returnsOf(equity.equity, statement.capital), about: statement };
}
