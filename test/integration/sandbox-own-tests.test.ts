// An author's own tests: beside the strategy or in it, each in an instance of its own, with the line of what failed.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runTests, StrategyCompiler } from "../../src/sandbox/sandbox.ts";
import { RSI_CODE, strategyCode } from "../support/strategy-code.ts";
import { COMPILED } from "../support/compiled.ts";

let compiler: StrategyCompiler;
beforeAll(() => {
  compiler = new StrategyCompiler({ memoryBytes: 16 * 1024 * 1024, timeoutMs: 120_000, folder: COMPILED });
});
afterAll(() => compiler.close());

async function results(code: string, tests: string | null) {
  const made = await compiler.compileTests(code, tests, "assemblyscript");
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
    const made = await compiler.compileTests(
      RSI_CODE,
      `${BESIDE}export function testIt(): void { nothing(); }\n`,
      "assemblyscript",
    );
    expect(made.ok ? null : made.failure[0]).toMatchObject({ file: "strategy.test.ts", line: 3 });
    const reach = await compiler.compileTests(
      RSI_CODE,
      "export function testIt(): void { Math.random(); }",
      "assemblyscript",
    );
    expect(JSON.stringify(reach)).toContain("Math.random");
  });
});

describe("tests of an author in Python", () => {
  const CODE = `class S:
    def __init__(self, limit=100.0):
        self.limit = limit
        self.seen = 0

    def generate_signal(self, market_data):
        self.seen += 1
        if market_data["price"] > self.limit:
            return {"action": "SELL", "confidence": 0.25}
        return "BUY" if market_data["position"] == 0 else None
`;
  const ran = async (code: string, tests: string | null) => {
    const made = await compiler.compileTests(code, tests, "python");
    if (!made.ok) throw new Error(JSON.stringify(made.failure));
    if (made.value === null) return null;
    const all = await runTests(made.value);
    return Object.fromEntries(all.map(({ name, passed, reason }) => [name, passed ? "passed" : reason]));
  };

  it("drive the strategy over a market that they make up, each alone, with the line of what failed", async () => {
    const tests = `from strategy import S
kept = S()

def test_buys_and_holds():
    trial = Trial(S())
    assert trial.tick(90).bought and trial.confidence == 1
    trial.hold(3).quote(89, 91)
    assert trial.silent and trial.buys == 1 and trial.price == 90

def test_sells():
    trial = Trial(S(limit=50))
    trial.bar(60, 70, 50, 65, 4).move(2, 0.01)
    assert trial.sold and trial.sells == 3
    near(trial.confidence, 0.25)
    near(trial.price, 65 * 1.01 ** 2, "the price")

def test_wrong():
    assert Trial(S()).tick(200).bought, "dear ones are sold"

def test_near():
    near(1.0, 1.1, "one")

def test_shares_nothing_one():
    kept.generate_signal({"price": 1, "position": 0})
    assert kept.seen == 1

def test_shares_nothing_two():
    kept.generate_signal({"price": 1, "position": 0})
    assert kept.seen == 1

def test_strategy_fails():
    Trial(S(limit=None)).tick(1)

def test_endless():
    while True:
        pass

def helper(x):
    return x

def test_is_a_generator():
    yield 1
`;
    const told = await ran(CODE, tests);
    expect(told).toMatchObject({
      test_buys_and_holds: "passed",
      test_sells: "passed",
      test_wrong: "strategy_test.py line 18: AssertionError: dear ones are sold",
      test_shares_nothing_one: "passed",
      test_shares_nothing_two: "passed",
      test_endless: "the test did not come to its end",
    });
    expect(told?.["test_near"]).toMatch(/line 21: AssertionError: one is 1(\.0)? and should be 1\.1/);
    expect(told?.["test_strategy_fails"]).toMatch(/^strategy\.py line 8: TypeError/);
    expect(Object.keys(told ?? {})).toHaveLength(9);
    expect(told?.["test_is_a_generator"]).toMatch(/has a yield/);
  });

  it.each([
    ["class TestIt:\n    def test_a(self):\n        pass\n", "test_a is in a class and would not be run"],
    ["async def test_b():\n    pass\n", "test_b is async and would not be run"],
    ["def test_c(n=1):\n    pass\n", "test_c is with arguments and would not be run"],
    ["def other():\n    pass\n", "there is no test in this file"],
  ])("are not passed over in silence: %j", async (tests, said) => {
    const made = await compiler.compileTests(CODE, tests, "python");
    expect(made.ok ? "" : made.failure[0]).toMatchObject({ message: said, file: "strategy_test.py" });
    const within = await compiler.compileTests(`${CODE}\n${tests}`, null, "python");
    expect(within.ok && within.value, "in the strategy it is the author's affair").toBeNull();
  });

  it("may stand in the strategy, and there may be none", async () => {
    expect(await ran(CODE, null)).toBeNull();
    const within = `${CODE}\ndef test_it():\n    assert Trial(S()).tick(90).sold, "no"\n`;
    expect(await ran(within, null)).toEqual({ test_it: "strategy.py line 13: AssertionError: no" });
  });

  it("are told what is wrong with their text, and reach no more than a strategy does", async () => {
    const refusal = async (tests: string) => {
      const made = await compiler.compileTests(CODE, tests, "python");
      return made.ok ? null : made.failure[0];
    };
    expect(await refusal("from strategy import S\ndef test_a(:\n    pass\n")).toMatchObject({
      line: 2,
      file: "strategy_test.py",
    });
    expect((await refusal("import os\n"))?.message).toBe("os cannot be imported");
    expect((await refusal("def test_a():\n    Trial.__init__.__globals__\n"))?.line).toBe(2);
    expect(await ran(CODE, "from strategy import Nobody\ndef test_a():\n    pass\n")).toMatchObject({
      test_a: expect.stringContaining("strategy_test.py line 1") as string,
    });
  });
});
