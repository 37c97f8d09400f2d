// The rows of one symbol and kind on their way into a dataset: sorted, and for bars and funding with the distance between
// them, which becomes the length of a bar or the hours of a funding interval when nobody has said it.
import type { EventKind } from "../../domain/event.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import { US_PER_MS, type EpochUs } from "../../domain/units.ts";
import type { Block } from "../dataset.ts";
import type { Incoming } from "../stored-history.ts";
import { SortedRows } from "./sorted-rows.ts";

const DISTANCES_MAX = 1_024;
const US_PER_HOUR = 3.6e9;
/** Place of the volume among the columns of a bar. */
const VOLUME = 4;

export interface SeriesName {
  readonly symbol: string;
  readonly kind: EventKind;
  readonly venue: string | null;
  /** Length of a bar where it was said; else it is found. */
  readonly intervalMs: number | null;
  readonly unit: string;
}

/** Where the first row stands with which something is odd, by its line; null: nothing is, or no line is the first. */
export interface Oddities {
  /** Before this bar others are missing. */
  readonly hole: number | null;
  /** Bars that are missing between neighbours as they came. */
  readonly missing: number;
  /** It has the time of the row before. */
  readonly repeated: number | null;
  /** It came before an earlier time. */
  readonly unsorted: number | null;
  readonly zeroVolume: number | null;
  /** Bars, and none of them has a volume. */
  readonly noVolume: boolean;
}

export class Series {
  badRows = 0;
  readonly rows: SortedRows;
  private readonly name: SeriesName;
  private readonly distances = new Map<number, number>();
  private last = Number.NaN;
  private distance = 0;
  private times = 0;
  /** Line at which a distance was first seen. */
  private readonly firstLines = new Map<number, number>();
  private interval = 0;
  private repeated: number | null = null;
  private unsorted: number | null = null;
  private zeroVolume: number | null = null;
  private noVolume = true;

  constructor(name: SeriesName, temporary: () => string) {
    this.name = name;
    this.rows = new SortedRows(name.kind, temporary);
  }

  /** Bars: `known` is not looked at, their end is. */
  add(time: EpochUs, known: EpochUs, values: ArrayLike<number>, line: number): void {
    const bar = this.name.kind === "bar";
    this.rows.add(time, bar ? time : known, values);
    if (bar && values[VOLUME] === 0) this.zeroVolume ??= line;
    else this.noVolume = false;
    if (this.rows.unsorted > 0) this.unsorted ??= line;
    const distance = Math.abs(time - this.last);
    this.last = time;
    if (distance === this.distance) this.times++;
    else this.count(distance, line);
    if (distance === 0) this.repeated ??= line;
  }

  /** After `incoming`, which finds the length of the bars. */
  oddities(): Oddities {
    const { noVolume, repeated, unsorted, zeroVolume } = this;
    const interval = this.name.kind === "bar" ? this.interval : Number.POSITIVE_INFINITY;
    const holes = [...this.distances].filter(([distance]) => distance > interval);
    const missing = holes.reduce((sum, [distance, times]) => sum + times * (Math.round(distance / interval) - 1), 0);
    const lines = holes.flatMap(([distance]) => this.firstLines.get(distance) ?? []);
    const hole = lines.length > 0 ? lines.reduce((first, line) => Math.min(first, line)) : null;
    return { hole, missing, noVolume, repeated, unsorted, zeroVolume };
  }

  /** Equal distances in a row are counted at once. */
  private count(next: number, line: number): void {
    const { distance, distances, firstLines, times } = this;
    const before = distances.get(distance) ?? 0;
    if (distance > 0 && (before > 0 || distances.size < DISTANCES_MAX)) distances.set(distance, before + times);
    if (firstLines.size < DISTANCES_MAX && !firstLines.has(next)) firstLines.set(next, line);
    this.distance = next;
    this.times = 1;
  }

  incoming(about: Pick<Incoming, "source" | "importedAt" | "replace">): Result<Incoming, string> {
    const { symbol, kind, venue, unit } = this.name;
    const usual = this.usualDistance();
    const intervalMs = kind === "bar" ? (this.name.intervalMs ?? usual / US_PER_MS) : 0;
    if (kind === "bar" && !(intervalMs > 0 && Number.isInteger(intervalMs))) {
      const rows = this.rows.rows === 1 ? "one row" : `${this.rows.rows} rows`;
      return failed(`${symbol}: the length of its bars cannot be told from ${rows}; give --interval-ms`);
    }
    this.interval = intervalMs * US_PER_MS;
    if (kind === "funding" && usual === 0 && this.rows.rows > 0 && this.name.intervalMs === null) {
      return failed(`${symbol}: one row does not tell the funding interval; give --interval-ms, 28800000 for 8 hours`);
    }
    const hours = (this.name.intervalMs === null ? usual : this.name.intervalMs * US_PER_MS) / US_PER_HOUR;
    const blocks = finished(this.rows.blocks(), kind, intervalMs * US_PER_MS, hours);
    const quality = { badRows: this.badRows, unsorted: this.rows.unsorted };
    return ok({ symbol, kind, venue, unit, intervalMs, synthetic: false, quality, blocks, ...about });
  }

  /** Most frequent distance of neighbours, microseconds; 0 without any. */
  private usualDistance(): number {
    this.count(0, 0);
    let [best, most] = [0, 0];
    for (const [distance, times] of this.distances) {
      if (times > most || (times === most && distance < best)) [best, most] = [distance, times];
    }
    return best;
  }
}

/** What could be said only after the last row: the end of each bar, the hours between two funding payments. */
function* finished(blocks: Iterable<Block>, kind: EventKind, intervalUs: number, hours: number): Generator<Block> {
  for (const block of blocks) {
    if (kind === "bar") yield { ...block, known: block.time.map((time) => time + intervalUs) };
    else if (kind === "funding") {
      const [rate = new Float64Array(), interval = rate] = block.columns;
      yield { ...block, columns: [rate, interval.map((value) => (Number.isNaN(value) ? hours : value))] };
    } else yield block;
  }
}
