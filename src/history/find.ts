// Which dataset answers for a symbol: bars of exactly the interval, or the finest; of several venues the one without a
// name, else the first by id.
import type { EventKind } from "../domain/event.ts";
import type { Dataset } from "./dataset.ts";

export function findDataset(
  datasets: readonly Dataset[],
  symbol: string,
  kind: EventKind,
  intervalMs?: number,
): Dataset | null {
  const fitting = datasets.filter(
    (dataset) =>
      dataset.symbol === symbol &&
      dataset.kind === kind &&
      (intervalMs === undefined || kind !== "bar" || dataset.intervalMs === intervalMs),
  );
  const finest = Math.min(...fitting.map((dataset) => dataset.intervalMs));
  const left = fitting.filter((dataset) => dataset.intervalMs === finest);
  return left.find(({ venue }) => venue === null) ?? left[0] ?? null;
}
