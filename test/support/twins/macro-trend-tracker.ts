// macro_trend_tracker, slow and obvious: from the whole list of closes, every time anew; and the calendar of its
// decisions by the host's own Date.
export interface TrendTwin {
  readonly blend: number;
  readonly sigma: number;
  readonly t: number;
}

const HISTORY = 512;

export function trendTwin(closes: readonly number[], horizons = [21, 63, 252], mass = 60): TrendTwin {
  const last = closes.length - 1;
  const returns = closes.slice(1).map((close, index) => Math.log(close) - Math.log(closes[index]!));
  const signs = horizons.map((back) => Math.sign(Math.log(closes[last]! / closes[last - back]!)));
  const blend = signs.reduce((sum, sign) => sum + sign, 0) / signs.length;
  const recent = returns.slice(-(HISTORY - 1)).reverse();
  const decay = mass / (mass + 1);
  const weights = recent.map((_, age) => (1 - decay) * decay ** age);
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = recent.reduce((sum, r, age) => sum + weights[age]! * r, 0) / all;
  const variance = recent.reduce((sum, r, age) => sum + weights[age]! * (r - mean) ** 2, 0) / all;
  const window = returns.slice(-Math.max(...horizons));
  const average = window.reduce((sum, r) => sum + r, 0) / window.length;
  const sd = Math.sqrt(window.reduce((sum, r) => sum + (r - average) ** 2, 0) / (window.length - 1));
  return { blend, sigma: Math.sqrt(261 * variance), t: average / (sd / Math.sqrt(window.length)) };
}

/** What tells one decision from the next: the month, or the Monday that begins the week, of a day (milliseconds). */
export function periodTwin(ms: number, weekly: boolean): string {
  const date = new Date(ms);
  if (!weekly) return date.toISOString().slice(0, 7);
  const sinceMonday = (date.getUTCDay() + 6) % 7;
  return new Date(ms - sinceMonday * 86_400_000).toISOString().slice(0, 10);
}
