import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import * as layout from "../../../../assembly/layout.ts";
import { NEGATIVE, POSITIVE } from "../../../../src/stream/ingest/lexicon.ts";
import { scoreOf, similarityHash, stemOf, wordsOf } from "../../../../src/stream/ingest/story.ts";
import { SHARED } from "../../../support/golden-data.ts";
import { Door } from "../../../support/ingest-door.ts";
import { Random } from "../../../support/random.ts";

const score = (text: string): number => scoreOf(wordsOf(text));
type Hash = readonly [low: number, high: number];
function distance(a: Hash, b: Hash): number {
  const ones = (x: number): number => (x >>> 0).toString(2).replaceAll("0", "").length;
  return ones(a[0] ^ b[0]) + ones(a[1] ^ b[1]);
}
const simhash = (text: string): Hash => similarityHash(wordsOf(text));

describe("the score of a text", () => {
  it("is (positive - negative) / (positive + negative + 1), whatever the form of the words", () => {
    expect(score("Profits soared and margins improved")).toBe(3 / 4);
    expect(score("Bankruptcies; the FRAUDULENT firm's losses.")).toBe(-3 / 4);
    expect(score("A strong quarter despite a lawsuit")).toBe(0);
    expect(score("The board met on Tuesday.")).toBe(0);
    expect(score("")).toBe(0);
  });

  it("turns a word that is negated at most three words before, and turns it back when it is negated twice", () => {
    expect(score("no fraud")).toBe(1 / 2);
    expect(score("did not really improve")).toBe(-1 / 2);
    expect(score("it wasn't good")).toBe(-1 / 2);
    expect(score("never without success")).toBe(1 / 2);
    expect(score("not at all the same strong")).toBe(1 / 2);
  });

  it("stays within -1 and 1 and repeats itself on any text", () => {
    const random = new Random(2);
    const words = `${POSITIVE} ${NEGATIVE} not the 5 Ünïcödé 😀`.split(/\s+/);
    for (let count = 0; count < 200; count++) {
      const text = Array.from({ length: random.integer(300) }, () => words[random.integer(words.length)]).join(" ");
      expect(Math.abs(score(text))).toBeLessThan(1);
      expect(score(text)).toBe(score(text));
    }
  });

  it("reads each word of the lexicon on one side only", () => {
    const list = (words: string): readonly string[] => words.trim().split(/\s+/);
    expect(list(POSITIVE).length).toBeGreaterThan(200);
    expect(list(NEGATIVE).length).toBeGreaterThan(200);
    const good = new Set(list(POSITIVE).map(stemOf));
    expect(list(NEGATIVE).filter((word) => good.has(stemOf(word)))).toEqual([]);
    for (const word of list(POSITIVE)) expect(score(word)).toBe(1 / 2);
    for (const word of list(NEGATIVE)) expect(score(word)).toBe(-1 / 2);
  });
});

describe("the hash of a text", () => {
  it("differs in few bits for the same story with a word changed, in many for another story", () => {
    const random = new Random(3);
    const word = (): string => `w${random.integer(5_000)}`;
    for (let count = 0; count < 50; count++) {
      const story = Array.from({ length: 200 }, word);
      const edited = story.map((one, index) => (index === 60 ? word() : one));
      const other = Array.from({ length: 200 }, word);
      expect(distance(simhash(story.join(" ")), simhash(edited.join(", ").toUpperCase()))).toBeLessThanOrEqual(6);
      expect(distance(simhash(story.join(" ")), simhash(other.join(" ")))).toBeGreaterThan(12);
    }
  });

  it("is never that of no text", () => {
    expect(simhash("")).toEqual([1, 0]);
  });
});

describe("real statements", () => {
  it("score from calm to crisis to war and inflation in this order, and are found again", (context) => {
    const file = join(SHARED, "data/text/fomc_statements_2018_2023.csv.gz");
    if (!existsSync(file)) context.skip("../shared/data is not there");
    const rows = gunzipSync(readFileSync(file)).toString().trim().split("\n").slice(1);
    const statements = rows.map((row) => {
      const [, time, text] = /^(\d+),[^"]*"(.*)"$/.exec(row) ?? [];
      return { day: new Date(Number(time)).toISOString().slice(0, 10), text: text ?? "" };
    });
    expect(statements.length).toBeGreaterThan(50);
    const mean = (from: string, to: string): number => {
      const scores = statements.filter(({ day }) => day >= from && day < to).map(({ text }) => score(text));
      return scores.reduce((sum, one) => sum + one, 0) / scores.length;
    };
    expect(mean("2018-01", "2019-01")).toBeGreaterThan(mean("2020-04-15", "2021-01") + 0.2);
    expect(mean("2020-04-15", "2021-01")).toBeGreaterThan(mean("2022-03", "2023-01") + 0.2);
    const first = statements[0]!.text;
    expect(distance(simhash(first), simhash(first.replace("Janet L. Yellen", "the Chair")))).toBeLessThanOrEqual(6);
    expect(distance(simhash(first), simhash(statements[40]!.text))).toBeGreaterThan(6);
  });
});

describe("a news tick with text", () => {
  const news = (door: Door, fields: object): readonly number[] | undefined => {
    door.json({ kind: "news", symbol: "AAPL", ...fields });
    return door.records()[0]?.payload.slice(0, 4);
  };
  const text = 'Acme\'s "record" profit\nbeats \\ hopes \u{1f600}';

  it("enters with score and hash of the text, by JSON and by msgpack", () => {
    const door = new Door();
    const [low, high] = simhash(text);
    expect(news(door, { text })).toEqual([score(text), 1, low, high]);
    expect(score(text)).toBeGreaterThan(0.5);
    door.ingest.acceptValue({ kind: "news", symbols: ["AAPL", "MSFT"], text }, "redis", "msgpack");
    expect(door.records().map(({ payload }) => payload.slice(0, 4))).toEqual([
      [score(text), 1, low, high],
      [score(text), 1, low, high],
    ]);
  });

  it("keeps the sender's score and the sender's hash", () => {
    const door = new Door();
    const [low, high] = simhash(text);
    expect(news(door, { text, score: -0.5 })).toEqual([-0.5, 1, low, high]);
    const own = news(door, { text, hash: "h" });
    expect(own?.[0]).toBe(score(text));
    expect(own).toEqual([score(text), 1, ...(news(door, { score: 0, hash: "h" }) ?? []).slice(2)]);
  });

  it("is scored text by text in a batch", () => {
    const door = new Door();
    const batch = [{ text: "good" }, { text: "bad" }, { score: 0.25 }, { text: "" }].map((fields) => {
      return { kind: "news", symbol: "AAPL", ...fields };
    });
    door.json(batch);
    expect(door.records().map(({ payload }) => payload[0])).toEqual([0.5, -0.5, 0.25, 0]);
  });

  it("is refused without score and text, and with a text that is none or too long", () => {
    const door = new Door();
    const tell = (fields: object): readonly unknown[] =>
      door.json({ kind: "news", symbol: "AAPL", ...fields }).errors.map(({ message }) => message);
    expect(tell({})).toEqual([
      "market_data[0].score is required and must be a number from -1 to 1 (or left out where text is given)",
    ]);
    expect(tell({ text: 5 })).toEqual(["market_data[0].text must be a string of at most 65536 bytes, found 5"]);
    expect(tell({ text: ["a"] })).toEqual([
      "market_data[0].text must be a string of at most 65536 bytes, found a list",
    ]);
    expect(tell({ text: "x".repeat(65_537) })[0]).toMatch(/text must be a string of at most 65536 bytes/);
    expect(door.json({ kind: "news", symbol: "AAPL", text: "x ".repeat(32_768) }).accepted).toBe(1);
    expect(door.records().every(({ kind }) => kind === layout.KIND_NEWS)).toBe(true);
  });
});
