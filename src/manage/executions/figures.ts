// The figures of a running execution, each update in constant time: trades as they close, equity at the end of every step
// of a second of the engine clock in which something happened. Formulas, minimum samples and what counts as nothing to
// divide by are those of finished runs (src/research/figures.ts, assembly/math): where both give a number it is the same
// one, but for rounding. Returns are simple, from step to step, the first from the capital; a step in which nothing came
// is part of the next one, and steps in a year are counted on what came. The benchmark is the mean return of the symbols
// that the execution trades. Null stands for too little:
//   fewer than RETURNS_MIN steps         Sharpe, Sortino, volatility, beta, information ratio
//   less than YEARLY_DAYS of steps       what is compounded to a year: alpha, Calmar ratio
//   no closed trade (no loss)            win rate, mean duration (profit factor)
// Times in microseconds, money in units of account.
import type { ClosedTrade } from "../../simulation/simulation.ts";

export const STEP_US = 1_000_000;
export const RETURNS_MIN = 30;
const YEARLY_DAYS = 30;
const DAY_US = 86_400e6;
const YEAR_US = 365.25 * DAY_US;
const MINUTE_US = 60e6;
/** Deviations below this share of the mean are rounding: equal returns do not vary. */
const ROUNDING = 1e-28;

/** What there is too little for is null. */
export interface Figured {
  readonly sharpe_ratio: number | null;
  readonly sortino_ratio: number | null;
  /** Not above 0; with every event looked at while something is held, not only at the end of steps. */
  readonly max_drawdown: number;
  readonly win_rate: number | null;
  readonly profit_factor: number | null;
  readonly total_return: number;
  readonly alpha: number | null;
  readonly beta: number | null;
  readonly volatility: number | null;
  readonly information_ratio: number | null;
  readonly calmar_ratio: number | null;
  /** Minutes. */
  readonly avg_trade_duration: number | null;
  readonly samples: { readonly returns: number; readonly trades: number };
}

/** Numbers that say how far they have come. */
export const COURSE = [
  "highest",
  "deepest",
  "stepHighest",
  "stepDeepest",
  "before",
  "firstStep",
  "lastStep",
  "closed",
  "won",
  "gained",
  "lost",
  "lasted",
  "count",
  "mean",
  "squares",
  "apart",
  "down",
  "benchmarkMean",
  "benchmarkSquares",
  "products",
] as const;
/** With it they go on elsewhere. */
export type FiguresCourse = Readonly<Record<(typeof COURSE)[number], number>>;

export class Figures {
  private readonly capital: number;
  private highest: number;
  private deepest = 0;
  /** At the end of steps alone. */
  private stepHighest: number;
  private stepDeepest = 0;
  /** Closed trades, those that won, what they gained and lost, and the time that they lasted. */
  private closed = 0;
  private won = 0;
  private gained = 0;
  private lost = 0;
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
  /** Squared deviations of the differences, and squares of the own returns below 0. */
  private apart = 0;
  private down = 0;

  constructor(capital: number) {
    this.capital = capital;
    this.highest = this.stepHighest = capital;
    this.before = capital;
  }

  course(): FiguresCourse {
    const course: Partial<Record<(typeof COURSE)[number], number>> = {};
    for (const name of COURSE) course[name] = this[name];
    return course as FiguresCourse;
  }
  /** The same numbers in the order of COURSE. */
  write(numbers: Float64Array, at: number): void {
    for (let place = 0; place < COURSE.length; place++) numbers[at + place] = this[COURSE[place] ?? "count"];
  }
  resume(course: FiguresCourse): void {
    Object.assign(this, course);
  }
  /** In another process, behind what was stored last. Trades have been booked again by now and are counted already. */
  goOn(now: Pick<FiguresCourse, "highest" | "deepest" | "before">, stored: FiguresCourse | null): void {
    const { closed, won, gained, lost, lasted } = this;
    if (stored === null) Object.assign(this, now);
    else Object.assign(this, stored, { closed, won, gained, lost, lasted });
    this.highest = Math.max(this.highest, now.highest);
    this.deepest = Math.min(this.deepest, now.deepest);
  }

  trade({ pnl, entryTime, exitTime }: Pick<ClosedTrade, "pnl" | "entryTime" | "exitTime">): void {
    this.closed++;
    if (pnl > 0) {
      this.won++;
      this.gained += pnl;
    } else this.lost -= pnl;
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
    if (this.firstStep === 0) this.firstStep = time;
    this.lastStep = time;
    const own = this.before > 0 ? equity / this.before - 1 : 0;
    this.before = equity;
    this.stepHighest = Math.max(this.stepHighest, equity);
    this.stepDeepest = Math.min(this.stepDeepest, equity / this.stepHighest - 1);
    const n = ++this.count;
    const beyond = own - this.mean;
    const beside = benchmark - this.benchmarkMean;
    this.mean += beyond / n;
    this.benchmarkMean += beside / n;
    const still = benchmark - this.benchmarkMean;
    this.squares += beyond * (own - this.mean);
    this.benchmarkSquares += beside * still;
    this.products += beyond * still;
    this.apart += (beyond - beside) * (own - benchmark - (this.mean - this.benchmarkMean));
    if (own < 0) this.down += own * own;
  }

  figured(equity: number): Figured {
    this.drawdown(equity);
    const { closed, won, gained, lost, lasted, count } = this;
    return {
      ...this.ofReturns(),
      max_drawdown: this.deepest,
      win_rate: closed > 0 ? won / closed : null,
      profit_factor: lost > 0 ? gained / lost : null,
      total_return: equity / this.capital - 1,
      avg_trade_duration: closed > 0 ? lasted / closed / MINUTE_US : null,
      samples: { returns: count, trades: closed },
    };
  }

  private ofReturns() {
    const { count, mean, squares, down, before, capital, stepDeepest } = this;
    const span = this.lastStep - this.firstStep;
    if (count < RETURNS_MIN || !(span > 0)) return NO_RETURNS;
    const periods = ((count - 1) * YEAR_US) / span;
    const root = Math.sqrt(periods);
    const deviation = squares > ROUNDING * count * mean * mean ? Math.sqrt(squares / (count - 1)) : 0;
    const yearly = span >= YEARLY_DAYS * DAY_US;
    const growth = before / capital;
    return {
      sharpe_ratio: ratio(mean * root, deviation),
      sortino_ratio: ratio(mean * root, Math.sqrt(down / count)),
      volatility: deviation * root,
      ...this.beside(periods, yearly),
      calmar_ratio: yearly ? ratio(compounded(growth - 1, periods / count), -stepDeepest) : null,
    };
  }

  private beside(periods: number, yearly: boolean) {
    const { count, mean, benchmarkMean, benchmarkSquares, products, apart } = this;
    if (!(benchmarkSquares > ROUNDING * count * benchmarkMean * benchmarkMean)) return NO_BENCHMARK;
    const beta = products / benchmarkSquares;
    const error = Math.sqrt(Math.max(0, apart) / (count - 1));
    return {
      alpha: yearly ? finite(compounded(mean - beta * benchmarkMean, periods)) : null,
      beta,
      information_ratio: ratio((mean - benchmarkMean) * Math.sqrt(periods), error),
    };
  }
}

const NO_BENCHMARK = { alpha: null, beta: null, information_ratio: null };
const NO_RETURNS = { sharpe_ratio: null, sortino_ratio: null, volatility: null, calmar_ratio: null, ...NO_BENCHMARK };

/** What a return comes to when it is made so many times over. */
function compounded(change: number, times: number): number {
  return change > -1 ? Math.expm1(times * Math.log1p(change)) : -1;
}
function ratio(a: number, b: number): number | null {
  return b > 1e-300 ? finite(a / b) : null;
}
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
