import { describe, expect, it } from "vitest";
import { examine } from "../../../../src/research/honesty/honesty.ts";
import type { Outcome } from "../../../../src/research/outcome.ts";
import { tearsheet } from "../../../../src/research/report/report.ts";
import {
  curveOf,
  DATA,
  DAY_US,
  FIGURES,
  normals,
  outcomeOf,
  START,
  STATEMENT,
  tradesOf,
} from "../../../support/research/outcomes.ts";

const SECTIONS = "header warnings verdict figures equity months price returns costs trades statement".split(" ");

function page(outcome: Outcome): string {
  return tearsheet({ outcome, prices: [], verdict: examine({ outcome, seed: 1 }) });
}

describe("the page of a result", () => {
  it("has all sections, and needs nothing from outside", () => {
    const text = page(outcomeOf(normals(1, 300, 0.001, 0.01)));
    for (const name of SECTIONS) expect(text).toContain(` id="${name}"`);
    expect(text).not.toMatch(/<script|<link rel="stylesheet|(src|href)="(?!data:)|@import|url\(/);
  });

  it("says that data are synthetic, and what was assumed", () => {
    const statement = { ...STATEMENT, data: [{ ...DATA, synthetic: true, source: "synthetic, seed 7" }] };
    const text = page(outcomeOf(normals(1, 300), { statement }));
    expect(text).toContain("SYNTHETIC DATA");
    expect(text).toContain("synthetic, seed 7 (SYNTHETIC)");
    expect(text).toContain("taker fee bps 5, slippage half spread, funding true");
    for (const hash of [STATEMENT.dataHash, STATEMENT.codeHash, STATEMENT.parameterHash]) expect(text).toContain(hash);
    expect(page(outcomeOf(normals(1, 300)))).not.toContain("SYNTHETIC");
  });

  it("draws a curve of much growth in equal steps of growth, and any other one as it is", () => {
    expect(page(outcomeOf(Array.from({ length: 400 }, () => 0.01)))).toContain("Equity, logarithmic");
    expect(page(outcomeOf(normals(1, 300)))).not.toContain("logarithmic");
  });

  it("says N/A where a run is too short for a figure", () => {
    const figures = { ...FIGURES, sharpe: null, alpha: null, var95: null };
    expect(page(outcomeOf(normals(1, 20), { figures })).match(/N\/A/g)?.length).toBeGreaterThanOrEqual(3);
  });

  it("shows hostile names as text", () => {
    const evil = `</title><script>alert(1)</script>"'><img src=x onerror=alert(1)>\u0000\u001b[31m`;
    const outcome = outcomeOf(normals(1, 100), {
      statement: {
        ...STATEMENT,
        strategy: evil,
        symbols: [evil],
        parameters: { [evil]: 1 },
        costs: { [evil]: evil },
        data: [{ ...DATA, symbol: evil, source: evil, dataset: evil }],
      },
      warnings: [evil],
      trades: tradesOf(1, 30).map((trade) => ({ ...trade, symbol: evil })),
    });
    const prices = [{ symbol: evil, time: Float64Array.of(1, 2, 3), price: Float64Array.of(1, 2, 3) }];
    const text = tearsheet({ outcome, prices, verdict: null });
    expect(text).not.toMatch(/<script|<img|[^\P{Cc}\n]/u);
    expect(text).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    // No quote of a name ends an attribute: what is left of a tag's quoted values holds no quote.
    for (const [tag] of text.matchAll(/<[a-z][^>]*>/g)) {
      expect(tag.replaceAll(/="[^"]*"/g, "")).not.toMatch(/["']|onerror/);
    }
  });

  it.each([
    ["no step", outcomeOf([], { trades: [] })],
    ["one step", outcomeOf([0.01], { trades: [] })],
    ["no trade", outcomeOf(normals(1, 100, 0, 0.01), { trades: [] })],
    ["equity that is not a number", outcomeOf(normals(1, 100).fill(Number.NaN, 40, 41))],
    ["ruin", outcomeOf(normals(1, 100, 0, 0.01).fill(-1, 50, 51))],
    ["equity that does not move", outcomeOf(new Float64Array(200))],
    [
      "prices that are not numbers",
      outcomeOf(normals(1, 100), { trades: tradesOf(1, 3).map((trade) => ({ ...trade, exitPrice: Number.NaN })) }),
    ],
    [
      "times of another world",
      outcomeOf([], {
        equity: { time: Float64Array.of(0, 1e300), equity: Float64Array.of(1, 2), exposure: Float64Array.of(0, 0) },
      }),
    ],
  ])("with %s is whole and shows no absurd number", (_, outcome) => {
    const prices = [
      { symbol: "BTCUSD", time: Float64Array.of(START, START + DAY_US), price: Float64Array.of(1, Number.NaN) },
    ];
    const text = tearsheet({ outcome, prices, verdict: examine({ outcome, seed: 1 }) });
    for (const name of SECTIONS) expect(text).toContain(` id="${name}"`);
    expect(text).not.toMatch(/NaN|Infinity|undefined|Invalid/);
    expect(text.trimEnd().endsWith("</html>")).toBe(true);
  });

  it("of a million steps and 50,000 trades stays below 2 MB and keeps the deepest point", () => {
    const returns = normals(1, 1_000_000, 0, 1e-4);
    returns[700_001] = -0.3;
    returns[700_002] = 0.42;
    const equity = { ...curveOf(returns), time: Float64Array.from(returns, (_, index) => START + index * 60_000_000) };
    const outcome = outcomeOf([], { equity, trades: tradesOf(1, 50_000) });
    const text = tearsheet({
      outcome,
      prices: [{ symbol: "BTCUSD", time: equity.time, price: equity.equity }],
      verdict: null,
    });
    expect(text.length).toBeLessThan(2_000_000);
    expect(text).toContain("The first 300 of 50,000 trades");
    const curve = /aria-label="Fall[^]*?<path class="line fall" d="([^"]*)"/.exec(text)?.[1] ?? "";
    const lowest = Math.max(...curve.split(/[ML]/).map((point) => Number(point.split(" ")[1] ?? 0)));
    const median = 300 * 0.5;
    expect(lowest).toBeGreaterThan(280);
    expect(curve.split("L").filter((point) => Number(point.split(" ")[1]) > median).length).toBeLessThan(40);
  });
});
