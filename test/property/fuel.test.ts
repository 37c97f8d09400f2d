// What a program has left when it ends, and where it stops when the fuel does not last, is what the plainest counter
// says: for hundreds of programs made by chance, and for the Python interpreter at work.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { type Exports as Walls, wallAround } from "../../src/sandbox/python/wall.ts";
import { Binary, MEMORY } from "../../src/sandbox/wasm/binary.ts";
import { FREE_UNITS } from "../../src/sandbox/wasm/cost.ts";
import { FUEL, meter } from "../../src/sandbox/wasm/fuel.ts";
import { meterInterpreter } from "../../src/sandbox/wasm/interpreter.ts";
import { encodeU32 } from "../../src/sandbox/wasm/reader.ts";
import { Random } from "../support/random.ts";
import { plainMeter } from "../support/sandbox/plain-meter.ts";

const PAGE = 65_536;
const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
/** The name that the interpreter's compiler gave. */
const BEGIN = "__wasm_call_ctors";
const I32 = 0x7f;
const F64 = 0x7c;
const PROGRAMS = 200;
const TANKS = [0, 1, 7, 60, 700, 4_000] as const;
const INT_PARAMETERS = 2;
const FUNCTIONS = 3;

/** A function (i32, i32) -> i32 of loops, branches, returns, stores and calls, which may never end. */
class Writer {
  private readonly random: Random;
  private readonly locals: number;
  constructor(random: Random, locals: number) {
    this.random = random;
    this.locals = locals;
  }
  private pick(count: number): number {
    return Math.floor(this.random.next() * count);
  }
  private local(): number {
    return this.pick(INT_PARAMETERS + this.locals);
  }
  body(): readonly number[] {
    return [...this.statements(3), ...this.value(2)];
  }
  private value(depth: number): readonly number[] {
    const kind = depth === 0 ? this.pick(2) : this.pick(5);
    if (kind === 0) return [0x41, this.pick(64)];
    if (kind === 1) return [0x20, this.local()];
    const [one, other] = [this.value(depth - 1), this.value(depth - 1)];
    if (kind === 4) return [...one, ...other, 0x10, this.pick(FUNCTIONS)];
    return [...one, ...other, kind === 2 ? 0x6a : 0x6b];
  }
  private statements(depth: number): readonly number[] {
    return Array.from({ length: 1 + this.pick(3) }, () => this.statement(depth)).flat();
  }
  private statement(depth: number): readonly number[] {
    const kind = this.pick(depth === 0 ? 3 : 7);
    const nops = Array.from({ length: this.pick(40) }, () => 0x01);
    if (kind === 0) return [...nops, ...this.value(2), 0x21, this.local()];
    if (kind === 1) return [0x41, 4 * this.pick(15), ...this.value(2), 0x36, 2, 0, ...nops];
    if (kind === 2) return [...this.value(1), 0x04, 0x40, ...this.value(1), 0x0f, 0x0b];
    const inside = this.statements(depth - 1);
    if (kind === 3) return [0x02, 0x40, ...this.value(1), 0x0d, 0, ...inside, 0x0b];
    if (kind === 4) return [...this.value(1), 0x04, 0x40, ...inside, 0x05, ...this.statements(depth - 1), 0x0b];
    // Until a number that each round changes has two bits that are zero.
    const local = this.local();
    const step = [0x20, local, 0x41, 1 + this.pick(7), 0x6b, 0x22, local, 0x41, 6, 0x71];
    return [0x03, 0x40, ...inside, ...step, 0x0d, 0, 0x0b];
  }
}

function programOf(random: Random): Uint8Array {
  const section = (id: number, bytes: readonly number[]): readonly number[] => [
    id,
    ...encodeU32(bytes.length),
    ...bytes,
  ];
  const bodies = Array.from({ length: FUNCTIONS }, () => {
    const [ints, reals] = [Math.floor(random.next() * 4), Math.floor(random.next() * 3)];
    const groups = [...(ints > 0 ? [[ints, I32]] : []), ...(reals > 0 ? [[reals, F64]] : [])];
    const body = [groups.length, ...groups.flat(), ...new Writer(random, ints).body(), 0x0b];
    return [...encodeU32(body.length), ...body];
  });
  // run: f(20, 3)
  const run = [8, 0, 0x41, 20, 0x41, 3, 0x10, 0, 0x0b];
  return Uint8Array.from([
    ...HEADER,
    ...section(1, [2, 0x60, INT_PARAMETERS, I32, I32, 1, I32, 0x60, 0, 1, I32]),
    ...section(3, [FUNCTIONS + 1, ...Array.from({ length: FUNCTIONS }, () => 0), 1]),
    ...section(5, [1, 1, 1, 1]),
    ...section(7, [2, 3, ...Buffer.from("run"), 0, FUNCTIONS, 3, ...Buffer.from("mem"), 2, 0]),
    ...section(10, [FUNCTIONS + 1, ...bodies.flat(), ...run]),
  ]);
}

interface Seen {
  readonly answer: number | "trap";
  readonly fuel: number;
  readonly memory: string;
}

/** One instance after the other tank: what it answers, has left and has written. */
function seenOf(bytes: Uint8Array<ArrayBuffer>): readonly Seen[] {
  const module = new WebAssembly.Module(bytes);
  return TANKS.map((tank) => {
    const { exports } = new WebAssembly.Instance(module);
    const fuel = exports[FUEL] as WebAssembly.Global;
    const memory = exports["mem"] as WebAssembly.Memory;
    fuel.value = tank;
    const answer = answerOf(exports["run"] as () => number);
    return { answer, fuel: Number(fuel.value), memory: Buffer.from(memory.buffer, 0, 64).toString("hex") };
  });
}
function answerOf(run: () => number): number | "trap" {
  try {
    return run();
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) return "trap";
    throw error;
  }
}

it("programs of chance have left what the plain counter leaves, and stop where it stops", () => {
  const random = new Random(41);
  const ends = { ended: 0, stopped: 0 };
  for (let round = 0; round < PROGRAMS; round++) {
    const bytes = programOf(random);
    const metered = meter(bytes, PAGE);
    if (!metered.ok) throw new Error(`program ${round}: ${metered.failure}`);
    const plain = plainMeter(new Binary(bytes), { most: Number.POSITIVE_INFINITY, called: FREE_UNITS });
    const seen = seenOf(metered.value.bytes);
    expect(seen, `program ${round}`).toEqual(seenOf(plain));
    for (const { answer, fuel } of seen) {
      expect(answer !== "trap" || fuel === 0).toBe(true);
      ends[answer === "trap" ? "stopped" : "ended"]++;
    }
  }
  expect(ends.ended).toBeGreaterThan(PROGRAMS / 2);
  expect(ends.stopped).toBeGreaterThan(PROGRAMS / 2);
});

describe("the interpreter", () => {
  const [LEAST_PAGES, MOST_PAGES] = [16, 64];
  const FULL = 100_000_000;
  const PYTHON = [
    "x = 1",
    "total = 0\nfor i in range(500):\n    total += i * i",
    "def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\nfib(12)",
    "words = sorted([str(i * 7919 % 1000) for i in range(300)])\ntext = '-'.join(words)\nd = {w: len(w) for w in words}",
    "a = bytearray(5000)\nb = bytes(a) + bytes(a)\nimport math\ny = [math.sin(i / 7) for i in range(100)]",
    "try:\n    [][1]\nexcept IndexError as e:\n    z = str(e)",
    "while True:\n    total += 1",
  ];
  interface Python extends Walls {
    malloc(bytes: number): number;
    emscripten_stack_init(): void;
    [BEGIN](): void;
    mp_js_init(frames: number, heap: number): void;
    proxy_c_init(): void;
    mp_js_do_exec(text: number, bytes: number, out: number): void;
  }

  /** What each program cost, or that it was stopped, by a tank of `tank`. */
  function told(bytes: Uint8Array<ArrayBuffer>, tank: number): readonly (number | string)[] {
    const module = new WebAssembly.Module(bytes);
    const wall = wallAround(module, () => MOST_PAGES * PAGE);
    const exports = new WebAssembly.Instance(module, wall.imports).exports as unknown as Python;
    wall.stand(exports);
    const fuel = exports[FUEL];
    fuel.value = FULL;
    exports.emscripten_stack_init();
    exports[BEGIN]();
    exports.mp_js_init(32 * 1_024, 256 * 1_024);
    exports.proxy_c_init();
    const out: (number | string)[] = [FULL - Number(fuel.value)];
    const at = exports.malloc(1_024);
    for (const source of PYTHON) {
      const text = Buffer.from(source);
      new Uint8Array(exports.memory.buffer).set(text, at + 16);
      fuel.value = tank;
      try {
        exports.mp_js_do_exec(at + 16, text.length, at);
        out.push(tank - Number(fuel.value));
      } catch (error) {
        if (!(error instanceof WebAssembly.RuntimeError)) throw error;
        out.push(`stopped with ${Number(fuel.value)}`);
        // The instance is not to be used again.
        return out;
      }
    }
    return out;
  }

  it("takes what the plain counter takes for every program, and is stopped at the same one", () => {
    const bytes = readFileSync(
      createRequire(import.meta.url).resolve("@micropython/micropython-webassembly-pyscript/micropython.wasm"),
    );
    const metered = meterInterpreter(bytes, LEAST_PAGES, MOST_PAGES);
    if (!metered.ok) throw new Error(metered.failure);
    const binary = new Binary(bytes);
    binary.replace(MEMORY, Uint8Array.from([1, 1, LEAST_PAGES, MOST_PAGES]));
    const plain = plainMeter(binary, { most: 4, called: 0 });
    for (const tank of [2_000_000, 40_000, 3_000, 100]) {
      const seen = told(metered.value, tank);
      expect(seen).toEqual(told(plain, tank));
      expect(seen.at(-1)).toBe("stopped with 0");
    }
  });
});
