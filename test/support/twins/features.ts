// The oscillators of windows/features.ts, slow and obvious, over whole lists of bars.
import type { Bar } from "../bars.ts";
import { atr, smooth, type Series } from "./indicators.ts";

export function columnsOf(bars: readonly Bar[]): Record<"high" | "low" | "close" | "volume", number[]> {
  return {
    high: bars.map((bar) => bar[1]),
    low: bars.map((bar) => bar[2]),
    close: bars.map((bar) => bar[3]),
    volume: bars.map((bar) => bar[4]),
  };
}

export interface Directional {
  readonly plusDi: number[];
  readonly minusDi: number[];
  readonly adx: number[];
}

/** Wilder's directional movement over n bars: DI from bar n, ADX from bar 2 n - 1, NaN before. */
export function directional(bars: readonly Bar[], n: number): Directional {
  const { high, low } = columnsOf(bars);
  const moves = (own: (t: number) => number, other: (t: number) => number): Series =>
    bars.map((_, t) => (t === 0 ? Number.NaN : own(t) > other(t) && own(t) > 0 ? own(t) : 0));
  const up = (t: number): number => high[t]! - high[t - 1]!;
  const down = (t: number): number => low[t - 1]! - low[t]!;
  const range = atr(columnsOf(bars), n, false);
  const index = (movement: Series): number[] => smooth(movement, n, 1 / n).map((x, t) => (100 * x) / range[t]!);
  const [plusDi, minusDi] = [index(moves(up, down)), index(moves(down, up))];
  const dx = plusDi.map((plus, t) => {
    const minus = minusDi[t]!;
    return plus + minus === 0 ? 0 : (100 * Math.abs(plus - minus)) / (plus + minus);
  });
  return { plusDi, minusDi, adx: smooth(dx, n, 1 / n) };
}
/** Mean volume of the last n bars, this one included, of fewer at the beginning. */
export function meanVolumes(bars: readonly Bar[], n: number): number[] {
  return bars.map((_, t) => {
    const window = bars.slice(Math.max(0, t - n + 1), t + 1);
    return window.reduce((sum, bar) => sum + bar[4], 0) / window.length;
  });
}
