// A WebAssembly binary as sections that can be read and added to, and its code with fuel put in. What is common to the
// modules of strategies and to the interpreter.
import { costsOf } from "./cost.ts";
import { MEMORY_COPY } from "./instructions.ts";
import { encodeU32, join, sectionsOf, WasmFault, WasmReader } from "./reader.ts";

export const [TYPE, IMPORT, FUNCTION, MEMORY, GLOBAL, EXPORT, CODE] = [1, 2, 3, 5, 6, 7, 10] as const;
/** Order of the sections in a binary. */
const RANK = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 10] as const;
export const FUNCTION_KIND = 0;
export const GLOBAL_KIND = 3;
export const I32 = 0x7f;
const FUNCTION_TYPE = 0x60;
export const PAGE_BYTES = 65_536;

export class Binary {
  private readonly bodies: Map<number, Uint8Array>;

  constructor(bytes: Uint8Array) {
    const sections = sectionsOf(bytes).filter(({ id }) => id !== 0);
    this.bodies = new Map(sections.map(({ id, body }) => [id, body.slice(body.at, body.end)]));
  }
  /** Stands before the number of items; a section that is not there has none. */
  reader(id: number): WasmReader {
    return new WasmReader(this.bodies.get(id) ?? Uint8Array.from([0]));
  }
  count(id: number): number {
    return this.reader(id).u32();
  }
  /** Puts `items` behind those of the section and returns the index of the first. */
  append(id: number, ...items: readonly (readonly number[])[]): number {
    const reader = this.reader(id);
    const count = reader.u32();
    const before = reader.slice(reader.at, reader.end);
    this.bodies.set(id, Uint8Array.from([...encodeU32(count + items.length), ...before, ...items.flat()]));
    return count;
  }
  replace(id: number, body: Uint8Array): void {
    this.bodies.set(id, body);
  }
  bytes(): Uint8Array<ArrayBuffer> {
    const out = [...this.bodies].map(([id, body]) => ({ id, body }));
    out.sort((a, b) => rank(a.id) - rank(b.id));
    return join(out);
  }

  /** Of each function that is not imported, in their order. */
  parameterCounts(): readonly number[] {
    const types = this.reader(TYPE);
    const counts = Array.from({ length: checked(types.u32(), types) }, () => {
      if (types.byte() !== FUNCTION_TYPE) throw new WasmFault("it has a type that is no function");
      const count = types.u32();
      types.pass(count);
      types.pass(types.u32());
      return count;
    });
    const functions = this.reader(FUNCTION);
    return Array.from({ length: checked(functions.u32(), functions) }, () => counts[functions.u32()] ?? unknownType());
  }

  /** How many; only functions may come from outside: an imported memory would not be bounded by its own maximum. */
  importedFunctions(): number {
    const imports = this.reader(IMPORT);
    const count = imports.u32();
    for (let index = 0; index < count; index++) {
      imports.pass(imports.u32());
      imports.pass(imports.u32());
      if (imports.byte() !== FUNCTION_KIND) throw new WasmFault("it imports something that is no function");
      imports.u32();
    }
    return count;
  }
}
/** A number of items that the section has bytes for. */
function checked(count: number, { at, end }: WasmReader): number {
  if (count > end - at) throw new WasmFault("the module ends too early");
  return count;
}
function rank(id: number): number {
  return RANK[id] ?? id;
}

export function exportOf(name: string, kind: number, index: number): readonly number[] {
  const text = new TextEncoder().encode(name);
  return [text.length, ...text, kind, ...encodeU32(index)];
}

/** A mutable global that begins with `value`. */
export function counterOf(value: number): readonly number[] {
  return [I32, 1, 0x41, ...encodeSigned(value), 0x0b];
}

export interface Weave {
  /** Index of the global that holds the fuel. */
  readonly fuel: number;
  /** No part of a function costs more than so many units. */
  readonly most: number;
  /** What a call costs beside what the function takes itself. */
  readonly called: number;
  /** Functions that do what memory.copy and memory.fill do and take fuel for it; null: they are refused. */
  readonly bulk: { readonly copy: number; readonly fill: number } | null;
}

/** The code section with fuel in every body, and `own` bodies behind. */
export function codeWithFuel(binary: Binary, weave: Weave, own: readonly (readonly number[])[]): Uint8Array {
  const code = binary.reader(CODE);
  const parameters = binary.parameterCounts();
  const count = code.u32();
  const parts: Uint8Array[] = [Uint8Array.from(encodeU32(count + own.length))];
  for (let index = 0; index < count; index++) {
    const body = bodyWithFuel(code.part(code.u32()), parameters[index] ?? unknownType(), weave);
    parts.push(Uint8Array.from(encodeU32(body.reduce((sum, part) => sum + part.length, 0))));
    // One by one: a body may have more parts than a call may have arguments.
    for (const part of body) parts.push(part);
  }
  for (const body of own) parts.push(Uint8Array.from([...encodeU32(body.length), ...body]));
  return Buffer.concat(parts);
}

function bodyWithFuel(body: WasmReader, parameters: number, weave: Weave): readonly Uint8Array[] {
  const { fuel, most, called, bulk } = weave;
  const parts: Uint8Array[] = [];
  let from = body.at;
  const put = (at: number, code: readonly number[], instead = 0): void => {
    parts.push(body.slice(from, at), Uint8Array.from(code));
    from = at + instead;
  };
  const begin = body.at;
  const groups = body.u32();
  const afterCount = body.at;
  const left = parameters + passLocals(body, groups);
  const afterLocals = body.at;
  const found = costsOf(body, most, called);
  if (found.costs.length > 0) {
    put(begin, encodeU32(groups + 1), afterCount - begin);
    put(afterLocals, [1, I32]);
  }
  const places = [...found.costs, ...found.bulk].toSorted((a, b) => a.at - b.at);
  for (const place of places) {
    if ("units" in place) put(place.at, charge(fuel, left, [0x41, ...encodeSigned(place.units)]));
    else if (bulk === null)
      throw new WasmFault("it copies or fills memory by one instruction, whose cost cannot be counted");
    else {
      const instead = place.operation === MEMORY_COPY ? bulk.copy : bulk.fill;
      put(place.at, [0x10, ...encodeU32(instead)], place.bytes);
    }
  }
  parts.push(body.slice(from, body.end));
  return parts;
}

/** How many there are in so many groups. */
function passLocals(body: WasmReader, groups: number): number {
  let count = 0;
  for (let group = 0; group < groups; group++) {
    count += body.u32();
    body.byte();
  }
  return count;
}

function unknownType(): never {
  throw new WasmFault("it has a function without a type");
}

/**
 * left = fuel - cost;  left < 0 ?  fuel = 0, unreachable  :  fuel = left. `left`: index of a local that is ours; `cost`:
 * instructions that leave it on the stack. Both numbers stay below 2^31, so the sign says which of them was larger; the
 * global is read once, because the loads and not the arithmetic are what a short round would feel.
 */
export function charge(fuel: number, left: number, cost: readonly number[]): readonly number[] {
  const global = encodeU32(fuel);
  const local = encodeU32(left);
  const empty = [0x04, 0x40, 0x41, 0, 0x24, ...global, 0x00, 0x0b];
  return [0x23, ...global, ...cost, 0x6b, 0x22, ...local, 0x41, 0, 0x48, ...empty, 0x20, ...local, 0x24, ...global];
}

/** Signed LEB128 of a number that is not negative. */
function encodeSigned(value: number): readonly number[] {
  const bytes = [...encodeU32(value)];
  const last = bytes.at(-1) ?? 0;
  return last < 0x40 ? bytes : [...bytes.slice(0, -1), last | 0x80, 0];
}
