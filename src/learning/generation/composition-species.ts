// Compositions as candidates: rule texts, each compiled like anybody's strategy and run over a recorded history by the
// backtest of users' strategies. Waits for the compiler; everything else is on the calling thread.
import { createHash } from "node:crypto";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { History } from "../../history/history.ts";
import {
  type CodeHooks,
  type CodeRequest,
  explainRun,
  type Outcome,
  pricesOf,
  runCode,
} from "../../research/research.ts";
import type { CompiledStrategy } from "../../sandbox/sandbox.ts";
import { print, readRules } from "../rules.ts";
import { triedOf } from "./parameter-species.ts";
import { RuleEvolution } from "./rule-evolution.ts";
import type { Species } from "./species.ts";

/** A rule text compiled; the failure is a sentence. */
export type Compile = (code: string) => Promise<Result<CompiledStrategy, string>>;

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
  hooks: Pick<CodeHooks, "engineVersion" | "onProgress">,
): Result<Species<string>, string> {
  const [first] = founders;
  const read = readRules(first ?? "");
  if (!read.ok) return failed("what there is means nothing");
  const run = async (text: string): Promise<Outcome> => {
    const compiled = await compile(text);
    if (!compiled.ok) throw new Error(compiled.failure);
    const done = await runCode(history, request, compiled.value, hooks);
    if (!done.ok) throw new Error(explainRun(done.failure));
    return done.value;
  };
  return ok({
    base: print(read.value.text),
    breed: (settings, random) => new RuleEvolution(founders, signals, settings, random),
    evaluate: async (text) => triedOf(await run(text), { composition: markOf(text) }),
    finish: async (text) => {
      const outcome = await run(text);
      return { outcome, prices: pricesOf(history, outcome.statement) };
    },
  });
}

/** By which the ledger tells texts apart: 48 bits of a hash. */
function markOf(text: string): number {
  return parseInt(createHash("sha256").update(text).digest("hex").slice(0, 12), 16);
}
