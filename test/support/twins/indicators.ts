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
