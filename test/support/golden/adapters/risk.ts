// Performance of a return series: figures, tails, drawdowns, rolling Sharpe ratio, and beside a benchmark.
import { count, number, optional, type Adapter, type Question } from "../adapter.ts";
import { GoldenError } from "../format.ts";
import { performanceOf } from "../moments.ts";

const TAIL = 6; //      f64 of tailRisk: value at risk and shortfall, historical, normal, Cornish-Fisher
const BENCHMARK = 9; // f64 of againstBenchmark
const STATE = 10; //     f64 of rolling moments
const DEFAULT_PERIODS = 252; // of empyrical, whatever the data are

function returnsOf({ data, golden }: Question): readonly number[] {
  return data.inputs(golden)[0] ?? [];
}
function periodsOf({ golden }: Question): number {
  const periods = golden.input["periods_per_year"];
  if (typeof periods !== "number") throw new GoldenError("the input gives no periods_per_year");
  return periods;
}

function tail({ engine: { core, arena } }: Question, r: readonly number[], p: number): readonly number[] {
  const { mean, deviation, skew, kurtosis } = performanceOf({ core, arena }, r, 1);
  const out = arena.take(TAIL);
  core.tailRisk(arena.put(r), r.length, p, mean, deviation, skew, kurtosis, out, arena.take(r.length));
  return arena.read(out, TAIL);
}

function figures(question: Question): unknown {
  const r = returnsOf(question);
  const periods = periodsOf(question);
  const own = performanceOf(question.engine, r, periods, Number(question.golden.params["rf"] ?? 0));
  const [var95_hist, cvar95_hist, var95_normal, cvar95_normal, var95_cornish_fisher] = tail(question, r, 0.05);
  const [var99_hist, cvar99_hist, var99_normal, cvar99_normal, var99_cornish_fisher] = tail(question, r, 0.01);
  return {
    total_return: own.total,
    cagr: own.cagr,
    vol_annual: own.volatility,
    sharpe: own.sharpe,
    sharpe_rf2pct: performanceOf(question.engine, r, periods, 0.02).sharpe,
    sortino: own.sortino,
    downside_dev_annual: own.downside,
    max_drawdown: own.drawdown,
    calmar: own.calmar,
    var95_hist,
    cvar95_hist,
    var95_normal,
    cvar95_normal,
    var95_cornish_fisher,
    var99_hist,
    cvar99_hist,
    var99_normal,
    cvar99_normal,
    var99_cornish_fisher,
    skew: own.skew,
    kurtosis_excess: own.kurtosis,
    positive_share: own.positive,
    profit_factor: own.omega,
  };
}

interface Beside {
  readonly alpha: number;
  readonly alphaYearly: number;
  readonly beta: number;
  readonly correlation: number;
  readonly trackingError: number;
  readonly information: number;
  readonly treynor: number;
  readonly upCapture: number;
  readonly downCapture: number;
}
function beside({ engine: { core, arena }, data, golden }: Question, periods: number): Beside {
  const [r = [], b = []] = data.inputs(golden);
  const out = arena.take(BENCHMARK);
  if (core.againstBenchmark(arena.put(r), arena.put(b), r.length, periods, out) !== 1) {
    throw new GoldenError("the engine refuses this benchmark");
  }
  const [alpha = 0, alphaYearly = 0, beta = 0, correlation = 0] = arena.read(out, 4);
  const [trackingError = 0, information = 0, treynor = 0, upCapture = 0, downCapture = 0] = arena.read(out + 32, 5);
  return { alpha, alphaYearly, beta, correlation, trackingError, information, treynor, upCapture, downCapture };
}

function benchmark(question: Question): unknown {
  const periods = periodsOf(question);
  const own = beside(question, periods);
  return {
    alpha_daily: own.alpha,
    alpha_annual_compounded: own.alphaYearly,
    alpha_annual_simple: own.alpha * periods,
    beta: own.beta,
    r2: own.correlation * own.correlation,
    corr: own.correlation,
    tracking_error_annual: own.trackingError,
    information_ratio_annual: own.information,
    treynor: own.treynor,
  };
}

/** The package's own names. Its shortfall is the mean of the lowest int((n - 1) p) + 1 returns: ours but for ties. */
function empyrical(question: Question): unknown {
  const { engine, golden } = question;
  const { core, arena } = engine;
  const r = returnsOf(question);
  const own = performanceOf(engine, r, DEFAULT_PERIODS);
  const [var95, cvar95] = tail(question, r, 0.05);
  const sorted = arena.put(r);
  core.sortColumn(sorted, r.length);
  const quantile = (p: number): number => Math.abs(core.quantileSorted(sorted, r.length, p));
  const figures = {
    total: own.total,
    annual_return: own.cagr,
    annual_volatility: own.volatility,
    sharpe: own.sharpe,
    sortino: own.sortino,
    calmar: own.calmar,
    max_drawdown: own.drawdown,
    omega: own.omega,
    tail_ratio: quantile(0.95) / quantile(0.05),
    stability: own.stability,
    var95,
    cvar95,
    downside_risk: own.downside,
  };
  if (golden.input["benchmark"] === undefined) return figures;
  const { alphaYearly, beta, information, upCapture, downCapture } = beside(question, DEFAULT_PERIODS);
  const excess_sharpe = information / Math.sqrt(DEFAULT_PERIODS);
  return { ...figures, alpha: alphaYearly, beta, excess_sharpe, up_capture: upCapture, down_capture: downCapture };
}

function rollingSharpe(question: Question): unknown {
  const { core, arena } = question.engine;
  const r = returnsOf(question);
  const out = arena.take(r.length);
  const n = Number(question.golden.params["n"]);
  core.rollingSharpe(arena.put(r), r.length, n, periodsOf(question), arena.take(STATE), out);
  return arena.read(out, r.length);
}

function drawdowns(question: Question): unknown {
  const { core, arena } = question.engine;
  const r = returnsOf(question);
  const out = arena.take(r.length + 1);
  core.drawdownColumn(arena.put(r), r.length, out);
  return arena.read(out, r.length + 1);
}

export const risk: readonly Adapter[] = [
  { call: /^formulas in notes\.md \(simple returns/, params: { rf: optional(number) }, answer: figures },
  { call: /^OLS\(asset, add_constant\(benchmark\)\)/, answer: benchmark },
  { call: /^rolling mean\/std\(ddof=1\)\*sqrt\(ppy\)/, params: { n: count }, answer: rollingSharpe },
  { call: /^equity\/running max - 1, start value 1 counts as a peak/, answer: drawdowns },
  { call: /^empyrical functions with default arguments/, answer: empyrical },
];
