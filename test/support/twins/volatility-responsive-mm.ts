// volatility_responsive_mm written out plainly over whole histories, for comparison with the kernel.
export interface Candle {
  readonly close: number;
  readonly high: number;
  readonly low: number;
}

export interface ResponsiveTwin {
  readonly z: number;
  readonly natr: number;
  readonly reference: number;
}

const Z_WINDOW = 64;

function averages(values: readonly number[], length: number): number[] {
  const out: number[] = [];
  for (const value of values) {
    const before = out.at(-1);
    out.push(before === undefined ? value : before + (2 / (length + 1)) * (value - before));
  }
  return out;
}

/** Wilder's ATR of 14 bars: seeded with the mean of the first 14 ranges, of which the first belongs to the second bar. */
function atr14(candles: readonly Candle[]): number {
  const ranges = candles.slice(1).map(({ high, low }, index) => {
    const previous = candles[index]!.close;
    return Math.max(high - low, Math.abs(high - previous), Math.abs(low - previous));
  });
  if (ranges.length < 14) return 0;
  let atr = ranges.slice(0, 14).reduce((sum, range) => sum + range, 0) / 14;
  for (const range of ranges.slice(14)) atr = (13 * atr + range) / 14;
  return atr;
}

/** After the last of these candles. */
export function responsiveTwin(candles: readonly Candle[], fast = 21, slow = 42, signal = 9): ResponsiveTwin {
  const closes = candles.map(({ close }) => close);
  const quick = averages(closes, fast);
  const calm = averages(closes, slow);
  const macd = closes.map((close, index) => (quick[index]! - calm[index]!) / close);
  const line = averages(macd, signal);
  const window = macd.slice(-Z_WINDOW);
  const mean = window.reduce((sum, value) => sum + value, 0) / window.length;
  const variance = window.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (window.length - 1);
  const last = closes.at(-1)!;
  const z = (macd.at(-1)! - mean) / Math.sqrt(variance);
  const lean = 0.5 * Math.sign(macd.at(-1)! - line.at(-1)!);
  const natr = atr14(candles) / last;
  return { z, natr, reference: last * (1 + 0.5 * natr * (-0.5 * z + lean)) };
}

/** Volatility of one minute over that of one hour, from trades (seconds, price); 1 in the first two minutes. */
export function ratioTwin(trades: readonly (readonly [seconds: number, price: number])[]): number {
  let fast = 0;
  let slow = 0;
  let elapsed = 0;
  trades.forEach(([seconds, price], index) => {
    const before = trades[index - 1];
    if (!before) return;
    const dt = seconds - before[0];
    const square = Math.log(price / before[1]) ** 2;
    const mean = (value: number, memory: number): number =>
      (value * Math.min(elapsed, memory) + square) / Math.max(Math.min(elapsed, memory) + dt, 1e-6);
    fast = mean(fast, 60);
    slow = mean(slow, 3600);
    elapsed += dt;
  });
  return elapsed < 120 ? 1 : Math.sqrt(fast / slow);
}
