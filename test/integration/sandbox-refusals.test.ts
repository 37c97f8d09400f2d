// Files in AssemblyScript that are made to break what stands around them: each is refused or fails alone, and the next one
// compiles.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Compilers, StrategyCompiler, StrategyModule } from "../../src/sandbox/sandbox.ts";
import { eventOf, strategyCode } from "../support/strategy-code.ts";

const OPTIONS = { memoryBytes: 16 * 1024 * 1024, timeoutMs: 240_000 };
let compilers: Compilers;
let compiler: StrategyCompiler;
beforeAll(() => {
  compilers = new Compilers(OPTIONS);
  compiler = new StrategyCompiler(OPTIONS);
});
afterAll(() => {
  compilers.close();
  compiler.close();
});

const TEST = "export function testA(): void {}";
const counted = (count: number, each: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => each(index)).join("");
async function refusalOf(code: string): Promise<string> {
  const made = await compiler.compile(code, "assemblyscript");
  return made.ok ? "" : (made.failure[0]?.message ?? "");
}

describe("a compiler that the system has no process for", () => {
  it("fails what was to be compiled, not the engine, and is begun again when there is one", async () => {
    const own = new Compilers(OPTIONS);
    const { execPath } = process;
    try {
      process.execPath = "/nonexistent/node";
      await own.warm();
      const made = await own.compile(strategyCode("this.buy();"));
      expect(made.ok ? "" : made.failure[0]?.message).toMatch(/could not be (started|reached)/);
      process.execPath = execPath;
      expect((await own.compile(strategyCode("this.buy();"))).ok).toBe(true);
    } finally {
      process.execPath = execPath;
      own.close();
    }
  });
});

describe("a module that cannot be taken", () => {
  it.each([
    ["the engine's names", `${TEST}\nexport function __run(): void {}`, /refused: it exports __run/],
    ["another of them", `${TEST}\nexport function __fuel(): void {}`, /refused: it exports __fuel/],
    [
      "more parameters than a function may have",
      `${TEST}\nexport function testB(${counted(1_100, (index) => `a${index}: i32, `)}z: i32): void {}`,
      /refused/,
    ],
  ])("is refused with its reason: %s", async (_what, tests, said) => {
    const made = await compilers.compile(strategyCode("this.buy();", "", tests), true);
    expect(made.ok ? "" : made.failure[0]?.message).toMatch(said);
    expect((await compilers.compile(strategyCode("this.close();"))).ok).toBe(true);
  });

  it("is refused where its abort is not the host's", async () => {
    const own = '@external("env", "abort") declare function leave(a: i64, b: f64): void;';
    expect(await refusalOf(strategyCode("leave(1, 2);", "", own))).toMatch(/abort/);
  });

  it("names a place outside of its memory, and fails alone", async () => {
    const made = await compilers.compile(strategyCode('abort(changetype<string>(1001), "x");'));
    if (!made.ok) throw new Error(JSON.stringify(made.failure));
    const opened = StrategyModule.open(new WebAssembly.Module(made.value.wasm));
    expect(opened.ok && opened.value.decide(eventOf(1))).toMatchObject({ failure: { kind: "aborted" } });
  });
});

it("a module above one mebibyte is refused before it reaches the engine", async () => {
  const table = (units: number): string =>
    strategyCode("this.buy(f64(T.charCodeAt(i32(market.price))) / 1000);", "", `const T = "${"a".repeat(units)}";`);
  const made = await compilers.compile(table(600_000));
  expect(made.ok ? "" : made.failure[0]?.message).toMatch(/compiles to \d+ bytes, and 1048576 are allowed/);
  expect((await compilers.compile(table(400_000))).ok).toBe(true);
});

describe("parameters", () => {
  const declared = (count: number): string =>
    strategyCode("this.buy();", "", `for (let i = 0; i < ${count}; i++) parameter("p" + i.toString(), 1, 0, 2, "m");`);

  it("are at most sixty-four", async () => {
    const most = await compiler.compile(declared(64), "assemblyscript");
    expect(most.ok && most.value.parameters.length).toBe(64);
    expect(await refusalOf(declared(65))).toContain("it declares 65 parameters, and may declare 64");
  });

  it("have each a name of their own, and it may be one that every object has", async () => {
    const twice = 'parameter("a", 1, 0, 2, "m");';
    expect(await refusalOf(strategyCode("this.buy();", "", twice + twice))).toBe("parameter a is declared twice");
    const named = strategyCode("this.buy(C.value);", "", 'const C = parameter("constructor", 0.5, 0, 1, "m");');
    const made = await compilers.compile(named);
    if (!made.ok) throw new Error(JSON.stringify(made.failure));
    const opened = StrategyModule.open(new WebAssembly.Module(made.value.wasm));
    expect(opened.ok && opened.value.decide(eventOf(1))).toMatchObject({ value: { confidence: 0.5 } });
  });
});
