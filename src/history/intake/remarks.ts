// What is odd about the rows of a source that were stored all the same: one sentence for each kind of oddity, with the line
// of the first row of that kind where the source tells it, and what to do. Nothing of it was repaired.
import type { Stored } from "../stored-history.ts";
import type { Note } from "./collector.ts";
import type { Oddities } from "./series.ts";

/** `line` null: the sentence is about the dataset as a whole. */
export interface Remark extends Omit<Note, "line"> {
  readonly line: number | null;
}

export function remarksOf({ added, dataset, disputed, repeated, replaced }: Stored, odd: Oddities): readonly Remark[] {
  if (added + replaced === 0) return [];
  const { gaps, splits, unsorted, zeroVolume } = dataset.quality;
  // The line is that of a hole which counts only if all that is missing is missing between rows of this source.
  const hole = gaps === odd.missing ? odd.hole : null;
  const remarks: readonly (readonly [count: number, line: number | null, message: string])[] = [
    [gaps, hole, holes(gaps, hole)],
    [zeroVolume, odd.zeroVolume, volumes(zeroVolume)],
    [odd.noVolume ? 1 : 0, null, NO_VOLUME],
    [unsorted, odd.unsorted, order(unsorted)],
    [repeated, odd.repeated ?? (unsorted === repeated ? odd.unsorted : null), repeats(repeated, disputed)],
    [splits.length, null, jumps(splits)],
  ];
  return remarks.flatMap(([count, line, message]) =>
    count > 0 ? [{ line, message: `${dataset.id}: ${message}` }] : [],
  );
}

const NO_VOLUME =
  "no bar has a volume, so rules that read volumes find none; if the file has some, call their column volume";

function holes(count: number, line: number | null): string {
  const where =
    line === null ? "`strategy-engine data show` tells the longest holes" : "the first hole is before this row";
  return `${number(count, "bar is", "bars are")} missing, ${where}; import the missing bars, or runs go on behind a hole`;
}

function volumes(count: number): string {
  return (
    `${number(count, "bar has", "bars have")} no volume while others have some; ` +
    "where that is a fault of the source, leave them out of the file and delete the dataset"
  );
}

function order(count: number): string {
  return `${number(count, "row comes", "rows come")} before an earlier time; they were put into order, nothing to do`;
}

function repeats(count: number, disputed: number): string {
  const rows = `${number(count, "row has", "rows have")} the time of another one; the first of each was kept`;
  if (disputed === 0) return `${rows}, nothing to do`;
  return `${rows}, and ${number(disputed, "says", "say")} something else than it: correct the file, then import with --replace`;
}

function jumps(times: readonly number[]): string {
  const first = new Date((times[0] ?? 0) / 1_000).toISOString().slice(0, 16).replace("T", " ");
  const moves = times.length === 1 ? "once" : `${times.length} times`;
  return `prices move ${moves} as a split would move them, first at ${first}; import adjusted prices if it was one`;
}

function number(count: number, one: string, many: string): string {
  return count === 1 ? `1 ${one}` : `${count} ${many}`;
}
