// The figures of a finished run: what equity, trades and the benchmark come to. Nothing is invented where there is little:
//   steps fewer than RETURNS_MIN        no volatility, Sharpe, Sortino, alpha, beta, information ratio
//   steps fewer than TAIL_MIN           no value at risk
//   less than YEARLY_DAYS of data       no yearly growth, no Calmar ratio
//   no trade (no loss)                  no win rate, expectancy (no profit factor)
// A year has 365.25 days; steps in a year are counted on the data, so a market that closes has fewer.
import { wayOf, type Way } from "./along.ts";
import type { ClosedTrade, EquityCurve, Figures } from "./outcome.ts";
import type { Statistics } from "./statistics.ts";

const YEAR_US = 365.25 * 86_400e6;
const DAY_US = 86_400e6;
const RETURNS_MIN = 30;
const TAIL_MIN = 100;
const YEARLY_DAYS = 30;

export interface FiguresInput {
  readonly capital: number;
  readonly curve: EquityCurve;
  /** Price of what the run is compared with, at the same steps; before its first price NaN. */
  readonly benchmark: Float64Array;
  /** Where more is known than the curve tells, because it leaves moments out. */
  readonly way?: Way;
  readonly trades: readonly ClosedTrade[];
  /** Value of all fills. */
  readonly traded: number;
  readonly fees: number;
  readonly slippage: number;
  readonly carry: number;
}

export function figuresOf(input: FiguresInput, statistics: Statistics): Figures {
  const { capital, curve, trades, fees, slippage, carry } = input;
  const { maxDrawdown, maxDrawdownUs, meanEquity, exposed } = input.way ?? wayOf(curve, capital);
  const returns = returnsOf(curve.equity, capital);
  const steps = returns.length;
  const periodsPerYear = periodsOf(curve.time);
  const last = curve.equity[steps - 1] ?? capital;
  const totalReturn = last / capital - 1;
  const enough = steps >= RETURNS_MIN && periodsPerYear > 0;
  const own = enough ? statistics.performance(returns, periodsPerYear) : null;
  const held = returnsOf(input.benchmark, input.benchmark[0] ?? Number.NaN);
  const beside = enough ? statistics.relative(returns, held, periodsPerYear) : null;
  const days = ((curve.time[steps - 1] ?? 0) - (curve.time[0] ?? 0)) / DAY_US;
  const years = (days * DAY_US) / YEAR_US;
  const yearly = days >= YEARLY_DAYS;
  const tail = steps >= TAIL_MIN;
  return {
    totalReturn,
    cagr: yearly ? (own?.cagr ?? null) : null,
    volatility: own?.volatility ?? null,
    sharpe: own?.sharpe ?? null,
    sortino: own?.sortino ?? null,
    calmar: yearly ? (own?.calmar ?? null) : null,
    maxDrawdown,
    maxDrawdownUs,
    ...tradesOf(trades),
    alpha: beside?.alpha ?? null,
    beta: beside?.beta ?? null,
    informationRatio: beside?.informationRatio ?? null,
    var95: tail ? (own?.var95 ?? null) : null,
    cvar95: tail ? (own?.cvar95 ?? null) : null,
    turnover: meanEquity > 0 && years > 0 ? input.traded / meanEquity / years : 0,
    exposure: exposed,
    fees,
    slippage,
    carry,
    periodsPerYear,
  };
}

/** Simple returns from step to step, the first from `start`; 0 where there is nothing to divide by. */
export function returnsOf(values: Float64Array, start: number): Float64Array {
  const returns = new Float64Array(values.length);
  let before = start;
  for (let step = 0; step < values.length; step++) {
    const value = values[step] ?? Number.NaN;
    const change = value / before - 1;
    returns[step] = before > 0 && Number.isFinite(change) ? change : 0;
    if (Number.isFinite(value)) before = value;
  }
  return returns;
}

function periodsOf(time: Float64Array): number {
  const span = (time[time.length - 1] ?? 0) - (time[0] ?? 0);
  return span > 0 ? ((time.length - 1) * YEAR_US) / span : 0;
}

type TradeFigures = Pick<Figures, "trades" | "winRate" | "profitFactor" | "expectancy" | "averageTradeUs">;

function tradesOf(trades: readonly ClosedTrade[]): TradeFigures {
  let [won, gained, lost, duration] = [0, 0, 0, 0];
  for (const { pnl, entryTime, exitTime } of trades) {
    if (pnl > 0) won++;
    if (pnl > 0) gained += pnl;
    else lost -= pnl;
    duration += exitTime - entryTime;
  }
  const count = trades.length;
  return {
    trades: count,
    winRate: count > 0 ? won / count : null,
    profitFactor: lost > 0 ? gained / lost : null,
    expectancy: count > 0 ? (gained - lost) / count : null,
    averageTradeUs: count > 0 ? duration / count : null,
  };
}
