// The one thing of the host's that the interpreter's own Python has: a function of numbers, which computes an indicator on
// numbers in the interpreter's memory and writes up to three back. It knows no objects and gives none, and every address
// is checked, so that an author who got hold of it could do no more with it than with the indicators.
//   arguments   which, address, count, n, second, third, address of the answer, address of the sample
// With a count of -1 the address is that of a list: read where it lies if it holds floats and small whole numbers and
// nothing else. It answers whether it could. It takes fuel like the loop that it stands for.
import { FUEL } from "../wasm/fuel.ts";
import { HOST_INDICATORS } from "./indicators.ts";
import { listAt } from "./lists.ts";
import { Walled } from "./walled.ts";

/** Number by which the interpreter knows it; all others are nobody's. */
export const DOORBELL = 1;
const ARGUMENTS = 8;
const VALUE_BYTES = 12;
const ANSWERS = 3;
const VALUES_A_UNIT = 2;
const CALL_UNITS = 16;
const TRUTH = 2;

interface Inside {
  readonly memory: WebAssembly.Memory;
  readonly [FUEL]: WebAssembly.Global;
}

/** Takes the place of the import that calls a function of the host's with many arguments. */
export function ring(inside: Inside, reference: number, count: number, args: number, out: number): void {
  if (reference !== DOORBELL || count !== ARGUMENTS) throw new Walled("it tried to call a function of the host");
  const view = new DataView(inside.memory.buffer);
  const [which, address, length, n, second, third, answer, sample] = numbersAt(view, args);
  const indicator = HOST_INDICATORS[which];
  if (indicator === undefined) throw new Walled("it asked for an indicator that does not exist");
  const values = length < 0 ? listAt(view, address, sample) : column(inside.memory, address, length).slice();
  if (values !== null) {
    pay(inside[FUEL], CALL_UNITS + Math.ceil(values.length / VALUES_A_UNIT));
    column(inside.memory, answer, ANSWERS).set(indicator(values, n, second, third));
  }
  view.setInt32(out, TRUTH, true);
  view.setInt32(out + 4, values === null ? 0 : 1, true);
}

type Eight = [number, number, number, number, number, number, number, number];
function numbersAt(view: DataView, args: number): Eight {
  const numbers: Eight = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let index = 0; index < ARGUMENTS; index++) {
    const at = args + index * VALUE_BYTES;
    const kind = view.getInt32(at, true);
    if (kind !== 3 && kind !== 4) throw new Walled("it called the host with something that is no number");
    numbers[index] = kind === 3 ? view.getInt32(at + 4, true) : view.getFloat64(at + 4, true);
  }
  return numbers;
}

function column(memory: WebAssembly.Memory, address: number, count: number): Float64Array {
  const inside = Number.isInteger(address) && Number.isInteger(count) && address >= 0 && count >= 0;
  if (!inside || address % 8 !== 0 || address + 8 * count > memory.buffer.byteLength)
    throw new Walled("it gave the host a place outside of its memory");
  return new Float64Array(memory.buffer, address, count);
}

function pay(fuel: WebAssembly.Global, units: number): void {
  const left = Number(fuel.value) - units;
  fuel.value = Math.max(left, 0);
  if (!(left > 0)) throw new WebAssembly.RuntimeError("no fuel is left");
}
