// An author's own tests: beside the strategy or in it, each in an instance of its own, with the line of what failed.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runTests, StrategyCompiler } from "../../src/sandbox/sandbox.ts";
import { RSI_CODE, strategyCode } from "../support/strategy-code.ts";

let compiler: StrategyCompiler;
beforeAll(() => {
  compiler = new StrategyCompiler({ memoryBytes: 16 * 1024 * 1024, timeoutMs: 120_000 });
});
afterAll(() => compiler.close());

async function results(code: string, tests: string | null) {
  const made = await compiler.compileTests(code, tests);
  if (!made.ok) throw new Error(JSON.stringify(made.failure));
  if (made.value === null) return null;
  const ran = await runTests(made.value);
  return Object.fromEntries(ran.map(({ name, passed, reason }) => [name, passed ? "passed" : reason]));
}
const BESIDE = `import { near, Trial } from "strategy-engine/sdk/test";
import { create } from "./strategy";
`;

describe("tests of an author", () => {
  it("drive the strategy over a market of their own and look at what it decides", async () => {
    const tests = `${BESIDE}
export function testBuysAfterAFall(): void {
  const trial = new Trial(create());
  trial.tick(100).move(40, -0.005);
  assert(trial.buys > 20 && trial.bought, "it should buy");
}
export function testSellsAfterARise(): void {
  const trial = new Trial(create());
  trial.tick(100).move(40, 0.005);
  assert(trial.sells > 20 && trial.sold && !trial.closed, "it should sell");
  near(trial.strategy.confidence, 0.8, "confidence");
}
export function testBuysARise(): void {
  const trial = new Trial(create());
  trial.tick(100).move(40, 0.005);
  assert(trial.buys > 0, "nobody buys a rise");
}
export function testFar(): void {
  near(1.5, 2, "the distance");
}
export function helper(): void {}
`;
    expect(await results(RSI_CODE, tests)).toEqual({
      testBuysAfterAFall: "passed",
      testSellsAfterARise: "passed",
      testBuysARise: "strategy.test.ts line 18: nobody buys a rise",
      testFar: "the distance: 1.5 and not 2.0",
    });
  });

  it("see nothing of each other, and end even when they would not", async () => {
    const code = strategyCode("seen++; if (seen == 1) this.buy();", "", "let seen = 0;");
    const one = "const trial = new Trial(create()); trial.tick(1); assert(trial.bought, 'not the first');";
    const tests = `${BESIDE}
export function testOne(): void { ${one} }
export function testTwo(): void { ${one} }
export function testEndless(): void { while (true) {} }
export function testThree(): void { ${one} }
`;
    expect(await results(code, tests)).toEqual({
      testOne: "passed",
      testTwo: "passed",
      testEndless: "the test did not come to its end",
      testThree: "passed",
    });
  });

  it("may stand in the strategy itself, and then go with it wherever it goes", async () => {
    expect(await results(RSI_CODE, null)).toBeNull();
    const code = `${RSI_CODE}
export function testOversold(): void {
  assert(OVERSOLD.value == 25, "the default");
}
export function testWrong(): void {
  assert(OVERSOLD.value == 26, "the default");
}
`;
    const line = code.split("\n").findIndex((text) => text.includes("== 26")) + 1;
    expect(await results(code, null)).toEqual({
      testOversold: "passed",
      testWrong: `strategy.ts line ${line}: the default`,
    });
    const strategy = await compiler.compile(code, "assemblyscript");
    const plain = await compiler.compile(RSI_CODE, "assemblyscript");
    expect(strategy.ok && plain.ok && strategy.value.wasm?.length === plain.value.wasm?.length).toBe(true);
  });

  it("that do not compile are told with their own file and line", async () => {
    const made = await compiler.compileTests(RSI_CODE, `${BESIDE}export function testIt(): void { nothing(); }\n`);
    expect(made.ok ? null : made.failure[0]).toMatchObject({ file: "strategy.test.ts", line: 3 });
    const reach = await compiler.compileTests(RSI_CODE, "export function testIt(): void { Math.random(); }");
    expect(JSON.stringify(reach)).toContain("Math.random");
  });
});
