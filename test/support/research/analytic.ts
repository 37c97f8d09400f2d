// An Evaluate whose score is a known function of its parameters: what a search is held to.
import type { Evaluate, Figures } from "../../../src/research/outcome.ts";

export const NO_FIGURES: Figures = {
  totalReturn: 0,
  cagr: null,
  volatility: null,
  sharpe: null,
  sortino: null,
  calmar: null,
  maxDrawdown: 0,
  maxDrawdownUs: 0,
  trades: 0,
  winRate: null,
  profitFactor: null,
  expectancy: null,
  averageTradeUs: null,
  alpha: null,
  beta: null,
  informationRatio: null,
  var95: null,
  cvar95: null,
  turnover: 0,
  exposure: 0,
  fees: 0,
  slippage: 0,
  carry: 0,
  periodsPerYear: 365.25,
};

export interface Analytic {
  readonly evaluate: Evaluate;
  /** How often it was asked. */
  readonly calls: () => number;
}

/** `sharpe` is the function's value; further figures where the test wants some. */
export function analytic(
  value: (parameters: Readonly<Record<string, number>>) => number,
  more: (parameters: Readonly<Record<string, number>>) => Partial<Figures> = () => ({}),
  wait: () => Promise<void> = () => Promise.resolve(),
): Analytic {
  let calls = 0;
  const evaluate: Evaluate = async (parameters) => {
    calls++;
    await wait();
    const figures = { ...NO_FIGURES, sharpe: value(parameters), ...more(parameters) };
    return { parameters, score: figures.sharpe, figures, returns: new Float64Array(0) };
  };
  return { evaluate, calls: () => calls };
}

/** A hill with its top of 0 at x = 3, y = 0.01 (on a logarithmic axis). */
export function hill({ x = 0, y = 1 }: Readonly<Record<string, number>>): number {
  const across = (x - 3) / 10;
  const along = Math.log10(y) + 2;
  return -(across * across) - along * along;
}
