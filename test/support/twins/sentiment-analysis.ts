// sentiment_analysis, slow and obvious: keeps every item, hour and close, and computes everything anew each time.
import * as layout from "../../../assembly/layout.ts";
import type { Spoken } from "../lone-instance.ts";
import { twinCdf } from "./normal.ts";
import { wilderAtr } from "./wilder.ts";

const HOUR = 3_600_000_000;

interface Item {
  readonly time: number;
  readonly score: number;
  readonly weight: number;
}

export class SentimentTwin {
  readonly signals: Spoken[] = [];
  z = 0;
  private readonly windowHoursMin: number;
  private readonly items: Item[] = [];
  private readonly stories: bigint[] = [];
  private readonly hours: { hour: number; value: number }[] = [];
  private readonly bars: { readonly close: number; readonly high: number; readonly low: number }[] = [];
  private now = 0;
  private barTime = 0;
  private nextHour = 0;
  private spent = 0;
  private held = { side: 0, stop: 0, target: 0, since: 0 };

  constructor(windowHoursMin: number) {
    this.windowHoursMin = windowHoursMin;
  }

  get count(): number {
    return this.weigh(this.now, () => 1);
  }
  get score(): number {
    return this.scoreAt(this.now);
  }

  news(time: number, score: number, sourceWeight: number, hash: bigint): void {
    this.advance(time);
    const known = hash !== 0n && this.stories.slice(-32).some((story) => distance(story, hash) <= 6);
    if (hash !== 0n && !known) this.stories.push(hash);
    this.items.push({ time, score, weight: sourceWeight * (known ? 0.1 : 1) });
    this.measure();
    const last = this.bars.at(-1);
    if (last && Math.abs(time - this.barTime) <= HOUR / 4) this.enter(time, last.close);
  }

  bar(time: number, high: number, low: number, close: number): void {
    this.bars.push({ close, high, low });
    this.barTime = time;
    if (this.items.length === 0) return;
    this.advance(time);
    this.measure();
    const { side, stop, target, since } = this.held;
    const late = time - since >= 3 * HOUR;
    const reached = side * (close - stop) <= 0 || side * (close - target) >= 0;
    if (side !== 0 && (Math.abs(this.z) < 0.5 || late || reached)) {
      this.leave(time, close);
      this.spent = side;
    } else this.enter(time, close);
  }

  private enter(time: number, price: number): void {
    const side = this.z > 0 ? 1 : -1;
    if (!(Math.abs(this.z) > 2)) {
      this.spent = 0;
      return;
    }
    const past = this.bars.at(-16);
    const agrees = past !== undefined && Math.log(price / past.close) * side > 0;
    if (this.spent === side || this.count < 5 || !agrees) return;
    if (this.held.side === -side) this.leave(time, price);
    const atr = wilderAtr(this.bars, 14);
    const stop = price - side * (atr > price * 1e-9 ? 2 * atr : 0.02 * price);
    const target = price + side * (atr > price * 1e-9 ? 3 * atr : 0.03 * price);
    const confidence = Math.min(0.9, ((2 * twinCdf(Math.abs(this.z)) - 1) * this.count) / (this.count + 5));
    const action = side > 0 ? layout.ACTION_BUY : layout.ACTION_SELL;
    this.signals.push({ action, time, entry: price, stop, target, confidence });
    if (this.held.side === side) return;
    this.held = { side, stop, target, since: time };
    this.spent = 0;
  }

  private leave(time: number, price: number): void {
    this.signals.push({ action: layout.ACTION_EXIT, time, entry: price, stop: 0, target: 0, confidence: 1 });
    this.held.side = 0;
  }

  private advance(time: number): void {
    if (this.now === 0) this.nextHour = Math.floor(time / HOUR) + 1;
    for (; this.nextHour * HOUR <= time; this.nextHour++) {
      this.hours.push({ hour: this.nextHour, value: this.scoreAt(this.nextHour * HOUR) });
    }
    this.now = Math.max(this.now, time);
  }

  private measure(): void {
    const day = ({ hour }: { hour: number }): number => Math.floor(hour / 24);
    const newest = day(this.hours.at(-1) ?? { hour: 0 });
    const values = this.hours.filter((entry) => day(entry) > newest - 30).map(({ value }) => value);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
    const enough = values.length >= this.windowHoursMin;
    this.z = enough ? (this.score - mean) / Math.max(0.05, Math.sqrt(variance)) : 0;
  }

  private scoreAt(time: number): number {
    return this.weigh(time, ({ score }) => score) / (3 + this.weigh(time, () => 1));
  }
  private weigh(time: number, value: (item: Item) => number): number {
    return this.items.reduce(
      (sum, item) => sum + item.weight * value(item) * 2 ** (-(time - item.time) / (3 * HOUR)),
      0,
    );
  }
}

function distance(a: bigint, b: bigint): number {
  return (a ^ b).toString(2).replaceAll("0", "").length;
}
