// Feeds journaled events back through the kernels: a restart's tail, or the replay tool's span. The same ring, the same
// workers, the same code as live; only the producer differs. Marks in the stream are checked on the way.
import * as layout from "../../assembly/layout.ts";
import type { EventBlock } from "./journal/journal.ts";
import type { Kernels } from "./kernels/kernels.ts";
import { readMark, type MarkChecker } from "./marks.ts";
import type { Plane } from "./rings/plane.ts";

export interface Fed {
  readonly events: number;
  readonly nextSequence: number;
}

/** Resolves when every event of `blocks` has been evaluated. The ring must stand at the first block's sequence. */
export async function feedBack(
  plane: Plane,
  kernels: Kernels,
  blocks: Iterable<EventBlock>,
  marks: MarkChecker,
  onProgress?: (events: number) => void,
): Promise<Fed> {
  const words = new Int32Array(plane.memory.buffer);
  Atomics.store(words, layout.REPLAYING >> 2, 1);
  let events = 0;
  try {
    for (const block of blocks) {
      if (block.firstSequence !== plane.ring.nextSequence) {
        throw new RangeError(
          `the next event is ${plane.ring.nextSequence}, the block begins with ${block.firstSequence}`,
        );
      }
      noteMarks(block, marks);
      await pour(plane, kernels, block.events);
      events += block.count;
      onProgress?.(events);
    }
    await kernels.evaluated(plane.ring.nextSequence);
  } finally {
    Atomics.store(words, layout.REPLAYING >> 2, 0);
  }
  return { events, nextSequence: plane.ring.nextSequence };
}

/** Writes records as the ring has room; while it is full, waits until half of it was evaluated. */
async function pour(plane: Plane, kernels: Kernels, records: Uint8Array): Promise<void> {
  let offset = 0;
  while (offset < records.length) {
    offset += plane.ring.append(records.subarray(offset)) * layout.EVENT_BYTES;
    plane.ring.publish();
    if (offset < records.length) await kernels.evaluated(plane.ring.nextSequence - layout.EVENT_SLOTS / 2);
  }
}

function noteMarks(block: EventBlock, marks: MarkChecker): void {
  const view = new DataView(block.events.buffer, block.events.byteOffset, block.events.byteLength);
  for (let at = 0; at < block.events.byteLength; at += layout.EVENT_BYTES) {
    const mark = readMark(view, at);
    if (mark) marks.expect(mark);
  }
}
