// Users' strategies in AssemblyScript, by the real compiler in its own process: what they compute, and what they cannot do.
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Compilers, EVENT_FUEL, StrategyModule, type Artefact } from "../../src/sandbox/sandbox.ts";
import { openCore } from "../support/core.ts";
import { Indicators } from "../support/indicators.ts";
import { Random } from "../support/random.ts";
import { decisions, eventOf, RSI_CODE, strategyCode } from "../support/strategy-code.ts";

const MEMORY = 16 * 1024 * 1024;
/** For a compiler that hangs; how fast it is is no matter here. */
const TIMEOUT_MS = 240_000;
let compilers: Compilers;
beforeAll(() => {
  compilers = new Compilers({ memoryBytes: MEMORY, timeoutMs: TIMEOUT_MS });
});
afterAll(() => compilers.close());

async function compiled(code: string): Promise<Artefact> {
  const made = await compilers.compile(code);
  if (!made.ok) throw new Error(JSON.stringify(made.failure));
  return made.value;
}
async function moduleOf(code: string): Promise<WebAssembly.Module> {
  return new WebAssembly.Module((await compiled(code)).wasm);
}
async function opened(code: string, given: Readonly<Record<string, number>> = {}): Promise<StrategyModule> {
  const module = StrategyModule.open(await moduleOf(code), given);
  if (!module.ok) throw new Error(JSON.stringify(module.failure));
  return module.value;
}
/** The first fault at prices 100, 101, … */
async function faultOf(code: string, given: Readonly<Record<string, number>> = {}): Promise<Record<string, unknown>> {
  const module = await opened(code, given);
  for (let step = 0; step < 5_000; step++) {
    const decided = module.decide(eventOf(100 + step));
    if (!decided.ok) return { ...decided.failure };
  }
  throw new Error("it did not fail");
}
/** One file for several bodies, which takes one compilation: `which` says what it does. */
function eitherOf(bodies: readonly string[]): string {
  const tick = bodies.map((body, which) => `if (i32(WHICH.value) == ${which}) { ${body} }`).join("\n    ");
  return strategyCode(tick, "", `const WHICH = parameter("which", 0, 0, ${bodies.length - 1}, "what it does");`);
}
async function refusalOf(code: string): Promise<Record<string, unknown>> {
  const made = await compilers.compile(code);
  if (made.ok) throw new Error("it compiled");
  return { ...made.failure[0] };
}
function walk(seed: number, count: number): readonly number[] {
  const random = new Random(seed);
  let price = 100;
  return Array.from({ length: count }, () => (price *= 1 + 0.01 * random.normal()));
}

describe("a strategy in AssemblyScript", () => {
  it("decides by its indicators, symbol by symbol, with the parameters that it is given", async () => {
    const prices = walk(3, 900);
    const wanted = new Indicators(openCore("release", 4096)).rsi(prices, 7);
    const module = await opened(RSI_CODE, { period: 7, oversold: 30 });
    expect(module.parameters.map(({ name, standard, least, most }) => [name, standard, least, most])).toEqual([
      ["period", 14, 2, 500],
      ["oversold", 25, 0, 50],
      ["overbought", 75, 50, 100],
    ]);
    const actions = decisions(
      module,
      prices.map((price) => eventOf(price)),
    ).map((one) => one?.action ?? null);
    expect(actions).toEqual(wanted.map((value) => (value < 30 ? "buy" : value > 75 ? "sell" : null)));
    expect(new Set(actions)).toEqual(new Set([null, "buy", "sell"]));
    // A second symbol begins anew; the first goes on as if nothing had come between.
    const mixed = await opened(RSI_CODE, { period: 7, oversold: 30 });
    const both = prices.flatMap((price) => [eventOf(price), eventOf(2 * price, { symbol: 1 })]);
    const apart = decisions(mixed, both).map((one) => one?.action ?? null);
    expect(apart.filter((_, index) => index % 2 === 0)).toEqual(actions);
    expect(apart.filter((_, index) => index % 2 === 1)).toEqual(actions);
  });

  it("gets from every indicator of the SDK what the core's batch form gives", async () => {
    const close = [...walk(5, 700)];
    const high = close.map((price, index) => price * (1 + 0.002 * (1 + (index % 3))));
    const low = close.map((price, index) => price * (1 - 0.001 * (1 + (index % 5))));
    const core = new Indicators(openCore("release", 4096));
    const macd = core.macd(close, 12, 26, 9, true);
    const bands = core.bollinger(close, 20, 2, 0);
    const cases: readonly (readonly [field: string, next: string, wanted: readonly number[] | undefined])[] = [
      ["Sma(20)", "this.i.next(market.price)", core.sma(close, 20)],
      ["Ema(12)", "this.i.next(market.price)", core.ema(close, 12, true)],
      ["Rsi(14)", "this.i.next(market.price)", core.rsi(close, 14)],
      ["Deviation(30)", "this.i.next(market.price)", core.deviation(close, 30, 1)],
      ["ZScore(25)", "10 + this.i.next(market.price)", core.zScore(close, 25, 1).map((value) => 10 + value)],
      ["Atr(14)", "this.i.next(market.high, market.low, market.price)", core.atr({ high, low, close }, 14, false)],
      ["Macd()", "(this.i.next(market.price), 100 + this.i.signal)", macd["signals"]?.map((value) => 100 + value)],
      ["Bollinger(20, 2)", "(this.i.next(market.price), this.i.upper)", bands["upper"]],
    ];
    // All in one file, which takes one compilation; `which` says what is asked.
    const fields = cases.map(
      ([made], which) => `private i${which}: ${made.slice(0, made.indexOf("("))} = new ${made};`,
    );
    const asked = cases.map(
      ([, next], which) => `if (which == ${which}) v = ${next.replaceAll("this.i", `this.i${which}`)};`,
    );
    const tick = `const which = i32(WHICH.value); let v: f64 = NaN; ${asked.join(" ")} if (v == v) this.buy(0.5, v);`;
    const which = `const WHICH = parameter("which", 0, 0, ${cases.length - 1}, "indicator that is asked");`;
    const code = strategyCode(tick, fields.join("\n  "), which);
    for (const [place, [made, , wanted]] of cases.entries()) {
      const module = await opened(code, { which: place });
      const found = close.map((price, index) => {
        const decided = module.decide(eventOf(price, { high: high[index] ?? 0, low: low[index] ?? 0 }));
        if (!decided.ok) throw new Error(`${made}: ${decided.failure.message}`);
        return decided.value?.stop ?? Number.NaN;
      });
      expect(wanted?.length, made).toBe(close.length);
      found.forEach((value, index) => {
        const right = wanted?.[index] ?? Number.NaN;
        if (Number.isNaN(right)) expect(value, `${made} at ${index}`).toBeNaN();
        else expect(Math.abs(value / right - 1), `${made} at ${index}`).toBeLessThan(1e-9);
      });
    }
  });

  it("measures a break against the bars before, whatever went before them", async () => {
    const code = strategyCode(
      "this.c.next(market.high, market.low); if (market.count > 20) this.buy(0.5, this.c.upper, this.c.lower);",
      "private c: Channel = new Channel(20);",
    );
    const module = await opened(code);
    const prices = walk(7, 400);
    const found = decisions(
      module,
      prices.map((price) => eventOf(price)),
    );
    for (let index = 20; index < prices.length; index++) {
      const before = prices.slice(index - 20, index);
      expect([found[index]?.stop, found[index]?.target]).toEqual([Math.max(...before), Math.min(...before)]);
    }
  });

  it("gives the same artefact for the same code, and compiles it once", async () => {
    const [one, two] = await Promise.all([compiled(RSI_CODE), compiled(RSI_CODE)]);
    expect(two).toBe(one);
    const other = new Compilers({ memoryBytes: MEMORY, timeoutMs: TIMEOUT_MS });
    try {
      const again = await other.compile(RSI_CODE);
      expect(again.ok && again.value.hash).toBe(one.hash);
    } finally {
      other.close();
    }
  });

  it("is not compiled again after a restart; where the file is torn it is, to the same bytes", async () => {
    const folder = mkdtempSync(join(tmpdir(), "compiled-"));
    const once = async (): Promise<Artefact> => {
      const own = new Compilers({ memoryBytes: MEMORY, timeoutMs: TIMEOUT_MS, folder });
      try {
        const made = await own.compile(RSI_CODE);
        if (!made.ok) throw new Error(JSON.stringify(made.failure));
        await vi.waitFor(() => expect(readdirSync(folder).join()).toMatch(/^[0-9a-f]{64}\.wasm$/), 60_000);
        return made.value;
      } finally {
        own.close();
      }
    };
    try {
      const first = await once();
      const hasty = new Compilers({ memoryBytes: MEMORY, timeoutMs: 1, folder });
      const again = await hasty.compile(RSI_CODE);
      expect(again, "no compiler makes it in a millisecond").toEqual({ ok: true, value: first });
      expect(first.parameters.map(({ name }) => name)).toEqual(["period", "oversold", "overbought"]);
      hasty.close();
      for (const name of readdirSync(folder)) truncateSync(join(folder, name), 500);
      const mended = await once();
      expect([mended.hash, mended.wasm]).toEqual([first.hash, first.wasm]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("finds a compiler at its speed that was begun before", async () => {
    const own = new Compilers({ memoryBytes: MEMORY, timeoutMs: TIMEOUT_MS });
    try {
      await own.warm();
      const turn = new Promise((resolve) => setImmediate(resolve, "a turn of the loop"));
      const first = await Promise.race([own.warm().then(() => "warm"), turn]);
      expect(first, "it is warm already, and nobody was asked").toBe("warm");
      expect((await own.compile(RSI_CODE)).ok).toBe(true);
    } finally {
      own.close();
    }
  });

  it("is told what is wrong with its code, where, and what was probably meant", async () => {
    expect(await refusalOf(strategyCode("const x = foo + 1;"))).toMatchObject({
      line: 6,
      message: "Cannot find name 'foo'.",
    });
    expect(String((await refusalOf(strategyCode('console.log("x");')))["message"])).toContain("console");
    const cut = await refusalOf(strategyCode("const n: i32 = market.price;"));
    expect([cut["line"], cut["hint"]]).toEqual([6, "write i32(x) to cut a number off to a whole one"]);
    expect(String((await refusalOf("export const x = 1;"))["hint"])).toContain("create(): Strategy");
    expect(String((await refusalOf('import { x } from "./other";\n'))["hint"])).toContain("sdk");
    expect(await refusalOf("\u0000\ud800 {{{{")).toHaveProperty("message");
  });
});

describe("hostile code", () => {
  it("that never ends is stopped at that event, and says no more", async () => {
    const bodies = ["while (true) {}", "for (let i = 0; ; i++) market.volume += i;", "do {} while (market.price > 0);"];
    for (const [which, body] of bodies.entries()) {
      const fault = await faultOf(eitherOf(bodies), { which });
      expect(fault, body).toMatchObject({ kind: "out_of_fuel" });
    }
    const module = await opened(strategyCode("if (market.price > 102) while (true) {} else this.buy();"));
    expect(module.decide(eventOf(100)).ok).toBe(true);
    const first = module.decide(eventOf(103));
    expect(module.decide(eventOf(100))).toEqual(first);
  });

  it("that never ends before it begins is stopped as well", async () => {
    const endless = strategyCode("this.buy();", "", "let n = 0; while (true) n++;");
    expect((await refusalOf(endless))["message"]).toBe(
      "it fails before it begins: it did not come to an end before its first event",
    );
    const withTests = await compilers.compile(endless, true); // is compiled only, and begun where its tests are run
    if (!withTests.ok) throw new Error(JSON.stringify(withTests.failure));
    const begun = StrategyModule.open(new WebAssembly.Module(withTests.value.wasm));
    expect(begun.ok ? "" : begun.failure.kind).toMatch(/trapped|out_of_fuel/);
  });

  it("that calls itself for ever, or wants all memory, fails alone", async () => {
    const deep = "function deep(n: f64): f64 { return n > -1 ? deep(n + 1) + deep(n + 2) : 0; }";
    expect(["too_deep", "out_of_fuel"]).toContain(
      (await faultOf(strategyCode("this.buy(deep(market.price));", "", deep)))["kind"],
    );
    const hog = await faultOf(strategyCode("this.kept.push(new Array<f64>(100000));", "kept: Array<f64>[] = [];"));
    expect(hog).toMatchObject({ kind: "out_of_memory" });
    expect(await faultOf(strategyCode("store<f64>(0x7fffffff, 1);"))).toMatchObject({ kind: "out_of_memory" });
  });

  it("may throw away as much as it likes", async () => {
    const module = await opened(
      strategyCode("const a = new Array<f64>(1000); a[1] = market.price; if (a[1] > 1) this.buy();"),
    );
    for (let step = 0; step < 20_000; step++) expect(module.decide(eventOf(100)).ok).toBe(true);
  });

  it("cannot reach outside: no import, no chance, no bulk copies, no memory of its own size", async () => {
    const refused: readonly (readonly [code: string, said: RegExp])[] = [
      [strategyCode("this.buy(Math.random());"), /Math\.random/],
      [strategyCode('trace("x");'), /trace/],
      [strategyCode("peek();", "", '@external("env", "secret") declare function peek(): void;'), /outside/],
      [
        strategyCode("peek();", "", '@external("wasi_snapshot_preview1", "fd_write") declare function peek(): void;'),
        /outside/,
      ],
      [strategyCode("this.buy(f64(Date.now()));"), /outside|Date/],
      ['import { readFileSync } from "fs";\n' + strategyCode("this.buy();"), /fs/],
      ['import { run } from "strategy-engine/dispatch";\n' + strategyCode("this.buy();"), /dispatch/],
      ['import { run } from "strategy-engine/../../src/main";\n' + strategyCode("this.buy();"), /main/],
    ];
    for (const [code, said] of refused) expect(JSON.stringify(await refusalOf(code)), code).toMatch(said);
  });

  it("that decides nonsense is stopped with what it decided", async () => {
    const bodies = [
      "this.buy(NaN);",
      "this.buy(2);",
      "this.buy(0.5, -1);",
      "this.sell(0.5, 1, Infinity);",
      "this.action = 9;",
    ];
    for (const [which, body] of bodies.entries())
      expect(await faultOf(eitherOf(bodies), { which }), body).toMatchObject({ kind: "bad_decision" });
  });

  it("that fails an assertion of its own names its line", async () => {
    const fault = await faultOf(strategyCode('assert(market.price < 103, "too dear");'));
    expect(fault).toEqual({ kind: "aborted", message: "too dear", line: 6, column: 5 });
  });

  it("that the compiler cannot finish in time fails alone, and the next one compiles", async () => {
    const hasty = new Compilers({ memoryBytes: MEMORY, timeoutMs: 1 });
    try {
      const late = await hasty.compile(RSI_CODE);
      expect(late.ok ? "" : late.failure[0]?.message).toContain("took more than");
    } finally {
      hasty.close();
    }
    const huge = strategyCode(`this.buy(${Array.from({ length: 20_000 }, () => "(").join("")}1);`);
    expect((await compilers.compile(huge)).ok).toBe(false);
    expect((await compilers.compile(strategyCode("this.close();"))).ok).toBe(true);
  });

  it("is refused above the memory that strategies may have", async () => {
    const small = new Compilers({ memoryBytes: 65_536, timeoutMs: TIMEOUT_MS });
    try {
      const code = strategyCode("if (TABLE[0] > 1) this.buy();", "", `const TABLE = memory.data(200000);`);
      expect((await small.compile(code.replace("TABLE[0]", "load<u8>(TABLE)"))).ok).toBe(false);
    } finally {
      small.close();
    }
  });
});

it("the example of the documentation compiles and decides", async () => {
  const text = readFileSync(new URL("../../../../docs/sdk.md", import.meta.url), "utf8");
  const [, code = ""] = /```ts\n([\s\S]*?)```/.exec(text) ?? [];
  const module = await opened(code);
  expect(module.parameters.map(({ name }) => name)).toEqual(["period", "oversold", "overbought"]);
  const falling = Array.from({ length: 40 }, (_, step) => eventOf(100 * 0.995 ** step));
  expect(decisions(module, falling).at(-1)?.action).toBe("buy");
});

/** What it takes for these prices, one after the other. */
async function unitsOf(code: string, prices: readonly number[]): Promise<number> {
  const module = await opened(code);
  return prices.reduce((sum, price) => {
    decisions(module, [eventOf(price)]);
    return sum + Math.round(module.usage().work * EVENT_FUEL);
  }, 0);
}

it("takes the same fuel for the same events on every machine", async () => {
  expect(await unitsOf(RSI_CODE, walk(3, 900))).toBe(69_121);
});

it("does not compute in each round of a loop what is the same in all of them", async () => {
  const loop = (rounds: string): string =>
    strategyCode(
      `this.w.push(market.price); let sum: f64 = 0; const count = this.w.count;
      for (let k = 0; k < ${rounds}; k++) sum += this.w.get(k);
      if (sum > 100 * market.price) this.buy();`,
      "private w: Window = new Window(100);",
    );
  const prices = walk(3, 300);
  const byHand = await unitsOf(loop("count"), prices);
  expect(await unitsOf(loop("this.w.count"), prices), "a unit an event").toBeLessThanOrEqual(byHand + prices.length);
});

it("two hundred strategies decide on one bar within a millisecond", async () => {
  const module = await moduleOf(RSI_CODE);
  const all = Array.from({ length: 200 }, (_, index) => {
    const opened = StrategyModule.open(module, { period: 5 + (index % 20) });
    if (!opened.ok) throw new Error(opened.failure.message);
    return opened.value;
  });
  const prices = walk(11, 3_000);
  const took = prices.map((price) => {
    const event = eventOf(price);
    const begin = performance.now();
    for (const one of all) one.decide(event);
    return performance.now() - begin;
  });
  expect(took.toSorted((a, b) => a - b)[took.length >> 1]).toBeLessThan(1);
});
