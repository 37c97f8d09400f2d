import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  memoryHistory,
  merge,
  openHistory,
  syntheticHistory,
  type Block,
  type History,
  type HistoryWriter,
  type Incoming,
  type Table,
} from "../../../src/history/history.ts";

const MINUTE_US = 60_000_000;
let folder: string;
let history: History & HistoryWriter;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "history-"));
  history = open();
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function open(): History & HistoryWriter {
  const opened = openHistory(folder);
  if (!opened.ok) throw new Error(opened.failure);
  return opened.value;
}

function bars(first: number, count: number, close = (index: number): number => 100 + index): Table {
  const index = Array.from({ length: count }, (_, at) => first + at);
  const prices = index.map(close);
  return {
    symbol: "BTC/USD",
    kind: "bar",
    intervalMs: 60_000,
    time: index.map((at) => at * MINUTE_US),
    columns: [prices, prices, prices, prices, prices.map(() => 1)],
  };
}

function incoming(table: Table, more: Partial<Incoming> = {}): Incoming {
  const memory = memoryHistory([table]);
  const [dataset] = memory.list();
  if (!dataset) throw new Error("no table");
  const quality = { badRows: 0, unsorted: 0 };
  return { ...dataset, source: "test", quality, importedAt: 1, blocks: memory.read(dataset), blockRows: 16, ...more };
}

function stored(table: Table, more: Partial<Incoming> = {}): string {
  const result = history.store(incoming(table, more));
  if (!result.ok) return result.failure;
  const { added, duplicates, replaced } = result.value;
  return `${added} added, ${duplicates} there, ${replaced} replaced`;
}

function closes(from = history): number[] {
  const [dataset] = from.list();
  return dataset ? gathered(from.read(dataset), (block) => block.columns[3]) : [];
}

/** Blocks may be filled again, so each is copied before the next is asked for. */
function gathered(blocks: Iterable<Block>, column: (block: Block) => Float64Array | undefined): number[] {
  const values: number[] = [];
  for (const block of blocks) values.push(...(column(block) ?? []));
  return values;
}

describe("a stored dataset", () => {
  it("holds of a dataset what belongs to it, and not the rows a second time when they were given as a list", () => {
    const given = incoming(bars(0, 50));
    expect(history.store({ ...given, blocks: [...given.blocks] }).ok).toBe(true);
    const [kept] = open().list();
    expect(Object.keys(kept ?? {})).not.toContain("blocks");
    expect(Object.keys(kept ?? {})).not.toContain("blockRows");
  });

  it("is found by another opening and gives back what was written", () => {
    stored(bars(0, 50));
    const other = open();
    const dataset = other.find("BTC/USD", "bar", 60_000);
    expect(dataset).toMatchObject({ id: "BTC~USD@bar-1m", rows: 50, from: 0, to: 49 * MINUTE_US, source: "test" });
    expect(closes(other)).toEqual(Array.from({ length: 50 }, (_, at) => 100 + at));
  });

  it("has the hash of its columns, whatever its blocks were", () => {
    stored(bars(0, 50));
    const first = history.list()[0]?.hash;
    history.remove("BTC~USD@bar-1m");
    stored(bars(0, 50), { blockRows: 7 });
    expect(history.list()[0]?.hash).toBe(first);
    expect(memoryHistory([bars(0, 50)]).list()[0]?.hash).toBe(first);
  });

  it("stays what it is when the same rows come again", () => {
    stored(bars(0, 50));
    const before = history.list();
    expect(stored(bars(10, 20))).toBe("0 added, 20 there, 0 replaced");
    expect(history.list()).toEqual(before);
  });

  it("takes in rows before, between and behind its own", () => {
    stored(bars(10, 10));
    stored(bars(40, 10));
    expect(stored(bars(0, 60))).toBe("40 added, 20 there, 0 replaced");
    expect(closes()).toEqual(Array.from({ length: 60 }, (_, at) => 100 + at));
  });

  it("refuses other values for the same times, and takes them with replace", () => {
    stored(bars(0, 50));
    const other = bars(20, 40, (index) => 200 + index);
    expect(stored(other)).toMatch(/30 rows contradict .* open is 120 there and 220 here; nothing was changed/);
    expect(closes()).toHaveLength(50);
    expect(stored(other, { replace: true })).toBe("10 added, 0 there, 30 replaced");
    expect(closes()[19]).toBe(119);
    expect(closes()[20]).toBe(220);
    expect(closes()).toHaveLength(60);
  });

  it("keeps equal trades of one import, and none of them twice when they come again", () => {
    const trades: Table = {
      symbol: "X",
      kind: "trade",
      time: [1, 1, 1, 2],
      columns: [
        [5, 5, 6, 5],
        [1, 1, 1, 1],
      ],
    };
    expect(stored(trades)).toBe("4 added, 0 there, 0 replaced");
    expect(stored(trades)).toBe("0 added, 4 there, 0 replaced");
    const more: Table = {
      ...trades,
      time: [1, 1, 1],
      columns: [
        [5, 5, 5],
        [1, 1, 1],
      ],
    };
    expect(stored(more)).toBe("1 added, 2 there, 0 replaced");
  });
});

describe("merge", () => {
  it("gives the rows of all datasets in the order in which they were known, then of the list", () => {
    const memory = memoryHistory(
      [bars(0, 40), { ...bars(0, 40), symbol: "A", venue: "v" }, { ...bars(5, 100), symbol: "Z", intervalMs: 30_000 }],
      8,
    );
    const seen: [number, number][] = [];
    merge(memory, memory.list(), {}, ({ known, source }) => seen.push([known, source]));
    expect(seen).toHaveLength(180);
    expect(seen).toEqual(seen.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]));
  });
});

describe("the synthetic market", () => {
  const options = { seed: 7, days: 5, intervalMs: 60_000 };

  it("is the same for the same seed, another one for another, and labelled", () => {
    const [first] = syntheticHistory(options).list();
    const [again] = syntheticHistory(options).list();
    const [other] = syntheticHistory({ ...options, seed: 8 }).list();
    expect(first).toMatchObject({ synthetic: true, source: "synthetic, seed 7", rows: 7200 });
    expect(first?.hash).toBe(again?.hash);
    expect(first?.hash).not.toBe(other?.hash);
  });

  it("gives a span the rows that reading everything gives", () => {
    const market = syntheticHistory({ ...options, days: 20 });
    const [dataset] = market.list();
    if (!dataset) throw new Error("no dataset");
    const all = gathered(market.read(dataset), (block) => block.known);
    const span = { from: all[17_000] ?? 0, to: all[20_001] ?? 0 };
    const part = gathered(market.read(dataset, span), (block) => block.known);
    expect(part).toEqual(all.slice(17_000, 20_001));
  });

  it("ties each second symbol to the one before it, whose price wanders much further than their ratio", () => {
    const market = syntheticHistory({ seed: 11, days: 2_000, intervalMs: 86_400_000 });
    const closesOf = (symbol: string): number[] => {
      const dataset = market.find(symbol, "bar");
      return dataset ? gathered(market.read(dataset), (block) => block.columns[3]) : [];
    };
    const [leader, follower] = [closesOf("SYN1"), closesOf("SYN2")];
    const ratios = leader.map((close, at) => (follower[at] ?? Number.NaN) / close);
    const width = (values: readonly number[]): number => Math.max(...values) / Math.min(...values);
    expect(width(leader)).toBeGreaterThan(2);
    expect(width(ratios)).toBeLessThan(1.15);
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
    const crossings = ratios.filter((ratio, at) => at > 0 && ratio > mean !== (ratios[at - 1] ?? 0) > mean).length;
    expect(crossings).toBeGreaterThan(ratios.length / 10);
  });

  it("has bars that a market could have", () => {
    const market = syntheticHistory({
      seed: 5,
      days: 100,
      intervalMs: 3_600_000,
      symbols: ["A", "B", "C", "D", "E", "F"],
    });
    for (const dataset of market.list()) {
      for (const { columns, rows } of market.read(dataset)) {
        const [open, high, low, close, volume] = columns;
        for (let at = 0; at < rows; at++) {
          const top = Math.max(open?.[at] ?? NaN, close?.[at] ?? NaN);
          const bottom = Math.min(open?.[at] ?? NaN, close?.[at] ?? NaN);
          expect(
            bottom > 0 && (low?.[at] ?? NaN) <= bottom && (high?.[at] ?? NaN) >= top && (volume?.[at] ?? 0) > 0,
          ).toBe(true);
        }
      }
    }
  });
});
