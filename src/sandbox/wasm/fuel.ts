// Puts a counter into a compiled strategy, so that it cannot run for ever: functions and rounds of loops take fuel, one
// unit for each sixteen instructions that stand in them, and the module traps when there is not enough. Behind every
// `loop` and at the start of a function:
//   left = fuel - cost;  left < 0 ?  fuel = 0, unreachable  :  fuel = left
// A short function that calls nothing and has no loop takes none: every call costs its caller as much as such a function
// may do. Growing memory costs a thousand units. The counter is a new
// mutable global behind those of the module, exported as FUEL, and RUN(fuel) is a new function that fills the tank and
// calls the module's own `run`: one step from JavaScript, and out of the reach of the code inside, which has no name or
// number for it. Memory is bounded by its maximum, which must be there and must not be larger than the cap.
import { failed, ok, type Result } from "../../domain/result.ts";
import {
  Binary,
  CODE,
  codeWithFuel,
  counterOf,
  EXPORT,
  exportOf,
  FUNCTION,
  FUNCTION_KIND,
  GLOBAL,
  GLOBAL_KIND,
  I32,
  MEMORY,
  PAGE_BYTES,
  TYPE,
} from "./binary.ts";
import { FREE_UNITS } from "./cost.ts";
import { encodeU32, WasmFault, type WasmReader } from "./reader.ts";
import { hasType, surfaceFault } from "./surface.ts";

export const FUEL = "__fuel";
export const RUN = "__run";
/**
 * What the start of a module may take, before the host can fill the tank. Most take some thousand units, and one that computes
 * a table of a hundred thousand sines takes 3.7 million. Part of the bytes, so of the hash by which a strategy is known again.
 */
const START_FUEL = 5_000_000;
/** Nothing in, one number out. */
const RUN_TYPE = [0x60, 0, 1, I32] as const;

export interface Metered {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly maximumPages: number;
}

/** The module with its counter; why not, as the end of a sentence that begins with the module. */
export function meter(bytes: Uint8Array, memoryBytes: number): Result<Metered, string> {
  try {
    return metered(bytes, memoryBytes);
  } catch (error) {
    if (error instanceof WasmFault) return failed(error.message);
    throw error;
  }
}

function metered(bytes: Uint8Array, memoryBytes: number): Result<Metered, string> {
  const binary = new Binary(bytes);
  const maximumPages = maximumOf(binary.reader(MEMORY));
  if (maximumPages === null) return failed("its memory has no maximum");
  if (maximumPages * PAGE_BYTES > memoryBytes)
    return failed(`it asks for ${maximumPages * PAGE_BYTES} bytes of memory, and ${memoryBytes} are allowed`);
  const imported = binary.importedFunctions();
  const shown = surfaceFault(binary);
  if (shown !== null) return failed(shown);
  const run = functionNamed(binary.reader(EXPORT), "run");
  if (run === null) return failed("it exports no function run");
  if (!isRun(binary, run - imported)) return failed("its function run is not one that takes nothing and gives an i32");
  const type = binary.append(TYPE, [0x60, 1, I32, 1, I32]);
  const added = imported + binary.append(FUNCTION, encodeU32(type));
  const fuel = binary.append(GLOBAL, counterOf(START_FUEL));
  binary.append(EXPORT, exportOf(FUEL, GLOBAL_KIND, fuel), exportOf(RUN, FUNCTION_KIND, added));
  const weave = { fuel, most: Number.POSITIVE_INFINITY, called: FREE_UNITS, bulk: null };
  binary.replace(CODE, codeWithFuel(binary, weave, [fillAndRun(fuel, run)]));
  return ok({ bytes: binary.bytes(), maximumPages });
}

/** local.get 0   global.set fuel   call run   end */
function fillAndRun(place: number, run: number): readonly number[] {
  return [0, 0x20, 0, 0x24, ...encodeU32(place), 0x10, ...encodeU32(run), 0x0b];
}

/** Largest number of pages of the one memory; null without a maximum. A module without memory has 0. */
function maximumOf(memories: WasmReader): number | null {
  const count = memories.u32();
  if (count === 0) return 0;
  if (count > 1) throw new WasmFault("it has several memories");
  const flags = memories.byte();
  if (flags > 1) throw new WasmFault("its memory is shared");
  const minimum = memories.u32();
  return flags === 1 ? Math.max(minimum, memories.u32()) : null;
}

/** A call with other types would make a module of it that nobody can open. `own`: place among its own functions. */
function isRun(binary: Binary, own: number): boolean {
  const functions = binary.reader(FUNCTION);
  const count = functions.u32();
  if (own < 0 || own >= count) return false;
  for (let index = 0; index < own; index++) functions.u32();
  return hasType(binary.reader(TYPE), functions.u32(), RUN_TYPE);
}

function functionNamed(exports: WasmReader, name: string): number | null {
  const count = exports.u32();
  for (let index = 0; index < count; index++) {
    const text = exports.part(exports.u32());
    const found = new TextDecoder().decode(text.slice(text.at, text.end)) === name;
    const kind = exports.byte();
    const place = exports.u32();
    if (found && kind === FUNCTION_KIND) return place;
  }
  return null;
}
