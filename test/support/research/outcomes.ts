// Made-up outcomes of a backtest, for tests of what judges and reports them.
import { Random } from "../../../src/domain/random.ts";
import type {
  ClosedTrade,
  DataUsed,
  EquityCurve,
  Figures,
  Outcome,
  Statement,
  Trial,
} from "../../../src/research/outcome.ts";

export const DAY_US = 86_400_000_000;
export const START = 1_577_836_800_000_000;

export const FIGURES: Figures = {
  totalReturn: 0.1,
  cagr: 0.05,
  volatility: 0.15,
  sharpe: 0.8,
  sortino: 1.1,
  calmar: 0.4,
  maxDrawdown: -0.12,
  maxDrawdownUs: 40 * DAY_US,
  trades: 3,
  winRate: 0.6,
  profitFactor: 1.3,
  expectancy: 12.5,
  averageTradeUs: 2 * DAY_US,
  alpha: null,
  beta: null,
  informationRatio: null,
  var95: -0.01,
  cvar95: -0.02,
  turnover: 12,
  exposure: 0.4,
  fees: 20,
  slippage: 10,
  carry: -1,
  periodsPerYear: 365.25,
};

export const DATA: DataUsed = {
  dataset: "btcusd-bar-1d",
  symbol: "BTCUSD",
  source: "btc.csv",
  synthetic: false,
  rows: 1_000,
  from: START,
  to: START + 1_000 * DAY_US,
  hash: "ab".repeat(32),
};

export const STATEMENT: Statement = {
  strategy: "ma_cross",
  parameters: { fast: 20, slow: 50 },
  symbols: ["BTCUSD"],
  capital: 10_000,
  from: START,
  to: START + 1_000 * DAY_US,
  data: [DATA],
  costs: { taker_fee_bps: 5, slippage: "half spread", funding: true },
  codeHash: "cd".repeat(32),
  parameterHash: "ef".repeat(32),
  dataHash: "ab".repeat(32),
  engineVersion: "0.1.0",
};

/** Equity that grows by these returns from the capital, one step a day. */
export function curveOf(returns: ArrayLike<number>, capital = STATEMENT.capital): EquityCurve {
  const time = Float64Array.from(returns, (_, index) => START + (index + 1) * DAY_US);
  const equity = new Float64Array(returns.length);
  let value = capital;
  for (let index = 0; index < returns.length; index++) equity[index] = value *= 1 + (returns[index] ?? 0);
  return { time, equity, exposure: equity.map((one, index) => (index % 3 === 0 ? 0 : one / 2)) };
}

export function normals(seed: number, count: number, mean = 0, deviation = 1): Float64Array {
  const random = new Random(seed);
  return Float64Array.from({ length: count }, () => mean + deviation * random.normal());
}

export function tradesOf(seed: number, count: number): readonly ClosedTrade[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, index): ClosedTrade => {
    const entryTime = START + index * 4 * DAY_US;
    const entryPrice = 100 + index;
    const exitPrice = entryPrice * (1 + 0.02 * random.normal());
    return {
      symbol: "BTCUSD",
      side: index % 2 === 0 ? "long" : "short",
      quantity: 2,
      entryTime,
      entryPrice,
      exitTime: entryTime + 2 * DAY_US,
      exitPrice,
      pnl: (index % 2 === 0 ? 2 : -2) * (exitPrice - entryPrice) - 0.3,
      fees: 0.2,
      slippage: 0.1,
      carry: 0,
      reason: index % 5 === 0 ? "stop" : "signal",
    };
  });
}

export function outcomeOf(returns: ArrayLike<number>, more: Partial<Outcome> = {}): Outcome {
  return {
    statement: STATEMENT,
    figures: FIGURES,
    trades: tradesOf(3, 30),
    equity: curveOf(returns),
    events: 1_000,
    signals: 31,
    signalHash: "0123456789abcdef",
    resultHash: "12".repeat(32),
    open: [],
    warnings: [],
    ...more,
  };
}

export function trialOf(
  parameters: Readonly<Record<string, number>>,
  returns: Float64Array,
  score: number | null = 0,
): Trial {
  return { parameters, score, figures: FIGURES, returns };
}
