// Indicators that take one value at a time, each O(1) a value and with the conventions of the core's batch forms
// (assembly/math/indicators): the same values up to rounding, NaN until there are enough. A value that is not finite is
// passed over: the indicator answers NaN and keeps its state.

/** The last values, newest first: get(0) is the latest. */
export class Window {
  private readonly values: StaticArray<f64>;
  private taken: u32 = 0;

  constructor(readonly length: i32) {
    assert(length > 0, "a window needs a length above 0");
    this.values = new StaticArray<f64>(length);
  }
  push(value: f64): void {
    unchecked((this.values[this.taken % u32(this.length)] = value));
    this.taken++;
  }
  get count(): i32 {
    return this.taken < u32(this.length) ? i32(this.taken) : this.length;
  }
  get full(): bool {
    return this.taken >= u32(this.length);
  }
  /** NaN where there is no such value yet. */
  get(back: i32): f64 {
    if (back < 0 || back >= this.count) return NaN;
    return unchecked(this.values[(this.taken - 1 - u32(back)) % u32(this.length)]);
  }
}

/** Mean and variance of the last n values; the sums are made anew every n values against drift. */
class Moments {
  private readonly window: Window;
  private origin: f64 = 0;
  private sum: f64 = 0;
  private squares: f64 = 0;
  private since: i32 = 0;
  private last: f64 = NaN;
  /** The last so many values are equal: of a window that stands still, sums keep a rest of what has left it. */
  private alike: i32 = 0;

  constructor(readonly n: i32) {
    this.window = new Window(n);
  }
  take(x: f64): void {
    this.alike = x != this.last ? 1 : this.alike < this.n ? this.alike + 1 : this.n;
    this.last = x;
    const leaving = this.window.full ? this.window.get(this.n - 1) - this.origin : 0;
    this.window.push(x);
    this.since++;
    if (this.since >= this.n || this.window.count == 1) return this.renew();
    const d = x - this.origin;
    this.sum += d - leaving;
    this.squares += d * d - leaving * leaving;
  }
  private renew(): void {
    this.since = 0;
    this.origin = this.window.get(0);
    this.sum = 0;
    this.squares = 0;
    for (let back = 0; back < this.window.count; back++) {
      const d = this.window.get(back) - this.origin;
      this.sum += d;
      this.squares += d * d;
    }
  }
  get full(): bool {
    return this.window.full;
  }
  get mean(): f64 {
    if (this.alike >= this.window.count) return this.last;
    return this.origin + this.sum / <f64>this.window.count;
  }
  /** Around the mean, divided by n - ddof; below rounding it is 0. */
  variance(ddof: f64): f64 {
    if (this.alike >= this.window.count) return 0;
    const n = <f64>this.window.count;
    const v = (this.squares - (this.sum * this.sum) / n) / (n - ddof);
    return v > 1e-26 * (this.mean * this.mean) ? v : 0;
  }
}

function finite(x: f64): bool {
  return x - x == 0;
}

/** Simple moving average. */
export class Sma {
  private readonly moments: Moments;
  value: f64 = NaN;

  constructor(n: i32) {
    this.moments = new Moments(n);
  }
  next(x: f64): f64 {
    if (!finite(x)) return NaN;
    this.moments.take(x);
    this.value = this.moments.full ? this.moments.mean : NaN;
    return this.value;
  }
}

/** Standard deviation, divided by n - 1. */
export class Deviation {
  private readonly moments: Moments;
  value: f64 = NaN;

  constructor(n: i32) {
    this.moments = new Moments(n);
  }
  next(x: f64): f64 {
    if (!finite(x)) return NaN;
    this.moments.take(x);
    this.value = this.moments.full ? Math.sqrt(this.moments.variance(1)) : NaN;
    return this.value;
  }
}

/** (x - mean) / deviation of the last n values, x included; NaN where prices stand still. */
export class ZScore {
  private readonly moments: Moments;
  value: f64 = NaN;

  constructor(n: i32) {
    this.moments = new Moments(n);
  }
  next(x: f64): f64 {
    if (!finite(x)) return NaN;
    this.moments.take(x);
    const deviation = this.moments.full ? Math.sqrt(this.moments.variance(1)) : 0;
    this.value = deviation > 0 ? (x - this.moments.mean) / deviation : NaN;
    return this.value;
  }
}

/** Mean and two bands of `width` deviations (divided by n). */
export class Bollinger {
  private readonly moments: Moments;
  middle: f64 = NaN;
  upper: f64 = NaN;
  lower: f64 = NaN;

  constructor(
    n: i32,
    readonly width: f64 = 2,
  ) {
    this.moments = new Moments(n);
  }
  /** The middle; the bands are in `upper` and `lower`. */
  next(x: f64): f64 {
    if (!finite(x)) return NaN;
    this.moments.take(x);
    if (!this.moments.full) return NaN;
    const far = this.width * Math.sqrt(this.moments.variance(0));
    this.middle = this.moments.mean;
    this.upper = this.middle + far;
    this.lower = this.middle - far;
    return this.middle;
  }
}

/** Exponential average, k = 2 / (n + 1), which begins with the mean of the first n values. */
export class Ema {
  private count: i32 = 0;
  private sum: f64 = 0;
  value: f64 = NaN;

  constructor(readonly n: i32) {
    assert(n > 0, "an average needs a length above 0");
  }
  next(x: f64): f64 {
    if (!finite(x)) return NaN;
    this.count++;
    if (this.count <= this.n) {
      this.sum += x;
      if (this.count == this.n) this.value = this.sum / <f64>this.n;
    } else this.value += (2 / <f64>(this.n + 1)) * (x - this.value);
    return this.value;
  }
}

/** Wilder's relative strength index: 100 without a loss, 50 without movement. */
export class Rsi {
  private count: i32 = 0;
  private last: f64 = NaN;
  private gain: f64 = 0;
  private loss: f64 = 0;
  value: f64 = NaN;

  constructor(readonly n: i32) {
    assert(n > 0, "an RSI needs a length above 0");
  }
  next(x: f64): f64 {
    const change = x - this.last;
    this.last = x;
    if (!finite(change)) return NaN;
    this.count++;
    const n = <f64>this.n;
    const keep = this.count <= this.n ? 1.0 : 1.0 - 1.0 / n;
    this.gain = keep * this.gain + (change > 0 ? change : 0);
    this.loss = keep * this.loss + (change < 0 ? -change : 0);
    if (this.gain < 1e-30) this.gain = 0;
    if (this.loss < 1e-30) this.loss = 0;
    const total = this.gain + this.loss;
    if (this.count >= this.n) this.value = total > 0 ? 100 * (this.gain / total) : 50;
    return this.value;
  }
}

/** Wilder's average true range: from the second bar on, begun with the mean of the first n ranges. */
export class Atr {
  private count: i32 = 0;
  private close: f64 = NaN;
  private sum: f64 = 0;
  value: f64 = NaN;

  constructor(readonly n: i32) {
    assert(n > 0, "an ATR needs a length above 0");
  }
  next(high: f64, low: f64, close: f64): f64 {
    const before = this.close;
    this.close = close;
    const above = Math.abs(high - before);
    const below = Math.abs(low - before);
    const wide = high - low;
    const far = above > below ? above : below;
    const range = wide > far ? wide : far;
    if (!finite(range) || !finite(before)) return NaN;
    this.count++;
    const n = <f64>this.n;
    if (this.count <= this.n) {
      this.sum += range;
      if (this.count == this.n) this.value = this.sum / n;
    } else this.value = (this.value * (n - 1) + range) / n;
    return this.value;
  }
}

/** Difference of two exponential averages, and its own average. */
export class Macd {
  private readonly fast: Ema;
  private readonly slow: Ema;
  private readonly average: Ema;
  value: f64 = NaN;
  signal: f64 = NaN;
  histogram: f64 = NaN;

  constructor(fast: i32 = 12, slow: i32 = 26, signal: i32 = 9) {
    this.fast = new Ema(fast);
    this.slow = new Ema(slow);
    this.average = new Ema(signal);
  }
  next(x: f64): f64 {
    const distance = this.fast.next(x) - this.slow.next(x);
    if (!finite(distance)) return NaN;
    this.value = distance;
    this.signal = this.average.next(distance);
    this.histogram = distance - this.signal;
    return distance;
  }
}

/** Highest high and lowest low of the n bars before this one: what a break is measured against. */
export class Channel {
  private readonly highs: StaticArray<f64>;
  private readonly lows: StaticArray<f64>;
  private readonly highAt: StaticArray<u32>;
  private readonly lowAt: StaticArray<u32>;
  private highFirst: u32 = 0;
  private highEnd: u32 = 0;
  private lowFirst: u32 = 0;
  private lowEnd: u32 = 0;
  private count: u32 = 0;
  upper: f64 = NaN;
  lower: f64 = NaN;

  constructor(readonly n: i32) {
    assert(n > 0, "a channel needs a length above 0");
    this.highs = new StaticArray<f64>(n + 1);
    this.lows = new StaticArray<f64>(n + 1);
    this.highAt = new StaticArray<u32>(n + 1);
    this.lowAt = new StaticArray<u32>(n + 1);
  }
  /** Sets `upper` and `lower` to those of the bars before, then takes this one in. */
  next(high: f64, low: f64): void {
    if (!finite(high) || !finite(low)) return;
    const slots = u32(this.n + 1);
    if (this.count >= u32(this.n)) {
      this.upper = this.highs[this.highFirst % slots];
      this.lower = this.lows[this.lowFirst % slots];
    }
    // Descending highs and ascending lows: whoever is beaten by a later one never counts again.
    while (this.highEnd != this.highFirst && this.highs[(this.highEnd - 1) % slots] <= high) this.highEnd--;
    while (this.lowEnd != this.lowFirst && this.lows[(this.lowEnd - 1) % slots] >= low) this.lowEnd--;
    this.highs[this.highEnd % slots] = high;
    this.highAt[this.highEnd++ % slots] = this.count;
    this.lows[this.lowEnd % slots] = low;
    this.lowAt[this.lowEnd++ % slots] = this.count;
    this.count++;
    if (this.highAt[this.highFirst % slots] + u32(this.n) < this.count) this.highFirst++;
    if (this.lowAt[this.lowFirst % slots] + u32(this.n) < this.count) this.lowFirst++;
  }
}
