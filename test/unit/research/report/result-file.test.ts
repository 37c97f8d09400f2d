import { describe, expect, it } from "vitest";
import { examine } from "../../../../src/research/honesty/honesty.ts";
import { readResult, type ResultFile, writeResult } from "../../../../src/research/report/report.ts";
import { FIGURES, normals, outcomeOf } from "../../../support/research/outcomes.ts";

const outcome = outcomeOf(normals(1, 100, 0.001, 0.01), {
  warnings: ["three trades only"],
  open: [{ symbol: "BTCUSD", quantity: -1.5, entryPrice: 101 }],
});
const file: ResultFile = {
  outcome,
  prices: [{ symbol: "BTCUSD", time: Float64Array.of(1, 2), price: Float64Array.of(10.5, 11) }],
  verdict: examine({ outcome, seed: 1 }),
};
type Parsed = Record<string, unknown>;
const parse = (text: string): Parsed => JSON.parse(text) as Parsed;

/** The document with another value at a place; undefined: without it. */
function changed(path: string, value: unknown): string {
  const document = parse(writeResult(file));
  const names = path.split(".");
  let at: Parsed = document;
  for (const name of names.slice(0, -1)) at = at[name] as Parsed;
  at[names.at(-1) ?? ""] = value;
  return JSON.stringify(document);
}
function faultOf(text: string): string {
  const read = readResult(text);
  return read.ok ? "" : read.failure;
}

describe("a result as JSON", () => {
  it("is read as it was written, to the last bit", () => {
    const text = writeResult(file);
    const read = readResult(text);
    expect(read).toEqual({ ok: true, value: file });
    expect(read.ok && writeResult(read.value)).toBe(text);
  });

  it("has stable names at the outside", () => {
    const document = parse(writeResult(file));
    expect(Object.keys(document)).toEqual(
      "format version statement figures events signals signal_hash result_hash warnings open verdict trades equity prices".split(
        " ",
      ),
    );
    expect(Object.keys((document["trades"] as Parsed[])[0] ?? {})).toEqual(
      "symbol side quantity entry_time entry_price exit_time exit_price pnl fees slippage carry reason".split(" "),
    );
    expect(document["figures"]).toMatchObject({ sharpe_ratio: FIGURES.sharpe, max_drawdown: -0.12, alpha: null });
    expect(document["statement"]).toMatchObject({ strategy: "ma_cross", data_hash: "ab".repeat(32) });
  });

  it("writes what is not a number as null and reads it as not a number", () => {
    const equity = {
      ...outcome.equity,
      equity: outcome.equity.equity.map((one, index) => (index === 3 ? Number.NaN : one)),
    };
    const text = writeResult({ ...file, outcome: { ...outcome, equity, figures: { ...FIGURES, sharpe: Infinity } } });
    expect(text).not.toMatch(/NaN|Infinity/);
    const read = readResult(text);
    expect(read.ok && read.value.outcome.equity.equity[3]).toBeNaN();
    expect(read.ok && read.value.outcome.figures.sharpe).toBeNull();
  });

  it.each([
    ["{", "it is not JSON"],
    ["[]", "it is not a result"],
    ['{"format":"other"}', "it is not a result"],
    [changed("version", 2), "it is a result of version 2; this engine reads version 1"],
    [changed("trades.3.side", undefined), "trades[3].side is missing, it must be long or short"],
    [changed("equity.time.0", "x"), "equity.time is"],
    [changed("equity.time", [1, 2]), "equity: 2 times, 100 equities and 100 exposures"],
    [changed("statement.data", 5), "statement.data is 5, it must be a list"],
    [changed("statement.costs.fee", null), "statement.costs.fee is null"],
    [changed("statement", undefined), "statement.strategy is missing, it must be a text"],
    [changed("figures.sharpe_ratio", "high"), 'figures.sharpe_ratio is "high", it must be a number or null'],
    [changed("verdict.judgement", "fine"), 'verdict.judgement is "fine", it must be credible or'],
    [changed("prices.0.price", [1]), "prices[0]: 2 times and 1 prices"],
  ])("refuses %.30s and says where", (text, fault) => {
    expect(faultOf(text)).toContain(fault);
  });

  it("without prices and verdict is a result as well", () => {
    const bare = { ...parse(writeResult(file)), prices: undefined, verdict: null };
    const read = readResult(JSON.stringify(bare));
    expect(read.ok && [read.value.prices, read.value.verdict]).toEqual([[], null]);
  });
});
