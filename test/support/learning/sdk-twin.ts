// The indicators of the SDK (assembly/sdk) in plain TypeScript, operation by operation in the same order, so that both give
// the same bits: what the rule evaluator is made of. Slow and obvious where that does not change a sum.
export class Kept {
  private readonly values: number[] = [];
  readonly length: number;
  constructor(length: number) {
    this.length = length;
  }
  push(value: number): void {
    this.values.unshift(value);
    if (this.values.length > this.length) this.values.pop();
  }
  get count(): number {
    return this.values.length;
  }
  get full(): boolean {
    return this.values.length === this.length;
  }
  get(back: number): number {
    return this.values[back] ?? Number.NaN;
  }
}

export class Moments {
  private readonly window: Kept;
  private readonly n: number;
  private origin = 0;
  private sum = 0;
  private squares = 0;
  private since = 0;
  private last = Number.NaN;
  private alike = 0;
  constructor(n: number) {
    this.n = n;
    this.window = new Kept(n);
  }
  take(x: number): void {
    this.alike = x === this.last ? Math.min(this.alike + 1, this.n) : 1;
    this.last = x;
    const leaving = this.window.full ? this.window.get(this.n - 1) - this.origin : 0;
    this.window.push(x);
    this.since++;
    if (this.since >= this.n || this.window.count === 1) {
      this.since = 0;
      this.origin = this.window.get(0);
      this.sum = 0;
      this.squares = 0;
      for (let back = 0; back < this.window.count; back++) {
        const d = this.window.get(back) - this.origin;
        this.sum += d;
        this.squares += d * d;
      }
      return;
    }
    const d = x - this.origin;
    this.sum += d - leaving;
    this.squares += d * d - leaving * leaving;
  }
  get full(): boolean {
    return this.window.full;
  }
  get mean(): number {
    if (this.alike >= this.window.count) return this.last;
    return this.origin + this.sum / this.window.count;
  }
  variance(ddof: number): number {
    if (this.alike >= this.window.count) return 0;
    const n = this.window.count;
    const v = (this.squares - (this.sum * this.sum) / n) / (n - ddof);
    return v > 1e-26 * (this.mean * this.mean) ? v : 0;
  }
}

/** Of the values over n samples: `sma`, `deviation`, `zscore`, and the bands. */
export class Sample {
  value = Number.NaN;
  upper = Number.NaN;
  lower = Number.NaN;
  private readonly moments: Moments;
  private readonly of: "sma" | "deviation" | "zscore" | "bands";
  private readonly width: number;
  constructor(of: Sample["of"], n: number, width = 2) {
    this.of = of;
    this.width = width;
    this.moments = new Moments(n);
  }
  next(x: number): void {
    if (!Number.isFinite(x)) return;
    const { moments } = this;
    moments.take(x);
    const { full } = moments;
    if (this.of === "sma") this.value = full ? moments.mean : Number.NaN;
    if (this.of === "deviation") this.value = full ? Math.sqrt(moments.variance(1)) : Number.NaN;
    if (this.of === "zscore") {
      const deviation = full ? Math.sqrt(moments.variance(1)) : 0;
      this.value = deviation > 0 ? (x - moments.mean) / deviation : Number.NaN;
    }
    if (this.of !== "bands" || !full) return;
    const far = this.width * Math.sqrt(moments.variance(0));
    this.value = moments.mean;
    this.upper = this.value + far;
    this.lower = this.value - far;
  }
}

export class Ema {
  value = Number.NaN;
  private count = 0;
  private sum = 0;
  private readonly n: number;
  constructor(n: number) {
    this.n = n;
  }
  next(x: number): number {
    if (!Number.isFinite(x)) return Number.NaN;
    this.count++;
    if (this.count > this.n) this.value += (2 / (this.n + 1)) * (x - this.value);
    else {
      this.sum += x;
      if (this.count === this.n) this.value = this.sum / this.n;
    }
    return this.value;
  }
}

export class Rsi {
  value = Number.NaN;
  private count = 0;
  private last = Number.NaN;
  private gain = 0;
  private loss = 0;
  private readonly n: number;
  constructor(n: number) {
    this.n = n;
  }
  next(x: number): void {
    const change = x - this.last;
    this.last = x;
    if (!Number.isFinite(change)) return;
    this.count++;
    const { n } = this;
    const keep = this.count <= n ? 1 : 1 - 1 / n;
    this.gain = keep * this.gain + (change > 0 ? change : 0);
    this.loss = keep * this.loss + (change < 0 ? -change : 0);
    if (this.gain < 1e-30) this.gain = 0;
    if (this.loss < 1e-30) this.loss = 0;
    const total = this.gain + this.loss;
    if (this.count >= n) this.value = total > 0 ? 100 * (this.gain / total) : 50;
  }
}

export class Atr {
  value = Number.NaN;
  private count = 0;
  private close = Number.NaN;
  private sum = 0;
  private readonly n: number;
  constructor(n: number) {
    this.n = n;
  }
  next(high: number, low: number, close: number): void {
    const before = this.close;
    this.close = close;
    const above = Math.abs(high - before);
    const below = Math.abs(low - before);
    const far = above > below ? above : below;
    const range = high - low > far ? high - low : far;
    if (!Number.isFinite(range) || !Number.isFinite(before)) return;
    this.count++;
    const { n } = this;
    if (this.count > n) this.value = (this.value * (n - 1) + range) / n;
    else {
      this.sum += range;
      if (this.count === n) this.value = this.sum / n;
    }
  }
}

export class Macd {
  value = Number.NaN;
  signal = Number.NaN;
  histogram = Number.NaN;
  private readonly fast: Ema;
  private readonly slow: Ema;
  private readonly average: Ema;
  constructor(fast: number, slow: number, signal: number) {
    this.fast = new Ema(fast);
    this.slow = new Ema(slow);
    this.average = new Ema(signal);
  }
  next(x: number): void {
    const distance = this.fast.next(x) - this.slow.next(x);
    if (!Number.isFinite(distance)) return;
    this.value = distance;
    this.signal = this.average.next(distance);
    this.histogram = distance - this.signal;
  }
}

export class Channel {
  upper = Number.NaN;
  lower = Number.NaN;
  private readonly highs: Kept;
  private readonly lows: Kept;
  private readonly n: number;
  constructor(n: number) {
    this.n = n;
    this.highs = new Kept(n);
    this.lows = new Kept(n);
  }
  next(high: number, low: number): void {
    const all = (kept: Kept): number[] => Array.from({ length: this.n }, (_, back) => kept.get(back));
    if (this.highs.full) this.upper = Math.max(...all(this.highs));
    if (this.lows.full) this.lower = Math.min(...all(this.lows));
    this.highs.push(high);
    this.lows.push(low);
  }
}

export class Change {
  value = Number.NaN;
  private readonly window: Kept;
  private readonly n: number;
  constructor(n: number) {
    this.n = n;
    this.window = new Kept(n + 1);
  }
  next(price: number): void {
    this.window.push(price);
    this.value = price / this.window.get(this.n) - 1;
  }
}

export class Volatility {
  ratio = Number.NaN;
  private readonly fast = new Sample("deviation", 20);
  private readonly slow = new Sample("deviation", 100);
  private last = Number.NaN;
  next(price: number): void {
    const change = price / this.last - 1;
    this.last = price;
    this.fast.next(change);
    this.slow.next(change);
    this.ratio = this.fast.value / this.slow.value;
  }
}

export class Held {
  side = 0;
  age = Number.NaN;
  entry = Number.NaN;
  profit = Number.NaN;
  private since = Number.NaN;
  next(position: number, price: number, time: number): void {
    const side = position > 0 ? 1 : position < 0 ? -1 : 0;
    if (side !== this.side) {
      this.side = side;
      this.since = side === 0 ? Number.NaN : time;
      this.entry = side === 0 ? Number.NaN : price;
    }
    this.age = time - this.since;
    this.profit = (side * (price - this.entry)) / this.entry;
  }
}
