// From what the compiler wrote to what the engine takes: the module with its counter, and what it says of itself once it is
// begun. To begin it runs what the author wrote at the top of the file, which may last as long as its fuel: so all of this
// happens in the compiler's process, which may be ended, and never in a thread of the engine that others wait for.
import { READABLE, unreadableName } from "../../domain/program-signals.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import { StrategyModule, type StrategyParameter } from "../strategy-module.ts";
import { meter } from "../wasm/fuel.ts";
import type { Diagnostic } from "./diagnostics.ts";

/** What the compiler's process tells of a module. */
export interface Told {
  /** What it declares; of one with tests nothing, since that is not begun. */
  readonly parameters: readonly StrategyParameter[];
  /** Functions that it exports as tests. */
  readonly tests: readonly string[];
}
/** With its counter: as it runs. */
interface Metered {
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly module: WebAssembly.Module;
}
type Declared = Result<readonly StrategyParameter[], readonly Diagnostic[]>;

/** Characters of what the WebAssembly compiler says. */
const SAID_MAX = 300;
const ONLY_IMPORT = "env.abort";
/** What the compiler brings in for names that reach outside the module. */
const REACHES: Readonly<Record<string, string>> = {
  "env.seed": "Math.random: a strategy must decide the same every time; count or hash what you see instead",
  "env.trace": "trace: there is no console in the engine",
};
const PARAMETER_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const TEST_NAME = /^test/;

/** Nothing of it runs. */
export function metered(compiled: Uint8Array, memoryBytes: number): Result<Metered, readonly Diagnostic[]> {
  try {
    return checked(compiled, memoryBytes);
  } catch (error) {
    // What the rewriting or the WebAssembly compiler cannot take is that code's failure, never the engine's.
    return refused(
      `the module was refused: ${error instanceof Error ? error.message.slice(0, SAID_MAX) : "it is broken"}`,
    );
  }
}

function checked(compiled: Uint8Array, memoryBytes: number): Result<Metered, readonly Diagnostic[]> {
  const made = meter(compiled, memoryBytes);
  if (!made.ok) return refused(`the module was refused: ${made.failure}`);
  const { bytes } = made.value;
  const module = new WebAssembly.Module(bytes);
  const first = WebAssembly.Module.imports(module)
    .map(({ module: from, name }) => `${from}.${name}`)
    .find((name) => name !== ONLY_IMPORT);
  if (first !== undefined)
    return refused(`it reaches outside by ${REACHES[first] ?? first}`, 'only "strategy-engine/sdk" can be imported');
  return ok({ wasm: bytes, module });
}

/** Runs what stands at the top of the author's file. */
export function declaredBy(module: WebAssembly.Module): Declared {
  const opened = StrategyModule.open(module);
  if (!opened.ok) {
    const { message, line, column } = opened.failure;
    return failed([{ message: `it fails before it begins: ${message}`, line, column, hint: null }]);
  }
  const { parameters, signals } = opened.value;
  const names = new Set<string>();
  for (const one of parameters) {
    const wrong = parameterFault(one, names);
    if (wrong !== null) return refused(wrong, 'parameter("name", default, least, most, "meaning")');
    names.add(one.name);
  }
  for (const name of signals) {
    const why = unreadableName(name);
    if (why !== null)
      return refused(`the signals of ${name} cannot be had: ${why}`, `those that can: ${READABLE.join(", ")}`);
  }
  return ok(parameters);
}

export function testsIn(module: WebAssembly.Module): readonly string[] {
  const functions = WebAssembly.Module.exports(module).filter(({ kind }) => kind === "function");
  return functions.map(({ name }) => name).filter((name) => TEST_NAME.test(name));
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
