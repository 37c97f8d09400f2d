// The figures that an execution shows against those of a finished run over what it stored: its trades and its equity, in
// one process and over a restart.
import { describe, expect, it } from "vitest";
import type { Execution } from "../../../src/manage/manage.ts";
import { figuresOf } from "../../../src/research/figures.ts";
import type { ClosedTrade } from "../../../src/research/outcome.ts";
import { Statistics } from "../../../src/research/statistics.ts";
import type { TradeRecord } from "../../../src/store/executions.ts";
import { Random, walk } from "../../support/random.ts";
import { Paper, type Deployed } from "../../support/manage/paper.ts";
import { dataDir } from "../../support/manage/engine.ts";
import { strategyCode } from "../../support/strategy-code.ts";

const CAPITAL = 100_000;
const TICKS = 160;
const PRICES = walk(new Random(77), 2 * TICKS, 100, 0.01);
const CODE =
  "if (market.position == 0 && ++this.n % 3 == 1) this.buy(0.9); else if (++this.n % 5 == 1) this.sell(0.9);";
const STRATEGY: Deployed = {
  id: "strat_figures1",
  code: strategyCode(CODE, "private n: i32 = 0;"),
  parameters: { symbols: ["BTCUSD"], fee_bps: 5, position_size: 0.5 },
};

/** What a position came to from its opening to its end, told by the fills alone. */
function closedTrades(fills: readonly TradeRecord[]): readonly ClosedTrade[] {
  const closed: Partial<ClosedTrade>[] = [];
  let opening: TradeRecord | null = null;
  for (const fill of fills) {
    if (opening === null) {
      opening = fill;
      continue;
    }
    expect([opening.side, fill.side, fill.quantity]).toEqual(["BUY", "SELL", opening.quantity]);
    const pnl = fill.quantity * (fill.price - opening.price) - opening.fee - fill.fee;
    closed.push({ pnl, entryTime: opening.timestamp, exitTime: fill.timestamp });
    opening = null;
  }
  return closed as readonly ClosedTrade[];
}

interface Told {
  readonly time: readonly number[];
  readonly equity: readonly number[];
  readonly benchmark: readonly number[];
  readonly fills: readonly TradeRecord[];
}

function expectSame({ metrics }: Execution, { time, equity, benchmark, fills }: Told): void {
  const curve = {
    time: Float64Array.from(time),
    equity: Float64Array.from(equity),
    exposure: new Float64Array(time.length),
  };
  const trades = closedTrades(fills);
  const unknown = { traded: 0, fees: 0, slippage: 0, carry: 0 };
  const batch = figuresOf(
    { capital: CAPITAL, curve, benchmark: Float64Array.from(benchmark), trades, ...unknown },
    new Statistics(),
  );
  expect(metrics.samples).toEqual({ returns: time.length, trades: trades.length });
  for (const [live, whole] of [
    [metrics.sharpe_ratio, batch.sharpe],
    [metrics.sortino_ratio, batch.sortino],
    [metrics.volatility, batch.volatility],
    [metrics.beta, batch.beta],
    [metrics.information_ratio, batch.informationRatio],
    [metrics.max_drawdown, batch.maxDrawdown],
    [metrics.total_return, batch.totalReturn],
    [metrics.win_rate, batch.winRate],
    [metrics.profit_factor, batch.profitFactor],
    [metrics.avg_trade_duration, (batch.averageTradeUs ?? Number.NaN) / 60e6],
  ] as const)
    expect((live ?? Number.NaN) / (whole ?? Number.NaN)).toBeCloseTo(1, 6);
  expect(metrics.not_available).toEqual(expect.arrayContaining(["alpha", "calmar_ratio"]));
  expect(metrics.not_available).toHaveLength(2);
}

/** One tick a second or more, so that each ends a step. */
async function trade(paper: Paper, prices: readonly number[]): Promise<void> {
  for (const price of prices) {
    paper.pass(2);
    await paper.feed([{ symbol: "BTCUSD", price, volume: 1 }]);
  }
  await paper.settled();
}

describe("the figures of an execution", () => {
  it("are those of its stored trades and equity, and go on over a restart with the whole history", async () => {
    const file = `${dataDir()}/engine.db`;
    const first = await Paper.open({ strategies: [STRATEGY], file });
    const { executionId } = await first.start(STRATEGY.id);
    await trade(first, PRICES.slice(0, TICKS));
    await expect.poll(() => first.manage.executions.get(executionId)?.metrics.samples.returns).toBe(TICKS);
    const ledger = async (paper: Paper) =>
      (await paper.manage.executions.trades(executionId, null, undefined, 500)).toReversed();
    const points = (await first.manage.executions.equity(executionId, 5_000)).slice(1);
    const told: Told = {
      time: points.map(({ time }) => time),
      equity: points.map(({ equity }) => equity),
      benchmark: PRICES.slice(0, TICKS),
      fills: await ledger(first),
    };
    const before = first.manage.executions.get(executionId);
    if (before === null) throw new Error("it is gone");
    expect(told.fills.length).toBeGreaterThan(20);
    expectSame(before, told);
    await first.close();

    const second = await Paper.open({ strategies: [STRATEGY], file, stored: true, autoResume: true });
    await second.until(() => second.heard.some(([event]) => event === "resumed"));
    const known = (await second.manage.executions.equity(executionId, 5_000)).length;
    await trade(second, PRICES.slice(TICKS));
    await expect.poll(() => second.manage.executions.get(executionId)?.metrics.samples.returns).toBe(2 * TICKS);
    const later = (await second.manage.executions.equity(executionId, 5_000)).slice(known);
    const after = await second.manage.executions.stop(STRATEGY.id, "test");
    if (after === null) throw new Error("it is gone");
    // The program begins anew; between the processes the market is not looked at.
    const jump = (PRICES[TICKS - 1] ?? 0) / (PRICES[TICKS] ?? 1);
    expectSame(after, {
      time: [...told.time, ...later.map(({ time }) => time)],
      equity: [...told.equity, ...later.map(({ equity }) => equity)],
      benchmark: [...told.benchmark, ...PRICES.slice(TICKS).map((price) => price * jump)],
      fills: await ledger(second),
    });
    expect(after.metrics).not.toHaveProperty("course");
  });
});
