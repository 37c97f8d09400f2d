// Returns by calendar month (UTC) from an equity curve: the last equity of a month over that of the month before, or over
// the capital. Months without a step have none; nor has one whose equity is not a number above 0 at either end.
import { US_PER_MS } from "../../domain/units.ts";
import type { EquityCurve } from "../outcome.ts";

export interface YearRow {
  readonly year: number;
  /** January first; null without a step. */
  readonly months: readonly (number | null)[];
  readonly total: number | null;
}

const DAY_US = 86_400_000_000;
const TIME_MAX_US = 8.64e18;

export function monthlyReturns({ time, equity }: EquityCurve, capital: number): readonly YearRow[] {
  const ends = new Map<number, number>();
  let [day, month] = [Number.NaN, 0];
  for (const [index, at] of time.entries()) {
    if (!(Math.abs(at) <= TIME_MAX_US)) continue;
    // A step at midnight ends the day before.
    const today = Math.floor((at - 1) / DAY_US);
    if (today !== day) [day, month] = [today, monthOf(today)];
    ends.set(month, equity[index] ?? Number.NaN);
  }
  const rows = new Map<number, (number | null)[]>();
  const yearEnds = new Map<number, number>();
  let before = capital;
  for (const [at, end] of ends) {
    const year = Math.floor(at / 12);
    const row = rows.get(year) ?? Array.from({ length: 12 }, () => null);
    row[at - year * 12] = change(before, end);
    rows.set(year, row);
    yearEnds.set(year, end);
    before = end;
  }
  let yearBefore = capital;
  return [...rows].map(([year, months]) => {
    const total = change(yearBefore, yearEnds.get(year) ?? Number.NaN);
    yearBefore = yearEnds.get(year) ?? Number.NaN;
    return { year, months, total };
  });
}

function monthOf(day: number): number {
  const date = new Date((day * DAY_US) / US_PER_MS);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

function change(before: number, after: number): number | null {
  return before > 0 && Number.isFinite(before) && Number.isFinite(after) ? after / before - 1 : null;
}
