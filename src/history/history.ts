// The door of recorded history: what datasets there are, reading them as streams of blocks, and bringing rows in. A history
// lies in DATA_DIR/history, one file for each dataset; in memory; or is computed (the synthetic market). Everything is
// synchronous and works in any thread; several processes may read while one imports.
export { COLUMNS, type Block, type Dataset, type History, type Quality, type Span } from "./dataset.ts";
export { datasetId, intervalLabel, parseInterval } from "./dataset-id.ts";
export { HistoryFault } from "./fault.ts";
export { memoryHistory, type Table } from "./memory-history.ts";
export { merge, type Row } from "./merge.ts";
export { openHistory, type HistoryWriter, type Incoming, type Stored } from "./stored-history.ts";
export { syntheticHistory, type SyntheticOptions } from "./synthetic/synthetic.ts";
