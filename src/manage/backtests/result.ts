// What a run answers over the API and keeps in the store: the fields of the contract, where null is no number and so 0
// stands for "not available", and beside them everything that the outcome knows, with null where it knows nothing.
import {
  type ClosedTrade,
  costSums,
  type EquityCurve,
  figuresOfCurve,
  histogram,
  monthlyReturns,
  type Outcome,
  returnsOf,
  shorter,
} from "../../research/research.ts";
import type { JsonObject } from "../../store/strategies.ts";
import { stakesOf } from "./stakes.ts";

export type JobResult = JsonObject;

const CURVE_POINTS = 500;
const TRADES_SHOWN = 500;
const BINS = 30;
const DAY_US = 86_400e6;
const MINUTE_US = 60e6;

type Source = "history" | "synthetic";

export function backtestResult(outcomes: readonly Outcome[], source: Source, capital: number): JobResult {
  const whole = together(outcomes, capital);
  const { statement, figures, equity: curve, trades, warnings } = whole;
  return {
    total_return: figures.totalReturn,
    sharpe_ratio: figures.sharpe ?? 0,
    max_drawdown: figures.maxDrawdown,
    win_rate: winRate(trades),
    trade_count: trades.length,
    duration_days: Math.round((statement.to - statement.from) / DAY_US),
    costs: statement.costs,
    equity_curve: thinned(curve, capital),
    data_source: source,
    runs: outcomes.map(runView),
    stakes: stakesOf(outcomes, curve, capital),
    trades: trades.slice(-TRADES_SHOWN).map(tradeView),
    warnings,
    ...distributions(whole, capital),
  };
}

/** Of all steps and all trades, of which the answer shows a part. */
function distributions(outcome: Outcome, capital: number): JsonObject {
  const { equity: curve, trades } = outcome;
  return {
    months: monthlyReturns(curve, capital),
    step_bins: histogram(returnsOf(curve.equity, capital), BINS),
    trade_bins: histogram(
      Float64Array.from(trades, ({ pnl }) => pnl),
      BINS,
    ),
    cost_sums: costSums(outcome),
  };
}

/** What a sweep looks at. Not for the store: returns are a column. */
export function setResult(outcomes: readonly Outcome[], capital: number, steps: number): JobResult {
  const { figures, equity } = together(outcomes, capital);
  return { figures, returns: shorter(returnsOf(equity.equity, capital), steps) };
}

/** Several runs with a part of the capital each, as one; it states what the first of them does, and all of their data. */
export function together(outcomes: readonly Outcome[], capital: number): Outcome {
  const [first] = outcomes;
  if (first === undefined) throw new RangeError("a run has at least one outcome");
  if (outcomes.length === 1) return first;
  const equity = sumOf(outcomes);
  const trades = outcomes.flatMap((one) => one.trades);
  const data = new Map(outcomes.flatMap(({ statement }) => statement.data.map((one) => [one.dataset, one] as const)));
  return {
    ...first,
    statement: { ...first.statement, capital, data: [...data.values()] },
    figures: figuresOfCurve(equity, trades, capital),
    trades,
    equity,
    open: outcomes.flatMap(({ open }) => open),
    warnings: [...new Set(outcomes.flatMap(({ warnings }) => warnings))],
  };
}

/** Of the last hours: what was won in them, with what had been learned of the market before. */
export function paperResult(outcomes: readonly Outcome[], source: Source, since: number, hours: number): JobResult {
  const trades = outcomes.flatMap((one) => one.trades).filter(({ exitTime }) => exitTime >= since);
  const pnl = outcomes.reduce((sum, { equity, statement }) => {
    const begin = equity.time.findIndex((time) => time >= since);
    const before = begin > 0 ? (equity.equity[begin - 1] ?? statement.capital) : statement.capital;
    return begin < 0 ? sum : sum + (equity.equity.at(-1) ?? before) - before;
  }, 0);
  const minutes = trades.reduce((sum, { entryTime, exitTime }) => sum + (exitTime - entryTime) / MINUTE_US, 0);
  return {
    duration_hours: hours,
    trades_executed: trades.length,
    pnl,
    win_rate: winRate(trades),
    avg_trade_duration: trades.length > 0 ? minutes / trades.length : 0,
    costs: outcomes[0]?.statement.costs ?? {},
    data_source: source,
    runs: outcomes.map(runView),
  };
}

function winRate(trades: readonly ClosedTrade[]): number {
  return trades.length > 0 ? trades.filter(({ pnl }) => pnl > 0).length / trades.length : 0;
}

/** What each run rests upon, and its figures under their own names. */
function runView({ statement, figures, signals, events, signalHash, resultHash, open }: Outcome): object {
  return { statement, figures, signals, events, signal_hash: signalHash, result_hash: resultHash, open };
}

function tradeView(trade: ClosedTrade): object {
  const { symbol, side, quantity, entryTime, entryPrice, exitTime, exitPrice, pnl, fees, slippage, carry, reason } =
    trade;
  const times = { entry_time: entryTime / 1e6, exit_time: exitTime / 1e6 };
  const prices = { entry_price: entryPrice, exit_price: exitPrice };
  return { symbol, side, quantity, ...times, ...prices, pnl, fees, slippage, carry, reason };
}

/** At most CURVE_POINTS points, the first and the last among them; each drawdown is from the highest equity of all steps. */
function thinned({ time, equity }: EquityCurve, capital: number): readonly object[] {
  const steps = equity.length;
  const points = Math.min(steps, CURVE_POINTS);
  const kept = new Set(
    Array.from({ length: points }, (_, point) => (points > 1 ? Math.round((point * (steps - 1)) / (points - 1)) : 0)),
  );
  const curve: object[] = [];
  let highest = capital;
  for (let step = 0; step < steps; step++) {
    const value = equity[step] ?? capital;
    highest = Math.max(highest, value);
    if (!kept.has(step)) continue;
    curve.push({ timestamp: (time[step] ?? 0) / 1e6, equity: value, drawdown: Math.max(-1, value / highest - 1) });
  }
  return curve;
}

/** The sum of the curves at every step of any of them; each stands at its last value in between. */
function sumOf(outcomes: readonly Outcome[]): EquityCurve {
  const times = Float64Array.from(new Set(outcomes.flatMap(({ equity }) => [...equity.time]))).sort();
  const equity = new Float64Array(times.length);
  const exposure = new Float64Array(times.length);
  for (const { equity: curve, statement } of outcomes) {
    let next = 0;
    times.forEach((time, step) => {
      while (next < curve.time.length && (curve.time[next] ?? 0) <= time) next++;
      equity[step] = (equity[step] ?? 0) + (next > 0 ? (curve.equity[next - 1] ?? 0) : statement.capital);
      exposure[step] = (exposure[step] ?? 0) + (next > 0 ? (curve.exposure[next - 1] ?? 0) : 0);
    });
  }
  return { time: times, equity, exposure };
}
