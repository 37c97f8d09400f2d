// Looks at the rows of a dataset as they are written and tells what is odd about them; it repairs nothing.
//
// Gaps: bars that are missing between the first and the last. A market that has at least four of five possible bars counts
// as open around the clock: every missing bar counts. Otherwise it has hours: a slot of the week is part of them when it
// has a bar in at least 80 % of the weeks that have any, and only bars missing from such slots count (so holidays do,
// nights and weekends do not). Less than eight weeks tell no hours: there the holes shorter than four hours count.
// Splits: from close to open the price moved by a ratio of small whole numbers (see RATIOS, within 3.5 %), or to five times
// or a fifth of what it was; the move was at least six times the usual one of the last bars; and the next bar stays at
// the new level. A crash of the same size looks like that too: what is found is a suspicion.
import type { Block, Quality } from "./dataset.ts";
import { US_PER_MS, type EpochUs } from "../domain/units.ts";

const WEEK_US = 604_800_000_000;
const OPEN_SHARE = 0.8;
const WEEKS_MIN = 8;
const SHORT_HOLE_US = 14_400_000_000;
const SLOTS_MAX = 10_080;
const SPLITS_MAX = 100;
/** Ratios of splits, as the factor of the price or its inverse. */
const RATIOS: readonly number[] = [1.5, 2, 2.5, 3, 4];
const FACTOR_ALWAYS = 4.8;
const RATIO_TOLERANCE = 0.035;
const USUAL_BARS = 20;
const USUAL_TIMES = 6;
const USUAL_MOVE_MAX = 0.5;

export class BarGauge {
  private readonly intervalUs: number;
  private readonly slots: Float64Array | null;
  private rows = 0;
  private empty = 0;
  private shortHoles = 0;
  private first = 0;
  private last = 0;
  private lastClose = Number.NaN;
  private usual = 0;
  private weeks = 0;
  private lastWeek = Number.NaN;
  private suspect: { readonly time: EpochUs; readonly before: number; readonly after: number } | null = null;
  private readonly splits: EpochUs[] = [];

  /** `intervalMs`: 0 for other kinds than bars, of which nothing is told. */
  constructor(intervalMs: number) {
    this.intervalUs = intervalMs * US_PER_MS;
    const count = this.intervalUs > 0 ? WEEK_US / this.intervalUs : 0;
    this.slots = Number.isInteger(count) && count >= 1 && count <= SLOTS_MAX ? new Float64Array(count) : null;
  }

  add(block: Block, begin = 0, end = block.rows): void {
    if (this.intervalUs === 0) return;
    const [open, , , close, volume] = block.columns;
    for (let at = begin; at < end; at++) {
      const time = block.time[at] ?? 0;
      this.place(time);
      if (volume?.[at] === 0) this.empty++;
      this.move(time, open?.[at] ?? Number.NaN, close?.[at] ?? Number.NaN);
    }
  }

  verdict(): Pick<Quality, "gaps" | "zeroVolume" | "splits"> {
    return {
      gaps: this.rows > 1 ? this.gaps() : 0,
      zeroVolume: this.empty < this.rows ? this.empty : 0,
      splits: this.splits,
    };
  }

  private place(time: EpochUs): void {
    if (this.rows++ === 0) this.first = time;
    else if (time - this.last < SHORT_HOLE_US) this.shortHoles += Math.round((time - this.last) / this.intervalUs) - 1;
    this.last = time;
    if (!this.slots) return;
    const week = Math.floor(time / WEEK_US);
    if (week !== this.lastWeek) this.weeks++;
    this.lastWeek = week;
    const slot = Math.floor((time - week * WEEK_US) / this.intervalUs);
    this.slots[slot] = (this.slots[slot] ?? 0) + 1;
  }

  private gaps(): number {
    const possible = Math.round((this.last - this.first) / this.intervalUs) + 1;
    if (this.rows >= OPEN_SHARE * possible || !this.slots) return Math.max(0, possible - this.rows);
    if (this.weeks < WEEKS_MIN) return Math.max(0, this.shortHoles);
    const firstWeek = Math.floor(this.first / WEEK_US);
    const lastWeek = Math.floor(this.last / WEEK_US);
    const firstSlot = Math.floor((this.first - firstWeek * WEEK_US) / this.intervalUs);
    const lastSlot = Math.floor((this.last - lastWeek * WEEK_US) / this.intervalUs);
    let missing = 0;
    this.slots.forEach((present, slot) => {
      if (present < OPEN_SHARE * this.weeks) return;
      const times = lastWeek - firstWeek + 1 - (slot < firstSlot ? 1 : 0) - (slot > lastSlot ? 1 : 0);
      missing += Math.max(0, times - present);
    });
    return missing;
  }

  private move(time: EpochUs, open: number, close: number): void {
    const back = this.judge(close);
    const ratio = open / this.lastClose;
    const size = Math.max(ratio, 1 / ratio) - 1;
    if (!back && size > USUAL_TIMES * this.usual && likeSplit(size + 1)) {
      this.suspect = { time, before: this.lastClose, after: open };
    }
    const day = Math.min(Math.abs(close / this.lastClose - 1), USUAL_MOVE_MAX);
    if (this.rows > 1) this.usual += (day - this.usual) / Math.min(this.rows, USUAL_BARS);
    this.lastClose = close;
  }

  /** Says what the suspicion of the bar before has come to; true when the price is back. */
  private judge(close: number): boolean {
    const { suspect } = this;
    if (!suspect) return false;
    this.suspect = null;
    const back = Math.abs(close - suspect.before) < Math.abs(close - suspect.after);
    if (!back && this.splits.length < SPLITS_MAX) this.splits.push(suspect.time);
    return back;
  }
}

function likeSplit(factor: number): boolean {
  return factor >= FACTOR_ALWAYS || RATIOS.some((ratio) => Math.abs(factor / ratio - 1) <= RATIO_TOLERANCE);
}
