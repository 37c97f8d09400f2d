// Outcomes of two strategies day by day, by the day on which they closed (UTC), and how much the days go together.
import type { Outcome } from "../outcome.ts";

const DAY_US = 86_400e6;

export interface PairedDays {
  /** Days on which both had outcomes. */
  readonly count: number;
  /** Of Pearson, over these days; 0 where one of them never changes. */
  readonly correlation: number;
}

export function dayOf({ closedAt }: Outcome): number {
  return Math.floor(closedAt / DAY_US);
}

export function pairedDays(outcomes: readonly Outcome[], one: string, other: string): PairedDays {
  const sums = new Map<number, [number, number]>();
  const traded = [new Set<number>(), new Set<number>()] as const;
  for (const outcome of outcomes) {
    const place = outcome.strategy === one ? 0 : outcome.strategy === other ? 1 : null;
    if (place === null) continue;
    const day = dayOf(outcome);
    const sum = sums.get(day) ?? [0, 0];
    sum[place] += outcome.net;
    sums.set(day, sum);
    traded[place].add(day);
  }
  const both = [...sums].filter(([day]) => traded.every((days) => days.has(day))).map(([, sum]) => sum);
  return { count: both.length, correlation: correlationOf(both) };
}

/** With 95 % confidence at most this, by Fisher's transformation. */
export function upperCorrelation({ count, correlation }: PairedDays): number {
  return count < 4 ? 1 : Math.tanh(Math.atanh(Math.min(correlation, 1 - 1e-12)) + 1.645 / Math.sqrt(count - 3));
}

function correlationOf(pairs: readonly (readonly [number, number])[]): number {
  const n = Math.max(1, pairs.length);
  const [x, y] = [pairs.reduce((sum, [a]) => sum + a, 0) / n, pairs.reduce((sum, [, b]) => sum + b, 0) / n];
  let [xx, xy, yy] = [0, 0, 0];
  for (const [a, b] of pairs) {
    xx += (a - x) ** 2;
    xy += (a - x) * (b - y);
    yy += (b - y) ** 2;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}
