// An interpreter with the engine's own Python in it: protocol, indicators, and the modules that can be imported.
import { createHash } from "node:crypto";
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
  const source = interpreter.functionNamed("_source");
  for (const [name, text] of [
    ["numpy", NUMPY],
    ["typing", TYPING],
    ["dataclasses", DATACLASSES],
  ] as const)
    interpreter.call(source, [name, text], PREPARE_FUEL);
  const prepared = interpreter.call(interpreter.functionNamed("_prepare"), [INDICATORS, BELL], PREPARE_FUEL);
  if (!prepared.ok) throw new Error(`the engine's own Python failed: ${prepared.failure.message}`);
  return interpreter;
}
