// The figures of backtesting.py 0.6.6, by its own definitions, from trades and equity of our engine. Daily returns are
// compounded (geometric mean), risk is that of a compounded product, drawdowns are counted from peak to peak.
import { Missing } from "../adapter.ts";

export interface PeerTrade {
  readonly size: number;
  readonly entryBar: number;
  readonly exitBar: number;
  readonly entryPrice: number;
  readonly exitPrice: number;
  readonly pnl: number;
  readonly fees: number;
}

export interface PeerRun {
  /** Milliseconds. */
  readonly times: readonly number[];
  readonly close: readonly number[];
  readonly equity: readonly number[];
  readonly trades: readonly PeerTrade[];
  /** The first bar on which the rule can speak. */
  readonly firstBar: number;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const YEAR_MS = 365.25 * DAY_MS;

export function peerFigures(run: PeerRun): Readonly<Record<string, number | string>> {
  const { times, close, equity, trades } = run;
  const first = equity[0] ?? Number.NaN;
  const last = equity.at(-1) ?? Number.NaN;
  const duration = (times.at(-1) ?? 0) - (times[0] ?? 0);
  const gain = last / first - 1;
  const bought = (close.at(-1) ?? Number.NaN) / (close[run.firstBar] ?? Number.NaN) - 1;
  const beta = betaOf(equity, close);
  const yearly = yearlyOf(times, equity, duration, gain);
  const falls = fallsOf(times, equity);
  const deepest = Math.max(...falls.depths);
  return {
    Start: dateText(times[0] ?? 0),
    End: dateText(times.at(-1) ?? 0),
    Duration: durationText(duration, 1),
    "Exposure Time [%]": 100 * exposed(trades, equity.length),
    "Equity Final [$]": last,
    "Equity Peak [$]": Math.max(...equity),
    "Commissions [$]": trades.reduce((total, { fees }) => total + fees, 0),
    "Return [%]": 100 * gain,
    "Buy & Hold Return [%]": 100 * bought,
    "Return (Ann.) [%]": 100 * yearly.gain,
    "Volatility (Ann.) [%]": 100 * yearly.risk,
    "CAGR [%]": 100 * yearly.cagr,
    "Sharpe Ratio": yearly.gain / yearly.risk,
    "Sortino Ratio": yearly.gain / yearly.downside,
    "Calmar Ratio": yearly.gain / deepest,
    "Alpha [%]": 100 * (gain - beta * bought),
    Beta: beta,
    "Max. Drawdown [%]": -100 * deepest,
    "Avg. Drawdown [%]": -100 * mean(falls.peaks),
    "Max. Drawdown Duration": durationText(Math.max(...falls.lengths), stepOf(times)),
    "Avg. Drawdown Duration": durationText(mean(falls.lengths), stepOf(times)),
    ...tradeFigures(run),
  };
}

function tradeFigures({ trades, times }: PeerRun): Readonly<Record<string, number | string>> {
  const gains = trades.map(({ pnl }) => pnl);
  const returns = trades.map(returnOf);
  const lengths = trades.map(({ entryBar, exitBar }) => (times[exitBar] ?? 0) - (times[entryBar] ?? 0));
  const [won, lost] = [gains.filter((gain) => gain > 0), gains.filter((gain) => gain < 0)];
  const winRate = won.length / trades.length;
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    "# Trades": trades.length,
    "Win Rate [%]": 100 * winRate,
    "Best Trade [%]": 100 * Math.max(...returns),
    "Worst Trade [%]": 100 * Math.min(...returns),
    "Avg. Trade [%]": 100 * geometricMean(returns),
    "Max. Trade Duration": durationText(Math.max(...lengths), stepOf(times)),
    "Avg. Trade Duration": durationText(mean(lengths), stepOf(times)),
    "Profit Factor": sum(returns.filter((value) => value > 0)) / Math.abs(sum(returns.filter((value) => value < 0))),
    "Expectancy [%]": 100 * mean(returns),
    SQN: (Math.sqrt(trades.length) * mean(gains)) / Math.sqrt(variance(gains)),
    "Kelly Criterion": winRate - (1 - winRate) / (mean(won) / -mean(lost)),
  };
}

/** Of a trade after commissions of both sides, as a share of what it cost. */
function returnOf({ size, entryPrice, exitPrice, fees }: PeerTrade): number {
  return Math.sign(size) * (exitPrice / entryPrice - 1) - fees / (Math.abs(size) * entryPrice);
}

function exposed(trades: readonly PeerTrade[], bars: number): number {
  const held = new Uint8Array(bars);
  for (const { entryBar, exitBar } of trades) held.fill(1, entryBar, exitBar + 1);
  return mean([...held]);
}

function yearlyOf(times: readonly number[], equity: readonly number[], duration: number, gain: number) {
  const byDay = new Map<number, number>();
  for (const [bar, time] of times.entries()) byDay.set(Math.floor(time / DAY_MS), equity[bar] ?? Number.NaN);
  const values = [...byDay.values()];
  const returns = values.slice(1).map((value, place) => value / (values[place] ?? Number.NaN) - 1);
  const days = yearDays(times);
  const growth = 1 + geometricMean(returns);
  const risk = Math.sqrt((variance(returns) + growth ** 2) ** days - growth ** (2 * days));
  const downside = Math.sqrt(mean(returns.map((value) => Math.min(value, 0) ** 2)) * days);
  return { gain: growth ** days - 1, risk, downside, cagr: (1 + gain) ** (YEAR_MS / duration) - 1 };
}

/** 365 when weekends have bars as other days, otherwise 252. */
function yearDays(times: readonly number[]): number {
  const weekend = times.filter((time) => [6, 0].includes(new Date(time).getUTCDay())).length;
  return weekend / times.length > (2 / 7) * 0.6 ? 365 : 252;
}

/** Slope of the log returns of the equity on those of the price. */
function betaOf(equity: readonly number[], close: readonly number[]): number {
  const logs = (values: readonly number[]): readonly number[] =>
    values.slice(1).map((value, place) => Math.log(value / (values[place] ?? Number.NaN)));
  const [own, market] = [logs(equity), logs(close)];
  const [ownMean, marketMean] = [mean(own), mean(market)];
  const products = own.map((value, place) => (value - ownMean) * ((market[place] ?? Number.NaN) - marketMean));
  return mean(products) / mean(market.map((value) => (value - marketMean) ** 2));
}

/** Stretches below a peak: how long from peak to recovery, and how deep; depths of all bars. */
function fallsOf(times: readonly number[], equity: readonly number[]) {
  const depths: number[] = [];
  let peak = Number.NEGATIVE_INFINITY;
  for (const value of equity) {
    peak = Math.max(peak, value);
    depths.push(1 - value / peak);
  }
  const marks = [...depths.keys()].filter((bar) => depths[bar] === 0 || bar === depths.length - 1);
  const stretches = marks.slice(1).map((end, place) => [marks[place] ?? 0, end] as const);
  const falls = stretches.filter(([from, end]) => end > from + 1);
  if (falls.length === 0) throw new Missing("the peer gives no drawdown of an equity that never falls");
  return {
    depths,
    lengths: falls.map(([from, end]) => (times[end] ?? 0) - (times[from] ?? 0)),
    peaks: falls.map(([from, end]) => Math.max(...depths.slice(from, end + 1))),
  };
}

/** Durations are rounded up to whole days or hours, after the distance of the bars. */
function stepOf(times: readonly number[]): number {
  const steps = times.slice(1).map((time, place) => time - (times[place] ?? 0));
  const usual = steps.toSorted((one, other) => one - other)[Math.floor(steps.length / 2)] ?? DAY_MS;
  return usual >= DAY_MS ? DAY_MS : HOUR_MS;
}

function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}
function variance(values: readonly number[]): number {
  const middle = mean(values);
  return values.reduce((total, value) => total + (value - middle) ** 2, 0) / (values.length - 1);
}
function geometricMean(returns: readonly number[]): number {
  return Math.exp(mean(returns.map((value) => Math.log1p(value)))) - 1;
}

function dateText(time: number): string {
  return new Date(time).toISOString().slice(0, 19).replace("T", " ");
}
function durationText(time: number, step: number): string {
  const whole = Math.ceil(time / step) * step;
  const days = Math.floor(whole / DAY_MS);
  return `${days} days ${new Date(whole - days * DAY_MS).toISOString().slice(11, 19)}`;
}
