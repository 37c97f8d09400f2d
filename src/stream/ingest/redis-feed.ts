// Market data from the bus: every message of the input channel goes through ingest. The ring is published once per
// socket chunk, not once per message: all messages of a chunk are handed over in one turn of the event loop, and
// process.nextTick runs right behind it.
import { INPUT_CHANNEL, type Bus } from "../../bus/bus.ts";
import type { Batch } from "./batch.ts";
import type { Ingest } from "./intake.ts";

export class RedisFeed {
  private readonly source: Pick<Bus, "subscribe">;
  private ingest: Ingest;
  private readonly onBatch: ((batch: Batch) => void) | undefined;
  private subscribed = false;
  private open = false;
  private publishing = false;

  /** `onBatch` hears of every message that was decoded, refused ones included. */
  constructor(source: Pick<Bus, "subscribe">, ingest: Ingest, onBatch?: (batch: Batch) => void) {
    this.source = source;
    this.ingest = ingest;
    this.onBatch = onBatch;
  }

  /** From now on this one takes the messages: one subscription lasts as long as the bus does. */
  into(ingest: Ingest): void {
    this.ingest = ingest;
  }

  start(): void {
    this.open = true;
    if (this.subscribed) return;
    this.subscribed = true;
    this.source.subscribe(INPUT_CHANNEL, (bytes) => this.take(bytes));
  }

  /** What still comes is dropped: the engine is going down. What has come is published. */
  stop(): void {
    this.open = false;
    this.ingest.publish();
  }

  private take(bytes: Uint8Array): void {
    if (!this.open) return;
    const batch = this.ingest.take(bytes, "redis");
    if (batch !== null) this.onBatch?.(batch);
    if (this.publishing) return;
    this.publishing = true;
    process.nextTick(() => {
      this.publishing = false;
      this.ingest.publish();
    });
  }
}
