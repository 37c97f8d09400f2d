// Tapes of daily bars: recorded ones from the shared data, and made ones; each day's bar closes at the next midnight
// (UTC), and the engine clock stands there.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { SignalRecord } from "../../src/stream/rings/signal-ring.ts";
import { SHARED } from "./golden-data.ts";
import type { TestPlane } from "./plane.ts";

export const DAY_MS = 86_400_000;

export interface Day {
  /** Start of the day, milliseconds. */
  readonly ms: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

/** Rows of a recorded file as numbers, by column; null where the shared data is absent. */
export function recorded(file: string): ReadonlyMap<string, readonly number[]> | null {
  const path = join(SHARED, "data", file);
  if (!existsSync(path)) return null;
  const [head = "", ...lines] = gunzipSync(readFileSync(path)).toString().trim().split("\n");
  const rows = lines.map((line) => line.split(",").map(Number));
  return new Map(head.split(",").map((name, column) => [name, rows.map((row) => row[column] ?? Number.NaN)]));
}

export function recordedDays(file: string): readonly Day[] | null {
  const columns = recorded(file);
  if (!columns) return null;
  const of = (name: string): readonly number[] => columns.get(name) ?? [];
  const [high, low, close] = [of("high"), of("low"), of("close")];
  return of("timestamp_ms").map((ms, row) => {
    return { ms, high: high[row] ?? 0, low: low[row] ?? 0, close: close[row] ?? 0 };
  });
}

/** One day after the other from `start` on, weekends too; highs and lows half a percent around the closes. */
export function madeDays(closes: readonly number[], start: number): readonly Day[] {
  return closes.map((close, day) => {
    return { ms: start + day * DAY_MS, high: close * 1.005, low: close * 0.995, close };
  });
}

/** Mean true range after Wilder over 50 days, from the whole list. */
export function slowRangeTwin(days: readonly Day[], length = 50): number {
  const ranges = days.slice(1).map(({ high, low }, index) => {
    const before = days[index]!.close;
    return Math.max(high - low, Math.abs(high - before), Math.abs(low - before));
  });
  if (ranges.length < length) return 0;
  const seed = ranges.slice(0, length).reduce((sum, range) => sum + range, 0) / length;
  return ranges.slice(length).reduce((mean, range) => ((length - 1) * mean + range) / length, seed);
}

/** Feeds the days; `seen` is told what each one gave. */
export function feedDays(
  plane: TestPlane,
  symbol: string,
  days: readonly Day[],
  seen: (signals: readonly SignalRecord[], day: number) => void,
  flags = 0,
): void {
  days.forEach(({ ms, high, low, close }, day) => {
    plane.clock = (ms + DAY_MS) * 1000;
    plane.pass(0);
    plane.bar(symbol, [close, high, low, close, 1], DAY_MS, plane.clock, flags);
    seen(plane.settle(), day);
  });
}
