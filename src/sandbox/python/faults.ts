// What went wrong inside the interpreter, in the author's terms: the line of the author's text on which it happened, the
// kind of exception and its message, as the store takes it.
import { fitText } from "../../store/fit-text.ts";
import type { StrategyFault } from "../strategy-module.ts";
import { PYTHON_TEST_FILE } from "../test-file.ts";
import { Walled } from "./walled.ts";

const MESSAGE_MAX = 500;
const AUTHORS_LINE = /File "(strategy\.py|strategy_test\.py)", line (\d+)/g;

/** `text`: type of the exception, 0x04, and its traceback, whose last line says what it was. */
export function faultOfPython(text: string): StrategyFault {
  const [type = "", traceback = ""] = text.split("\u0004");
  const [, file, line] = [...traceback.matchAll(AUTHORS_LINE)].at(-1) ?? [];
  const at = traceback.lastIndexOf(`\n${type}`);
  const said = traceback.slice(at + 1).trim();
  const message = fitText((said === "" ? type : said).slice(0, MESSAGE_MAX), "\ufffd");
  const place = { line: line === undefined ? null : Number(line), column: null };
  return { kind: kindOf(type, said), message, ...place, ...(file === PYTHON_TEST_FILE ? { file } : {}) };
}

function kindOf(type: string, said: string): StrategyFault["kind"] {
  if (type === "MemoryError") return "out_of_memory";
  return /maximum recursion depth exceeded|pystack exhausted/.test(said) ? "too_deep" : "aborted";
}

export function faultOfTrap(error: unknown, empty: boolean): StrategyFault {
  const fault = (kind: StrategyFault["kind"], message: string): StrategyFault => ({
    kind,
    message,
    line: null,
    column: null,
  });
  if (error instanceof Walled) return fault("trapped", error.message);
  if (error instanceof RangeError) return fault("too_deep", "it calls itself too deeply");
  if (error instanceof WebAssembly.RuntimeError) {
    if (empty)
      return fault(
        "out_of_fuel",
        "it did not come to an end: a loop without an end, or more work than one call may do",
      );
    return fault("trapped", `it trapped: ${error.message}`);
  }
  return fault("trapped", "the interpreter gave the engine what it cannot read");
}
