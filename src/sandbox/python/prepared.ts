// An interpreter with the engine's own Python in it: protocol, indicators, and the modules that can be imported.
import { createHash } from "node:crypto";
import type { Result } from "../../domain/result.ts";
import type { StrategyFault } from "../strategy-module.ts";
import { BELL, Interpreter } from "./interpreter.ts";
import { INDICATORS } from "./library/indicators.ts";
import { DATACLASSES, TYPING } from "./library/modules.ts";
import { NUMPY } from "./library/numpy.ts";
import { PROTOCOL } from "./library/protocol.ts";

const PREPARE_FUEL = 400_000_000;

/** Of what runs: the code, the interpreter, and the engine's own Python. SHA-256 as hex. */
export async function hashOfRunning(code: string): Promise<string> {
  const hash = createHash("sha256");
  for (const text of [await Interpreter.hash(), PROTOCOL, INDICATORS, NUMPY, TYPING, DATACLASSES, code])
    hash.update(`${text.length}:`).update(text);
  return hash.digest("hex");
}

/** `mostBytes`: of all its memory. */
export async function preparedInterpreter(mostBytes: number): Promise<Interpreter> {
  const interpreter = await Interpreter.open(mostBytes);
  interpreter.run(PROTOCOL);
  const source = ours(interpreter.functionNamed("_source"));
  for (const [name, text] of [
    ["numpy", NUMPY],
    ["typing", TYPING],
    ["dataclasses", DATACLASSES],
  ] as const)
    interpreter.call(source, [name, text], PREPARE_FUEL);
  ours(interpreter.call(ours(interpreter.functionNamed("_prepare")), [INDICATORS, BELL], PREPARE_FUEL));
  return interpreter;
}

/** Before an author's code runs nothing can go wrong but by a fault of ours. */
function ours<T>(result: Result<T, StrategyFault>): T {
  if (result.ok) return result.value;
  throw new Error(`the engine's own Python failed: ${result.failure.message}`);
}
