// Puts a counter into a compiled strategy, so that it cannot run for ever: functions and rounds of loops take fuel, one
// unit for each sixteen instructions that stand in them, and the module traps when there is not enough. Behind every
// `loop` and at the start of a function:
//   fuel < cost ?  fuel = 0, unreachable  :  fuel -= cost
// A short function that calls nothing and has no loop is part of its caller's cost and takes none. The counter is a new
// mutable global behind those of the module, exported as FUEL, and RUN(fuel) is a new function that fills the tank and
// calls the module's own `run`: one step from JavaScript, and out of the reach of the code inside, which has no name or
// number for it. Memory is bounded by its maximum, which must be there and must not be larger than the cap.
import { failed, ok, type Result } from "../../domain/result.ts";
import { costsOf } from "./cost.ts";
import { encodeU32, join, sectionsOf, WasmFault, WasmReader } from "./reader.ts";

export const FUEL = "__fuel";
export const RUN = "__run";
/** What the start of a module may take, before the host can fill the tank. */
const START_FUEL = 5_000_000;
export const PAGE_BYTES = 65_536;

const [TYPE, IMPORT, FUNCTION, MEMORY, GLOBAL, EXPORT, CODE] = [1, 2, 3, 5, 6, 7, 10] as const;
/** Order of the sections in a binary. */
const RANK = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 10] as const;
const FUNCTION_KIND = 0;
const GLOBAL_KIND = 3;
const I32 = 0x7f;

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
  const sections = sectionsOf(bytes).filter(({ id }) => id !== 0);
  const bodies = new Map(sections.map(({ id, body }) => [id, body.slice(body.at, body.end)]));
  const reader = (id: number): WasmReader => new WasmReader(bodies.get(id) ?? Uint8Array.from([0]));
  const maximumPages = maximumOf(reader(MEMORY));
  if (maximumPages === null) return failed("its memory has no maximum");
  if (maximumPages * PAGE_BYTES > memoryBytes)
    return failed(`it asks for ${maximumPages * PAGE_BYTES} bytes of memory, and ${memoryBytes} are allowed`);
  const imported = importedFunctions(reader(IMPORT));
  const run = functionNamed(reader(EXPORT), "run");
  if (run === null) return failed("it exports no function run");
  const types = reader(TYPE);
  const type = types.u32();
  bodies.set(TYPE, appended(types, type, [0x60, 1, I32, 1, I32]));
  const functions = reader(FUNCTION);
  const added = functions.u32();
  bodies.set(FUNCTION, appended(functions, added, encodeU32(type)));
  const globals = reader(GLOBAL);
  const place = globals.u32();
  bodies.set(GLOBAL, appended(globals, place, [I32, 1, 0x41, ...encodeSigned(START_FUEL), 0x0b]));
  const exports = reader(EXPORT);
  const own = [...exported(FUEL, GLOBAL_KIND, place), ...exported(RUN, FUNCTION_KIND, imported + added)];
  bodies.set(EXPORT, appended(exports, exports.u32(), own, 2));
  bodies.set(CODE, codeWithFuel(reader(CODE), place, run));
  const out = [...bodies].map(([id, body]) => ({ id, body }));
  out.sort((a, b) => rank(a.id) - rank(b.id));
  return ok({ bytes: join(out), maximumPages });
}
function rank(id: number): number {
  return RANK[id] ?? id;
}

/** The items of a section, whose count has been read, and one more or `more` of them. */
function appended(items: WasmReader, count: number, item: readonly number[], more = 1): Uint8Array {
  const before = items.slice(items.at, items.end);
  return Uint8Array.from([...encodeU32(count + more), ...before, ...item]);
}
function exported(name: string, kind: number, index: number): readonly number[] {
  const text = new TextEncoder().encode(name);
  return [text.length, ...text, kind, ...encodeU32(index)];
}

function charge(place: number, units: number): Uint8Array {
  const [global, cost] = [encodeU32(place), encodeSigned(units)];
  const empty = [0x04, 0x40, 0x41, 0, 0x24, ...global, 0x00, 0x0b];
  return Uint8Array.from([
    0x23,
    ...global,
    0x41,
    ...cost,
    0x49,
    ...empty,
    0x23,
    ...global,
    0x41,
    ...cost,
    0x6b,
    0x24,
    ...global,
  ]);
}

/** local.get 0   global.set fuel   call run   end */
function fillAndRun(place: number, run: number): readonly number[] {
  return [0, 0x20, 0, 0x24, ...encodeU32(place), 0x10, ...encodeU32(run), 0x0b];
}

function codeWithFuel(code: WasmReader, place: number, run: number): Uint8Array {
  const count = code.u32();
  const parts: Uint8Array[] = [Uint8Array.from(encodeU32(count + 1))];
  for (let index = 0; index < count; index++) {
    const body = bodyWithFuel(code.part(code.u32()), place);
    parts.push(Uint8Array.from(encodeU32(body.reduce((sum, part) => sum + part.length, 0))), ...body);
  }
  const own = fillAndRun(place, run);
  parts.push(Uint8Array.from([...encodeU32(own.length), ...own]));
  return Buffer.concat(parts);
}

function bodyWithFuel(body: WasmReader, place: number): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  let from = body.at;
  for (const { at, units } of costsOf(body)) {
    parts.push(body.slice(from, at), charge(place, units));
    from = at;
  }
  parts.push(body.slice(from, body.end));
  return parts;
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

/** How many; only functions may come from outside: an imported memory would not be bounded by its own maximum. */
function importedFunctions(imports: WasmReader): number {
  const count = imports.u32();
  for (let index = 0; index < count; index++) {
    imports.pass(imports.u32());
    imports.pass(imports.u32());
    if (imports.byte() !== FUNCTION_KIND) throw new WasmFault("it imports something that is no function");
    imports.u32();
  }
  return count;
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

/** Signed LEB128 of a number that is not negative. */
function encodeSigned(value: number): readonly number[] {
  const bytes = [...encodeU32(value)];
  const last = bytes.at(-1) ?? 0;
  return last < 0x40 ? bytes : [...bytes.slice(0, -1), last | 0x80, 0];
}
