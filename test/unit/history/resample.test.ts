import { describe, expect, it } from "vitest";
import { memoryHistory, withResampling, type Dataset, type History, type Table } from "../../../src/history/history.ts";
import { openCore } from "../../support/core.ts";
import { rowsOf } from "../../support/history-folder.ts";
import { Indicators } from "../../support/indicators.ts";
import { Random } from "../../support/random.ts";

const MS = 1_000;
const MINUTE = 60_000;
const BEGIN = 1_700_000_040_000 * MS;

function bars(seed: number, count: number, intervalMs: number): Table {
  const random = new Random(seed);
  const steps = Array.from({ length: count }, () => (random.next() < 0.9 ? 1 : Math.ceil(random.between(1, 40))));
  let at = BEGIN - (BEGIN % (intervalMs * MS));
  const time = steps.map((step) => (at += step * intervalMs * MS));
  const close = time.map(() => random.between(50, 60));
  const high = close.map((price) => price + random.between(0, 1));
  const low = close.map((price) => price - random.between(0, 1));
  const open = close.map((price, index) => Math.min(high[index] ?? price, price + 0.1));
  return {
    symbol: "X",
    kind: "bar",
    intervalMs,
    time,
    columns: [open, high, low, close, time.map(() => random.between(0, 9))],
  };
}

function found(history: History, intervalMs: number): Dataset {
  const dataset = history.find("X", "bar", intervalMs);
  if (!dataset) throw new Error(`no bars of ${intervalMs} ms`);
  return dataset;
}

describe("bars that are put together", () => {
  const indicators = new Indicators(openCore("release"));

  it("are those of the core, whatever the blocks", () => {
    for (const [seed, length] of [1, 2, 50, 3_000].entries()) {
      const table = bars(seed, length, MINUTE);
      for (const width of [5 * MINUTE, 60 * MINUTE, 1_440 * MINUTE]) {
        const history = withResampling(memoryHistory([table], 1 + seed * 7));
        const { start = [], ...rest } = indicators.resample(
          [table.time, ...table.columns].map((x) => Array.from(x)),
          width * MS,
        );
        const names = ["open", "high", "low", "close", "volume"];
        const expected = start.map((time, row) => [time, time + width * MS, ...names.map((name) => rest[name]?.[row])]);
        expect(rowsOf(history.read(found(history, width)))).toEqual(expected);
      }
    }
  });

  it("of a span are those of the whole that were known in it", () => {
    const history = withResampling(memoryHistory([bars(7, 4_000, MINUTE)], 64));
    const dataset = found(history, 60 * MINUTE);
    const all = rowsOf(history.read(dataset));
    const random = new Random(3);
    for (let round = 0; round < 50; round++) {
      const from = BEGIN + random.between(0, 6_000) * MINUTE * MS;
      const to = from + random.between(0, 2_000) * MINUTE * MS;
      const expected = all.filter(([, known = 0]) => known >= from && known < to);
      expect(rowsOf(history.read(dataset, { from, to }))).toEqual(expected);
    }
  });

  it("are made from the longest that fit, else from trades, and only where there are none", () => {
    const trades: Table = {
      symbol: "X",
      kind: "trade",
      time: [1, 2, 60_000_000],
      columns: [
        [5, 7, 6],
        [1, 1, 1],
      ],
    };
    const history = withResampling(memoryHistory([bars(1, 99, MINUTE), bars(2, 99, 5 * MINUTE), trades]));
    expect(found(history, 15 * MINUTE).source).toBe("X@bar-5m, resampled");
    expect(found(history, 7 * MINUTE).source).toBe("X@bar-1m, resampled");
    expect(found(history, MINUTE).source).toBe("memory");
    const fromTrades = found(history, 30_000);
    expect(rowsOf(history.read(fromTrades))).toEqual([
      [0, 30_000_000, 5, 7, 5, 7, 2],
      [60_000_000, 90_000_000, 6, 6, 6, 6, 1],
    ]);
    expect(fromTrades).toMatchObject({ rows: 2, from: 0, to: 60_000_000 });
    expect(fromTrades.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(history.find("Y", "bar", MINUTE)).toBeNull();
  });

  it("hold nothing that was not known at their end", () => {
    const late: Table = {
      symbol: "X",
      kind: "trade",
      time: [1, 2, 3],
      known: [1, 70_000_000, 130_000_000],
      columns: [
        [5, 9, 7],
        [1, 1, 1],
      ],
    };
    const history = withResampling(memoryHistory([late]));
    expect(rowsOf(history.read(found(history, MINUTE))).map(([time, , , high]) => [time, high])).toEqual([
      [0, 5],
      [60_000_000, 9],
      [120_000_000, 7],
    ]);
  });
});
