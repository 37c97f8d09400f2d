// The live feed: messages of the bus's input channel into ingest. The ring is published once per socket chunk (at the
// end of the turn in which its messages came), because every publication costs a cache line and perhaps a wake-up.
// Main thread; subscribes once, the bus keeps the subscription over reconnects.
import { INPUT_CHANNEL, type Bus } from "../../bus/bus.ts";
import type { Ingest } from "./ingest.ts";

export class RedisFeed {
  private readonly bus: Pick<Bus, "subscribe">;
  private readonly ingest: Ingest;
  private pending = false;
  private stopped = false;

  constructor(bus: Pick<Bus, "subscribe">, ingest: Ingest) {
    this.bus = bus;
    this.ingest = ingest;
  }

  start(): void {
    this.bus.subscribe(INPUT_CHANNEL, (bytes) => this.take(bytes));
  }

  /** Nothing that arrives from here on is taken in. */
  stop(): void {
    this.stopped = true;
  }

  private take(bytes: Uint8Array): void {
    if (this.stopped) return;
    this.ingest.accept(bytes, "redis");
    if (this.pending) return;
    this.pending = true;
    process.nextTick(() => {
      this.pending = false;
      this.ingest.publish();
    });
  }
}
