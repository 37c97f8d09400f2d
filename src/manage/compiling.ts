// How strategies are compiled in every process of the engine, so that the same text comes to the same program in all of them.
import { failed } from "../domain/result.ts";
import type { Compile } from "../learning/generation.ts";
import { translateRules } from "../learning/rules.ts";
import { type Budget, StrategyCompiler } from "../sandbox/sandbox.ts";

/** Most memory of one strategy, and the time that its compilation may take on a busy machine. */
const COMPILING = { memoryBytes: 16 * 1024 * 1024, timeoutMs: 60_000 };

/** `folder`: where what was compiled is kept; null: nowhere. */
export function openCompiler(folder: string | null, budget: Budget): StrategyCompiler {
  return new StrategyCompiler({ ...COMPILING, folder, budget }, translateRules);
}

/** Rule texts; the failure is a sentence. */
export function ruleCompiler(compiler: Pick<StrategyCompiler, "compile">): Compile {
  return async (code) => {
    const made = await compiler.compile(code, "rules");
    return made.ok ? made : failed(made.failure[0]?.message ?? "it does not compile");
  };
}
