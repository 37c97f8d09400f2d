import { describe, expect, it } from "vitest";
import { FUEL, meter, RUN } from "../../../src/sandbox/wasm/fuel.ts";
import { meterInterpreter } from "../../../src/sandbox/wasm/interpreter.ts";
import { encodeU32 } from "../../../src/sandbox/wasm/reader.ts";
import { Random } from "../../support/random.ts";

const I32 = 0x7f;
const PAGE = 65_536;
const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
/** Six bytes: no locals, i32.const 10, call 0. */
const RUN_BODY = [6, 0, 0x41, 10, 0x10, 0, 0x0b];

/**
 * A module with a function `f: i32 -> i32` of three locals, whose code is given, `run` that returns f(10), and a memory
 * of at most `pages`.
 */
function moduleOf(code: readonly number[], pages: number | null = 1, extra: readonly number[] = []): Uint8Array {
  const section = (id: number, bytes: readonly number[]): readonly number[] => [
    id,
    ...encodeU32(bytes.length),
    ...bytes,
  ];
  const body = [1, 3, I32, ...code, 0x0b];
  return Uint8Array.from([
    ...HEADER,
    ...section(1, [2, 0x60, 1, I32, 1, I32, 0x60, 0, 1, I32]),
    ...section(3, [2, 0, 1]),
    ...section(5, pages === null ? [1, 0, 1] : [1, 1, 1, ...encodeU32(pages)]),
    ...section(7, [2, 1, 0x66, 0, 0, 3, 0x72, 0x75, 0x6e, 0, 1]),
    ...extra,
    ...section(10, [2, ...encodeU32(body.length), ...body, ...RUN_BODY]),
  ]);
}
interface Tank {
  readonly f: (n: number) => number;
  readonly run: (fuel: number) => number;
  readonly fuel: WebAssembly.Global;
}
function opened(bytes: Uint8Array): Tank {
  const made = meter(bytes, PAGE);
  if (!made.ok) throw new Error(made.failure);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(made.value.bytes));
  return { f: exports["f"] as Tank["f"], run: exports[RUN] as Tank["run"], fuel: exports[FUEL] as WebAssembly.Global };
}
const refusal = (bytes: Uint8Array): string => {
  const made = meter(bytes, PAGE);
  return made.ok ? "" : made.failure;
};

/** Bytes in hexadecimal. */
const codeOf = (...lines: readonly string[]): readonly number[] =>
  lines.flatMap((line) =>
    line
      .trim()
      .split(/ +/)
      .map((byte) => Number.parseInt(byte, 16)),
  );

/** sum = 0; i = 0; loop { i += 1; sum += i; br_if i < n }; sum */
const SUM = codeOf("03 40 20 01 41 01 6a 22 01 20 02 6a 21 02", "20 01 20 00 48 0d 00 0b 20 02");
/** loop { br 0 } */
const EVER = [0x03, 0x40, 0x0c, 0, 0x0b, 0x41, 0];

/** As many instructions that change nothing. */
const nops = (count: number): readonly number[] => Array.from({ length: count }, () => 0x01);

describe("fuel", () => {
  it("is taken by every round of a loop and by the function around it, and changes no result", () => {
    const { f, fuel } = opened(moduleOf(SUM));
    for (const n of [1, 2, 10, 1_000]) {
      fuel.value = 1_000_000;
      expect(f(n)).toBe((n * (n + 1)) / 2);
      expect(1_000_000 - Number(fuel.value)).toBe(n + 1);
    }
  });

  it("is taken by what stands in a round: twice as many instructions take twice as much", () => {
    const spent = (inside: number): number => {
      const { f, fuel } = opened(moduleOf([0x03, 0x40, ...nops(inside), ...SUM.slice(2)]));
      fuel.value = 1_000_000;
      f(100);
      return 1_000_000 - Number(fuel.value);
    };
    expect(spent(1_600) / spent(800)).toBeCloseTo(2, 1);
  });

  it("is not taken by a short function that calls nothing, but by a long one", () => {
    const spent = (length: number): number => {
      const { f, fuel } = opened(moduleOf([...nops(length), 0x20, 0]));
      fuel.value = 1_000;
      expect(f(7)).toBe(7);
      return 1_000 - Number(fuel.value);
    };
    expect(spent(10)).toBe(0);
    expect(spent(160)).toBeGreaterThanOrEqual(10);
  });

  it("is taken by each call of a short function for what that function may do", () => {
    const { run, fuel } = opened(moduleOf([...nops(40), 0x20, 0]));
    // Three instructions that stand in `run`, and up to forty-eight in what it calls.
    expect(run(4)).toBe(10);
    expect(fuel.value).toBe(0);
    expect(() => run(3)).toThrow(WebAssembly.RuntimeError);
  });

  it("is taken for growing memory, before it grows and wherever that stands", () => {
    const grow = [0x20, 0, 0x40, 0];
    const { f, fuel } = opened(moduleOf(grow));
    fuel.value = 1_000;
    expect(f(0)).toBe(1);
    expect(fuel.value).toBe(0);
    fuel.value = 999;
    expect(() => f(0)).toThrow(WebAssembly.RuntimeError);
    // What is not reached is not paid for: if (n) memory.grow(0)
    const seldom = opened(moduleOf([0x20, 0, 0x04, 0x40, ...grow, 0x1a, 0x0b, 0x20, 0]));
    seldom.fuel.value = 1_000;
    expect(seldom.f(0)).toBe(0);
    expect(seldom.fuel.value).toBe(1_000);
  });

  it("stops what never ends, at the unit that is missing", () => {
    const { f, fuel } = opened(moduleOf(EVER));
    fuel.value = 1_000_000;
    expect(() => f(0)).toThrow(WebAssembly.RuntimeError);
    expect(fuel.value).toBe(0);
    const sum = opened(moduleOf(SUM));
    sum.fuel.value = 11;
    expect(sum.f(10)).toBe(55);
    sum.fuel.value = 10;
    expect(() => sum.f(10)).toThrow(WebAssembly.RuntimeError);
  });

  it("passes every shape of instruction by", () => {
    const rich = codeOf(
      "02 40 02 40 20 00 0e 01 00 01 0b 0b", // br_table
      "43 00 00 80 3f fc 00 1a", // f32.const, i32.trunc_sat
      "44 00 00 00 00 00 00 f0 3f 1a 42 ff ff 03 1a", // f64.const, i64.const
      `fd 0c ${"03 ".repeat(16)} fd 15 01 1a`, // v128.const, extract_lane
      "41 00 fd 00 04 00 1a 3f 00 40 00 1a", // v128.load, memory.size, memory.grow
      "20 00 41 05 20 00 1b 1a", // select
    );
    const { f, fuel } = opened(moduleOf([...rich, ...SUM]));
    fuel.value = 1_100;
    expect(f(4)).toBe(10);
    expect(Number(fuel.value)).toBeLessThan(96);
  });

  it("comes with each call of what the engine calls", () => {
    const { run, fuel } = opened(moduleOf(SUM));
    fuel.value = 0;
    expect(run(15)).toBe(55);
    expect(fuel.value).toBe(0);
    expect(() => run(14)).toThrow(WebAssembly.RuntimeError);
    expect(run(1_000)).toBe(55);
  });

  it("is refused to modules that could outgrow it", () => {
    expect(refusal(moduleOf(SUM, null))).toContain("maximum");
    expect(refusal(moduleOf(SUM, 2))).toBe("it asks for 131072 bytes of memory, and 65536 are allowed");
    const fill = [0x41, 0, 0x41, 1, 0x41, 9, 0xfc, 11, 0];
    expect(refusal(moduleOf([...fill, ...SUM]))).toContain("cannot be counted");
    expect(refusal(moduleOf([0x41, 0, 0xfd, 0x80, 0x02, 0x1a, ...SUM]))).toContain("relaxed");
    expect(refusal(moduleOf([0x06, 0x40, 0x0b, ...SUM]))).toContain("0x6");
    expect(refusal(new Uint8Array())).toContain("no WebAssembly");
  });

  it("gives what is broken a reason, never an exception", () => {
    const random = new Random(41);
    const whole = moduleOf(SUM);
    let refused = 0;
    for (let round = 0; round < 20_000; round++) {
      const bytes = whole.slice(0, random.next() < 0.3 ? Math.floor(random.next() * whole.length) : whole.length);
      for (let flips = 0; flips < 3 && bytes.length > 0; flips++) {
        const at = Math.floor(random.next() * bytes.length);
        bytes[at] = Math.floor(random.next() * 256);
      }
      const made = meter(bytes, PAGE);
      if (!made.ok) {
        refused++;
        expect(made.failure.length).toBeGreaterThan(5);
      }
    }
    expect(refused).toBeGreaterThan(5_000);
  });
});

describe("the fuel of an interpreter", () => {
  /** memory.fill(0, 7, n); 0 */
  const fill = [0x41, 0, 0x41, 7, 0x20, 0, 0xfc, 0x0b, 0, 0x41, 0];

  it("is taken for the bytes that one instruction fills", () => {
    const made = meterInterpreter(moduleOf(fill), 1, 2);
    if (!made.ok) throw new Error(made.failure);
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(made.value));
    const [f, fuel] = [exports["f"] as (n: number) => number, exports[FUEL] as WebAssembly.Global];
    for (const bytes of [0, 64, 64_000]) {
      fuel.value = 1_000_000;
      f(bytes);
      expect(1_000_000 - Number(fuel.value)).toBe(bytes / 64);
    }
    fuel.value = 999;
    expect(() => f(64_000)).toThrow(WebAssembly.RuntimeError);
    expect(fuel.value).toBe(0);
  });
  it("is not given to a strategy that copies by one instruction", () => {
    expect(refusal(moduleOf(fill))).toContain("whose cost cannot be counted");
  });
  it("costs at most four units a round, however large the round is", () => {
    const made = meterInterpreter(moduleOf([0x03, 0x40, ...nops(5_000), ...SUM.slice(2)]), 1, 2);
    if (!made.ok) throw new Error(made.failure);
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(made.value));
    const [f, fuel] = [exports["f"] as (n: number) => number, exports[FUEL] as WebAssembly.Global];
    fuel.value = 1_000_000;
    f(100);
    expect(1_000_000 - Number(fuel.value)).toBe(1 + 400);
  });
});
