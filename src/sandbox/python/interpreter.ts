// One Python interpreter: MicroPython's WebAssembly behind a wall, metered, with a memory of its own. It is bound here
// directly, without the JavaScript that is published with it, so that nothing of the host is there to be reached. A call
// has so much fuel and ends with a value or a fault; after a fault the instance must not be used again.
// Values are twelve bytes, three words little endian:
//   out of the interpreter   kind, then  2 truth | 3 whole number | 4 f64 in two words | 5 length and address of text |
//                            -1 length and address of "type, 0x04, traceback" | others an object
//   into it                  kind, then  1 None | 2 truth | 3 whole number | 4 f64 | 5 length and address of text |
//                            7 number of an object of the host's
// Threads: belongs to the thread that made it. The metered module is made once in a thread.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { StrategyFault } from "../strategy-module.ts";
import { FUEL } from "../wasm/fuel.ts";
import { meterInterpreter } from "../wasm/interpreter.ts";
import { DOORBELL } from "./doorbell.ts";
import { faultOfPython, faultOfTrap } from "./faults.ts";
import { type Exports as Walls, wallAround } from "./wall.ts";
import { Walled } from "./walled.ts";

/** Name that the interpreter's compiler gave. */
const BEGIN = "__wasm_call_ctors";
const require = createRequire(import.meta.url);
const MODULE_FILE = require.resolve("@micropython/micropython-webassembly-pyscript/micropython.wasm");
/** The interpreter's own data and stack, and its first heap. */
const LEAST_PAGES = 16;
/** Nothing can raise the memory of an instance above this: 1 GiB. */
const MOST_PAGES = 16_384;
const HEAP_BYTES = 256 * 1_024;
/** Bytes for arguments and local variables of Python functions: what bounds their depth beside the stack. */
const FRAMES_BYTES = 32 * 1_024;
const START_FUEL = 100_000_000;
const ARGUMENTS_MAX = 16;
const VALUE_BYTES = 12;
const WHOLE_MAX = 2 ** 30;
/** Characters of a text that comes out as a value. */
const TEXT_MAX = 500;

/** Stands for the doorbell among the arguments of a call. */
export const BELL = Symbol("doorbell");
export type Value = null | boolean | number | string;

interface Exports extends Walls {
  malloc(bytes: number): number;
  free(address: number): void;
  emscripten_stack_init(): void;
  [BEGIN](): void;
  mp_js_init(frames: number, heap: number): void;
  proxy_c_init(): void;
  mp_js_do_exec(text: number, bytes: number, out: number): void;
  mp_js_do_import(name: number, out: number): void;
  proxy_c_to_js_lookup_attr(object: number, name: number, out: number): void;
  proxy_c_to_js_call(object: number, count: number, args: number, out: number): void;
}

interface Made {
  readonly module: WebAssembly.Module;
  /** SHA-256 of the module as it runs, as hex. */
  readonly hash: string;
}
let made: Promise<Made> | null = null;

async function make(): Promise<Made> {
  const bytes = await readFile(MODULE_FILE);
  const metered = meterInterpreter(bytes, LEAST_PAGES, MOST_PAGES);
  if (!metered.ok) throw new Error(`the Python interpreter cannot be metered: ${metered.failure}`);
  const hash = createHash("sha256").update(metered.value).digest("hex");
  return { module: await WebAssembly.compile(metered.value), hash };
}

export class Interpreter {
  private readonly exports: Exports;
  /** Room for arguments, and behind it for the answer. */
  private readonly args: number;
  private readonly out: number;
  /** The namespace at its top, as an object. */
  private readonly main: number;
  private view: DataView;
  private mostBytes: number;

  private constructor(module: WebAssembly.Module, mostBytes: number) {
    this.mostBytes = mostBytes;
    const wall = wallAround(module, () => this.mostBytes);
    const exports = new WebAssembly.Instance(module, wall.imports).exports as unknown as Exports;
    wall.stand(exports);
    exports[FUEL].value = START_FUEL;
    exports.emscripten_stack_init();
    exports[BEGIN]();
    exports.mp_js_init(FRAMES_BYTES, HEAP_BYTES);
    exports.proxy_c_init();
    this.exports = exports;
    this.args = exports.malloc((ARGUMENTS_MAX + 1) * VALUE_BYTES);
    this.out = this.args + ARGUMENTS_MAX * VALUE_BYTES;
    this.view = new DataView(exports.memory.buffer);
    // Now, because imports are the author's affair later.
    const main = this.put("__main__");
    exports.mp_js_do_import(main.address, this.out);
    exports.free(main.address);
    this.main = this.word(this.out + 4);
  }

  /** Without a program in it. `mostBytes`: of all its memory. */
  static async open(mostBytes: number): Promise<Interpreter> {
    made ??= make();
    return new Interpreter((await made).module, mostBytes);
  }
  static async hash(): Promise<string> {
    made ??= make();
    return (await made).hash;
  }

  /** Of the last call. */
  get fuelLeft(): number {
    return Number(this.exports[FUEL].value);
  }
  get bytes(): number {
    return this.exports.memory.buffer.byteLength;
  }
  allow(mostBytes: number): void {
    this.mostBytes = mostBytes;
  }

  /** Runs text of ours at the top of the interpreter. */
  run(source: string): void {
    this.exports[FUEL].value = START_FUEL;
    const text = this.put(source);
    this.exports.mp_js_do_exec(text.address, text.bytes, this.out);
    this.exports.free(text.address);
    const value = this.read();
    if (!value.ok) throw new Error(`the engine's own Python failed: ${value.failure.message}`);
  }

  /** The function of that name at the top of the interpreter: a reference for call. */
  functionNamed(name: string): Result<number, StrategyFault> {
    const { exports } = this;
    try {
      exports[FUEL].value = START_FUEL;
      const found = this.put(name);
      exports.proxy_c_to_js_lookup_attr(this.main, found.address, this.out);
      exports.free(found.address);
      const reference = this.word(this.out + 4);
      const said = this.read();
      return said.ok ? ok(reference) : said;
    } catch (error) {
      return this.fault(error);
    }
  }

  call(reference: number, args: readonly (Value | typeof BELL)[], fuel: number): Result<Value, StrategyFault> {
    try {
      this.exports[FUEL].value = fuel;
      for (const [index, value] of args.entries()) this.write(this.args + index * VALUE_BYTES, value);
      return this.enter(reference, args.length);
    } catch (error) {
      return this.fault(error);
    }
  }
  /** A function of a whole number and of numbers that are f64 there whether they are whole or not. */
  callWithReals(
    reference: number,
    whole: number,
    reals: readonly number[],
    fuel: number,
  ): Result<Value, StrategyFault> {
    try {
      this.exports[FUEL].value = fuel;
      this.write(this.args, whole);
      let at = this.args + VALUE_BYTES;
      for (const value of reals) {
        this.real(at, value);
        at += VALUE_BYTES;
      }
      return this.enter(reference, 1 + reals.length);
    } catch (error) {
      return this.fault(error);
    }
  }
  private enter(reference: number, count: number): Result<Value, StrategyFault> {
    this.exports.proxy_c_to_js_call(reference, count, this.args, this.out);
    return this.read();
  }
  private fault(error: unknown): Result<never, StrategyFault> {
    return failed(faultOfTrap(error, this.exports[FUEL].value === 0));
  }

  private write(at: number, value: Value | typeof BELL): void {
    if (value === null) return this.word3(at, 1, 0, 0);
    if (value === BELL) return this.word3(at, 7, DOORBELL, 0);
    if (typeof value === "string") {
      const { address, bytes } = this.put(value);
      this.word3(at, 5, bytes, address);
    } else if (typeof value === "boolean") this.word3(at, 2, value ? 1 : 0, 0);
    else if (Number.isInteger(value) && Math.abs(value) < WHOLE_MAX && !Object.is(value, -0))
      this.word3(at, 3, value, 0);
    else this.real(at, value);
  }
  /** A number that is an f64 in the interpreter, whole or not. */
  private real(at: number, value: number): void {
    const view = this.memory();
    view.setInt32(at, 4, true);
    view.setFloat64(at + 4, value, true);
  }
  private word3(at: number, kind: number, first: number, second: number): void {
    const view = this.memory();
    view.setInt32(at, kind, true);
    view.setInt32(at + 4, first, true);
    view.setInt32(at + 8, second, true);
  }

  private read(): Result<Value, StrategyFault> {
    const view = this.memory();
    const kind = view.getInt32(this.out, true);
    switch (kind) {
      case -1: {
        const [bytes, address] = [this.word(this.out + 4), this.word(this.out + 8)];
        const text = this.text(address, bytes);
        this.exports.free(address);
        return failed(faultOfPython(text));
      }
      case 2:
        return ok(this.word(this.out + 4) !== 0);
      case 3:
        return ok(view.getInt32(this.out + 4, true));
      case 4:
        return ok(view.getFloat64(this.out + 4, true));
      case 5:
        return ok(this.text(this.word(this.out + 8), this.word(this.out + 4)).slice(0, TEXT_MAX));
      default:
        return ok(null);
    }
  }

  /** A memory that grew has a new buffer. */
  private memory(): DataView {
    const { buffer } = this.exports.memory;
    if (this.view.buffer !== buffer) this.view = new DataView(buffer);
    return this.view;
  }
  private word(at: number): number {
    return this.memory().getUint32(at, true);
  }
  private put(text: string): { readonly address: number; readonly bytes: number } {
    const encoded = new TextEncoder().encode(text);
    const address = this.exports.malloc(encoded.length + 1);
    if (address === 0) throw new Walled("there is no memory left for what it is given");
    const memory = new Uint8Array(this.exports.memory.buffer);
    memory.set(encoded, address);
    memory[address + encoded.length] = 0;
    return { address, bytes: encoded.length };
  }
  private text(address: number, bytes: number): string {
    const { buffer } = this.exports.memory;
    if (address + bytes > buffer.byteLength) return "";
    return new TextDecoder().decode(new Uint8Array(buffer, address, bytes));
  }
}
