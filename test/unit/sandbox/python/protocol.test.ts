import { describe, expect, it } from "vitest";
import { openPython } from "../../../../src/sandbox/python/python-program.ts";
import {
  answersTo,
  eventAt,
  faultOf,
  opened,
  RSI_STRATEGY,
  saidBy,
  strategyOf,
} from "../../../support/sandbox/python.ts";

const falling = Array.from({ length: 40 }, (_, index) => 100 - index);
const rising = Array.from({ length: 40 }, (_, index) => 100 + index);
const given = (code: string, given: object): Promise<string> => faultOf(code, given).then(({ message }) => message);
/** Says by an exception what its constructor was given. */
const constructed = (args: string, told: string): string =>
  `class S:\n    def __init__(self, ${args}):\n        raise ValueError(repr((${told})))\n    def generate_signal(self, d):\n        pass\n`;

describe("a strategy in Python", () => {
  it("decides as its rule says, from the 15th price on", async () => {
    const down = answersTo(await opened(RSI_STRATEGY), falling);
    expect(down.slice(0, 14).every((answer) => answer.ok && answer.value === null)).toBe(true);
    expect(down[14]).toEqual({ ok: true, value: { action: "buy", confidence: 1, stop: 0, target: 0, size: 0 } });
    const up = answersTo(await opened(RSI_STRATEGY), rising);
    expect(up.at(-1)).toMatchObject({ value: { action: "sell", confidence: 0.75 } });
  });

  it("is built with the parameters whose names its constructor has, and with defaults for the others", async () => {
    const code = constructed(
      "rsi_period=14, oversold=30, overbought_threshold=70, kind='x'",
      "rsi_period, oversold, overbought_threshold, kind",
    );
    const said = await given(code, { rsi_period: 7, oversold_threshold: 25.5, overbought: 80, unknown: 1, kind: null });
    expect(said).toBe("ValueError: (7, 25.5, 80, 'x')");
  });

  it("takes parameters of every JSON type", async () => {
    const code = constructed("a, b, c, d", "a, b == 'é', c, d['x'][1]");
    expect(await given(code, { a: true, b: "é", c: [1, 2.5], d: { x: [1, null] } })).toBe(
      "ValueError: (True, True, [1, 2.5], None)",
    );
  });

  it("names the argument that it needs and was not given", async () => {
    const fault = await faultOf(
      "class S:\n    def __init__(self, n):\n        pass\n    def generate_signal(self, d):\n        pass",
    );
    expect(fault).toMatchObject({ kind: "aborted" });
    expect(fault.message).toMatch(/argument/);
  });

  it("is handed the names of the protocol, with lists of floats that end in the present", async () => {
    const body = `
if len(market_data['prices']) == 3:
    d = market_data
    raise ValueError(repr((sorted(d.keys()), d['symbol'], d['price'], d['volume'], d['timestamp'], d['prices'], d['closes'], d['volumes'], d['timestamps'], d['position'])))`;
    const answers = answersTo(await opened(strategyOf(body)), [1, 2, 3]);
    expect(answers[2]).toMatchObject({
      failure: {
        message:
          "ValueError: (['ask', 'bid', 'closes', 'high', 'low', 'open', 'position', 'price', 'prices', 'symbol', 'timestamp', 'timestamps', 'volume', 'volumes'], " +
          "'BTC-USD', 3.0, 12.0, 1700000002.0, [1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [10.0, 11.0, 12.0], [1700000000.0, 1700000001.0, 1700000002.0], 0.0)",
      },
    });
  });

  it("sees at most 500 values, oldest first, of each symbol by itself", async () => {
    const body = `
p = market_data['prices']
return {'action': 'BUY', 'confidence': len(p) / 1000 if market_data['symbol'] == 'A' else p[0] / 1000}`;
    const program = await opened(strategyOf(body), {}, ["A", "B"]);
    for (let index = 0; index < 620; index++) program.decide(eventAt(index, index + 1));
    expect(program.decide(eventAt(0, 7, 1))).toMatchObject({ value: { confidence: 0.007 } });
    expect(program.decide(eventAt(620, 1))).toMatchObject({ value: { confidence: 0.5 } });
    expect(program.decide(eventAt(1, 9, 1))).toMatchObject({ value: { confidence: 0.007 } });
  });

  it("cannot spoil the histories: its lists are copies", async () => {
    const body = `
market_data['prices'].clear()
market_data['closes'].append(5)
return {'action': 'SELL', 'confidence': len(market_data['volumes']) / 100}`;
    const answers = answersTo(await opened(strategyOf(body)), [1, 2, 3]);
    expect(answers[2]).toMatchObject({ value: { action: "sell", confidence: 0.03 } });
  });

  it.each([
    ["'BUY'", "buy", 1],
    ["'SELL'", "sell", 1],
    ["{'action': 'BUY', 'confidence': 0.25}", "buy", 0.25],
    ["{'action': 'SELL', 'confidence': 0}", "sell", 0],
    ["{'action': 'BUY', 'confidence': 0, 'reason': 'quiet'}", "buy", 0],
    ["{'action': 'SELL'}", "sell", 1],
  ])("may answer %s", async (answer, action, confidence) => {
    const program = await opened(strategyOf(`return ${answer}`));
    expect(program.decide(eventAt(0, 1))).toMatchObject({ ok: true, value: { action, confidence } });
  });
  it.each(["'HOLD'", "None", "{'action': 'HOLD', 'confidence': 1}"])("decides nothing by %s", async (answer) => {
    const program = await opened(strategyOf(`return ${answer}`));
    expect(program.decide(eventAt(0, 1))).toEqual({ ok: true, value: null });
  });

  it.each([
    ["'buy'", /returned 'buy'; it returns 'BUY', 'SELL', 'HOLD' or None/],
    ["1", /a value of type int/],
    ["True", /a value of type bool/],
    ["{}", /'action' is not/],
    ["{'action': 'BUY', 'confidence': 1.01}", /'confidence' is not a number from 0 to 1/],
    ["{'action': 'BUY', 'confidence': float('nan')}", /'confidence' is not/],
    ["{'action': 'BUY', 'confidence': True}", /'confidence' is not/],
    ["['BUY']", /a value of type list/],
  ])("may not answer %s", async (answer, message) => {
    const program = await opened(strategyOf(`return ${answer}`));
    const first = program.decide(eventAt(0, 1));
    expect(first).toMatchObject({
      ok: false,
      failure: { kind: "bad_decision", message: expect.stringMatching(message) as string },
    });
    expect(program.decide(eventAt(1, 1))).toEqual(first);
  });

  it("fails with the author's line and message, and answers nothing but that afterwards", async () => {
    const code =
      "class S:\n    def part(self, x):\n        return 1 / x\n    def generate_signal(self, d):\n        y = 3\n        return self.part(0)\n";
    const program = await opened(code);
    const fault = { kind: "aborted", message: "ZeroDivisionError: divide by zero", line: 3, column: null };
    expect(program.decide(eventAt(0, 1))).toEqual({ ok: false, failure: fault });
    expect(program.decide(eventAt(1, 1))).toEqual({ ok: false, failure: fault });
  });

  it("fails at its opening where the text at its top or its constructor does", async () => {
    const top = await faultOf("x = 1\ny = x + 'a'\nclass S:\n    def generate_signal(self, d):\n        pass");
    expect(top).toMatchObject({ line: 2, message: expect.stringContaining("TypeError") as string });
    const built = await faultOf(constructed("n=1", "n"));
    expect(built).toMatchObject({ line: 3, message: "ValueError: 1" });
  });

  it("answers the same to the same events, whatever else runs", async () => {
    const prices = Array.from({ length: 120 }, (_, index) => 100 + 9 * Math.sin(index / 3));
    const [one, two] = [await opened(RSI_STRATEGY), await opened(RSI_STRATEGY)];
    const alone = answersTo(await opened(RSI_STRATEGY), prices);
    const both = prices.map((price, index) => [one.decide(eventAt(index, price)), two.decide(eventAt(index, price))]);
    expect(both.map(([first]) => first)).toEqual(alone);
    expect(both.map(([, second]) => second)).toEqual(alone);
  });

  it("goes on with prices that are no numbers", async () => {
    const answers = answersTo(await opened(RSI_STRATEGY), [...falling, Number.NaN, Number.POSITIVE_INFINITY, -5]);
    expect(answers.every(({ ok }) => ok)).toBe(true);
  });

  it("takes the first class that decides, where helpers stand before it", async () => {
    const code = `class Helper:\n    pass\n\n${strategyOf("return 'BUY'")}`;
    expect((await opened(code)).decide(eventAt(0, 1))).toMatchObject({ value: { action: "buy" } });
  });

  it("answers a fault without a class, and after it was closed", async () => {
    expect(await openPython("x = 1", ["A"], {})).toMatchObject({ ok: false });
    const program = await opened(RSI_STRATEGY);
    program.close();
    expect(program.decide(eventAt(0, 1))).toMatchObject({ ok: false });
  });

  it("reads numbers as they are written", async () => {
    const texts = [
      "0.1",
      "2.675",
      "1e-7",
      "123456789.123456789",
      "1.7976931348623157e308",
      "0.30000000000000004",
      "5e-324",
    ];
    for (const text of texts) expect(Number(await saidBy(text))).toBe(Number(text));
  });
});
