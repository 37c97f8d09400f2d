// The twin of the fuel counter: the same prices at the same places, paid in the plainest way there is, by the global alone:
//   fuel < cost ?  fuel = 0, unreachable  :  fuel = fuel - cost
// No local, no sign. What both leave behind must be equal after every call and every trap.
import {
  type Binary,
  CODE,
  counterOf,
  EXPORT,
  exportOf,
  FUNCTION,
  GLOBAL,
  GLOBAL_KIND,
  I32,
  TYPE,
} from "../../../src/sandbox/wasm/binary.ts";
import { costsOf } from "../../../src/sandbox/wasm/cost.ts";
import { FUEL } from "../../../src/sandbox/wasm/fuel.ts";
import { MEMORY_COPY } from "../../../src/sandbox/wasm/instructions.ts";
import { encodeU32, type WasmReader } from "../../../src/sandbox/wasm/reader.ts";

interface Prices {
  readonly most: number;
  readonly called: number;
}

/** Exports its fuel, which begins empty. Bulk copies cost a unit for every sixty-four bytes. */
export function plainMeter(binary: Binary, { most, called }: Prices): Uint8Array<ArrayBuffer> {
  const type = encodeU32(binary.append(TYPE, [0x60, 3, I32, I32, I32, 0]));
  const copy = binary.importedFunctions() + binary.append(FUNCTION, type, type);
  const fuel = binary.append(GLOBAL, counterOf(0));
  binary.append(EXPORT, exportOf(FUEL, GLOBAL_KIND, fuel));
  const code = binary.reader(CODE);
  const count = code.u32();
  const bodies = Array.from({ length: count }, () => {
    const body = code.part(code.u32());
    const out: (readonly number[] | Uint8Array)[] = [];
    let from = body.at;
    passLocals(body);
    const found = costsOf(body, most, called);
    for (const place of [...found.costs, ...found.bulk].toSorted((a, b) => a.at - b.at)) {
      out.push(body.slice(from, place.at));
      from = place.at;
      if ("units" in place) out.push(pay(fuel, [0x41, ...signed(place.units)]));
      else {
        out.push([0x10, ...encodeU32(place.operation === MEMORY_COPY ? copy : copy + 1)]);
        from += place.bytes;
      }
    }
    out.push(body.slice(from, body.end));
    return Buffer.concat(out.map((part) => Uint8Array.from(part)));
  });
  for (const bulk of [
    [0xfc, 0x0a, 0, 0],
    [0xfc, 0x0b, 0],
  ])
    bodies.push(Buffer.from([0, ...pay(fuel, [0x20, 2, 0x41, 6, 0x76]), 0x20, 0, 0x20, 1, 0x20, 2, ...bulk, 0x0b]));
  const sized = bodies.flatMap((body) => [Buffer.from(encodeU32(body.length)), body]);
  binary.replace(CODE, Buffer.concat([Buffer.from(encodeU32(bodies.length)), ...sized]));
  return binary.bytes();
}

function pay(fuel: number, cost: readonly number[]): readonly number[] {
  const global = encodeU32(fuel);
  const empty = [0x04, 0x40, 0x41, 0, 0x24, ...global, 0x00, 0x0b];
  return [0x23, ...global, ...cost, 0x49, ...empty, 0x23, ...global, ...cost, 0x6b, 0x24, ...global];
}

function passLocals(body: WasmReader): void {
  const groups = body.u32();
  for (let group = 0; group < groups; group++) {
    body.u32();
    body.byte();
  }
}

/** Signed LEB128 of a number that is not negative: a byte more where its last one would read as negative. */
function signed(value: number): readonly number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x40) {
    bytes.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}
