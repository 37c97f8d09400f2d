// Wilder's average true range, from the whole list of bars: the seed is the mean of the first n true ranges.
export function wilderAtr(
  bars: readonly { readonly close: number; readonly high: number; readonly low: number }[],
  n: number,
): number {
  const ranges = bars.slice(1).map(({ high, low }, index) => {
    const before = bars[index]?.close ?? Number.NaN;
    return Math.max(high - low, Math.abs(high - before), Math.abs(low - before));
  });
  if (ranges.length < n) return 0;
  const seed = ranges.slice(0, n).reduce((sum, range) => sum + range, 0) / n;
  return ranges.slice(n).reduce((atr, range) => (atr * (n - 1) + range) / n, seed);
}
