// How far each reader of the event ring is behind, and what waits in each worker's signal ring: read from the counters of
// the shared memory, as they are at this moment. Events and signals.
import * as layout from "../../../assembly/layout.ts";
import type { Plane } from "./plane.ts";

export interface Reading {
  /** A worker's number; null: the journal. */
  readonly worker: number | null;
  readonly eventsBehind: number;
  readonly eventSlots: number;
  readonly signalsWaiting: number;
  /** 0: it makes no signals. */
  readonly signalSlots: number;
}

/** Only readers that the producer waits for. */
export function readings({ memory }: Plane): readonly Reading[] {
  const words = new Int32Array(memory.buffer);
  const load = (address: number): number => Atomics.load(words, address >> 2);
  const found: Reading[] = [];
  for (let consumer = 0; consumer < layout.CONSUMER_COUNT; consumer++) {
    const line = layout.CONSUMERS + consumer * layout.LINE;
    if (load(line + layout.CONSUMER_ACTIVE) !== 1) continue;
    const isWorker = consumer !== layout.JOURNAL_CONSUMER;
    const counters = layout.SIGNAL_COUNTERS + consumer * layout.SIGNAL_COUNTERS_BYTES;
    found.push({
      worker: isWorker ? consumer : null,
      eventsBehind: (load(layout.EVENT_NEXT) - load(line + layout.CONSUMER_TAIL)) >>> 0,
      eventSlots: layout.EVENT_SLOTS,
      signalsWaiting: isWorker ? (load(counters) - load(counters + layout.LINE)) >>> 0 : 0,
      signalSlots: isWorker ? layout.SIGNAL_SLOTS : 0,
    });
  }
  return found;
}
