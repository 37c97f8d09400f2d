// Indicators as a careful author would write them in plain JavaScript: typed arrays, one pass, constant work per bar,
// nothing allocated, divisions out of the loop where they can be. No NaN in the input, bars >= every window. Same
// conventions as assembly/math/indicators (EMA and MACD from the mean, ATR from bar 1, Bollinger with ddof 0).
export type Column = Float64Array;

export function sma(x: Column, n: number, out: Column): void {
  const share = 1 / n;
  let sum = 0;
  for (let t = 0; t < n; t++) {
    sum += x[t]!;
    out[t] = Number.NaN;
  }
  out[n - 1] = sum * share;
  for (let t = n; t < x.length; t++) {
    sum += x[t]! - x[t - n]!;
    out[t] = sum * share;
  }
}

export function ema(x: Column, n: number, out: Column): void {
  const gain = 2 / (n + 1);
  const keep = 1 - gain;
  let sum = 0;
  for (let t = 0; t < n; t++) {
    sum += x[t]!;
    out[t] = Number.NaN;
  }
  let y = sum / n;
  out[n - 1] = y;
  for (let t = n; t < x.length; t++) {
    y = y * keep + x[t]! * gain;
    out[t] = y;
  }
}

export function rsi(x: Column, n: number, out: Column): void {
  const keep = (n - 1) / n;
  let gains = 0;
  let losses = 0;
  out[0] = Number.NaN;
  for (let t = 1; t <= n; t++) {
    const change = x[t]! - x[t - 1]!;
    if (change > 0) gains += change;
    else losses -= change;
    out[t] = Number.NaN;
  }
  out[n] = gains + losses === 0 ? 50 : (100 * gains) / (gains + losses);
  let before = x[n]!;
  for (let t = n + 1; t < x.length; t++) {
    const now = x[t]!;
    const change = now - before;
    before = now;
    const size = Math.abs(change);
    // Twice the gain and twice the loss: without a branch that half of all bars would mispredict.
    gains = gains * keep + 0.5 * (size + change);
    losses = losses * keep + 0.5 * (size - change);
    const total = gains + losses;
    out[t] = total === 0 ? 50 : (100 * gains) / total;
  }
}

/** Mean and sum of squares about it are carried along, because a sum of squared prices loses its digits. */
export function bollinger(x: Column, n: number, k: number, middle: Column, upper: Column, lower: Column): void {
  const share = 1 / n;
  let mean = 0;
  for (let t = 0; t < n; t++) {
    mean += x[t]! * share;
    middle[t] = upper[t] = lower[t] = Number.NaN;
  }
  let squares = 0;
  for (let t = 0; t < n; t++) squares += (x[t]! - mean) * (x[t]! - mean);
  for (let t = n - 1; t < x.length; t++) {
    if (t >= n) {
      const now = x[t]!;
      const old = x[t - n]!;
      const before = mean;
      mean += (now - old) * share;
      squares += (now - old) * (now - mean + (old - before));
    }
    const width = k * Math.sqrt(Math.max(0, squares * share));
    middle[t] = mean;
    upper[t] = mean + width;
    lower[t] = mean - width;
  }
}

export function atr(high: Column, low: Column, close: Column, n: number, out: Column): void {
  const gain = 1 / n;
  const keep = 1 - gain;
  let sum = 0;
  let y = 0;
  out[0] = Number.NaN;
  for (let t = 1; t < close.length; t++) {
    const before = close[t - 1]!;
    const range = Math.max(high[t]!, before) - Math.min(low[t]!, before);
    if (t > n) y = y * keep + range * gain;
    else {
      sum += range;
      y = t === n ? sum * gain : Number.NaN;
    }
    out[t] = y;
  }
}

/**
 * By blocks of n: the extreme of a window is that of the end of one block and the beginning of the next. A monotone queue
 * does fewer comparisons, but nobody can predict their outcome. The columns hold the ends of blocks until they are used.
 */
export function donchian(high: Column, low: Column, n: number, upper: Column, lower: Column): void {
  for (let start = 0; start < high.length; start += n) {
    const end = Math.min(start + n, high.length);
    let top = -Infinity;
    let bottom = Infinity;
    for (let t = start - 1; t >= Math.max(0, start - n); t--) {
      if (t + n < end) {
        upper[t + n] = top;
        lower[t + n] = bottom;
      }
      top = Math.max(top, high[t]!);
      bottom = Math.min(bottom, low[t]!);
    }
    top = -Infinity;
    bottom = Infinity;
    for (let t = start; t < end; t++) {
      top = Math.max(top, high[t]!);
      bottom = Math.min(bottom, low[t]!);
      upper[t] = start > 0 ? Math.max(upper[t]!, top) : top;
      lower[t] = start > 0 ? Math.min(lower[t]!, bottom) : bottom;
    }
  }
  for (let t = 0; t < n - 1; t++) upper[t] = lower[t] = Number.NaN;
}

export interface MacdColumns {
  readonly line: Column;
  readonly signal: Column;
  readonly histogram: Column;
}

/** Three chains in one loop, so that the processor overlaps them. fast < slow. */
export function macd(x: Column, fast: number, slow: number, signal: number, out: MacdColumns): void {
  const [fastGain, slowGain, signalGain] = [2 / (fast + 1), 2 / (slow + 1), 2 / (signal + 1)];
  const [fastKeep, slowKeep, signalKeep] = [1 - fastGain, 1 - slowGain, 1 - signalGain];
  const { line, signal: signals, histogram } = out;
  let [fastY, slowY, signalY] = [0, 0, 0];
  const first = slow + signal - 2;
  for (let t = 0; t <= first; t++) {
    const value = x[t]!;
    fastY = t < fast ? fastY + value / fast : fastY * fastKeep + value * fastGain;
    slowY = t < slow ? slowY + value / slow : slowY * slowKeep + value * slowGain;
    const macd = fastY - slowY;
    if (t >= slow - 1) signalY += macd / signal;
    line[t] = t < slow - 1 ? Number.NaN : macd;
    signals[t] = t < first ? Number.NaN : signalY;
    histogram[t] = t < first ? Number.NaN : macd - signalY;
  }
  for (let t = first + 1; t < x.length; t++) {
    const value = x[t]!;
    fastY = fastY * fastKeep + value * fastGain;
    slowY = slowY * slowKeep + value * slowGain;
    const macd = fastY - slowY;
    signalY = signalY * signalKeep + macd * signalGain;
    line[t] = macd;
    signals[t] = signalY;
    histogram[t] = macd - signalY;
  }
}
