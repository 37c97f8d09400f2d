// Puts a counter into a compiled strategy, so that it cannot run for ever: every function and every round of a loop takes
// one unit of fuel, and the module traps when none is left. The host fills the tank before each call.
//   at the start of a function and behind every `loop`:
//     global.get fuel   i32.eqz   if   unreachable   end   global.get fuel   i32.const 1   i32.sub   global.set fuel
// The counter is a new mutable global behind those of the module, exported as FUEL. Code outside loops and functions does
// not exist, and a body is bounded by the size of the code, so fuel bounds time. Memory is bounded by its maximum, which
// must be there and must not be larger than the cap.
import { failed, ok, type Result } from "../../domain/result.ts";
import { LOOP, passInstruction } from "./instructions.ts";
import { encodeU32, join, sectionsOf, WasmFault, WasmReader } from "./reader.ts";

export const FUEL = "__fuel";
/** What the start of a module may take, before the host can fill the tank. */
const START_FUEL = 10_000_000;
export const PAGE_BYTES = 65_536;

const [IMPORT, MEMORY, GLOBAL, EXPORT, CODE] = [2, 5, 6, 7, 10] as const;
/** Order of the sections in a binary. */
const RANK = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 10] as const;
const GLOBAL_KIND = 3;
const MEMORY_KIND = 2;
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
  if (importsGlobals(reader(IMPORT))) return failed("it imports a global");
  const globals = reader(GLOBAL);
  const place = globals.u32();
  const own = [I32, 1, 0x41, ...encodeSigned(START_FUEL), 0x0b];
  bodies.set(GLOBAL, appended(globals, place, own));
  const exports = reader(EXPORT);
  const name = new TextEncoder().encode(FUEL);
  bodies.set(EXPORT, appended(exports, exports.u32(), [name.length, ...name, GLOBAL_KIND, ...encodeU32(place)]));
  bodies.set(CODE, codeWithFuel(reader(CODE), charge(place)));
  const out = [...bodies].map(([id, body]) => ({ id, body }));
  out.sort((a, b) => rank(a.id) - rank(b.id));
  return ok({ bytes: join(out), maximumPages });
}
function rank(id: number): number {
  return RANK[id] ?? id;
}

/** The items of a section, whose count has been read, and one more. */
function appended(items: WasmReader, count: number, item: readonly number[]): Uint8Array {
  const before = items.slice(items.at, items.end);
  return Uint8Array.from([...encodeU32(count + 1), ...before, ...item]);
}

function charge(place: number): Uint8Array {
  const global = encodeU32(place);
  return Uint8Array.from([
    0x23,
    ...global,
    0x45,
    0x04,
    0x40,
    0x00,
    0x0b,
    0x23,
    ...global,
    0x41,
    1,
    0x6b,
    0x24,
    ...global,
  ]);
}

function codeWithFuel(code: WasmReader, fuel: Uint8Array): Uint8Array {
  const count = code.u32();
  const parts: Uint8Array[] = [Uint8Array.from(encodeU32(count))];
  for (let index = 0; index < count; index++) {
    const body = bodyWithFuel(code.part(code.u32()), fuel);
    parts.push(Uint8Array.from(encodeU32(body.reduce((sum, part) => sum + part.length, 0))), ...body);
  }
  return Buffer.concat(parts);
}

function bodyWithFuel(body: WasmReader, fuel: Uint8Array): readonly Uint8Array[] {
  let from = body.at;
  const groups = body.u32();
  for (let group = 0; group < groups; group++) {
    body.u32();
    body.byte();
  }
  const parts: Uint8Array[] = [body.slice(from, body.at), fuel];
  from = body.at;
  while (!body.done) {
    if (passInstruction(body) !== LOOP) continue;
    parts.push(body.slice(from, body.at), fuel);
    from = body.at;
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

/** Only functions may come from outside; a module that imports its memory would not be bounded by its own maximum. */
function importsGlobals(imports: WasmReader): boolean {
  const count = imports.u32();
  for (let index = 0; index < count; index++) {
    imports.pass(imports.u32());
    imports.pass(imports.u32());
    const kind = imports.byte();
    if (kind === MEMORY_KIND) throw new WasmFault("it imports its memory");
    if (kind === GLOBAL_KIND) return true;
    if (kind !== 0) throw new WasmFault("it imports something that is no function");
    imports.u32();
  }
  return false;
}

/** Signed LEB128 of a number that is not negative. */
function encodeSigned(value: number): readonly number[] {
  const bytes = [...encodeU32(value)];
  const last = bytes.at(-1) ?? 0;
  return last < 0x40 ? bytes : [...bytes.slice(0, -1), last | 0x80, 0];
}
