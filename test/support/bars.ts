// Bars for tests: random, drawn by hand or recorded; and an instance of a strategy that is given them one by one.
import { join } from "node:path";
import * as layout from "../../assembly/layout.ts";
import type { SignalRecord } from "../../src/stream/rings/signal-ring.ts";
import { SHARED } from "./golden-data.ts";
import { GoldenData } from "./golden/data.ts";
import { TestPlane, WEDNESDAY } from "./plane.ts";
import type { Random } from "./random.ts";

export type Bar = readonly [open: number, high: number, low: number, close: number, volume: number];

const data = new GoldenData(join(SHARED, "data"));

/** Recorded bars, the first `count`; volume 0 where none was recorded. */
export function realBars(file: string, count: number): Bar[] {
  const table = data.table(file);
  const column = (name: string): readonly number[] => data.column(file, name);
  const [open, high, low, close] = [column("open"), column("high"), column("low"), column("close")];
  const volume = table.get("volume");
  return open.slice(0, count).map((first, t) => [first, high[t]!, low[t]!, close[t]!, volume?.[t] ?? 0]);
}

/** A random walk with wicks and a volume that is now and then large. */
export function randomBars(random: Random, count: number, start: number, sigma: number): Bar[] {
  let close = start;
  return Array.from({ length: count }, () => {
    const open = close;
    close *= Math.exp(sigma * random.normal());
    const [top, bottom] = [Math.max(open, close), Math.min(open, close)];
    const wick = (): number => 1 + 0.5 * sigma * random.next();
    return [open, top * wick(), bottom / wick(), close, 10 * Math.exp(random.normal())];
  });
}

/** Bars around the closes, `range` (a share of the price) wide on either side. */
export function barsOf(closes: readonly number[], range: number, volume: (t: number) => number = () => 10): Bar[] {
  return closes.map((close, t) => [close, close * (1 + range), close * (1 - range), close, volume(t)]);
}
export function scaled(bars: readonly Bar[], factor: number): Bar[] {
  return bars.map(([open, high, low, close, volume]) => [
    open * factor,
    high * factor,
    low * factor,
    close * factor,
    volume,
  ]);
}
/** Mirrored around `axis`: what rose falls by as much. */
export function mirrored(bars: readonly Bar[], axis: number): Bar[] {
  return bars.map(([open, high, low, close, volume]) => [
    2 * axis - open,
    2 * axis - low,
    2 * axis - high,
    2 * axis - close,
    volume,
  ]);
}

export interface BarSignal {
  /** Place of the bar that gave it. */
  readonly bar: number;
  readonly action: number;
  readonly entry: number;
  readonly stop: number;
  readonly target: number;
  readonly confidence: number;
  readonly values: readonly number[];
}

export interface DriveOptions {
  readonly parameters?: Readonly<Record<string, number>>;
  readonly barMs?: number;
  readonly clock?: number;
  readonly flags?: number;
  readonly asset?: number;
  readonly cooldownUs?: number;
  /** A fast beat follows each bar: strategic reviews take place. */
  readonly beats?: boolean;
  /** Called after each bar. */
  readonly onBar?: (bar: number, drive: BarDrive) => void;
}

/** One symbol, one instance of a strategy, fed with whole bars. */
export class BarDrive {
  readonly plane: TestPlane;
  readonly instance: number;
  readonly signals: BarSignal[] = [];
  private readonly barMs: number;
  private readonly beats: boolean;
  private readonly asset: number;
  private done = 0;

  constructor(strategy: string, options: DriveOptions = {}) {
    this.barMs = options.barMs ?? 60_000;
    this.beats = options.beats ?? false;
    this.asset = options.asset ?? layout.ASSET_CRYPTO;
    this.plane = new TestPlane({ clock: options.clock ?? WEDNESDAY, cooldownUs: options.cooldownUs ?? 1_000_000 });
    // Alone: a regime that another strategy finds would move its thresholds.
    for (const { id } of this.plane.instances.all) this.plane.instances.remove(id);
    const symbol = this.plane.symbol("X", this.asset);
    const { parameters } = options;
    const added = this.plane.instances.add({
      strategy,
      symbols: [symbol],
      barMs: this.barMs,
      strategyId: null,
      ...(parameters ? { parameters } : {}),
    });
    if (!added.ok) throw new Error(added.failure.code);
    this.instance = added.value.id;
    this.plane.settle();
  }

  bar(bar: Bar): readonly BarSignal[] {
    this.plane.pass(this.barMs * 1000);
    this.plane.bar("X", bar, this.barMs);
    if (this.beats) this.plane.beat(layout.TIER_FAST);
    const place = this.done++;
    const own = this.plane.settle().filter(({ instance }) => instance === this.instance);
    const found = own.map((signal) => barSignal(signal, place));
    this.signals.push(...found);
    return found;
  }

  /** A column of the instance's cell. */
  cell(code: number, columns: number, column: number): number {
    const index = this.plane.state.cells(code).find(({ instance }) => instance === this.instance)?.index ?? -1;
    return this.plane.column(layout.PLAN_CELLS + code, columns, index, column);
  }
  /** A column of the series of these bars. */
  series(column: number): number {
    const index = this.plane.state.series().find(({ barMs }) => barMs === this.barMs)?.index ?? -1;
    return this.plane.column(layout.PLAN_SERIES, layout.SERIES_COLUMNS, index, column);
  }
}

export function barSignal(signal: SignalRecord, bar: number): BarSignal {
  const { action, entry, stop, target, confidence, values } = signal;
  return { bar, action, entry, stop, target, confidence, values };
}

/** All signals that an instance of the strategy gives on these bars. */
export function drive(strategy: string, bars: readonly Bar[], options: DriveOptions = {}): readonly BarSignal[] {
  const driven = new BarDrive(strategy, options);
  bars.forEach((bar, place) => {
    driven.bar(bar);
    options.onBar?.(place, driven);
  });
  return driven.signals;
}
