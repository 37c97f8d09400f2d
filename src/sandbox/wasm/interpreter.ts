// Puts a counter into an interpreter, so that no program in it can run for ever, and bounds its memory. As fuel.ts does for
// compiled strategies, with three differences. A part of a function costs at most MOST units: the great loop of an
// interpreter holds every operation of its language, and one round of it does one of them. memory.copy and memory.fill
// become functions that take a unit for every sixty-four bytes. The host fills the tank by the exported global before each
// call, because there are many ways in; the program inside has no name or number for it.
import { failed, ok, type Result } from "../../domain/result.ts";
import {
  Binary,
  charge,
  CODE,
  codeWithFuel,
  counterOf,
  EXPORT,
  exportOf,
  FUNCTION,
  GLOBAL,
  GLOBAL_KIND,
  I32,
  MEMORY,
  TYPE,
} from "./binary.ts";
import { FUEL } from "./fuel.ts";
import { encodeU32, WasmFault } from "./reader.ts";

const MOST = 4;
/** A unit pays for 2^6 bytes. */
const BYTES_SHIFT = 6;
const COPY = [0xfc, 0x0a, 0, 0] as const;
const FILL = [0xfc, 0x0b, 0] as const;

/** Memory begins with `leastPages` and never has more than `mostPages`, whatever the module asks for. */
export function meterInterpreter(
  bytes: Uint8Array,
  leastPages: number,
  mostPages: number,
): Result<Uint8Array<ArrayBuffer>, string> {
  try {
    const binary = new Binary(bytes);
    if (binary.count(MEMORY) !== 1) return failed("it has not one memory");
    binary.replace(MEMORY, Uint8Array.from([1, 1, ...encodeU32(leastPages), ...encodeU32(mostPages)]));
    const type = encodeU32(binary.append(TYPE, [0x60, 3, I32, I32, I32, 0]));
    const copy = binary.importedFunctions() + binary.append(FUNCTION, type, type);
    const fuel = binary.append(GLOBAL, counterOf(0));
    binary.append(EXPORT, exportOf(FUEL, GLOBAL_KIND, fuel));
    const weave = { fuel, most: MOST, called: 0, bulk: { copy, fill: copy + 1 } };
    binary.replace(CODE, codeWithFuel(binary, weave, [paidBulk(fuel, COPY), paidBulk(fuel, FILL)]));
    return ok(binary.bytes());
  } catch (error) {
    if (error instanceof WasmFault) return failed(error.message);
    throw error;
  }
}

/** Three parameters, of which the last is the number of bytes: pays, then does the instruction. */
function paidBulk(fuel: number, instruction: readonly number[]): readonly number[] {
  const units = [0x20, 2, 0x41, BYTES_SHIFT, 0x76];
  return [1, 1, I32, ...charge(fuel, 3, units), 0x20, 0, 0x20, 1, 0x20, 2, ...instruction, 0x0b];
}
