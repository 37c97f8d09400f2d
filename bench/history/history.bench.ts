// Import and reading of history: rows a second from CSV and Parquet into a dataset (parse, check, sort, write, sync), from a
// dataset block by block, and through the merge of four datasets. 1-minute bars of the synthetic market, seed 7; files in
// a temporary folder, which the page cache holds. Each figure is the median of rounds.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  exportDataset,
  importFile,
  merge,
  openHistory,
  syntheticHistory,
  withResampling,
  type Dataset,
  type History,
  type HistoryWriter,
} from "../../src/history/history.ts";
import type { Result } from "../result.ts";

const DAYS = 365;
const ROUNDS = 7;
const SYMBOLS = ["SYN1", "SYN2", "SYN3", "SYN4"];

export async function run(): Promise<readonly Result[]> {
  const folder = mkdtempSync(join(tmpdir(), "bench-history-"));
  try {
    const opened = openHistory(folder);
    if (!opened.ok) throw new Error(opened.failure);
    return await measure(folder, opened.value);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measure(folder: string, history: History & HistoryWriter): Promise<readonly Result[]> {
  const market = syntheticHistory({ seed: 7, days: DAYS, intervalMs: 60_000, symbols: SYMBOLS });
  for (const dataset of market.list()) {
    const quality = { badRows: 0, unsorted: 0 };
    history.store({ ...dataset, quality, importedAt: 1, blocks: market.read(dataset) });
  }
  const datasets = history.list();
  const [first] = datasets;
  if (!first) throw new Error("the synthetic market was not stored");
  const [csv, zipped, parquet] = ["bars.csv", "bars.csv.gz", "bars.parquet"].map((name) => join(folder, name));
  const results: Result[] = [];
  for (const path of [csv, zipped, parquet]) {
    if (path === undefined) continue;
    await exportDataset(history, first, path);
    const name = path.slice(path.indexOf("bars.") + 4);
    results.push(await timed(`history: import of ${name}`, first.rows, () => importOnce(history, path, first)));
  }
  results.push(await timed("history: read blocks", first.rows, () => sum(history, first)));
  const all = datasets.reduce((rows, dataset) => rows + dataset.rows, 0);
  results.push(await timed("history: merge of four datasets", all, () => mergeAll(history, datasets)));
  results.push(await timed("history: resample 1m to 1h while reading", first.rows, () => resampleOnce(history, first)));
  results.push(await timed("history: synthetic bars", first.rows, () => sum(market, market.list()[0] ?? first)));
  return results;
}

/** Nanoseconds a row. */
async function timed(name: string, rows: number, work: () => Promise<void> | void): Promise<Result> {
  await work();
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const begin = performance.now();
    await work();
    times.push(((performance.now() - begin) * 1e6) / rows);
  }
  times.sort((a, b) => a - b);
  const medianNs = times[ROUNDS >> 1] ?? Number.NaN;
  const note = `a row; ${(1e3 / medianNs).toFixed(2)} million rows a second; ${rows.toLocaleString("en-US")} rows, ${ROUNDS} rounds`;
  return { name, pairs: [{ label: "row", medianNs, maxNs: times.at(-1) ?? Number.NaN }], ratio: 1, note };
}

async function importOnce(history: HistoryWriter, path: string, original: Dataset): Promise<void> {
  const imported = await importFile(history, path, { symbol: "COPY", now: 1 });
  const dataset = imported.ok ? imported.value.stored[0]?.dataset : undefined;
  if (dataset?.hash !== original.hash) throw new Error(`${path}: what was imported is not what was exported`);
  history.remove(dataset.id);
}

function sum(history: History, dataset: Dataset): void {
  let total = 0;
  for (const { columns, rows } of history.read(dataset)) {
    const close = columns[3];
    for (let at = 0; at < rows; at++) total += close?.[at] ?? 0;
  }
  if (!(total > 0)) throw new Error("nothing was read");
}

function mergeAll(history: History, datasets: readonly Dataset[]): void {
  let total = 0;
  merge(history, datasets, {}, ({ values }) => (total += values[3] ?? 0));
  if (!(total > 0)) throw new Error("nothing was read");
}

function resampleOnce(history: History, dataset: Dataset): void {
  const longer = withResampling(history);
  const bars = longer.find(dataset.symbol, "bar", 3_600_000);
  if (bars) sum(longer, bars);
}
