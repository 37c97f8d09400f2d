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
interface Capture {
  readonly first: number;
  readonly last: number;
  readonly signals: Approved[];
}

/** Messages that are being evaluated. */
export class Captures {
  private readonly open = new Set<Capture>();

  of({ firstSequence: first, lastSequence: last }: Batch): Capture {
    return { first, last, signals: [] };
  }
  add(capture: Capture): void {
    this.open.add(capture);
  }
  delete(capture: Capture): void {
    this.open.delete(capture);
  }

  take(signals: readonly Approved[]): void {
    for (const { first, last, signals: own } of this.open)
      own.push(...signals.filter(({ sequence }) => sequence >= first && sequence <= last));
  }
}
