// From an author's text to a compiled strategy, whatever the language. Rules are written out as AssemblyScript, which is
// compiled, metered and begun once by the process of `Compilers`, to learn which parameters it declares; Python is looked
// over and stays text. What is wrong comes back as diagnostics with the author's lines. Nothing of the author's runs here.
import { createHash } from "node:crypto";
import { failed, ok, type Result } from "../../domain/result.ts";
import { PythonChecker } from "../python/check/checker.ts";
import type { CompiledStrategy, Language } from "../program.ts";
import type { CompiledTests } from "../own-tests.ts";
import { PYTHON_TEST_FILE } from "../test-file.ts";
import { Compilers, type CompilersOptions } from "./compilers.ts";
import type { Diagnostic } from "./diagnostics.ts";

/** Null: there are none. */
/** From a text of rules to the same in AssemblyScript (src/learning/rules.ts). */
export type Translate = (text: string) => Result<string, readonly Diagnostic[]>;
type CompiledOwn = Result<CompiledTests | null, readonly Diagnostic[]>;
const TEST_WITHIN = /^\s*export\s+function\s+test/m;

export class StrategyCompiler {
  private readonly compilers: Compilers;

  private readonly checker: PythonChecker;

  private readonly translate: Translate;

  constructor(options: CompilersOptions, translate: Translate = () => refused("this build reads no rules")) {
    this.translate = translate;
    this.compilers = new Compilers(options);
    this.checker = new PythonChecker(options.timeoutMs, options.budget);
  }

  async compile(code: string, language: Language): Promise<Result<CompiledStrategy, readonly Diagnostic[]>> {
    const codeHash = createHash("sha256").update(code).digest("hex");
    if (language === "python") {
      const checked = await this.checker.check(code);
      if (!checked.ok) return checked;
      const { hash, parameters, reads } = checked.value;
      return ok({ language, codeHash, code, wasm: null, hash, parameters, reads });
    }
    const source = this.sourceOf(code, language);
    if (!source.ok) return source;
    const made = await this.compilers.compile(source.value);
    if (!made.ok) return made;
    const { hash, wasm, parameters } = made.value;
    const reads = parameters.map(({ name }) => [name]);
    return ok({ language, codeHash, hash, code, wasm, parameters, reads });
  }

  /** The author's own tests: a file beside the strategy, else exported functions in it; null: there are none. */
  async compileTests(code: string, tests: string | null, language: Language): Promise<CompiledOwn> {
    if (language === "python") return this.pythonTests(code, tests);
    const source = this.sourceOf(code, language);
    if (!source.ok) return source;
    if (tests === null && !TEST_WITHIN.test(source.value)) return ok(null);
    const made = await this.compilers.compile(source.value, tests ?? true);
    if (!made.ok) return made;
    const { hash, wasm, tests: names } = made.value;
    return ok({ hash, wasm, python: null, names });
  }

  private async pythonTests(code: string, tests: string | null): Promise<CompiledOwn> {
    const checked = await this.checker.check(tests ?? code, tests !== null);
    if (!checked.ok)
      return tests === null ? checked : failed(checked.failure.map((one) => ({ ...one, file: PYTHON_TEST_FILE })));
    const { tests: names } = checked.value;
    if (names.length === 0 && tests === null) return ok(null);
    const hash = createHash("sha256")
      .update(JSON.stringify([code, tests]))
      .digest("hex");
    return ok({ hash, wasm: null, python: { code, tests }, names });
  }

  /** This code is about to be asked for. */
  ahead(code: string, language: Language): void {
    if (language === "python") return;
    const source = this.sourceOf(code, language);
    if (source.ok) this.compilers.ahead(source.value);
  }

  /** What the compiler compiles. */
  private sourceOf(code: string, language: Language): Result<string, readonly Diagnostic[]> {
    return language === "rules" ? this.translate(code) : ok(code);
  }

  /** Resolves when the compiler is at its speed. */
  warm(): Promise<void> {
    return this.compilers.warm();
  }

  close(): void {
    this.compilers.close();
    this.checker.close();
  }
}

function refused(message: string): Result<never, readonly Diagnostic[]> {
  return failed([{ message, line: null, column: null, hint: null }]);
}
