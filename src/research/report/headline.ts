// The figures that are looked at first, as rows of names and texts for a terminal.
import type { Outcome } from "../outcome.ts";
import { day, duration, money, percent, ratio, whole } from "./numbers.ts";

export interface Headline {
  readonly span: string;
  readonly rows: readonly (readonly string[])[];
}

export function headline({ statement, figures: f }: Outcome): Headline {
  return {
    span: `${day(statement.from)} to ${day(statement.to)}, capital ${money(statement.capital)}`,
    rows: [
      ["total return", percent(f.totalReturn), "Sharpe", ratio(f.sharpe), "trades", whole(f.trades)],
      ["a year", percent(f.cagr), "Sortino", ratio(f.sortino), "winning", percent(f.winRate, 1)],
      ["volatility", percent(f.volatility), "Calmar", ratio(f.calmar), "profit factor", ratio(f.profitFactor)],
      ["drawdown", percent(f.maxDrawdown), "lasting", duration(f.maxDrawdownUs), "a trade", money(f.expectancy)],
      ["fees", money(f.fees), "slippage", money(f.slippage), "carry", money(f.carry)],
    ],
  };
}
