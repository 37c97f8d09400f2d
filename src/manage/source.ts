// From a registered strategy to what runs: its code out of the store, compiled in the compiler's process, which keeps what
// it made by the hash of the code. What is wrong with the code is a failure with the author's lines.
import type { Failure } from "../domain/failure.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import { type CompiledStrategy, LANGUAGES, type StrategyCompiler } from "../sandbox/sandbox.ts";
import { type Registry, type Strategy, unknownStrategy } from "./registry/registry.ts";

/** Of the strategy's version; null: it is one of the engine's own and has no code. */
export async function compiledOf(
  strategy: Strategy,
  registry: Registry,
  compiler: StrategyCompiler,
): Promise<Result<CompiledStrategy | null, Failure>> {
  if (strategy.kind === "builtin") return ok(null);
  const { strategyId, version } = strategy;
  const found = await registry.version(strategyId, version);
  if (found === null) return failed(unknownStrategy(strategyId));
  const language = found.language ?? strategy.language ?? "python";
  if (!LANGUAGES.includes(language)) return failed({ code: "not_available", what: `running code in ${language}` });
  const made = await compiler.compile(found.code, language);
  if (made.ok) return made;
  const [first = NO_REASON, ...others] = made.failure;
  return failed({ code: "code_error", issues: [first, ...others] });
}

const NO_REASON = { message: "it cannot be compiled", line: null, column: null, hint: null };
