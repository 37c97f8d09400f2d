// earnings_reaction, slow and obvious, for a feed of daily bars: keeps every report and bar and starts anew each time.
import * as layout from "../../../assembly/layout.ts";
import type { Spoken } from "../lone-instance.ts";
import { wilderAtr } from "./wilder.ts";

export const DAY = 86_400_000_000;

export interface Report {
  readonly actual: number;
  /** NaN: no consensus. */
  readonly expected: number;
  readonly announced: number;
}
interface Bar {
  readonly time: number;
  readonly close: number;
  readonly high: number;
  readonly low: number;
}

export class EarningsTwin {
  readonly signals: Spoken[] = [];
  sue = 0;
  ear = 0;
  private readonly market: ReadonlyMap<number, number> | null;
  private readonly reports: Report[] = [];
  private readonly errors: number[] = [];
  private readonly bars: Bar[] = [];
  private open: number | null = null;
  private pending: { readonly side: number; readonly at: number } | null = null;
  private held = { side: 0, stop: 0, target: 0, at: 0 };

  /** `market`: closes of the benchmark by day since 1970, all known in time; null: none. */
  constructor(market: ReadonlyMap<number, number> | null) {
    this.market = market;
  }

  /** `known`: when the report came in. */
  report(report: Report, known: number): void {
    const last = this.reports.at(-1);
    if (last && report.announced <= last.announced) return;
    const error = report.actual - this.expectation(report);
    const history = this.errors.slice(-8);
    const deviation = history.length < 8 ? 0 : sd(history);
    this.sue = Number.isNaN(error) || deviation === 0 ? 0 : error / deviation;
    if (!Number.isNaN(error)) this.errors.push(error);
    this.reports.push(report);
    const bar = this.bars.at(-1);
    if (bar) this.leave(known, bar.close);
    this.pending = null;
    this.ear = 0;
    this.open = Math.abs(this.sue) > 1.5 ? report.announced : null;
    this.decide();
  }

  bar(bar: Bar): void {
    this.bars.push(bar);
    const { side, stop, target, at } = this.held;
    const due = this.nextReport() - 3 * DAY;
    const old = this.bars.length - at >= 60 || bar.time >= due;
    if (side !== 0 && (old || side * (bar.close - stop) <= 0 || side * (bar.close - target) >= 0)) {
      this.leave(bar.time, bar.close);
    }
    this.decide();
    if (this.pending === null) return;
    if (this.bars.length - this.pending.at < 3) this.enter(bar, this.pending.side);
    this.pending = null;
  }

  private enter(bar: Bar, side: number): void {
    const atr = wilderAtr(this.bars, 20);
    const stop = atr > 0 ? 2 * atr : 0.02 * bar.close;
    const target = atr > 0 ? 6 * atr : 0.03 * bar.close;
    const sigma = this.sigma();
    const raw = 0.5 + 0.25 * Math.tanh(Math.abs(this.sue) / 2) + 0.25 * Math.tanh(Math.abs(this.ear) / (2 * sigma));
    this.signals.push({
      action: side > 0 ? layout.ACTION_BUY : layout.ACTION_SELL,
      time: bar.time - 1,
      entry: bar.close,
      stop: bar.close - side * stop,
      target: bar.close + side * target,
      confidence: Math.min(0.9, raw),
    });
    this.held = { side, stop: bar.close - side * stop, target: bar.close + side * target, at: this.bars.length };
  }

  private leave(time: number, price: number): void {
    if (this.held.side === 0) return;
    this.signals.push({ action: layout.ACTION_EXIT, time, entry: price, stop: 0, target: 0, confidence: 1 });
    this.held.side = 0;
  }

  private decide(): void {
    const announced = this.open;
    if (announced === null) return;
    const first = this.bars.findIndex(({ time }) => time > announced);
    const behind = first < 0 ? -1 : this.bars.length - 1 - first;
    if (behind > 2) this.open = null;
    if (behind < 0 || behind > 2) return;
    this.ear = 0;
    for (let day = first - 1; day <= Math.min(first + 1, this.bars.length - 1); day++) this.ear += this.abnormal(day);
    if (this.ear * this.sue <= 0) return;
    this.open = null;
    this.pending = { side: Math.sign(this.sue), at: this.bars.length };
  }

  private abnormal(day: number): number {
    const [from, to] = [this.bars[day - 1], this.bars[day]];
    if (!from || !to) return 0;
    const [before, after] = [this.closeOf(from.time), this.closeOf(to.time)];
    return Math.log(to.close / from.close) - (before && after ? Math.log(after / before) : 0);
  }
  /** Last close of the benchmark within a week, on the day that ends at `time` or before. */
  private closeOf(time: number): number | undefined {
    const day = Math.floor((time - 1) / DAY);
    for (let back = 0; back < 7; back++) {
      const close = this.market?.get(day - back);
      if (close !== undefined) return close;
    }
    return undefined;
  }

  private expectation({ expected }: Report): number {
    if (!Number.isNaN(expected)) return expected;
    const eps = this.reports.map(({ actual }) => actual);
    const yearAgo = eps.at(-4);
    if (yearAgo === undefined) return Number.NaN;
    const changes = eps.flatMap((value, index) => (index < 4 ? [] : [value - eps[index - 4]!])).slice(-8);
    return yearAgo + (changes.length === 0 ? 0 : mean(changes));
  }

  private nextReport(): number {
    const times = this.reports.map(({ announced }) => announced);
    const gaps = times.slice(1).map((time, index) => time - times[index]!);
    const sorted = gaps.slice(-8).sort((a, b) => a - b);
    return (times.at(-1) ?? 0) + (sorted[(sorted.length - 1) >> 1] ?? 91 * DAY);
  }

  private sigma(): number {
    const returns = this.bars.slice(1).map(({ close }, index) => Math.log(close / this.bars[index]!.close));
    return Math.sqrt(
      returns.reduce((v, r, index) => (index === 0 ? r * r : Math.max(1e-30, 0.94 * v + 0.06 * r * r)), 0),
    );
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
function sd(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}
