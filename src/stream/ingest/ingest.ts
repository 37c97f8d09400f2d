// The door of ingest: the intake that turns messages into events, and what feeds it beside HTTP.
export type { Batch, TickError } from "./batch.ts";
export { BackFill } from "./back-fill.ts";
export type { Encoding, IngestCounters, Transport } from "./counters.ts";
export { DemoFeed } from "./demo-feed.ts";
export { splitCells } from "./csv-columns.ts";
export { FileFault, linesOf, openFile, type OpenFile } from "./file-lines.ts";
export { historyTicks } from "./history-frame.ts";
export { rowsIn } from "./history-intake.ts";
export { readMarketFile } from "./files.ts";
export { ForeignJournals } from "./foreign-journal.ts";
export { Ingest, type IngestDeps } from "./intake.ts";
export type { Names, OnSymbol } from "./names.ts";
export { RedisFeed } from "./redis-feed.ts";
export { StreamFeed } from "./stream-feed.ts";
