// From an author's text to a compiled strategy, whatever the language. AssemblyScript is compiled and metered by `Compilers`,
// then begun once to learn which parameters it declares; Python is looked over and stays text. What is wrong comes back as diagnostics with the author's lines.
import { createHash } from "node:crypto";
import { failed, ok, type Result } from "../../domain/result.ts";
import { PythonChecker } from "../python/check/checker.ts";
import type { CompiledStrategy, Language } from "../program.ts";
import { type CompiledTests, testNames } from "../own-tests.ts";
import { StrategyModule, type StrategyParameter } from "../strategy-module.ts";
import { Compilers, type CompilersOptions } from "./compilers.ts";
import type { Diagnostic } from "./diagnostics.ts";

const TEST_WITHIN = /^\s*export\s+function\s+test/m;
const PARAMETER_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

export class StrategyCompiler {
  private readonly compilers: Compilers;

  private readonly checker: PythonChecker;

  constructor(options: CompilersOptions) {
    this.compilers = new Compilers(options);
    this.checker = new PythonChecker(options.timeoutMs);
  }

  async compile(code: string, language: Language): Promise<Result<CompiledStrategy, readonly Diagnostic[]>> {
    const codeHash = createHash("sha256").update(code).digest("hex");
    if (language === "python") {
      const checked = await this.checker.check(code);
      return checked.ok ? ok({ language, codeHash, code, wasm: null, ...checked.value }) : checked;
    }
    const made = await this.compilers.compile(code);
    if (!made.ok) return made;
    const { hash, module, wasm } = made.value;
    const opened = StrategyModule.open(module);
    if (!opened.ok) {
      const { message, line, column } = opened.failure;
      return failed([{ message: `it fails before it begins: ${message}`, line, column, hint: null }]);
    }
    const { parameters } = opened.value;
    const names = new Set<string>();
    for (const one of parameters) {
      const wrong = parameterFault(one, names);
      if (wrong !== null) return refused(wrong, 'parameter("name", default, least, most, "meaning")');
      names.add(one.name);
    }
    return ok({ language, codeHash, hash, code, wasm, parameters });
  }

  /** The author's own tests: a file beside the strategy, else exported functions in it; null: there are none. */
  async compileTests(code: string, tests: string | null): Promise<Result<CompiledTests | null, readonly Diagnostic[]>> {
    if (tests === null && !TEST_WITHIN.test(code)) return ok(null);
    const made = await this.compilers.compile(code, tests ?? true);
    if (!made.ok) return made;
    const { hash, module, wasm } = made.value;
    return ok({ hash, wasm, names: testNames(module) });
  }

  /** Code in this language is about to be compiled. */
  warm(language: Language): void {
    if (language === "assemblyscript") this.compilers.warm();
  }

  close(): void {
    this.compilers.close();
    this.checker.close();
  }
}

/** `before`: names of those that were declared before it. */
function parameterFault(one: StrategyParameter, before: ReadonlySet<string>): string | null {
  const { name, standard, least, most } = one;
  if (!PARAMETER_NAME.test(name)) return `parameter "${name}" needs a name of letters, digits and underscores`;
  if (before.has(name)) return `parameter ${name} is declared twice`;
  if (!(Number.isFinite(least) && Number.isFinite(most) && standard >= least && standard <= most))
    return `parameter ${name} has the default ${standard}, which must lie between ${least} and ${most}`;
  return null;
}

function refused(message: string, hint: string | null = null): Result<never, readonly Diagnostic[]> {
  return failed([{ message, line: null, column: null, hint }]);
}
