// Batch indicators, slow and obvious: every value is computed anew from the whole list. NaN stands for a value that is
// undefined; recursive averages run over the finite values only and put NaN where the input is not finite.
export type Series = readonly number[];

const DEFINED = Number.isFinite;
const NONE = Number.NaN;

export function mean(values: Series): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
/** About the mean of the values relative to the first, so that large prices keep their digits. */
export function variance(values: Series, ddof: number): number {
  const [first = NONE] = values;
  const steps = values.map((value) => value - first);
  const middle = mean(steps);
  return steps.reduce((sum, step) => sum + (step - middle) ** 2, 0) / Math.max(0, values.length - ddof);
}

/** f of every window of n values; NaN where the window is not whole. */
export function rolling(x: Series, n: number, f: (window: Series, t: number) => number): number[] {
  return x.map((_, t) => {
    const window = x.slice(t - n + 1, t + 1);
    return n > 0 && t >= n - 1 && window.every(DEFINED) ? f(window, t) : NONE;
  });
}
export const sma = (x: Series, n: number): number[] =>
  rolling(x, n, (window) => window[0]! + mean(window.map((value) => value - window[0]!)));
export const rollingVariance = (x: Series, n: number, ddof: number): number[] =>
  rolling(x, n, (window) => (n > ddof ? variance(window, ddof) : NONE));
export const zScore = (x: Series, n: number, ddof: number): number[] =>
  rolling(x, n, (window, t) => (x[t]! - mean(window)) / Math.sqrt(variance(window, ddof)));

/** Seed over `seed` finite values, then y += gain (x - y); values that are not finite are passed over. */
export function smooth(x: Series, seed: number, gain: number): number[] {
  const first: number[] = [];
  let y = NONE;
  return x.map((value) => {
    if (!DEFINED(value) || seed === 0) return NONE;
    if (first.length < seed) {
      first.push(value);
      y = first.length === seed ? mean(first) : NONE;
    } else y += gain * (value - y);
    return y;
  });
}
export const ema = (x: Series, n: number, fromMean: boolean): number[] =>
  smooth(x, fromMean || n === 0 ? n : 1, 2 / (n + 1));

export function macd(
  x: Series,
  fast: number,
  slow: number,
  signal: number,
  fromMean: boolean,
): Record<string, number[]> {
  const [a, b] = [ema(x, fast, fromMean), ema(x, slow, fromMean)];
  const line = a.map((value, t) => value - b[t]!);
  const signals = ema(line, signal, fromMean);
  return { line, signals, histogram: line.map((value, t) => value - signals[t]!) };
}

export function rsi(x: Series, n: number): number[] {
  const changes = x.map((value, t) => (t === 0 ? NONE : value - x[t - 1]!));
  const gains = smooth(
    changes.map((change) => (DEFINED(change) ? Math.max(change, 0) : NONE)),
    n,
    1 / n,
  );
  const losses = smooth(
    changes.map((change) => (DEFINED(change) ? Math.max(-change, 0) : NONE)),
    n,
    1 / n,
  );
  return gains.map((gain, t) => ((losses[t] ?? 0) + gain === 0 ? 50 : (100 * gain) / (gain + losses[t]!)));
}

export interface Bars {
  readonly high: Series;
  readonly low: Series;
  readonly close: Series;
}
export function trueRange({ high, low, close }: Bars, countFirst: boolean): number[] {
  return high.map((top, t) => {
    if (t === 0) return countFirst ? top - low[0]! : NONE;
    const parts = [top - low[t]!, Math.abs(top - close[t - 1]!), Math.abs(low[t]! - close[t - 1]!)];
    return parts.every(DEFINED) ? Math.max(...parts) : NONE;
  });
}
export const atr = (bars: Bars, n: number, countFirst: boolean): number[] =>
  smooth(trueRange(bars, countFirst), n, 1 / n);

export function donchian({ high, low }: Bars, n: number, previous: boolean): Record<string, number[]> {
  const shift = (x: number[]): number[] => (previous ? [NONE, ...x].slice(0, x.length) : x);
  return {
    upper: shift(rolling(high, n, (window) => Math.max(...window))),
    lower: shift(rolling(low, n, (window) => Math.min(...window))),
  };
}

export const change = (x: Series, n: number): number[] =>
  x.map((value, t) => (n > 0 && t >= n && x[t - n] !== 0 ? value / x[t - n]! - 1 : NONE));
export const logReturns = (x: Series): number[] =>
  x.map((value, t) => (t > 0 && value > 0 && x[t - 1]! > 0 ? Math.log(value / x[t - 1]!) : NONE));
export const logReturnVolatility = (x: Series, n: number): number[] =>
  rolling(logReturns(x), n, (window) => (n > 1 ? Math.sqrt(variance(window, 1)) : NONE));
export const ewmaVolatility = (x: Series, lambda: number): number[] =>
  smooth(
    logReturns(x).map((step) => step * step),
    1,
    1 - lambda,
  ).map(Math.sqrt);

/** Rolling moments of two columns, each window anew. */
export function relation(x: Series, y: Series, n: number): Record<string, number[]> {
  const whole = x.map((value, t) => value + y[t]!);
  const moment = (f: (xx: number, yy: number, xy: number, meanX: number, meanY: number) => number): number[] =>
    rolling(whole, n, (_, t) => {
      const [a, b] = [x.slice(t - n + 1, t + 1), y.slice(t - n + 1, t + 1)];
      const [meanX, meanY] = [sma(a, n)[n - 1]!, sma(b, n)[n - 1]!];
      const xy = a.reduce((sum, value, i) => sum + (value - meanX) * (b[i]! - meanY), 0);
      return f(variance(a, 0) * n, variance(b, 0) * n, xy, meanX, meanY);
    });
  return {
    correlation: moment((xx, yy, xy) => xy / Math.sqrt(xx * yy)),
    slope: moment((xx, _, xy) => xy / xx),
    intercept: moment((xx, _, xy, meanX, meanY) => meanY - (xy / xx) * meanX),
    r2: moment((xx, yy, xy) => (xy * xy) / (xx * yy)),
  };
}

/** Directional movement: DI of both sides and adx. */
export function adx({ high, low, close }: Bars, n: number): Record<string, number[]> {
  const ranges = trueRange({ high, low, close }, false);
  const moves = high.map((top, t) => {
    const [up, down] = t === 0 ? [NONE, NONE] : [top - high[t - 1]!, low[t - 1]! - low[t]!];
    const whole = DEFINED(up + down + ranges[t]!);
    const side = (own: number, other: number): number => (whole ? (own > other && own > 0 ? own : 0) : NONE);
    return { plus: side(up, down), minus: side(down, up), range: whole ? ranges[t]! : NONE };
  });
  const average = (pick: (move: (typeof moves)[number]) => number): number[] => smooth(moves.map(pick), n, 1 / n);
  const range = average((move) => move.range);
  const index = (average: number[]): number[] =>
    average.map((value, t) => (value > 0 ? (100 * value) / range[t]! : value));
  const [plus, minus] = [index(average((move) => move.plus)), index(average((move) => move.minus))];
  const scores = plus.map((up, t) => {
    const both = up + minus[t]!;
    return both > 0 ? (100 * Math.abs(up - minus[t]!)) / both : both;
  });
  return { plus, minus, adx: smooth(scores, n, 1 / n) };
}

export function pearson(x: Series, y: Series): number {
  const [meanX, meanY] = [mean(x), mean(y)];
  const product = (a: Series, meanA: number, b: Series, meanB: number): number =>
    a.reduce((sum, value, t) => sum + (value - meanA) * (b[t]! - meanB), 0);
  return product(x, meanX, y, meanY) / Math.sqrt(product(x, meanX, x, meanX) * product(y, meanY, y, meanY));
}
/** The rank of a value: how many are smaller, and half of those that are equal. */
const ranks = (x: Series): number[] =>
  x.map((value) => x.filter((other) => other < value).length + (x.filter((other) => other === value).length + 1) / 2);
export const spearman = (x: Series, y: Series): number => pearson(ranks(x), ranks(y));
/** Every pair of places is looked at. */
export function kendall(x: Series, y: Series): number {
  let [balance, movedX, movedY] = [0, 0, 0];
  x.forEach((value, i) => {
    for (let j = 0; j < i; j++) {
      const [a, b] = [Math.sign(value - x[j]!), Math.sign(y[i]! - y[j]!)];
      balance += a * b;
      movedX += a * a;
      movedY += b * b;
    }
  });
  return balance / Math.sqrt(movedX * movedY);
}

export interface Rows {
  readonly time: Series;
  readonly open: Series;
  readonly high: Series;
  readonly low: Series;
  readonly close: Series;
  readonly volume: Series;
}
/** Rows of start, open, high, low, close, volume, count, vwap. */
export function resample(rows: Rows, width: number): number[][] {
  const buckets = new Map<number, number[]>();
  rows.time.forEach((time, t) => {
    if (Object.values(rows).some((column: Series) => !DEFINED(column[t]))) return;
    const start = Math.floor(time / width) * width;
    buckets.set(start, [...(buckets.get(start) ?? []), t]);
  });
  return [...buckets].map(([start, places]) => {
    const pick = (column: Series): number[] => places.map((t) => column[t]!);
    const [closes, volumes] = [pick(rows.close), pick(rows.volume)];
    const volume = volumes.reduce((sum, value) => sum + value, 0);
    const turnover = closes.reduce((sum, value, index) => sum + value * volumes[index]!, 0);
    const [high, low] = [Math.max(...pick(rows.high)), Math.min(...pick(rows.low))];
    return [
      start,
      pick(rows.open)[0]!,
      high,
      low,
      closes[closes.length - 1]!,
      volume,
      places.length,
      turnover / volume,
    ];
  });
}
