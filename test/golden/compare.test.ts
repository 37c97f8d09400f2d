// The comparison alone, on values that no engine computed.
import { describe, expect, it } from "vitest";
import { compare } from "../support/golden/compare.ts";
import type { GoldenCase } from "../support/golden/format.ts";

function golden(output: object, tolerance: object = { abs: 1e-6 }): GoldenCase {
  const base = { name: "made up", peer: "", call: "", params: {}, input: {} };
  return { ...base, output, tolerance } as unknown as GoldenCase;
}
const fields = (output: object, actual: unknown, tolerance?: object): readonly string[] =>
  compare(golden(output, tolerance), actual).differences.map(({ field }) => field);

const SERIES = { kind: "series", length: 4, first_valid: 1, valid: 3, sum_valid: 6, index: [1, 3], at: [1, 3] };

describe("the comparison", () => {
  it("allows abs + rel |expected|, and says how much of that was used", () => {
    const output = { kind: "object", values: { x: 10 } };
    expect(compare(golden(output, { abs: 0.5, rel: 0.1 }), { x: 11.4 })).toMatchObject({ differences: [] });
    expect(compare(golden(output, { abs: 1, rel: 0.1 }), { x: 11 }).worst).toBeCloseTo(0.5, 12);
    expect(fields(output, { x: 11.6 }, { abs: 0.5, rel: 0.1 })).toEqual(["x"]);
  });

  it("prefers a field's own tolerance, the longest name first, and is exact where there is none", () => {
    const output = { kind: "object", values: { stat: 1, stat_rev: 1, crit5: 1, usedlag: 1 } };
    const tolerance = { stat: { abs: 0.1 }, stat_rev: { abs: 0.001 }, crit: { abs: 0.1 } };
    const actual = { stat: 1.05, stat_rev: 1.05, crit5: 1.05, usedlag: 1.05 };
    expect(fields(output, actual, tolerance)).toEqual(["stat_rev", "usedlag"]);
  });

  it("takes null for a value that does not exist, and nothing else for it", () => {
    const output = { kind: "object", values: { halflife: null } };
    for (const value of [null, undefined, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(fields(output, { halflife: value })).toEqual([]);
    }
    expect(fields(output, { halflife: 3 })).toEqual(["halflife"]);
  });

  it("sees an error of a sampled series between its samples, in its sum and its counts", () => {
    expect(fields(SERIES, [Number.NaN, 1, 2, 3])).toEqual([]);
    expect(fields(SERIES, [Number.NaN, 1, 2.1, 3])).toEqual(["sum_valid"]);
    expect(fields(SERIES, [0, 1, 2, 3])).toEqual(["valid", "first_valid"]);
    expect(fields(SERIES, [Number.NaN, 1, 2, 3, Number.NaN])).toEqual(["length"]);
    expect(fields(SERIES, undefined)).toContain("length");
  });

  it("compares times and places exactly, however loose the tolerance is", () => {
    const output = { kind: "table", argmax_ts: 1_600_000_000_000, mean: 5, first_grid_ms: 10 };
    const actual = { argmax_ts: 1_600_000_000_001, mean: 5.1, first_grid_ms: 11 };
    expect(fields(output, actual, { rel: 0.1 })).toEqual(["argmax_ts", "first_grid_ms"]);
  });

  it("finds the rows of a table by their texts, whatever their order, and counts them", () => {
    const output = { kind: "table", columns: ["a", "b", "stat"], rows: [["X", "Y", 1], ["X", "Z", 2]] }; // prettier-ignore
    expect(fields(output, [["X", "Z", 2], ["X", "Y", 1]])).toEqual([]); // prettier-ignore
    expect(fields(output, { rows: [["X", "Z", 2]] })).toEqual(["a[0]", "b[0]", "stat[0]", "rows"]);
  });

  it("compares sampled rows and the sums of whole columns", () => {
    const output = { kind: "table_sampled", n_rows: 3, first_ts: 0, last_ts: 2, columns: ["row", "timestamp_ms", "x"] };
    const recorded = { ...output, rows: [[0, 0, 5], [2, 2, 7]], sums: { x: 18 } }; // prettier-ignore
    expect(fields(recorded, { timestamp_ms: [0, 1, 2], x: [5, 6, 7] })).toEqual([]);
    expect(fields(recorded, { timestamp_ms: [0, 1, 2], x: [5, 7, 7] })).toEqual(["sums.x"]);
    expect(fields(recorded, { timestamp_ms: [0, 1, 3], x: [5, 6, 7] })).toEqual(["last_ts", "timestamp_ms[2]"]);
  });

  it("compares a matrix by rows", () => {
    const output = { kind: "matrix", names: ["a", "b"], rows: [[1, 0.5], [0.5, 1]] }; // prettier-ignore
    expect(fields(output, [[1, 0.5], [0.5, 1]])).toEqual([]); // prettier-ignore
    expect(fields(output, { names: ["a", "c"], rows: [[1, 0.5], [0.4, 1]] })).toEqual(["names.1", "rows.1.0"]); // prettier-ignore
  });

  it("compares listed trades with the first and the last of all", () => {
    const output = { kind: "backtest", final_equity: 12, trades_columns: ["side", "pnl"] };
    const some = { ...output, trades: [["long", 1], ["short", 9]], trades_listed: "first 1 and last 1" }; // prettier-ignore
    const trades = [["long", 1], ["long", 5], ["short", 9]]; // prettier-ignore
    expect(fields(some, { final_equity: 12, trades })).toEqual([]);
    expect(fields({ ...some, trades_listed: "all" }, { final_equity: 12, trades })).toEqual([
      "trades.side[1]",
      "trades.pnl[1]",
      "trades",
    ]);
  });

  it("compares the figures of a package by name", () => {
    const output = { kind: "stats", stats: { "# Trades": 3, Start: "2004" }, n_trades: 3, equity: SERIES };
    const actual = { stats: { "# Trades": 3, Start: "2004" }, n_trades: 3, equity: [Number.NaN, 1, 2, 3] };
    expect(fields(output, actual)).toEqual([]);
    expect(fields(output, { ...actual, stats: { "# Trades": 4, Start: "2005" } })).toEqual([
      "stats.# Trades",
      "stats.Start",
    ]);
  });

  it("leaves out what an answer lacks, and only that", () => {
    const output = { kind: "multi", loglik: 1, smoothed: SERIES, filtered: SERIES };
    const actual = { loglik: 1, filtered: [Number.NaN, 1, 2, 4] };
    const { differences } = compare(golden(output), actual, ["smoothed"]);
    expect(differences.map(({ field }) => field)).toEqual(["filtered[3]", "filtered.sum_valid"]);
  });
});
