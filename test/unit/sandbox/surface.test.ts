// What a strategy's module shows and wants, and what becomes of one that gives the host something else than it promised.
import { describe, expect, it } from "vitest";
import { faultOfTrap } from "../../../src/sandbox/python/faults.ts";
import { StrategyModule } from "../../../src/sandbox/strategy-module.ts";
import { meter } from "../../../src/sandbox/wasm/fuel.ts";
import { encodeU32 } from "../../../src/sandbox/wasm/reader.ts";

const PAGE = 65_536;
const [I32, I64] = [0x7f, 0x7e];
const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const FOUR = [I32, I32, I32, I32];

const vector = (items: readonly (readonly number[])[]): readonly number[] => [
  ...encodeU32(items.length),
  ...items.flat(),
];
const text = (name: string): readonly number[] => [name.length, ...new TextEncoder().encode(name)];
const section = (id: number, items: readonly (readonly number[])[]): readonly number[] => {
  const bytes = vector(items);
  return [id, ...encodeU32(bytes.length), ...bytes];
};

/** `aborts`: the parameters of each import of abort; `names`: exported beside `run`. */
function refusal(aborts: readonly (readonly number[])[], names: readonly string[] = []): string | null {
  const types = [[0x60, 0, 1, I32], ...aborts.map((params) => [0x60, ...vector(params.map((one) => [one])), 0])];
  const imports = aborts.map((_, index) => [...text("env"), ...text("abort"), 0, index + 1]);
  const run = aborts.length;
  const made = meter(
    Uint8Array.from([
      ...HEADER,
      ...section(1, types),
      ...section(2, imports),
      ...section(3, [[0]]),
      ...section(
        7,
        ["run", ...names].map((name) => [...text(name), 0, run]),
      ),
      ...section(10, [[4, 0, 0x41, 0, 0x0b]]),
    ]),
    PAGE,
  );
  return made.ok ? null : made.failure;
}

describe("the surface of a module", () => {
  it("may import abort once, with the types that the host expects", () => {
    expect(refusal([])).toBeNull();
    expect(refusal([FOUR])).toBeNull();
    expect(refusal([[I64, I32, I32, I32]])).toContain("other types");
    expect(refusal([[I32, I32, I32]])).toContain("other types");
    expect(refusal([FOUR, FOUR])).toContain("more than once");
  });

  it("exports no name of the engine's but those of the compiler's runtime", () => {
    expect(refusal([FOUR], ["__new", "__collect", "__begin", "_mine", "test__"])).toBeNull();
    for (const name of ["__run", "__fuel", "__mine"]) expect(refusal([FOUR], [name])).toContain(`exports ${name},`);
  });
});

describe("what the host cannot read", () => {
  it("is a fault of a compiled strategy, not an exception", () => {
    const opened = StrategyModule.open(new WebAssembly.Module(Uint8Array.from(HEADER)));
    expect(opened).toMatchObject({ ok: false, failure: { kind: "trapped", line: null } });
  });
  it("is a fault of a strategy in Python as well", () => {
    expect(faultOfTrap(new TypeError("Cannot mix BigInt and other types"), false)).toMatchObject({ kind: "trapped" });
  });
});
