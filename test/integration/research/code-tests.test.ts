// The tests that every strategy with code has to pass: each finds what it is there for, and honest strategies pass them all.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { syntheticHistory } from "../../../src/history/history.ts";
import { codeLookAhead, codeSource, momentsBetween, testCode } from "../../../src/research/research.ts";
import { Random } from "../../../src/domain/random.ts";
import { CodeBench } from "../../support/code-runs.ts";
import { barTable, FIVE_MINUTES, market, START } from "../../support/research.ts";
import { RSI_CODE, strategyCode } from "../../support/strategy-code.ts";

const SYMBOLS = ["BTCUSD"];
const BARS = 1_500;
const END = START + BARS * FIVE_MINUTES * 1_000;
const MARKET = { history: market(SYMBOLS, { bars: BARS }), from: START, to: END };

let bench: CodeBench;
beforeAll(() => {
  bench = new CodeBench();
});
afterAll(() => bench.close());

async function reported(code: string, options: Partial<Parameters<typeof testCode>[1]> = {}) {
  return testCode(await bench.compiled(code), { given: {}, symbols: SYMBOLS, ...options });
}
async function broken(code: string, options: Partial<Parameters<typeof testCode>[1]> = {}) {
  const { tests } = await reported(code, options);
  return Object.fromEntries(tests.filter(({ passed }) => !passed).map(({ name, reason }) => [name, reason]));
}

const HONEST: Readonly<Record<string, string>> = {
  rsi: RSI_CODE,
  cross: strategyCode(
    "const d = this.fast.next(market.price) - this.slow.next(market.price); if (d > 0) this.buy(); if (d < 0) this.sell();",
    "private fast: Ema = new Ema(12); private slow: Ema = new Ema(26);",
  ),
  channel: strategyCode(
    "this.c.next(market.high, market.low); if (market.price > this.c.upper) this.buy(1, this.c.lower); if (market.price < this.c.lower) this.close();",
    "private c: Channel = new Channel(20);",
  ),
  bands: strategyCode(
    "this.b.next(market.price); if (market.price < this.b.lower) this.buy(); if (market.price > this.b.upper) this.sell();",
    "private b: Bollinger = new Bollinger(20);",
  ),
  macd: strategyCode(
    "this.m.next(market.price); if (this.m.histogram > 0) this.buy(); else this.close();",
    "private m: Macd = new Macd();",
  ),
  reversion: strategyCode(
    "const z = this.z.next(market.price); if (z < -2) this.buy(); if (z > 0) this.close();",
    "private z: ZScore = new ZScore(30);",
  ),
  nights: strategyCode(
    "const hour = i32(market.time / 3.6e9) % 24; if (hour == 22) this.buy(); if (hour == 6) this.close();",
  ),
  mondays: strategyCode("const day = i32(market.time / 8.64e10 + 3) % 7; if (day == 0) this.buy(); else this.close();"),
  position: strategyCode("if (market.position == 0) this.buy(0.5, market.price * 0.99, market.price * 1.01);"),
  still: strategyCode("market.price;"),
};

describe("honest strategies", () => {
  it.each(Object.entries(HONEST))("%s passes every test", async (_, code) => {
    expect(await broken(code)).toEqual({});
    expect(await broken(code, { market: MARKET })).toEqual({});
  });

  it("are told what was tested, and how long ago still matters", async () => {
    const { passed, tests, notes } = await reported(RSI_CODE, { symbols: ["BTCUSD", "ETHUSD"] });
    expect(passed).toBe(true);
    expect(tests.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["survives gaps of days", "works with period = 2", "works with period = 500"]),
    );
    expect(notes.join()).toMatch(/no longer matters after \d+ events/);
    expect((await reported(HONEST["still"] ?? "")).notes.join()).toContain("decided nothing");
  });
});

describe("what is planted", () => {
  it("is found: what does not begin, costs too much, fails on odd markets or at the ends of its parameters", async () => {
    expect(await broken(RSI_CODE, { given: { period: 1 } })).toHaveProperty(["begins with its parameters"]);
    const slow = await broken(
      strategyCode("let s = 0.0; for (let k = 0; k < 3000000; k++) s += k; if (s > market.price) this.buy();"),
    );
    expect(slow["keeps within what an event may cost"]).toMatch(/an event takes \d+/);
    const flat = await broken(
      strategyCode(
        'assert(this.c.next(market.price) != 0, "no movement"); if (market.price > 1) this.buy();',
        "private c: Deviation = new Deviation(9);",
      ),
    );
    expect(flat["survives a price that never moves"]).toContain("line 6: no movement");
    const short = await broken(
      strategyCode(
        "if (this.s.next(market.price) > market.price) this.buy();",
        "private s: Sma = new Sma(i32(N.value));",
        'const N = parameter("n", 5, 0, 50, "");',
      ),
    );
    expect(short).toHaveProperty(["works with n = 0"]);
    expect(Object.keys(short)).toHaveLength(1);
    const silent = await broken(strategyCode('assert(market.volume > 0, "nobody trades");'));
    expect(Object.keys(silent)).toEqual(["survives bars without volume", "survives quotes and trades"]);
  });

  it("is found: a memory that grows with every event", async () => {
    const leak = strategyCode(
      "this.kept.push(market.price); if (this.kept.length > 5) this.buy();",
      "kept: f64[] = [];",
    );
    expect((await broken(leak))["does not grow for ever"]).toMatch(/memory grows with every event/);
    const objects = strategyCode(
      "this.kept.push(new Sma(8)); if (this.kept.length > 5) this.buy();",
      "kept: Sma[] = [];",
    );
    expect((await broken(objects))["does not grow for ever"]).toMatch(/out_of_memory|memory grows with every event/);
  });

  it("is found: the best days of the past, written into the code", async () => {
    const { columns, time } = barTable("BTCUSD", { bars: BARS });
    const close = Array.from(columns[3] ?? []);
    const rises = close.flatMap((price, bar) =>
      (close[bar + 12] ?? 0) > price * 1.01 ? [(time[bar] ?? 0) + FIVE_MINUTES * 1_000] : [],
    );
    expect(rises.length).toBeGreaterThan(20);
    const known = rises
      .slice(-40)
      .map((at) => `${at}.0`)
      .join(", ");
    const code = strategyCode("if (BEST.includes(market.time)) this.buy();", "", `const BEST: f64[] = [${known}];`);
    const found = await broken(code, { market: MARKET });
    expect(Object.keys(found)).toEqual(["does not go by the date itself"]);
    expect(found["does not go by the date itself"]).toContain("a date is written into the code");
    // On a market of other dates there is nothing to find: the tests want the data that it was written for.
    expect(await broken(code)).toEqual({});
  });

  it("is noted and not refused: events that are counted from the beginning of the tape", async () => {
    const counted = await reported(
      strategyCode("if (market.count % 97 == 0) this.buy(); if (market.count % 97 == 40) this.close();"),
    );
    expect(counted.passed).toBe(true);
    expect(counted.notes.join()).toContain("depends on where the tape begins");
  });

  it("is found when somebody tells the strategy how long the tape is", async () => {
    const code = strategyCode(
      "if (f64(market.count) == LAST.value) this.buy();",
      "",
      'const LAST = parameter("last", 1, 1, 100000, "");',
    );
    const compiled = await bench.compiled(code);
    const history = market(SYMBOLS, { bars: BARS });
    const usual = { name: "told", symbols: SYMBOLS, capital: 1_000 };
    const rows = (to: number): number => Math.floor((to - START - 1) / (FIVE_MINUTES * 1_000));
    const told = codeSource(history, { ...usual, parameters: {} }, compiled);
    const cuts = momentsBetween(START, END, 4, new Random(3));
    expect(await codeLookAhead(told, cuts)).toEqual({ ok: true, value: [] });
    const knowing = async (span: { readonly to?: number }) =>
      codeSource(history, { ...usual, parameters: { last: rows(span.to ?? END + 1) - 3 } }, compiled)(span);
    const found = await codeLookAhead(knowing, cuts);
    expect(found.ok && found.value.length).toBe(4);
  });

  it("leaves the history as it is", async () => {
    const history = syntheticHistory({ seed: 1, days: 3, intervalMs: FIVE_MINUTES, symbols: SYMBOLS });
    const before = history.list().map(({ from, to, hash }) => [from, to, hash]);
    const [first] = history.list();
    await reported(RSI_CODE, { market: { history, from: first?.from ?? 0, to: (first?.to ?? 0) + 1 } });
    expect(history.list().map(({ from, to, hash }) => [from, to, hash])).toEqual(before);
  });
});
