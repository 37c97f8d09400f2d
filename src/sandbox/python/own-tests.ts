// The author's own tests in Python: each function at the top whose name begins with `test_` and that takes nothing, in an
// interpreter of its own, so that none sees what another left behind. A test fails by an exception, or by its fuel.
// Threads: on the calling one.
import { failed, ok, type Result } from "../../domain/result.ts";
import type { StrategyFault } from "../strategy-module.ts";
import { outlineOf } from "./check/outline.ts";
import { tokensOf } from "./check/tokens.ts";
import type { Interpreter } from "./interpreter.ts";
import { TRIAL } from "./library/trial.ts";
import { preparedInterpreter } from "./prepared.ts";
import {
  AUTHOR_BYTES,
  loadingSteps,
  OWN_BYTES,
  PYTHON_EVENT_FUEL,
  READ_FUEL,
  type Step,
  taken,
} from "./python-program.ts";

export interface PythonTests {
  readonly code: string;
  /** The file beside it; null: they stand in the code. */
  readonly tests: string | null;
}

/** Of forty events. */
const TEST_FUEL = 40 * PYTHON_EVENT_FUEL;

/** Null: it passed. */
export async function runPythonTest({ code, tests }: PythonTests, name: string): Promise<StrategyFault | null> {
  const interpreter = await preparedInterpreter(OWN_BYTES + AUTHOR_BYTES);
  interpreter.run(TRIAL);
  const beside: readonly Step[] =
    tests === null
      ? []
      : [
          { name: "_read_tests", args: [tests], fuel: READ_FUEL },
          { name: "_load_tests", args: [], fuel: TEST_FUEL },
        ];
  const run = { name: "_run_test", args: [name], fuel: TEST_FUEL };
  const done = all(interpreter, [...loadingSteps(code, outlineOf(tokensOf(code).tokens)), ...beside, run]);
  return done.ok ? null : done.failure;
}

function all(interpreter: Interpreter, steps: readonly Step[]): Result<null, StrategyFault> {
  for (const step of steps) {
    const done = taken(interpreter, step);
    if (!done.ok) return failed(done.failure);
  }
  return ok(null);
}
