// What a composed strategy is made of: rule texts are written out as AssemblyScript over these. A condition is a number: 1
// true, -1 false, 0 not known, as long as an indicator is not ready; `and` is the least, `or` the greatest of them, `not` the
// other sign, so what is not known never becomes a decision. Times in microseconds since 1970.
import { Deviation, Window } from "./indicators";
import { Market } from "./market";
import { Signal } from "./signals";
import { Strategy } from "./strategy";

export function less(a: f64, b: f64): f64 {
  return a < b ? 1 : a >= b ? -1 : 0;
}
export function atMost(a: f64, b: f64): f64 {
  return a <= b ? 1 : a > b ? -1 : 0;
}
export function same(a: f64, b: f64): f64 {
  return a == b ? 1 : a < b || a > b ? -1 : 0;
}
export function both(a: f64, b: f64): f64 {
  return a < b ? a : b;
}
export function either(a: f64, b: f64): f64 {
  return a > b ? a : b;
}
export function truth(a: bool): f64 {
  return a ? 1 : -1;
}

export function magnitude(a: f64): f64 {
  return a < 0 ? -a : a;
}
/** NaN where one of them is. */
export function lesser(a: f64, b: f64): f64 {
  return a < b ? a : a >= b ? b : NaN;
}
export function larger(a: f64, b: f64): f64 {
  return a > b ? a : a <= b ? b : NaN;
}
/** A price that is 0 has not come yet. */
export function known(price: f64): f64 {
  return price > 0 ? price : NaN;
}

const HOUR: f64 = 3_600_000_000;
const DAY: f64 = 86_400_000_000;
export function hour(time: f64): f64 {
  return floor(time / HOUR) - 24 * floor(time / DAY);
}
export function minute(time: f64): f64 {
  return floor(time / 60_000_000) - 60 * floor(time / HOUR);
}
/** 1 Monday to 7 Sunday; the first day of 1970 was a Thursday. */
export function weekday(time: f64): f64 {
  const day = floor(time / DAY) + 3;
  return day - 7 * floor(day / 7) + 1;
}

export function sideOf(signal: Signal, side: f64): f64 {
  return truth(signal.side == side);
}

/** Whether one line has passed another since the event before: below or at it then, above it now, or the other way. */
export class Crossing {
  private before: f64 = NaN;

  /** `a` is `sign` times above `b` now and was not before. */
  next(a: f64, b: f64, sign: f64): f64 {
    const distance = sign * (a - b);
    const was = this.before;
    this.before = distance;
    return both(less(0, distance), atMost(was, 0));
  }
}

/** Return over n events. */
export class Change {
  private readonly window: Window;
  value: f64 = NaN;

  constructor(readonly n: i32) {
    this.window = new Window(n + 1);
  }
  next(price: f64): f64 {
    this.window.push(price);
    this.value = price / this.window.get(this.n) - 1;
    return this.value;
  }
}

/** The position as it is seen: since when, and at which price it was seen first. */
export class Held {
  side: f64 = 0;
  age: f64 = NaN;
  entry: f64 = NaN;
  profit: f64 = NaN;
  private since: f64 = NaN;

  next(market: Market): void {
    const side: f64 = market.position > 0 ? 1 : market.position < 0 ? -1 : 0;
    if (side != this.side) {
      this.side = side;
      this.since = side == 0 ? NaN : market.time;
      this.entry = side == 0 ? NaN : market.price;
    }
    this.age = market.time - this.since;
    this.profit = (side * (market.price - this.entry)) / this.entry;
  }
}

/** How lively the market is: deviation of the last 20 returns over that of the last 100; high above 1.5, low below 2/3. */
export class Volatility {
  private readonly fast: Deviation = new Deviation(20);
  private readonly slow: Deviation = new Deviation(100);
  private last: f64 = NaN;
  ratio: f64 = NaN;
  high: f64 = 0;
  low: f64 = 0;

  next(price: f64): void {
    const change = price / this.last - 1;
    this.last = price;
    this.fast.next(change);
    this.slow.next(change);
    this.ratio = this.fast.value / this.slow.value;
    this.high = less(1.5, this.ratio);
    this.low = less(this.ratio, 2.0 / 3.0);
  }
}

/** Where nothing was said about stop or target. */
export const NONE: f64 = 0;

/** An entry is made only where all of its numbers are known and above 0. */
export abstract class RuleStrategy extends Strategy {
  /** `side` 1 buys, -1 sells; `stop` and `target` are distances from the price. */
  protected enter(side: f64, price: f64, confidence: f64, stop: f64, target: f64, size: f64): void {
    const out = stop == NONE ? NONE : price - side * stop;
    const aim = target == NONE ? NONE : price + side * target;
    if (!usable(stop, out) || !usable(target, aim) || !(confidence > 0) || !(size > 0)) return;
    const sure: f64 = confidence < 1 ? confidence : 1;
    const share: f64 = size < 1 ? size : 1;
    if (side > 0) this.buy(sure, out, aim, share);
    else this.sell(sure, out, aim, share);
  }
}

function usable(distance: f64, price: f64): bool {
  return distance == NONE || (distance > 0 && price > 0 && price < Infinity);
}
/** A distance that is not one is no reason to go without: it is made impossible instead. */
export function distance(given: f64): f64 {
  return given > 0 ? given : NaN;
}
