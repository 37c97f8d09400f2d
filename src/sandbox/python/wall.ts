// What the interpreter may reach of the host: nothing but the doorbell of the indicators. Its module wants some fifty functions, most of which would lead into
// JavaScript or to files; they are traps here. What remains: calls that may be left by the interpreter's own jumps, memory
// up to a cap, output that is thrown away, and a clock and a die that always show zero.
import { PAGE_BYTES } from "../wasm/binary.ts";
import type { FUEL } from "../wasm/fuel.ts";
import { ring } from "./doorbell.ts";
import { Walled } from "./walled.ts";

/** The interpreter's way out of nested calls, thrown and caught here. */
class Jump extends Error {}
const JUMP = new Jump("jump");

/** Names that the interpreter's compiler gave. */
const TABLE = "__indirect_function_table";
const RESTORE = "_emscripten_stack_restore";

export interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly [FUEL]: WebAssembly.Global;
  readonly [TABLE]: WebAssembly.Table;
  emscripten_stack_get_current(): number;
  [RESTORE](at: number): void;
  setThrew(threw: number, value: number): void;
}

export interface Wall {
  readonly imports: WebAssembly.Imports;
  /** To be called once, before anything else runs. */
  stand(exports: Exports): void;
}

const [NO_ENTRY, SUCCESS] = [-44, 0] as const;
type Entry = (...args: readonly number[]) => number | undefined;
type Called = (...args: readonly number[]) => number;

/** `mostBytes` may rise while the interpreter runs. */
export function wallAround(module: WebAssembly.Module, mostBytes: () => number): Wall {
  let exports: Exports | null = null;
  const standing = (): Exports => {
    if (exports === null) throw new Walled("it ran before the wall stood");
    return exports;
  };
  const callable: Called[] = [];
  const invoke: Entry = (index = 0, ...args) => {
    const inside = standing();
    const called = (callable[index] ??= inside[TABLE].get(index) as Called);
    const stack = inside.emscripten_stack_get_current();
    try {
      return called(...args);
    } catch (error) {
      // Anything else, above all a trap for want of fuel, goes through to the host.
      if (error !== JUMP) throw error;
      inside[RESTORE](stack);
      inside.setThrew(1, 0);
      return undefined;
    }
  };
  const open: Readonly<Record<string, Entry>> = {
    _emscripten_throw_longjmp: () => {
      throw JUMP;
    },
    emscripten_resize_heap: (wanted = 0) => (grow(standing().memory, wanted >>> 0, mostBytes()) ? 1 : 0),
    fd_write: (_file, list = 0, count = 0, written = 0) => swallow(standing().memory, list, count, written),
    mp_js_ticks_ms: () => 0,
    mp_js_time_ms: () => 0,
    mp_js_random_u32: () => 0,
    __syscall_stat64: () => NO_ENTRY,
    // Values of the host's that the interpreter has done with, or that stand for one of its own: there are none.
    proxy_js_free_obj: () => undefined,
    js_check_existing: () => -1,
    calln: (reference = 0, _method, count = 0, args = 0, out = 0) => {
      ring(standing(), reference, count, args, out);
      return undefined;
    },
  };
  const imports: Record<string, Record<string, Entry>> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    const trap: Entry = () => {
      throw new Walled(`it tried to reach outside by ${name}`);
    };
    (imports[from] ??= {})[name] = name.startsWith("invoke_") ? invoke : (open[name] ?? trap);
  }
  return { imports, stand: (made) => (exports = made) };
}

function grow(memory: WebAssembly.Memory, wanted: number, most: number): boolean {
  if (wanted > most) return false;
  const pages = Math.ceil((wanted - memory.buffer.byteLength) / PAGE_BYTES);
  try {
    if (pages > 0) memory.grow(pages);
    return true;
  } catch {
    return false;
  }
}

/** Output of `print`: as if it had been written. */
function swallow(memory: WebAssembly.Memory, list: number, count: number, written: number): number {
  const view = new DataView(memory.buffer);
  let bytes = 0;
  for (let index = 0; index < count; index++) bytes += view.getUint32(list + 8 * index + 4, true);
  view.setUint32(written, bytes, true);
  return SUCCESS;
}
