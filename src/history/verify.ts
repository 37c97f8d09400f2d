// Reads a whole dataset again and says whether it is what was stored: the checksum of every block, the order of the rows, the
// fingerprint of the columns, and what the gauge finds. Also where the longest holes between bars are.
import { BarGauge } from "./bar-gauge.ts";
import { ColumnHash } from "./column-hash.ts";
import { COLUMNS, type Dataset, type History, type Quality } from "./dataset.ts";
import { HistoryFault } from "./fault.ts";
import { US_PER_MS, type EpochUs } from "../domain/units.ts";

export interface Hole {
  /** Start of the last bar before it, and of the first one behind it. */
  readonly from: EpochUs;
  readonly to: EpochUs;
  /** Bars that would fit. */
  readonly bars: number;
}

export interface Verdict {
  /** Why the file cannot be trusted; null when it can. */
  readonly damage: string | null;
  readonly quality: Pick<Quality, "gaps" | "zeroVolume" | "splits">;
  /** The longest first. */
  readonly holes: readonly Hole[];
}

const HOLES_SHOWN = 5;

export function verify(history: History, dataset: Dataset): Verdict {
  const gauge = new BarGauge(dataset.intervalMs);
  const hash = new ColumnHash(COLUMNS[dataset.kind].length);
  const holes = new Holes(dataset.intervalMs * US_PER_MS);
  let damage: string | null = null;
  let rows = 0;
  let last = -Infinity;
  try {
    for (const block of history.read(dataset)) {
      rows += block.rows;
      hash.add(block);
      gauge.add(block);
      for (let at = 0; at < block.rows; at++) {
        const known = block.known[at] ?? Number.NaN;
        if (!(known >= last)) damage ??= `row ${rows - block.rows + at + 1} was known before the one in front of it`;
        last = known;
        holes.add(block.time[at] ?? 0);
      }
    }
    if (rows !== dataset.rows) damage ??= `it has ${rows} rows and says ${dataset.rows}`;
    if (hash.digest() !== dataset.hash) damage ??= "its columns are not those that it was stored with";
  } catch (error) {
    if (!(error instanceof HistoryFault)) throw error;
    damage = error.message;
  }
  return { damage, quality: gauge.verdict(), holes: holes.longest };
}

class Holes {
  longest: readonly Hole[] = [];
  private readonly intervalUs: number;
  private last = Number.NaN;

  constructor(intervalUs: number) {
    this.intervalUs = intervalUs;
  }

  add(time: EpochUs): void {
    const bars = this.intervalUs > 0 ? Math.round((time - this.last) / this.intervalUs) - 1 : 0;
    if (bars > 0 && bars > (this.longest[HOLES_SHOWN - 1]?.bars ?? 0)) {
      const hole = { from: this.last, to: time, bars };
      this.longest = [...this.longest, hole].sort((a, b) => b.bars - a.bars).slice(0, HOLES_SHOWN);
    }
    this.last = time;
  }
}
