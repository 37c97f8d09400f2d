// The words of a finished run over history: what it rests upon, what was traded, and the figures. Everything that reports,
// compares, sweeps or judges works on these and on nothing else.
import type { EpochUs } from "../domain/units.ts";
import type { ClosedTrade } from "../simulation/simulation.ts";

export type { ClosedTrade, CloseReason } from "../simulation/simulation.ts";

/** Equity at the end of each step of the run, columns of one length. */
export interface EquityCurve {
  readonly time: Float64Array;
  readonly equity: Float64Array;
  /** Gross value of the positions. */
  readonly exposure: Float64Array;
}

/** Null: not available, because there are too few observations or the divisor is zero. Never an absurd number. */
export interface Figures {
  readonly totalReturn: number;
  readonly cagr: number | null;
  readonly volatility: number | null;
  readonly sharpe: number | null;
  readonly sortino: number | null;
  readonly calmar: number | null;
  /** -1 to 0. */
  readonly maxDrawdown: number;
  readonly maxDrawdownUs: number;
  readonly trades: number;
  readonly winRate: number | null;
  readonly profitFactor: number | null;
  /** Mean profit or loss of a closed trade. */
  readonly expectancy: number | null;
  readonly averageTradeUs: number | null;
  readonly alpha: number | null;
  readonly beta: number | null;
  readonly informationRatio: number | null;
  /** Of one step, historical, at 95 %; negative when it is a loss. */
  readonly var95: number | null;
  readonly cvar95: number | null;
  /** Traded value over mean equity, a year. */
  readonly turnover: number;
  /** Share of steps with a position. */
  readonly exposure: number;
  readonly fees: number;
  readonly slippage: number;
  readonly carry: number;
  /** Steps of the equity curve in a year, as counted on this data. */
  readonly periodsPerYear: number;
}

export interface DataUsed {
  readonly dataset: string;
  readonly symbol: string;
  readonly source: string;
  readonly synthetic: boolean;
  readonly rows: number;
  readonly from: EpochUs;
  readonly to: EpochUs;
  readonly hash: string;
}

/** Everything the result follows from: the same statement gives the same result, bit for bit. */
export interface Statement {
  /** One of the 18, the name of a reference rule, or a user's strategy. */
  readonly strategy: string;
  readonly parameters: Readonly<Record<string, number>>;
  readonly symbols: readonly string[];
  readonly capital: number;
  readonly from: EpochUs;
  readonly to: EpochUs;
  readonly data: readonly DataUsed[];
  /** What was assumed of costs and fills, in words and numbers. */
  readonly costs: Readonly<Record<string, number | string | boolean>>;
  readonly codeHash: string;
  readonly parameterHash: string;
  readonly dataHash: string;
  readonly engineVersion: string;
}

export interface Outcome {
  readonly statement: Statement;
  readonly figures: Figures;
  readonly trades: readonly ClosedTrade[];
  readonly equity: EquityCurve;
  readonly events: number;
  readonly signals: number;
  /** Sum of the hashes of all signals (assembly/math/hash.ts), as hex. */
  readonly signalHash: string;
  /** SHA-256 over trades and equity, as hex. */
  readonly resultHash: string;
  /** Positions at the end; they are in the equity and not among the trades. */
  readonly open: readonly { readonly symbol: string; readonly quantity: number; readonly entryPrice: number }[];
  /** What a careful reader should know: synthetic data, gaps, few trades. */
  readonly warnings: readonly string[];
}

/** One evaluation of a search: the score is of the objective, higher is better; null when it could not be computed. */
export interface Trial {
  readonly parameters: Readonly<Record<string, number>>;
  readonly score: number | null;
  readonly figures: Figures;
  /** Simple returns of the equity from step to step. */
  readonly returns: Float64Array;
}

/** Runs one set of parameters over a span of the history; the same call gives the same trial. */
export type Evaluate = (
  parameters: Readonly<Record<string, number>>,
  span?: { readonly from?: EpochUs; readonly to?: EpochUs },
) => Promise<Trial>;

/** Prices of one symbol, columns of one length, ascending: what a chart draws and what entries are compared with. */
export interface PriceLine {
  readonly symbol: string;
  readonly time: Float64Array;
  readonly price: Float64Array;
}
