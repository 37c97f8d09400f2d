// Bars as the engine has kept them, and on top of them the seconds that came over the socket since. Epoch seconds. Pure.
import type { BarUpdate, ResponseOf } from "../client/client.ts";

type Answered = ResponseOf<"listBars">;
export type Interval = Answered["interval"];
export type Bar = Answered["bars"][number];

/** Bars of a chart. */
export const SHOWN = 300;

export const SECONDS: Readonly<Record<Interval, number>> = {
  "1s": 1,
  "5s": 5,
  "15s": 15,
  "1m": 60,
  "5m": 300,
  "15m": 900,
  "1h": 3_600,
};

export function startOf(timestamp: number, interval: Interval): number {
  const length = SECONDS[interval];
  return Math.floor(timestamp / length) * length;
}

/** Seconds on top of the bars that they fall into; volumes are left as the engine told them. */
export function merged(bars: readonly Bar[], seconds: readonly BarUpdate[], interval: Interval): readonly Bar[] {
  const all = [...bars];
  for (const { timestamp, open, high, low, close, volume } of seconds) {
    const start = startOf(timestamp, interval);
    const last = all.at(-1);
    if (last === undefined || start > last.timestamp) {
      all.push({ timestamp: start, open, high, low, close, volume });
    } else if (start === last.timestamp) {
      all[all.length - 1] = { ...last, high: Math.max(last.high, high), low: Math.min(last.low, low), close };
    }
  }
  return all.slice(-SHOWN);
}
