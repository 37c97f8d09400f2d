// Indicators for Python strategies: the last value of a column, NaN while there are too few. Formulas, seeds and first
// values are those of the core's batch indicators (assembly/math/indicators), which the tests compare them with. A value
// that is not finite is passed over, and the answer is NaN where it is the last.
//   sma, std (n - 1), zscore (n - 1), bollinger (n)     of the last n values
//   ema, macd      begun with the mean of the first n finite values
//   rsi, atr       Wilder's, begun with the mean of the first n changes or ranges
type Column = Float64Array;
/** What is written for Python to read: up to three numbers. */
type Answer = readonly [number, number, number];
type Indicator = (x: Column, n: number, second: number, third: number) => Answer;

const FLOOR = 1e-30;
const NONE: Answer = [Number.NaN, Number.NaN, Number.NaN];
const one = (value: number): Answer => [value, 0, 0];

/** In the order of the numbers by which the Python side calls them. */
export const HOST_INDICATORS: readonly Indicator[] = [
  (x, n) => one(moments(x, n, 0).mean),
  (x, n) => one(smoothed(x, n, 2 / (n + 1)).at(-1) ?? Number.NaN),
  (x, n) => one(Math.sqrt(moments(x, n, 1).variance)),
  (x, n) => one(zscore(x, n)),
  (x, n) => one(rsi(x, n)),
  macd,
  bollinger,
  (x, n) => one(atr(x, n)),
];

/** Mean and variance of the last n values, the variance divided by n - ddof. */
function moments(x: Column, n: number, ddof: number): { readonly mean: number; readonly variance: number } {
  if (n > x.length) return { mean: Number.NaN, variance: Number.NaN };
  const window = x.subarray(x.length - n);
  const base = window[0] ?? 0;
  let sum = 0;
  let squares = 0;
  for (const value of window) {
    const distance = value - base;
    sum += distance;
    squares += distance * distance;
  }
  const left = squares - (sum * sum) / n;
  return { mean: base + sum / n, variance: n > ddof ? Math.max(left, 0) / (n - ddof) : Number.NaN };
}

function zscore(x: Column, n: number): number {
  const { mean, variance } = moments(x, n, 1);
  return variance > 0 ? ((x.at(-1) ?? Number.NaN) - mean) / Math.sqrt(variance) : Number.NaN;
}

/** Upper band, middle, lower band. */
function bollinger(x: Column, n: number, width: number): Answer {
  const { mean, variance } = moments(x, n, 0);
  const reach = width * Math.sqrt(variance);
  return [mean + reach, mean, mean - reach];
}

function smoothed(x: Column, n: number, gain: number): Column {
  const out = new Float64Array(x.length).fill(Number.NaN);
  let found = 0;
  let base = 0;
  let sum = 0;
  let level = Number.NaN;
  for (const [t, value] of x.entries()) {
    if (!Number.isFinite(value)) continue;
    if (found >= n) level += gain * (value - level);
    else {
      if (found === 0) base = value;
      sum += value - base;
      if (++found === n) level = base + sum / n;
    }
    out[t] = level;
  }
  return out;
}

/** Line, signal, histogram. */
function macd(x: Column, fast: number, slow: number, signal: number): Answer {
  const near = smoothed(x, fast, 2 / (fast + 1));
  const far = smoothed(x, slow, 2 / (slow + 1));
  const line = near.map((value, t) => value - (far[t] ?? Number.NaN));
  const last = line.at(-1);
  const smooth = smoothed(line, signal, 2 / (signal + 1)).at(-1);
  return last === undefined || smooth === undefined ? NONE : [last, smooth, last - smooth];
}

function rsi(x: Column, n: number): number {
  const keep = 1 - 1 / n;
  let found = 0;
  let gains = 0;
  let losses = 0;
  let change = Number.NaN;
  for (let t = 1; t < x.length; t++) {
    change = (x[t] ?? Number.NaN) - (x[t - 1] ?? Number.NaN);
    if (!Number.isFinite(change)) continue;
    const share = found < n ? 1 : keep;
    gains = gains * share + Math.max(change, 0);
    losses = losses * share + Math.max(-change, 0);
    if (gains < FLOOR) gains = 0;
    if (losses < FLOOR) losses = 0;
    found++;
  }
  if (found < n || !Number.isFinite(change)) return Number.NaN;
  return gains + losses === 0 ? 50 : 100 * (gains / (gains + losses));
}

/** `x`: highs, lows and closes, one behind the other. */
function atr(x: Column, n: number): number {
  const count = x.length / 3;
  const ranges = new Float64Array(Math.max(0, count - 1));
  for (let t = 1; t < count; t++) {
    const [high = 0, low = 0, before = 0] = [x[t], x[count + t], x[2 * count + t - 1]];
    ranges[t - 1] = Math.max(high, before) - Math.min(low, before);
  }
  return smoothed(ranges, n, 1 / n).at(-1) ?? Number.NaN;
}
