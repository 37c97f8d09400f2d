// A run over history: repeatable to the byte, blind to what is not known yet, and honest about what it rests on.
import { describe, expect, it } from "vitest";
import { memoryHistory } from "../../../src/history/history.ts";
import { openEvaluate, runBacktest, type Outcome, type RunRequest } from "../../../src/research/research.ts";
import { barTable, FIVE_MINUTES, market, START } from "../../support/research.ts";

const REQUEST: RunRequest = { strategy: "momentum_rider", parameters: {}, symbols: ["BTCUSD"], capital: 50_000 };

function run(request: Partial<RunRequest> = {}, history = market(["BTCUSD"]), batch?: number): Outcome {
  const done = runBacktest(history, { ...REQUEST, ...request }, batch === undefined ? {} : { batch });
  if (!done.ok) throw new Error(JSON.stringify(done.failure));
  return done.value;
}

describe("a run", () => {
  it("gives the same bytes again, with another batch and with other blocks", () => {
    const first = run();
    expect(first.trades.length).toBeGreaterThan(5);
    expect(run()).toEqual(first);
    expect(run({}, market(["BTCUSD"]), 7)).toEqual(first);
    expect(run({}, market(["BTCUSD"], {}, 13))).toEqual(first);
  });

  it("gives another result for other data, parameters or costs, and says so in its hashes", () => {
    const first = run();
    const dearer = run({ parameters: { fee_bps: 10 } });
    expect(dearer.resultHash).not.toBe(first.resultHash);
    expect(dearer.statement.parameterHash).not.toBe(first.statement.parameterHash);
    expect(dearer.signalHash).toBe(first.signalHash);
    expect(dearer.figures.fees).toBeGreaterThan(0);
    const other = run({}, market(["BTCUSD"], { seed: 9 }));
    expect(other.statement.dataHash).not.toBe(first.statement.dataHash);
    expect(other.signalHash).not.toBe(first.signalHash);
  });

  it("trades at the usual costs of the asset type where it is asked to, states them, and what is named goes before", () => {
    const free = run();
    const careful = run({ parameters: { careful_costs: 1 } });
    const { costs } = careful.statement;
    expect(costs).toMatchObject({ costs_of: "crypto", impact: 1, participation: 0.1, order_latency_us: 100_000 });
    expect(costs["taker_fee_bps"]).toBeGreaterThan(0);
    expect(careful.figures.fees).toBeGreaterThan(0);
    expect(careful.figures.slippage).toBeGreaterThan(0);
    expect(careful.figures.totalReturn).toBeLessThan(free.figures.totalReturn);
    const named = run({ parameters: { careful_costs: 1, fee_bps: 3, latency_ms: 5 } });
    expect(named.statement.costs).toMatchObject({
      taker_fee_bps: 3,
      maker_fee_bps: 3,
      order_latency_us: 5_000,
      impact: 1,
    });
  });

  it("takes careful costs without liquidity where the data know no volume", () => {
    const { columns, ...table } = barTable("BTCUSD");
    const silent = columns.map((column, place) => (place === 4 ? Array.from(column, () => 0) : column));
    const careful = run({ parameters: { careful_costs: 1 } }, memoryHistory([{ ...table, columns: silent }]));
    expect(careful.statement.costs["participation"]).toBeUndefined();
    expect(careful.trades.length).toBeGreaterThan(5);
  });

  it("fills at the open of a bar that began when the signal was given, never before", () => {
    const { columns, time } = barTable("BTCUSD");
    const opens = new Map(Array.from(time, (at, bar) => [at, columns[0]?.[bar]] as const));
    const { trades } = run();
    for (const { entryTime, entryPrice } of trades) {
      expect(opens.get(entryTime)).toBeDefined();
      expect(entryPrice).toBeCloseTo(opens.get(entryTime) ?? 0, 9);
    }
  });

  it("over the first part of the data gives the signals and trades that the whole begins with", () => {
    const whole = run();
    const cut = START + 1_000 * FIVE_MINUTES * 1_000;
    const part = run({ to: cut + 1 });
    const closed = part.trades.length;
    expect(closed).toBeGreaterThan(2);
    expect(whole.trades.slice(0, closed)).toEqual(part.trades);
    expect([...whole.equity.equity.subarray(0, part.equity.equity.length)]).toEqual([...part.equity.equity]);
  });

  it("does not see a bar before it was known", () => {
    const table = barTable("BTCUSD", { bars: 600 });
    const late = Array.from(table.time, (at) => at + FIVE_MINUTES * 1_000 + 60_000_000);
    const prompt = run({}, memoryHistory([table]));
    const delayed = run({}, memoryHistory([{ ...table, known: late }]));
    expect(delayed.signals).toBe(prompt.signals);
    expect(delayed.equity.time[0]).toBe((prompt.equity.time[0] ?? 0) + 60_000_000);
  });

  it("keeps the equity at every step and counts the steps of a year on the data", () => {
    const { equity, figures, open, trades } = run();
    expect(equity.time).toHaveLength(2_000);
    expect(figures.periodsPerYear).toBeCloseTo((365.25 * 86_400) / 300, 6);
    const realised = trades.reduce((sum, { pnl }) => sum + pnl, 0);
    if (open.length === 0) expect(50_000 + realised).toBeCloseTo(equity.equity.at(-1) ?? 0, 4);
    expect(figures.totalReturn).toBeCloseTo((equity.equity.at(-1) ?? 0) / 50_000 - 1, 12);
  });

  it("has no figures where there is too little to compute them from", () => {
    const { figures, warnings } = run({}, market(["BTCUSD"], { bars: 20 }));
    expect(figures).toMatchObject({
      sharpe: null,
      volatility: null,
      cagr: null,
      var95: null,
      alpha: null,
      winRate: null,
    });
    expect(warnings.join()).toContain("too few");
  });

  it("names what is wrong with a request, and what data is missing", () => {
    const fault = (request: Partial<RunRequest>): unknown => {
      const done = runBacktest(market(["BTCUSD"], { bars: 50 }), { ...REQUEST, ...request });
      return done.ok ? "ok" : done.failure;
    };
    expect(fault({ strategy: "tea_leaves" })).toMatchObject({ code: "invalid", field: "strategy_type" });
    expect(fault({ parameters: { horizon_short: 1 } })).toMatchObject({ field: "parameters.horizon_short" });
    expect(fault({ parameters: { tea: 1 } })).toMatchObject({ field: "parameters.tea" });
    expect(fault({ strategy: "pairs_trading" })).toMatchObject({ field: "symbols" });
    const crossover = { strategy: "moving_average_crossover", parameters: { fast_length: 26 } };
    expect(fault(crossover)).toMatchObject({ code: "invalid", field: "parameters.fast_length" });
    expect(fault({ symbols: ["ETHUSD"] })).toMatchObject({ code: "no_data" });
    expect(fault({ intervalMs: 60_000 })).toMatchObject({ code: "no_data" });
    expect(fault({ from: START * 2 })).toMatchObject({ code: "no_data" });
  });

  it("ends when nobody wants it any more", () => {
    const done = runBacktest(market(["BTCUSD"], { bars: 9_000 }), REQUEST, { onProgress: (share) => share > 0.4 });
    expect(done).toMatchObject({ ok: false, failure: { code: "cancelled" } });
  });
});

describe("an evaluation", () => {
  it("runs other parameters over a part of the data and scores them", async () => {
    const opened = openEvaluate(market(["BTCUSD"]), REQUEST);
    if (!opened.ok) throw new Error("refused");
    const span = { from: START, to: START + 900 * FIVE_MINUTES * 1_000 };
    const trial = await opened.value({ horizon_short: 24 }, span);
    expect(trial.parameters).toEqual({ horizon_short: 24 });
    expect(trial.score).toBe(trial.figures.sharpe);
    expect(trial.returns).toHaveLength(899);
    await expect(opened.value({ horizon_short: -1 })).rejects.toThrow("horizon_short");
  });
});
