// The language of rules over random texts: what is printed is read as the same tree, and the code that is generated of a text
// decides event by event what the text means, bit for bit. All programs of the second test are compiled as one.
import { afterAll, expect, it } from "vitest";
import { parse } from "../../src/learning/rules/parser.ts";
import { print, readRules, translateRules } from "../../src/learning/rules.ts";
import type { RuleText } from "../../src/learning/rules/syntax.ts";
import {
  blankEvent,
  type FilledEvent,
  openProgram,
  SAID_BUY,
  SAID_EXIT,
  SAID_SELL,
  SIGNAL_WORDS,
  StrategyCompiler,
} from "../../src/sandbox/sandbox.ts";
import { allInOne } from "../support/learning/all-in-one.ts";
import { PARAMS, randomRules } from "../support/learning/random-rules.ts";
import { RuleTwin, type Told } from "../support/learning/rule-twin.ts";
import { Random } from "../support/random.ts";

const TREES = 300;
const PROGRAMS = 24;
const EVENTS = 300;

const compiler = new StrategyCompiler({ memoryBytes: 16 * 1024 * 1024, timeoutMs: 120_000 });
afterAll(() => compiler.close());

/** Without the places, which are no part of what a text means. */
function bare(text: RuleText): string {
  return JSON.stringify(text, (key, value: unknown) => (key === "at" ? undefined : value));
}

it("what is printed is read as the same tree, and printed the same again", () => {
  for (let seed = 1; seed <= TREES; seed++) {
    const tree = randomRules(new Random(seed), 1 + (seed % 6));
    const text = print(tree);
    const read = parse(text);
    const checked = readRules(text);
    const good = bare(read) === bare(tree) && print(read) === text && checked.ok;
    if (!good) expect(read, `seed ${seed}: ${text}\n${JSON.stringify(checked)}`).toEqual(tree);
  }
});

it("the same text becomes the same code", () => {
  const text = print(randomRules(new Random(7)));
  expect(translateRules(text)).toEqual(translateRules(text));
});

it("the generated code decides what the text means, bit for bit", async () => {
  const texts = Array.from({ length: PROGRAMS }, (_, seed) => print(randomRules(new Random(seed + 1))));
  const made = await compiler.compile(allInOne(texts), "assemblyscript");
  if (!made.ok) throw new Error(JSON.stringify(made.failure));
  let decided = 0;
  for (const [place, text] of texts.entries()) {
    const random = new Random(100 + place);
    const given = { span: PARAMS.span[1] + Math.floor(40 * random.next()), level: 90 * random.next() };
    const told = new Map<string, Told>();
    const row = new Float64Array(16 * SIGNAL_WORDS);
    const opened = await openProgram(made.value, ["BTCUSD"], { which: place, ...given }, (names) =>
      Promise.resolve({
        bytes: 0,
        take: () => {
          for (const [index, name] of names.entries()) write(row, index * SIGNAL_WORDS, told.get(name));
          return { ok: true, value: row };
        },
        close: () => undefined,
      }),
    );
    if (!opened.ok) throw new Error(opened.failure.message);
    const twin = new RuleTwin(text, given);
    const event = blankEvent();
    for (let number = 0; number < EVENTS; number++) {
      next(event, random);
      for (const name of ["momentum_rider", "mean_reversion"]) told.set(name, said(random));
      told.set("regime", { ...said(random), side: Math.floor(5 * random.next()) });
      const [code, meaning] = [opened.value.decide(event), twin.decide(event, Object.fromEntries(told))];
      const agrees = JSON.stringify(code) === JSON.stringify({ ok: true, value: meaning });
      if (!agrees) expect(code, `program ${place}, event ${number}:\n${text}`).toEqual({ ok: true, value: meaning });
      if (meaning !== null) decided++;
      if (meaning !== null && random.next() < 0.5)
        event.position = meaning.action === "buy" ? 2 : meaning.action === "sell" ? -1 : 0;
    }
    opened.value.close();
  }
  expect(decided).toBeGreaterThan(EVENTS);
});

/** A market that trends, stands still, jumps and has quotes before its trades or not. */
function next(event: FilledEvent, random: Random): void {
  const before = event.price === 0 ? 100 : event.price;
  const chance = random.next();
  const move = chance < 0.1 ? 0 : chance < 0.12 ? 0.2 * random.normal() : 0.004 * random.normal();
  const price = Math.max(0.01, before * (1 + move));
  event.time = (event.time === 0 ? 1.7e15 : event.time) + 6e7 * Math.floor(1 + 90 * random.next() ** 4);
  event.open = before;
  event.high = Math.max(before, price) * (1 + 0.001 * random.next());
  event.low = Math.min(before, price) * (1 - 0.001 * random.next());
  event.price = price;
  event.volume = chance < 0.1 ? 0 : 10 * random.next();
  event.bid = chance < 0.05 ? 0 : price * 0.9999;
  event.ask = chance < 0.05 ? 0 : price * 1.0001;
}

function said(random: Random): Told {
  const [chance, side] = [random.next(), Math.floor(3 * random.next()) - 1];
  const confidence = chance < 0.1 ? Number.NaN : random.next();
  return { buy: chance < 0.2, sell: chance > 0.8, exit: chance > 0.15 && chance < 0.3, side, confidence };
}

function write(row: Float64Array, at: number, told: Told | undefined): void {
  if (told === undefined) return;
  row[at] = (told.buy ? SAID_BUY : 0) + (told.sell ? SAID_SELL : 0) + (told.exit ? SAID_EXIT : 0);
  row[at + 1] = told.side;
  row[at + 2] = told.confidence;
}
