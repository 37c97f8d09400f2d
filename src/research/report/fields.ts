// The names that figures, trades and statements have outside: in JSON, CSV and Parquet. They are a contract: a name never
// changes its meaning, new ones may come. Times are integer microseconds since 1970, shares are 0 to 1.
import type { ClosedTrade, DataUsed, Figures, Statement } from "../outcome.ts";

export const FIGURE_FIELDS = {
  totalReturn: "total_return",
  cagr: "cagr",
  volatility: "volatility",
  sharpe: "sharpe_ratio",
  sortino: "sortino_ratio",
  calmar: "calmar_ratio",
  maxDrawdown: "max_drawdown",
  maxDrawdownUs: "max_drawdown_us",
  trades: "trade_count",
  winRate: "win_rate",
  profitFactor: "profit_factor",
  expectancy: "expectancy",
  averageTradeUs: "average_trade_us",
  alpha: "alpha",
  beta: "beta",
  informationRatio: "information_ratio",
  var95: "var_95",
  cvar95: "cvar_95",
  turnover: "turnover",
  exposure: "exposure",
  fees: "fees",
  slippage: "slippage",
  carry: "carry",
  periodsPerYear: "periods_per_year",
} as const satisfies Record<keyof Figures, string>;

/** Figures that always are numbers; of the others null says that they are not available. */
export const FIGURES_ALWAYS: ReadonlySet<keyof Figures> = new Set([
  "totalReturn",
  "maxDrawdown",
  "maxDrawdownUs",
  "trades",
  "turnover",
  "exposure",
  "fees",
  "slippage",
  "carry",
  "periodsPerYear",
]);

export const TRADE_FIELDS = {
  symbol: "symbol",
  side: "side",
  quantity: "quantity",
  entryTime: "entry_time",
  entryPrice: "entry_price",
  exitTime: "exit_time",
  exitPrice: "exit_price",
  pnl: "pnl",
  fees: "fees",
  slippage: "slippage",
  carry: "carry",
  reason: "reason",
} as const satisfies Record<keyof ClosedTrade, string>;

export const STATEMENT_FIELDS = {
  strategy: "strategy",
  parameters: "parameters",
  symbols: "symbols",
  capital: "capital",
  from: "from",
  to: "to",
  data: "data",
  costs: "costs",
  codeHash: "code_hash",
  parameterHash: "parameter_hash",
  dataHash: "data_hash",
  engineVersion: "engine_version",
} as const satisfies Record<keyof Statement, string>;

export const DATA_FIELDS = {
  dataset: "dataset",
  symbol: "symbol",
  source: "source",
  synthetic: "synthetic",
  rows: "rows",
  from: "from",
  to: "to",
  hash: "hash",
} as const satisfies Record<keyof DataUsed, string>;

/** The same values under their outside names. */
export function renamed<T extends object>(
  value: T,
  fields: Readonly<Record<keyof T & string, string>>,
): Readonly<Record<string, unknown>> {
  const names = Object.keys(fields) as (keyof T & string)[];
  return Object.fromEntries(names.map((name) => [fields[name], value[name]]));
}
