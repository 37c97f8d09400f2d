// Closes of the bars that a run saw, by the time at which they were known: for charts, and to compare entries with.
import type { History } from "../history/history.ts";
import type { PriceLine, Statement } from "./outcome.ts";

/** Symbols without bars are left out. `intervalMs` as in the run. */
export function pricesOf(
  history: History,
  { symbols, from, to }: Statement,
  intervalMs?: number,
): readonly PriceLine[] {
  return symbols.flatMap((symbol): readonly PriceLine[] => {
    const dataset = history.find(symbol, "bar", intervalMs);
    if (dataset === null) return [];
    const time = new Float64Array(dataset.rows);
    const price = new Float64Array(dataset.rows);
    let count = 0;
    for (const { rows, known, columns } of history.read(dataset, { from, to })) {
      time.set(known.subarray(0, rows), count);
      price.set((columns[CLOSE] ?? price).subarray(0, rows), count);
      count += rows;
    }
    return count === 0 ? [] : [{ symbol, time: time.slice(0, count), price: price.slice(0, count) }];
  });
}
const CLOSE = 3;
