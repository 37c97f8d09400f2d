// Compiles the strategy of a project, and its tests, by the compiler that engines use. The process of the compiler ends
// with the work.
import { failed, ok, type Result } from "../../domain/result.ts";
import type { CompiledStrategy, CompiledTests } from "../../sandbox/sandbox.ts";
import { excerpt } from "./excerpt.ts";
import type { Project } from "./project.ts";

const MEMORY_BYTES = 16 * 1024 * 1024;
const TIMEOUT_MS = 120_000;

export interface CompiledProject {
  readonly strategy: CompiledStrategy;
  readonly tests: CompiledTests | null;
}

/** The failure is what a person should read. */
export async function compileProject(project: Project, withTests: boolean): Promise<Result<CompiledProject, string>> {
  const { StrategyCompiler } = await import("../../sandbox/sandbox.ts");
  const compiler = new StrategyCompiler({ memoryBytes: MEMORY_BYTES, timeoutMs: TIMEOUT_MS });
  try {
    const strategy = await compiler.compile(project.code, project.language);
    if (!strategy.ok) return failed(excerpt(strategy.failure, project));
    if (!withTests || project.language !== "assemblyscript") return ok({ strategy: strategy.value, tests: null });
    const tests = await compiler.compileTests(project.code, project.tests);
    return tests.ok ? ok({ strategy: strategy.value, tests: tests.value }) : failed(excerpt(tests.failure, project));
  } finally {
    compiler.close();
  }
}
