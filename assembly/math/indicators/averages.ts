// Simple and exponential moving averages, and MACD, which is made of them.
//   sma    mean of the n bars up to and including t; first defined at n - 1
//   ema    y[t] = y[t-1] + k (x[t] - y[t-1]), k = 2 / (n + 1)
//          SEED_MEAN: y = mean of the first n finite values, first defined at the n-th of them (n - 1)
//          SEED_FIRST: y = first finite value, first defined there (0), also where n > count
//   macd   ema(fast) - ema(slow); signal = ema of the defined macd with the same seeding; histogram = macd - signal.
//          SEED_MEAN: macd from slow - 1, signal and histogram from slow + signal - 2. SEED_FIRST: all from 0
// Constant prices give exactly the price, and exactly zero for macd.
import { at, blank, put, SEED_FIRST } from "./columns";
import { CHUNK, smooth } from "./recursion";
import { beginSeed, seed, seedIsFull, seedMean } from "./seeds";
import { windowMeans } from "./window-sums";

export function sma(x: usize, count: u32, n: u32, out: usize): void {
  if (n == 0 || n > count) return blank(out, 0, count);
  for (let start: u32 = 0; start < count; start += n) {
    const offset = usize(start) << 3;
    windowMeans(x + offset, n, min(n, count - start), start == 0, out + offset);
  }
  blank(out, 0, n - 1);
}

/** Smooths the bars [start, end) of x as an EMA of n from `state`; returns the last state. */
function emaOn(x: usize, start: u32, end: u32, state: f64, n: u32, out: usize): f64 {
  if (start >= end) return state;
  const offset = usize(start) << 3;
  return smooth(x + offset, out + offset, end - start, state, 2.0 / (<f64>n + 1.0));
}

export function ema(x: usize, count: u32, n: u32, seeding: i32, out: usize): void {
  if (n == 0) return blank(out, 0, count);
  beginSeed();
  const start = seed(x, 0, count, seeding == SEED_FIRST ? 1 : n, out);
  emaOn(x, start, count, seedMean(), n, out);
}

export function macd(
  x: usize,
  count: u32,
  fast: u32,
  slow: u32,
  signal: u32,
  seeding: i32,
  line: usize,
  signals: usize,
  histogram: usize,
): void {
  const one = seeding == SEED_FIRST;
  // The histogram's column holds the slow average until it is needed.
  beginSeed();
  const fastStart = fast == 0 ? count : seed(x, 0, count, one ? 1 : fast, line);
  const fastSeed = seedMean();
  const fastFull = seedIsFull(one ? 1 : fast);
  beginSeed();
  const slowStart = slow == 0 ? count : seed(x, 0, count, one ? 1 : slow, histogram);
  const slowSeed = seedMean();
  const full = fast != 0 && slow != 0 && signal != 0 && fastFull && seedIsFull(one ? 1 : slow);
  let start = max(fastStart, slowStart);
  const first = full ? start - 1 : count;
  let fastState = full ? emaOn(x, fastStart, start, fastSeed, fast, line) : 0;
  let slowState = full ? emaOn(x, slowStart, start, slowSeed, slow, histogram) : 0;
  blank(line, 0, first);
  blank(signals, 0, first);
  blank(histogram, 0, first);
  if (!full) return;
  beginSeed();
  let state = finishMacd(line, signals, histogram, first, start, one ? 1 : signal, signal, 0);
  while (start < count) {
    const end = min(count, start + CHUNK);
    fastState = emaOn(x, start, end, fastState, fast, line);
    slowState = emaOn(x, start, end, slowState, slow, histogram);
    state = finishMacd(line, signals, histogram, start, end, one ? 1 : signal, signal, state);
    start = end;
  }
}

/** Bars [start, end), in which `line` holds the fast average and `histogram` the slow one; returns the signal's state. */
function finishMacd(
  line: usize,
  signals: usize,
  histogram: usize,
  start: u32,
  end: u32,
  wanted: u32,
  signal: u32,
  state: f64,
): f64 {
  const offset = usize(start) << 3;
  subtract(line + offset, histogram + offset, end - start, line + offset);
  let from = start;
  if (!seedIsFull(wanted)) {
    from = seed(line, start, end, wanted, signals);
    state = seedMean();
  }
  state = emaOn(line, from, end, state, signal, signals);
  subtract(line + offset, signals + offset, end - start, histogram + offset);
  return state;
}

/** out = a - b; out may be a or b. */
function subtract(a: usize, b: usize, count: u32, out: usize): void {
  let t: u32 = 0;
  for (; t + 2 <= count; t += 2) {
    const place = usize(t) << 3;
    v128.store(out + place, f64x2.sub(v128.load(a + place), v128.load(b + place)));
  }
  if (t < count) put(out, t, at(a, t) - at(b, t));
}
