// The same history at another time. Shifted by CALENDAR_US every day keeps its weekday and its date but for the year.
import { US_PER_MS } from "../domain/units.ts";
import type { Block, Dataset, History, Span } from "../history/history.ts";

const DAY_MS = 86_400_000;
/** Twenty-eight years, after which the calendar repeats itself between 1901 and 2099. */
export const CALENDAR_US = 10_227 * DAY_MS * US_PER_MS;

export function shiftedHistory(history: History, byUs: number): History {
  const originals = new Map<string, Dataset>();
  const moved = (dataset: Dataset): Dataset => {
    originals.set(dataset.id, dataset);
    // The hash stays behind its getter, because computing it may take as long as reading everything.
    return Object.create(dataset, {
      from: { value: dataset.from + byUs },
      to: { value: dataset.to + byUs },
    }) as Dataset;
  };
  const later = (values: Float64Array): Float64Array => values.map((value) => value + byUs);
  return {
    list: () => history.list().map(moved),
    find: (symbol, kind, intervalMs) => {
      const found = history.find(symbol, kind, intervalMs);
      return found === null ? null : moved(found);
    },
    *read(dataset: Dataset, { from = -Infinity, to = Infinity }: Span = {}): Generator<Block> {
      const original = originals.get(dataset.id) ?? dataset;
      for (const block of history.read(original, { from: from - byUs, to: to - byUs }))
        yield {
          ...block,
          time: later(block.time.subarray(0, block.rows)),
          known: later(block.known.subarray(0, block.rows)),
        };
    },
  };
}
