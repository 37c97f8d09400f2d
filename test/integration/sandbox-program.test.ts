// A user's strategy from its text to a running program: what travels between threads, and how parameters reach it.
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CompiledStrategy, openProgram, type Program, StrategyCompiler } from "../../src/sandbox/sandbox.ts";
import { eventOf, RSI_CODE, strategyCode } from "../support/strategy-code.ts";
import { COMPILED } from "../support/compiled.ts";

let compiler: StrategyCompiler;
beforeAll(() => {
  compiler = new StrategyCompiler({ memoryBytes: 16 * 1024 * 1024, timeoutMs: 240_000, folder: COMPILED });
});
afterAll(() => compiler.close());

async function compiled(code: string): Promise<CompiledStrategy> {
  const made = await compiler.compile(code, "assemblyscript");
  if (!made.ok) throw new Error(JSON.stringify(made.failure));
  return made.value;
}
async function opened(strategy: CompiledStrategy, given: Readonly<Record<string, unknown>> = {}): Promise<Program> {
  const program = await openProgram(strategy, ["BTCUSD"], given);
  if (!program.ok) throw new Error(program.failure.message);
  return program.value;
}
async function faultOf(strategy: CompiledStrategy, given: Readonly<Record<string, unknown>>) {
  const program = await openProgram(strategy, ["BTCUSD"], given);
  return program.ok ? null : program.failure;
}
const FALLING = Array.from({ length: 40 }, (_, step) => eventOf(100 * 0.995 ** step));

describe("a compiled strategy", () => {
  it("is plain data: what a thread gets decides as the original does", async () => {
    const strategy = await compiled(RSI_CODE);
    const sent = structuredClone(strategy);
    expect(sent.codeHash).toBe(createHash("sha256").update(RSI_CODE).digest("hex"));
    expect(sent.parameters.map(({ name, standard }) => [name, standard])).toEqual([
      ["period", 14],
      ["oversold", 25],
      ["overbought", 75],
    ]);
    const [one, other] = [await opened(strategy), await opened(sent)];
    const decided = FALLING.map((event) => one.decide(event));
    expect(FALLING.map((event) => other.decide(event))).toEqual(decided);
    expect(decided.filter((each) => each.ok && each.value?.action === "buy").length).toBeGreaterThan(10);
  });

  it("takes of what is given the parameters that it declares, within their ranges", async () => {
    const strategy = await compiled(RSI_CODE);
    const short = await opened(strategy, { period: 3, symbols: ["BTCUSD"], position_size: 0.1, oversold: null });
    expect(
      FALLING.findIndex((event) => {
        const decided = short.decide(event);
        return decided.ok && decided.value !== null;
      }),
    ).toBe(3);
    expect(await faultOf(strategy, { period: 1 })).toMatchObject({ kind: "bad_parameter" });
    expect((await faultOf(strategy, { period: "7" }))?.message).toBe("parameter period must be a number from 2 to 500");
    expect(await openProgram(strategy, [], {})).toMatchObject({ ok: false });
  });

  it("keeps nothing between two programs of one module", async () => {
    const strategy = await compiled(strategyCode("seen++; if (seen > 1) this.buy();", "", "let seen = 0;"));
    for (let turn = 0; turn < 2; turn++) {
      const program = await opened(strategy);
      expect(program.decide(eventOf(1))).toEqual({ ok: true, value: null });
      expect(program.decide(eventOf(1))).toMatchObject({ ok: true, value: { action: "buy" } });
      program.close();
    }
  });
});

describe("code that cannot become a strategy", () => {
  it("is told why: at compiling, at beginning, or in what it declares", async () => {
    const said = async (code: string) => {
      const made = await compiler.compile(code, "assemblyscript");
      return made.ok ? null : made.failure[0];
    };
    expect(await said(strategyCode("this.sel();"))).toMatchObject({ line: 6, column: 10 });
    expect(await said(strategyCode("this.buy();", "", 'assert(false, "not today");'))).toMatchObject({
      message: "it fails before it begins: not today",
      line: 2,
    });
    expect((await said(strategyCode("this.buy();", "", "let n = 0; while (true) n++;")))?.message).toBe(
      "it fails before it begins: it did not come to an end before its first event",
    );
    const declared = (text: string) => said(strategyCode("this.buy();", "", text));
    expect((await declared('parameter("n", 1, 2, 3, "");'))?.message).toContain("default 1");
    expect((await declared('parameter("n", 2, 2, 3, ""); parameter("n", 2, 2, 3, "");'))?.message).toContain("twice");
    expect((await declared('parameter("", 2, 2, 3, "");'))?.message).toContain("needs a name");
  });
});
