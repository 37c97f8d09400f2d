// What becomes of one message of market data: its signals are caught while they are released.
import type { Batch } from "./ingest/ingest.ts";
import type { Approved } from "./risk/risk.ts";

/** Once it was evaluated. */
export interface Processed {
  readonly batch: Batch;
  readonly signals: readonly Approved[];
  /** Instances that were asked. */
  readonly applied: number;
}

/** Of the events from `first` to `last`. */
export interface Capture {
  readonly first: number;
  readonly last: number;
  readonly signals: Approved[];
}
