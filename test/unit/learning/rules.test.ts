// The language of rules: what reads how, what is refused and how that is said, and that nobody's text costs more than another's.
import { describe, expect, it } from "vitest";
import { READABLE } from "../../../src/domain/program-signals.ts";
import { STRATEGIES } from "../../../src/domain/strategies.ts";
import { print, readRules, translateRules } from "../../../src/learning/rules.ts";
import { parse } from "../../../src/learning/rules/parser.ts";
import { WORDS } from "../../../src/learning/rules/vocabulary.ts";
import { RuleTwin } from "../../support/learning/rule-twin.ts";
import { blankEvent } from "../../../src/sandbox/sandbox.ts";

/** The first fault, as a person reads it. */
function fault(text: string): string {
  const read = readRules(text);
  if (read.ok) return "none";
  const [{ line, column, message, hint } = { line: 0, column: 0, message: "", hint: null }] = read.failure;
  return `${line}:${column} ${message}${hint === null ? "" : ` (${hint})`}`;
}
const printed = (text: string): string => print(parse(text));

describe("what binds how", () => {
  it.each([
    ["buy when price > 1 or price < 2 and price > 3", "buy when price > 1 or price < 2 and price > 3;\n"],
    ["buy when (price > 1 or price < 2) and price > 3", "buy when (price > 1 or price < 2) and price > 3;\n"],
    ["buy when not price > 1 and price < 2", "buy when not price > 1 and price < 2;\n"],
    ["buy when not (price > 1 and price < 2)", "buy when not (price > 1 and price < 2);\n"],
    ["buy when price - (open - low) > 2*(1+3)", "buy when price - (open - low) > 2 * (1 + 3);\n"],
    ["buy when (price - open) - low > ((2))", "buy when price - open - low > 2;\n"],
    ["buy when --rsi() < 3 # a comment\n;;".replace(";;", ";"), "buy when --rsi() < 3;\n"],
    ["stop 2%;target 1.50 %", "stop 2 %;\ntarget 1.5 %;\n"],
    ["exit when held>2h", "exit when held > 2 h;\n"],
    ["param x -3 from -5 to 1e3", "param x -3 from -5 to 1000;\n"],
  ])("%s", (text, wanted) => {
    expect(printed(text)).toBe(wanted);
  });
});

describe("what is wrong is said with its place, what was found, what is allowed, and what was meant", () => {
  it.each([
    ["buy when momentem_rider.buy", '1:10 found "momentem_rider", which is no name (did you mean momentum_rider?)'],
    ["buy whn price > 1", '1:5 found "whn"; allowed here: when (a rule is written: buy when rsi(14) < 30)'],
    [
      "bye when price > 1",
      '1:1 found "bye"; allowed here: a statement: buy, sell, exit, size, stop, target, confidence, param (did you mean buy?)',
    ],
    [
      "buy when rsi(14) < 30\nsell when price > 1",
      '2:1 found "sell"; allowed here: an operator or ; (the statement before it ends with ;)',
    ],
    [
      "buy when 1 < rsi(14) < 30",
      '1:22 found "<"; allowed here: and, or, ; (comparisons do not chain: write a < b and b < c)',
    ],
    ["buy when (price > 1", "1:20 found the end of the text; allowed here: an operator or )"],
    ["buy when rsi(14)", "1:10 found a number where a condition belongs (compare it: rsi(14) < 30)"],
    [
      "buy when price > rsi(14)",
      "1:16 a price > a number has no meaning (price is a price) (divide a price by a price to have a number: price / sma(20) > 1.01)",
    ],
    ["buy when regime == long", "1:17 a regime == a side has no meaning (regime is a regime)"],
    [
      "buy when held > 2",
      "1:15 a duration > a number has no meaning (held is a duration) (a duration is a number with s, m, h or d behind it: held > 2 h)",
    ],
    [
      "buy when price > 1 and rsi(14)",
      "1:24 found a number beside and; allowed: conditions (compare it: rsi(14) < 30)",
    ],
    ["buy when NaN < 1", '1:10 found "NaN", which is no name (numbers are finite and written with digits)'],
    ["buy when price > 1e999", '1:18 found the number "1e999", which is too large'],
    ["exit when held > 1e300 d", '1:18 found the time "1e300d", which is too large'],
    ["buy when price > 3x", '1:18 found "3x", which is neither a number nor a name (units are %, s, m, h and d)'],
    ["buy when price = 3", '1:16 found "=", which is no sign here (write == to compare)'],
    ["buy when a && b", '1:12 found "&&", which is no sign here (write and)'],
    ["// no\nbuy when price > 1", '1:1 found "//", which is no sign here (a comment begins with #)'],
    ["buy when \u0440rice > 1", "1:10 found the character U+0440 (letters are a to z, digits and _)"],
    ["buy when price > 1\u2028", "1:19 found the character U+2028 (letters are a to z, digits and _)"],
    ["buy when rsi(0) < 3", "1:14 n of rsi is 0, and must be a whole number from 1 to 5000"],
    ["buy when rsi(2.5) < 3", "1:14 n of rsi is 2.5, and must be a whole number from 1 to 5000"],
    ["buy when sma() < 3", "1:10 sma takes n, and was given 0 (such as sma(20))"],
    [
      "buy when rsi(volume) < 3",
      "1:14 n of rsi must be a number or a parameter (it is set before the first event and cannot change)",
    ],
    [
      "buy when bollinger(20).uper > price",
      '1:10 found "bollinger.uper", which is no name; allowed: bollinger, bollinger.middle, bollinger.upper, bollinger.lower (did you mean upper?)',
    ],
    [
      "buy when momentum_rider",
      "1:10 found momentum_rider by itself; allowed: momentum_rider.buy, momentum_rider.sell, momentum_rider.exit, momentum_rider.long, momentum_rider.short, momentum_rider.flat, momentum_rider.side, momentum_rider.confidence",
    ],
    ["buy when constructor > 1", '1:10 found "constructor", which is no name'],
    [
      "buy when volatility.toString",
      '1:10 found "volatility.toString", which is no name; allowed: volatility, volatility.high, volatility.low',
    ],
    [
      "param price 1 from 0 to 2; buy when price > 1",
      '1:1 "price" has a meaning already (take another name, such as my_price)',
    ],
    ["param n 9 from 0 to 2; buy when price > n", '1:1 the parameter "n" is 9, which must lie from 0 to 2'],
    ["param n 2 from 0 to 9; buy when rsi(n) > 3", "1:37 n of rsi is 0, and must be a whole number from 1 to 5000"],
    [
      "stop 2; buy when price > 1",
      "1:6 stop is a number; allowed: a distance in price, or a percentage (such as stop atr(14) * 2, or stop 2 %)",
    ],
    ["size 2; buy when price > 1", "1:6 size must be above 0 and at most 1"],
    ["size 1; size 1; buy when price > 1", "1:9 size is set twice (one setting holds for all rules)"],
    ["exit when profit > 2 %", "1:1 nothing is ever bought or sold (a rule is written: buy when rsi(14) < 30)"],
    ["", "1:1 nothing is ever bought or sold (a rule is written: buy when rsi(14) < 30)"],
  ])("%s", (text, wanted) => {
    expect(fault(text)).toBe(wanted);
  });

  it("a strategy whose signals cannot be had is refused with the reason, each of the others can", () => {
    for (const { name } of STRATEGIES) {
      const said = fault(`buy when ${name}.buy`);
      if (READABLE.includes(name)) expect(said, name).toBe("none");
      else expect(said).toMatch(/^1:10 the signals of \w+ cannot be had: it .+ \(those that can: /);
    }
    expect(READABLE.length).toBeGreaterThanOrEqual(4);
  });

  it("every statement that is wrong is told, ten at most", () => {
    const read = readRules("buy when nothing > 1; ".repeat(20));
    expect(read.ok ? 0 : read.failure.length).toBe(10);
  });
});

describe("a hostile text is refused like any other", () => {
  it.each([
    ["a megabyte", "x".repeat(1 << 20), "1:1 the text has 1048576 characters, and 32768 are allowed"],
    [
      "parentheses without an end",
      `buy when ${"(".repeat(30_000)}`,
      "1:4104 the text has more than 4096 words and signs (split it into two strategies)",
    ],
    [
      "deep parentheses",
      `buy when ${"(".repeat(60)}1`,
      "1:59 more than 48 expressions lie within each other (split the condition into several rules, or leave parentheses out)",
    ],
    [
      "deep not",
      `buy when ${"not ".repeat(60)}price > 1`,
      "1:206 more than 48 expressions lie within each other (split the condition into several rules, or leave parentheses out)",
    ],
    [
      "a long chain",
      `buy when price > 1${" and price > 1".repeat(60)}`,
      "1:692 more than 48 expressions lie within each other (split the condition into several rules, or leave parentheses out)",
    ],
    [
      "many statements",
      "buy when price > 1;".repeat(70),
      '1:1217 found "buy"; allowed here: the end: at most 64 statements',
    ],
    [
      "many indicators",
      Array.from({ length: 33 }, (_, n) => `buy when sma(${2 * n + 1}) > sma(${2 * n + 2})`).join(";"),
      "1:",
    ],
    [
      "signs of code",
      'buy when price > 1; "); import "x',
      '1:21 found """, which is no sign here (names are written without quotes)',
    ],
  ])("%s", (_, text, wanted) => {
    expect(fault(text).startsWith(wanted), fault(text)).toBe(true);
  });

  it("nothing of the text reaches the code but names that are known, and numbers", () => {
    const made = translateRules(
      "param my_span 12 from 2 to 50; # console.log(1) */ `\nbuy when ema(my_span) > 1.5e300",
    );
    expect(made.ok && !/console|`|\*\//.test(made.value)).toBe(true);
  });
});

it("what is not known is neither true nor false, so nothing is decided before its time", () => {
  const twin = new RuleTwin("buy when not sma(3) > price; sell when sma(3) > 1e9 or price > 0");
  const event = { ...blankEvent(), price: 100, high: 100, low: 100, open: 100, volume: 1 };
  const decided = Array.from({ length: 4 }, (_, n) => twin.decide({ ...event, time: n * 1e6 })?.action ?? null);
  expect(decided).toEqual(["sell", "sell", "buy", "buy"]);
});

it("no word of the market is named twice", () => {
  const names = [...WORDS.map(({ name }) => name), ...STRATEGIES.map(({ name }) => name)];
  expect(new Set(names).size).toBe(names.length);
});
