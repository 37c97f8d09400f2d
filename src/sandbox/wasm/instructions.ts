// How long an instruction is: enough of the binary format to walk the code of a function. An instruction that is not in
// the list (reference types beyond function tables, exceptions, threads) is refused: compiled strategies have none.
import { WasmFault, type WasmReader } from "./reader.ts";

export const LOOP = 0x03;
export const BLOCK = 0x02;
export const IF = 0x04;
export const END = 0x0b;
export const CALL = 0x10;
const BR_TABLE = 0x0e;
export const CALL_INDIRECT = 0x11;
const SELECT_TYPED = 0x1c;
const I32_CONST = 0x41;
const I64_CONST = 0x42;
const F32_CONST = 0x43;
const F64_CONST = 0x44;
const BULK = 0xfc;
const SIMD = 0xfd;
/** Without immediates: control, parametric, comparison, arithmetic, conversion, sign extension. */
const BARE: readonly (readonly [from: number, to: number])[] = [
  [0x00, 0x01],
  [0x05, 0x05],
  [0x0b, 0x0b],
  [0x0f, 0x0f],
  [0x1a, 0x1b],
  [0x45, 0xc4],
];
/** With one index: branches, calls, locals and globals. */
const INDEXED: readonly (readonly [from: number, to: number])[] = [
  [0x0c, 0x0d],
  [0x10, 0x10],
  [0x20, 0x24],
];
const MEMORY_FROM = 0x28;
const MEMORY_TO = 0x3e;
const MEMORY_SIZE = 0x3f;
export const MEMORY_GROW = 0x40;
/** Saturating conversions of the 0xfc page; what follows them copies memory at a cost that no loop shows. */
const SATURATING_TO = 7;
const COPY = 10;
const FILL = 11;
/** What passInstruction returns for these two: the page and the operation. */
export const MEMORY_COPY = 0xfc0a;
export const MEMORY_FILL = 0xfc0b;

/** Reads one instruction and returns its code; the reader stands behind it. */
export function passInstruction(reader: WasmReader): number {
  const code = reader.byte();
  if (within(code, BARE)) return code;
  if (within(code, INDEXED)) reader.u32();
  else if (code >= MEMORY_FROM && code <= MEMORY_TO) passMemory(reader);
  else if (code === BULK) return passBulk(reader);
  else if (code === BLOCK || code === LOOP || code === IF || code === I32_CONST || code === I64_CONST)
    reader.passNumber();
  else passRare(reader, code);
  return code;
}

function passRare(reader: WasmReader, code: number): void {
  switch (code) {
    case BR_TABLE: {
      const count = reader.u32();
      for (let index = 0; index <= count; index++) reader.u32();
      return;
    }
    case CALL_INDIRECT:
      reader.u32();
      reader.u32();
      return;
    case SELECT_TYPED:
      return reader.pass(reader.u32());
    case F32_CONST:
      return reader.pass(4);
    case F64_CONST:
      return reader.pass(8);
    case MEMORY_SIZE:
    case MEMORY_GROW:
      return reader.pass(1);
    case SIMD:
      return passVector(reader);
    default:
      throw new WasmFault(`it has an instruction 0x${code.toString(16)} that strategies may not use`);
  }
}

function passBulk(reader: WasmReader): number {
  const operation = reader.u32();
  if (operation <= SATURATING_TO) return BULK;
  if (operation !== COPY && operation !== FILL)
    throw new WasmFault(`it has an instruction 0xfc ${operation} that strategies may not use`);
  reader.pass(operation === COPY ? 2 : 1);
  return operation === COPY ? MEMORY_COPY : MEMORY_FILL;
}

const VECTOR_MEMORY_TO = 11;
const VECTOR_CONST = 12;
const SHUFFLE = 13;
const LANE_FROM = 21;
const LANE_TO = 34;
const LOAD_LANE_FROM = 84;
const LOAD_LANE_TO = 91;
const LOAD_ZERO_TO = 93;
/** Relaxed operations begin here: they give other bits on other machines. */
const RELAXED_FROM = 256;

function passVector(reader: WasmReader): void {
  const operation = reader.u32();
  if (operation >= RELAXED_FROM)
    throw new WasmFault("it has a relaxed instruction, whose result is not the same everywhere");
  if (operation <= VECTOR_MEMORY_TO) return passMemory(reader);
  if (operation === VECTOR_CONST || operation === SHUFFLE) return reader.pass(16);
  if (operation >= LANE_FROM && operation <= LANE_TO) return reader.pass(1);
  if (operation >= LOAD_LANE_FROM && operation <= LOAD_LANE_TO) {
    passMemory(reader);
    return reader.pass(1);
  }
  if (operation > LOAD_LANE_TO && operation <= LOAD_ZERO_TO) passMemory(reader);
}

/** Alignment and offset. */
function passMemory(reader: WasmReader): void {
  reader.u32();
  reader.u32();
}

function within(code: number, ranges: readonly (readonly [number, number])[]): boolean {
  return ranges.some(([from, to]) => code >= from && code <= to);
}
