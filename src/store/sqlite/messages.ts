// What the main thread and the storage worker say to each other. One batch is on its way at a time: commits first, then
// queries, which see what was handed in before them.
import type { Commit, Fault, Outcome, Statement } from "./commits.ts";
import type { Row } from "./driver.ts";
import type { Migrated } from "./migrate.ts";
import type { OpenFailure } from "./open.ts";

export interface StoreWorkerData {
  readonly file: string;
}

export interface Batch {
  readonly kind: "batch";
  readonly commits: readonly Commit[];
  readonly queries: readonly Statement[];
}
export type StoreRequest =
  | Batch
  | { readonly kind: "close" }
  /** What a look at the whole file, or at a part of it, came to. */
  | { readonly kind: "judged"; readonly whole: boolean };

/** To a thread that reads (read-worker.ts); a read is answered by what was found, an interrupted one by a fault. */
export type ReadRequest =
  { readonly kind: "read"; readonly query: Statement } | { readonly kind: "interrupt" } | { readonly kind: "close" };

export type Found = { readonly rows: readonly Row[] } | { readonly fault: Fault };

export interface Done {
  readonly kind: "done";
  readonly commits: readonly Outcome[];
  readonly queries: readonly Found[];
}
export type StoreAnswer =
  /** `checked`: as a whole, before it is served. */
  | { readonly kind: "opened"; readonly migrated: Migrated; readonly checked: boolean }
  | { readonly kind: "refused"; readonly failure: OpenFailure }
  | Done;
