// The batch indicators among the core's exports: functions over columns of f64 in the core's memory. A parameter named
// after a column is its byte address; what each function computes stands in assembly/math/indicators/.

/** How an exponential average begins: with the mean of its first n values, or with the first value. */
export const SEED_MEAN = 0;
export const SEED_FIRST = 1;
/** Whether the first bar, which has no close before it, has a true range (high - low). */
export const FIRST_NONE = 0;
export const FIRST_HIGH_LOW = 1;

export interface IndicatorExports {
  sma(x: number, count: number, n: number, out: number): void;
  ema(x: number, count: number, n: number, seeding: number, out: number): void;
  macd(
    x: number,
    count: number,
    fast: number,
    slow: number,
    signal: number,
    seeding: number,
    line: number,
    signals: number,
    histogram: number,
  ): void;
  rsi(x: number, count: number, n: number, out: number): void;
  trueRange(high: number, low: number, close: number, count: number, first: number, out: number): void;
  atr(high: number, low: number, close: number, count: number, n: number, first: number, out: number): void;
  /** `scratch`: n f64, here and in the next two. */
  rollingVariance(x: number, count: number, n: number, ddof: number, out: number, scratch: number): void;
  rollingDeviation(x: number, count: number, n: number, ddof: number, out: number, scratch: number): void;
  zScore(x: number, count: number, n: number, ddof: number, out: number, scratch: number): void;
  bollinger(
    x: number,
    count: number,
    n: number,
    k: number,
    ddof: number,
    middle: number,
    upper: number,
    lower: number,
  ): void;
  percentB(x: number, upper: number, lower: number, count: number, out: number): void;
  bandwidth(middle: number, upper: number, lower: number, count: number, out: number): void;
  /** `scratch`: 2 n f64. */
  donchian(
    high: number,
    low: number,
    count: number,
    n: number,
    previous: number,
    upper: number,
    lower: number,
    scratch: number,
  ): void;
  change(x: number, count: number, n: number, out: number): void;
  logReturns(x: number, count: number, out: number): void;
  /** `scratch`: count + n f64. */
  logReturnVolatility(x: number, count: number, n: number, out: number, scratch: number): void;
  ewmaVolatility(x: number, count: number, lambda: number, out: number): void;
  /** `scratch`: 5 n f64, here and in the next. */
  rollingCorrelation(x: number, y: number, count: number, n: number, out: number, scratch: number): void;
  rollingLine(
    y: number,
    x: number,
    count: number,
    n: number,
    slope: number,
    intercept: number,
    r2: number,
    scratch: number,
  ): void;
  adx(
    high: number,
    low: number,
    close: number,
    count: number,
    n: number,
    plus: number,
    minus: number,
    out: number,
  ): void;
  pearson(x: number, y: number, count: number): number;
  /** `scratch`: 3 count f64. */
  spearman(x: number, y: number, count: number, scratch: number): number;
  /** `scratch`: count f64. */
  kendall(x: number, y: number, count: number, scratch: number): number;
  /** Writes the columns of RESAMPLED, `stride` bytes apart, and returns the number of rows. */
  resample(
    time: number,
    open: number,
    high: number,
    low: number,
    close: number,
    volume: number,
    count: number,
    width: number,
    out: number,
    stride: number,
  ): number;
}

/** Output columns of resample, in their order. */
export const RESAMPLED = ["start", "open", "high", "low", "close", "volume", "count", "vwap"] as const;
