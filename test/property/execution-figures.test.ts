// The figures that an execution keeps up in constant time against those that a finished run computes from its whole
// curve and all of its trades at once: the functions that backtests are reported with, and so the core's statistics.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Figured, Figures, STEP_US } from "../../src/manage/executions/figures.ts";
import { figuresOf } from "../../src/research/figures.ts";
import type { ClosedTrade, EquityCurve, Figures as Batch } from "../../src/research/outcome.ts";
import { Statistics } from "../../src/research/statistics.ts";

const CAPITAL = 100_000;
const MINUTE_US = 60e6;
const statistics = new Statistics();

/** In steps that a price can show. */
const billionths = (min: number, max: number) => fc.integer({ min: min * 1e9, max: max * 1e9 }).map((one) => one / 1e9);
const change = fc.oneof(
  { weight: 6, arbitrary: billionths(-0.02, 0.02) },
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: billionths(-0.5, 1) },
);
const step = fc.record({
  own: change,
  market: change,
  gap: fc.oneof(
    { weight: 3, arbitrary: fc.constant(1) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 400_000 }) },
  ),
});
const trade = fc.record({
  pnl: fc.oneof(fc.constant(0), billionths(-1e4, 1e4)),
  entryTime: fc.integer({ min: 0, max: 1e9 }),
  lasted: fc.integer({ min: 0, max: 1e9 }),
});
const life = fc.record({
  steps: fc.oneof(fc.array(step, { minLength: 1, maxLength: 60 }), fc.array(step, { minLength: 200, maxLength: 400 })),
  trades: fc.array(trade, { maxLength: 20 }),
});

interface Both {
  readonly live: Figured;
  readonly batch: Batch;
  readonly days: number;
}

function both(steps: readonly { own: number; market: number; gap: number }[], trades: readonly ClosedTrade[]): Both {
  const figures = new Figures(CAPITAL);
  const curve: EquityCurve = {
    time: new Float64Array(steps.length),
    equity: new Float64Array(steps.length),
    exposure: new Float64Array(steps.length),
  };
  const benchmark = new Float64Array(steps.length);
  let [time, equity, price] = [STEP_US, CAPITAL, 50];
  for (const [index, { own, market, gap }] of steps.entries()) {
    if (index > 0) {
      time += gap * STEP_US;
      price *= 1 + market;
    }
    equity *= 1 + own;
    curve.time[index] = time;
    curve.equity[index] = equity;
    benchmark[index] = price;
    figures.drawdown(equity);
    figures.step(time, equity, index === 0 ? 0 : market);
  }
  for (const one of trades) figures.trade(one);
  const unknown = { traded: 0, fees: 0, slippage: 0, carry: 0 };
  const batch = figuresOf({ capital: CAPITAL, curve, benchmark, trades, ...unknown }, statistics);
  return { live: figures.figured(equity), batch, days: (time - STEP_US) / 86_400e6 };
}

/** The batch has no number where its own is beyond all numbers. */
function same(live: number | null, batch: number | null, what: string): void {
  if (batch === null || live === null) expect([what, live], what).toEqual([what, batch]);
  else
    expect(Math.abs(live - batch), `${what}: ${live} against ${batch}`).toBeLessThan(
      1e-6 * Math.max(1, Math.abs(batch)),
    );
}

describe("the figures of an execution", () => {
  it("are those of the whole curve, its benchmark and all trades at once", () => {
    const compared = { full: 0 };
    fc.assert(
      fc.property(life, ({ steps, trades }) => {
        const closed = trades.map(({ pnl, entryTime, lasted }) => ({ pnl, entryTime, exitTime: entryTime + lasted }));
        const { live, batch, days } = both(steps, closed as unknown as readonly ClosedTrade[]);
        same(live.total_return, batch.totalReturn, "total return");
        same(live.max_drawdown, batch.maxDrawdown, "drawdown");
        same(live.sharpe_ratio, batch.sharpe, "Sharpe");
        same(live.sortino_ratio, batch.sortino, "Sortino");
        same(live.volatility, batch.volatility, "volatility");
        same(live.beta, batch.beta, "beta");
        same(live.information_ratio, batch.informationRatio, "information ratio");
        same(live.calmar_ratio, batch.calmar, "Calmar");
        same(live.win_rate, batch.winRate, "win rate");
        same(live.profit_factor, batch.profitFactor, "profit factor");
        const minutes = batch.averageTradeUs === null ? null : batch.averageTradeUs / MINUTE_US;
        same(live.avg_trade_duration, minutes, "duration");
        expect(live.samples).toEqual({ returns: steps.length, trades: trades.length });
        // A run over history compounds alpha from the thirtieth step on; an execution waits for thirty days.
        if (days >= 30) same(live.alpha, batch.alpha, "alpha");
        else expect(live.alpha).toBeNull();
        if (days >= 30 && batch.sharpe !== null && batch.profitFactor !== null && batch.beta !== null) compared.full++;
      }),
      { numRuns: 300 },
    );
    expect(compared.full).toBeGreaterThan(20);
  });

  it("lose nothing over ten thousand steps", () => {
    const steps = Array.from({ length: 10_000 }, (_, index) => {
      const market = 0.003 * Math.sin(index * 1.7);
      return { own: 1e-6 + 0.4 * market + 0.001 * Math.cos(index * index), market, gap: 600 };
    });
    const { live, batch } = both(steps, []);
    for (const [one, other] of [
      [live.sharpe_ratio, batch.sharpe],
      [live.sortino_ratio, batch.sortino],
      [live.alpha, batch.alpha],
      [live.beta, batch.beta],
      [live.information_ratio, batch.informationRatio],
      [live.calmar_ratio, batch.calmar],
    ] as const)
      expect((one ?? 0) / (other ?? Number.NaN)).toBeCloseTo(1, 8);
  });
});
