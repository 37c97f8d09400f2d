// Parameters of one of the 18 as candidates: sets of numbers within their axes, each run over a recorded history.
import { failed, ok, type Result } from "../../domain/result.ts";
import type { History } from "../../history/history.ts";
import { conflictOf, pricesOf, type RunHooks, type RunRequest } from "../../research/research.ts";
import { type Axis, Evolution, type Values } from "./evolution.ts";
import type { Species } from "./species.ts";
import { runTrial, type TrialSpec, tryTrial } from "./trial.ts";

/** The failure is a sentence. */
export function parameterSpecies(
  history: History,
  request: RunRequest,
  axes: readonly Axis[],
  { engineVersion = "", onProgress }: Pick<RunHooks, "engineVersion" | "onProgress">,
): Result<Species<Values>, string> {
  if (axes.length === 0) return failed("there is nothing to change");
  const conflict = conflictOf(request.strategy, request.parameters);
  const base = Object.fromEntries(axes.map(({ name, min }) => [name, request.parameters[name] ?? min]));
  const tools = { compile: noCompiler, ...(onProgress === undefined ? {} : { onProgress }) };
  const trial = (values: Values): TrialSpec => {
    const whole = { ...request, parameters: { ...request.parameters, ...values } };
    return { kind: "parameters", request: whole, values, engineVersion };
  };
  return ok({
    base,
    breed: (settings, random) => new Evolution(axes, base, settings, random, conflict),
    trial,
    evaluate: (values) => tryTrial(history, trial(values), tools),
    finish: async (values) => {
      const outcome = await runTrial(history, trial(values), tools);
      return { outcome, prices: pricesOf(history, outcome.statement) };
    },
  });
}

function noCompiler(): Promise<Result<never, string>> {
  return Promise.resolve(failed("parameters need no compiler"));
}
