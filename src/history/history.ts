// The door of recorded history: what datasets there are, reading them as streams of blocks, and bringing rows in. A history
// lies in DATA_DIR/history, one file for each dataset; in memory; or is computed (the synthetic market). Everything is
// synchronous and works in any thread; several processes may read while one imports.
import type { Result } from "../domain/result.ts";
import type { Imported, ImportOptions } from "./intake/import.ts";
import type { HistoryWriter } from "./stored-history.ts";

export { COLUMNS, type Block, type Dataset, type History, type Quality, type Span } from "./dataset.ts";
export { datasetId, intervalLabel, parseInterval } from "./dataset-id.ts";
export { exportDataset } from "./export.ts";
export { frameHistory, type HistoryFrame } from "./frame-history.ts";
export { HistoryFault } from "./fault.ts";
export { memoryHistory, type Table } from "./memory-history.ts";
export { merge, merged, type Row } from "./merge.ts";
export { openHistory, type HistoryWriter, type Incoming, type Stored } from "./stored-history.ts";
export { RESAMPLED, resample, withResampling } from "./resample.ts";
export { verify, type Hole } from "./verify.ts";
export { syntheticHistory, type SyntheticOptions } from "./synthetic/synthetic.ts";
export type { Imported, ImportOptions } from "./intake/import.ts";
/** Loaded when it is needed: whoever only reads history needs neither the data plane nor Parquet. */
export async function importFile(
  writer: HistoryWriter,
  path: string,
  options: ImportOptions,
): Promise<Result<Imported, string>> {
  const intake = await import("./intake/import.ts");
  return intake.importFile(writer, path, options);
}

/** `text.json`: a JSON document, as it lies in Redis under market_data:{symbol}:history. */
export async function importText(
  writer: HistoryWriter,
  text: { readonly json: string; readonly name: string; readonly symbol: string },
  options: ImportOptions,
): Promise<Result<Imported, string>> {
  const intake = await import("./intake/import.ts");
  return intake.importText(writer, text, options);
}
