// The figures of a set, from what its run summed up: those that objectives look at, defined as in figures.ts and null under
// the same conditions. A ruined set (equity at or below 0 at some close) has no ratios.
import type { Scorable } from "../search/search.ts";
import type { SetResult } from "./set-result.ts";

/** What all sets of a sweep have in common. */
export interface Frame {
  readonly capital: number;
  readonly bars: number;
  readonly periodsPerYear: number;
  readonly days: number;
}

const RETURNS_MIN = 30;
const YEARLY_DAYS = 30;

export function standingOf(result: SetResult, { capital, bars, periodsPerYear, days }: Frame): Scorable {
  const { equity, trades, wins, kept, won, lost } = result;
  const totalReturn = equity / capital - 1;
  const maxDrawdown = kept - 1;
  const enough = bars >= RETURNS_MIN && periodsPerYear > 0 && kept > 0;
  const mean = result.returns / bars;
  const variance = (result.squares - bars * mean * mean) / (bars - 1);
  const yearly = Math.sqrt(periodsPerYear);
  const downside = Math.sqrt(result.losses / bars);
  const cagr = enough && days >= YEARLY_DAYS ? (1 + totalReturn) ** (periodsPerYear / bars) - 1 : null;
  return {
    totalReturn,
    sharpe: enough && variance > 1e-30 ? (mean / Math.sqrt(variance)) * yearly : null,
    sortino: enough && downside > 0 ? (mean / downside) * yearly : null,
    calmar: cagr !== null && maxDrawdown < 0 ? cagr / -maxDrawdown : null,
    profitFactor: lost < 0 ? won / -lost : null,
    maxDrawdown,
    winRate: trades > 0 ? wins / trades : null,
    trades,
  };
}
