// Compositions as candidates: rule texts, each compiled like anybody's strategy and run over a recorded history by the
// backtest of users' strategies. Waits for the compiler; everything else is on the calling thread.
import { failed, ok, type Result } from "../../domain/result.ts";
import type { History } from "../../history/history.ts";
import { type CodeHooks, type CodeRequest, pricesOf } from "../../research/research.ts";
import { print, readRules } from "../rules.ts";
import { RuleEvolution } from "./rule-evolution.ts";
import type { Species } from "./species.ts";
import { type Compile, runTrial, type TrialSpec, tryTrial } from "./trial.ts";

export interface CompositionRequest extends CodeRequest {
  /** Texts that a search begins with; the first one is what there is. */
  readonly founders: readonly string[];
  /** Strategies whose signals may be read. */
  readonly signals: readonly string[];
}

/** The failure is a sentence. */
export function compositionSpecies(
  history: History,
  { founders, signals, ...request }: CompositionRequest,
  compile: Compile,
  { engineVersion = "", onProgress }: Pick<CodeHooks, "engineVersion" | "onProgress">,
): Result<Species<string>, string> {
  const [first] = founders;
  const read = readRules(first ?? "");
  if (!read.ok) return failed("what there is means nothing");
  const tools = { compile, ...(onProgress === undefined ? {} : { onProgress }) };
  const trial = (text: string): TrialSpec => ({ kind: "rules", request, text, engineVersion });
  return ok({
    base: print(read.value.text),
    breed: (settings, random) => new RuleEvolution(founders, signals, settings, random),
    trial,
    evaluate: (text) => tryTrial(history, trial(text), tools),
    finish: async (text) => {
      const outcome = await runTrial(history, trial(text), tools);
      return { outcome, prices: pricesOf(history, outcome.statement) };
    },
  });
}
