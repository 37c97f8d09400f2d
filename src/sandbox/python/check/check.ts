// Looks a strategy in Python over before it runs: its tokens, what it may not write, whether the interpreter can read it,
// and whether there is a class with generate_signal. Nothing of it is run. Threads: a worker's, since a large file
// takes a second; the interpreter that reads it is its own and is let go.
import { failed, ok, type Result } from "../../../domain/result.ts";
import type { Spellings } from "../../../domain/unread.ts";
import type { Diagnostic } from "../../compile/diagnostics.ts";
import type { StrategyParameter } from "../../strategy-module.ts";
import { hashOfRunning, preparedInterpreter } from "../prepared.ts";
import { placeOf } from "./hints.ts";
import {
  type Argument,
  constructorOf,
  methodOf,
  type Outline,
  spellingsOf,
  outlineOf,
  SIGNAL_METHOD,
  type TestOutline,
  testsOf,
} from "./outline.ts";
import { brokenRules } from "./rules.ts";
import { tokensOf } from "./tokens.ts";

export interface CheckedPython {
  /** Constructor arguments with a number as default. Python declares no range: it is infinite on both sides. */
  readonly parameters: readonly StrategyParameter[];
  /** Parameters that it takes, of any kind, each in its spellings. */
  readonly reads: readonly Spellings[];
  /** SHA-256 of code and interpreter, as hex. */
  readonly hash: string;
  /** The author's own tests that stand in the text. */
  readonly tests: readonly string[];
}

const CODE_BYTES_MAX = 262_144;
/** Of the interpreter that reads it. */
const MEMORY_BYTES = 17 * 1_048_576;
const FUEL = 500_000_000;

/** `beside`: it is a file of tests. */
export async function checkPython(code: string, beside = false): Promise<Result<CheckedPython, readonly Diagnostic[]>> {
  const bytes = Buffer.byteLength(code);
  if (bytes > CODE_BYTES_MAX) return wrong(`the code has ${bytes} bytes, and ${CODE_BYTES_MAX} are allowed`);
  const { tokens, diagnostics } = tokensOf(code);
  if (diagnostics.length > 0) return failed(diagnostics);
  const broken = brokenRules(tokens, beside ? ["strategy"] : []);
  if (broken.length > 0) return failed(broken);
  const unreadable = await syntaxFault(code);
  if (unreadable !== null) return failed([unreadable]);
  const called = testsOf(tokens);
  if (beside) {
    const odd = faultsOfTests(called);
    if (odd.length > 0) return failed(odd);
  }
  const tests = [...new Set(called.filter(({ fault }) => fault === null).map(({ name }) => name))];
  const taken = beside ? ok([]) : argumentsOf(outlineOf(tokens));
  if (!taken.ok) return taken;
  const reads = taken.value.map(({ name }) => spellingsOf(name));
  return ok({ parameters: taken.value.flatMap(parameterOf), reads, hash: await hashOfRunning(code), tests });
}

/** In a file of tests, what would be passed over in silence. */
function faultsOfTests(called: readonly TestOutline[]): readonly Diagnostic[] {
  const hint = "write it as a function at the top that takes nothing: def test_it():";
  const none = { message: "there is no test in this file", line: null, column: null, hint };
  if (called.length === 0) return [none];
  return called.flatMap(({ name, line, column, fault }) =>
    fault === null ? [] : [{ message: `${name} is ${fault} and would not be run`, line, column, hint }],
  );
}

async function syntaxFault(code: string): Promise<Diagnostic | null> {
  const interpreter = await preparedInterpreter(MEMORY_BYTES);
  const reader = interpreter.functionNamed("_read");
  const read = reader.ok ? interpreter.call(reader.value, [code], FUEL) : reader;
  if (read.ok) return null;
  const { kind, message, line } = read.failure;
  if (kind === "out_of_fuel" || kind === "out_of_memory" || kind === "too_deep")
    return {
      message: `the code cannot be read: ${kind === "too_deep" ? "it is nested too deeply" : "it is too large"}`,
      line,
      column: null,
      hint: "make it smaller",
    };
  return { message, line, ...placeOf(code, line) };
}

function argumentsOf(outline: Outline): Result<readonly Argument[], readonly Diagnostic[]> {
  const { strategy } = outline;
  if (strategy === null)
    return wrong(`there is no class: a strategy is a class with a method ${SIGNAL_METHOD}(self, market_data)`);
  const method = methodOf(strategy, SIGNAL_METHOD, outline);
  const { name, line, column } = strategy;
  if (method === null)
    return failed([
      {
        message: `class ${name} has no method ${SIGNAL_METHOD}`,
        line,
        column,
        hint: `add: def ${SIGNAL_METHOD}(self, market_data)`,
      },
    ]);
  if (method.isAsync)
    return failed([
      {
        message: `${SIGNAL_METHOD} cannot be async`,
        line: method.line,
        column: method.column,
        hint: "take the word async away",
      },
    ]);
  return ok(constructorOf(strategy, outline));
}

function parameterOf({ name, standard }: Argument): readonly StrategyParameter[] {
  const text = standard.map((token) => token.text).join("");
  if (!/^-?[\d.]/.test(text)) return [];
  const value = Number(text.replaceAll("_", ""));
  if (!Number.isFinite(value)) return [];
  return [{ name, standard: value, least: Number.NEGATIVE_INFINITY, most: Number.POSITIVE_INFINITY, meaning: "" }];
}

function wrong(message: string): Result<never, readonly Diagnostic[]> {
  return failed([{ message, line: null, column: null, hint: null }]);
}
