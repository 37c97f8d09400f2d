// The figures of an execution as everybody shows and stores them. The fields that the contract names are always numbers,
// 0 where there is too little; `not_available` names those, so that a 0 that was measured can be told from one that was
// not. Fields beyond the contract are null there.
import type { Figured } from "./figures.ts";

const NUMBERS = [
  "sharpe_ratio",
  "win_rate",
  "alpha",
  "beta",
  "volatility",
  "information_ratio",
  "calmar_ratio",
  "avg_trade_duration",
] as const;
const NULLS = ["sortino_ratio", "profit_factor"] as const;

type Always = Readonly<Record<(typeof NUMBERS)[number] | "max_drawdown" | "total_return", number>>;

export interface Metrics extends Always {
  readonly sortino_ratio: number | null;
  readonly profit_factor: number | null;
  readonly samples: { readonly returns: number; readonly trades: number };
  /** Fields that there is too little for as yet. */
  readonly not_available: readonly string[];
}

export function metricsOf(figured: Figured): Metrics {
  const not_available: string[] = [];
  for (const name of NULLS) if (figured[name] === null) not_available.push(name);
  for (const name of NUMBERS) if (figured[name] === null) not_available.push(name);
  return {
    sharpe_ratio: figured.sharpe_ratio ?? 0,
    sortino_ratio: figured.sortino_ratio,
    max_drawdown: figured.max_drawdown,
    win_rate: figured.win_rate ?? 0,
    profit_factor: figured.profit_factor,
    total_return: figured.total_return,
    alpha: figured.alpha ?? 0,
    beta: figured.beta ?? 0,
    volatility: figured.volatility ?? 0,
    information_ratio: figured.information_ratio ?? 0,
    calmar_ratio: figured.calmar_ratio ?? 0,
    avg_trade_duration: figured.avg_trade_duration ?? 0,
    samples: figured.samples,
    not_available,
  };
}
