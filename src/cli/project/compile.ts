// Compiles the strategy of a project, and its tests, by the compiler that engines use. The process of the compiler ends
// with the work; what came out is kept where STRATEGY_COMPILED_DIR says so.
import { failed, ok, type Result } from "../../domain/result.ts";
import { seen } from "../../domain/seen.ts";
import type { CompiledStrategy, CompiledTests } from "../../sandbox/sandbox.ts";
import { print, Progress } from "../text.ts";
import { excerpt } from "./excerpt.ts";
import type { Project } from "./project.ts";
import { warnOfLimits, warnOfParameters } from "./unread.ts";

const MEMORY_BYTES = 16 * 1024 * 1024;
const TIMEOUT_MS = 120_000;

export interface CompiledProject {
  readonly strategy: CompiledStrategy;
  readonly tests: CompiledTests | null;
}

/** The failure is what a person should read. */
async function compileProject(project: Project, withTests: boolean): Promise<Result<CompiledProject, string>> {
  const { StrategyCompiler } = await import("../../sandbox/sandbox.ts");
  const { translateRules } = await import("../../learning/rules.ts");
  const { loadConfig } = await import("../../config.ts");
  const config = loadConfig(null);
  const folder = config.ok ? config.value.config.compiledDir : null;
  const options = { memoryBytes: MEMORY_BYTES, timeoutMs: TIMEOUT_MS, folder };
  const compiler = new StrategyCompiler(options, translateRules);
  try {
    const strategy = await compiler.compile(project.code, project.language);
    if (!strategy.ok) return failed(excerpt(strategy.failure, project));
    if (!withTests) return ok({ strategy: strategy.value, tests: null });
    const tests = await compiler.compileTests(project.code, project.tests, project.language);
    return tests.ok ? ok({ strategy: strategy.value, tests: tests.value }) : failed(excerpt(tests.failure, project));
  } finally {
    compiler.close();
  }
}

/** What does not compile is shown to the user, and so is what is set and nothing reads; the failure is the sentence behind that. */
export async function compiledOrShown(project: Project, withTests = false): Promise<Result<CompiledProject, string>> {
  const progress = new Progress();
  progress.show("compiling");
  const compiled = await compileProject(project, withTests);
  progress.clear();
  if (compiled.ok) {
    warnOfLimits(project);
    warnOfParameters(project.parameters, compiled.value.strategy.reads);
    return compiled;
  }
  print(compiled.failure);
  return failed(`${seen(project.name)} does not compile`);
}
