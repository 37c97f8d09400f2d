// The figures of a running execution, each update in constant time: trades as they close, equity at the end of every step
// of a second of the engine clock in which something happened. Returns are simple, from step to step; a step in which
// nothing came is part of the next one, and steps in a year are counted on what came. The benchmark is the mean return of
// the symbols that the execution trades. Always numbers: 0 while there is too little, that is fewer than RETURNS_MIN
// steps (Sharpe, volatility, alpha, beta, information and Calmar ratio) or no closed trade (win rate, mean duration).
//   sharpe = mean / sd sqrt(P)    volatility = sd sqrt(P)    alpha = (mean - beta mean of the benchmark) P
//   information = mean(r - b) / sd(r - b) sqrt(P)            calmar = mean P / |deepest drawdown|
// with sd over count - 1 and P steps a year of 365.25 days. Times in microseconds.
import type { ClosedTrade } from "../../simulation/simulation.ts";

export const STEP_US = 1_000_000;
export const RETURNS_MIN = 30;
const YEAR_US = 365.25 * 86_400e6;
const MINUTE_US = 60e6;

export interface Metrics {
  readonly sharpe_ratio: number;
  readonly max_drawdown: number;
  readonly win_rate: number;
  readonly total_return: number;
  readonly alpha: number;
  readonly beta: number;
  readonly volatility: number;
  readonly information_ratio: number;
  readonly calmar_ratio: number;
  /** Minutes. */
  readonly avg_trade_duration: number;
}

export const NO_METRICS: Metrics = {
  sharpe_ratio: 0,
  max_drawdown: 0,
  win_rate: 0,
  total_return: 0,
  alpha: 0,
  beta: 0,
  volatility: 0,
  information_ratio: 0,
  calmar_ratio: 0,
  avg_trade_duration: 0,
};

export class Figures {
  private readonly capital: number;
  private highest: number;
  private deepest = 0;
  /** Closed trades, those that won, and the time that they lasted. */
  private closed = 0;
  private won = 0;
  private lasted = 0;
  /** Equity and time at the end of the last step. */
  private before: number;
  private firstStep = 0;
  private lastStep = 0;
  /** Means and sums of squared deviations: own returns, the benchmark's, and of both together. */
  private count = 0;
  private mean = 0;
  private squares = 0;
  private benchmarkMean = 0;
  private benchmarkSquares = 0;
  private products = 0;

  constructor(capital: number) {
    this.capital = capital;
    this.highest = capital;
    this.before = capital;
  }

  trade({ pnl, entryTime, exitTime }: Pick<ClosedTrade, "pnl" | "entryTime" | "exitTime">): void {
    this.closed++;
    if (pnl > 0) this.won++;
    this.lasted += exitTime - entryTime;
  }

  /** The share by which the equity lies below its highest so far, not above 0. */
  drawdown(equity: number): number {
    if (equity > this.highest) this.highest = equity;
    const down = Math.max(-1, equity / this.highest - 1);
    if (down < this.deepest) this.deepest = down;
    return down;
  }

  /** The end of a step; `benchmark`: the return of the market since the step before. */
  step(time: number, equity: number, benchmark: number): void {
    if (this.firstStep === 0) {
      this.firstStep = this.lastStep = time;
      this.before = equity;
      return;
    }
    const own = this.before > 0 ? equity / this.before - 1 : 0;
    this.before = equity;
    this.lastStep = time;
    const n = ++this.count;
    const apart = own - this.mean;
    const beside = benchmark - this.benchmarkMean;
    this.mean += apart / n;
    this.benchmarkMean += beside / n;
    this.squares += apart * (own - this.mean);
    this.benchmarkSquares += beside * (benchmark - this.benchmarkMean);
    this.products += apart * (benchmark - this.benchmarkMean);
  }

  metrics(equity: number): Metrics {
    this.drawdown(equity);
    const { closed } = this;
    return {
      ...this.ofReturns(),
      max_drawdown: this.deepest,
      win_rate: closed > 0 ? this.won / closed : 0,
      total_return: equity / this.capital - 1,
      avg_trade_duration: closed > 0 ? this.lasted / closed / MINUTE_US : 0,
    };
  }

  private ofReturns(): Metrics {
    const { count, mean, benchmarkMean, squares, benchmarkSquares, products } = this;
    const span = this.lastStep - this.firstStep;
    if (count < RETURNS_MIN || !(span > 0)) return NO_METRICS;
    const periods = (count * YEAR_US) / span;
    const root = Math.sqrt(periods);
    const deviation = Math.sqrt(squares / (count - 1));
    const beta = ratio(products, benchmarkSquares);
    const apart = Math.sqrt(Math.max(0, squares + benchmarkSquares - 2 * products) / (count - 1));
    return {
      ...NO_METRICS,
      sharpe_ratio: ratio(mean, deviation) * root,
      volatility: deviation * root,
      beta,
      alpha: (mean - beta * benchmarkMean) * periods,
      information_ratio: ratio(mean - benchmarkMean, apart) * root,
      calmar_ratio: ratio(mean * periods, -this.deepest),
    };
  }
}

function ratio(a: number, b: number): number {
  return b > 1e-300 ? a / b : 0;
}
