// Feeds journaled events back through the kernels: a restart's tail, or the replay tool's span. The same ring, the same
// workers, the same code as live; only the producer differs. Marks in the stream are checked on the way.
import * as layout from "../../assembly/layout.ts";
import { JournalError, type EventBlock } from "./journal/journal.ts";
import type { Kernels } from "./kernels/kernels.ts";
import { readMark, type MarkChecker } from "./marks.ts";
import type { MemoryPlan } from "./rings/memory-plan.ts";
import type { Plane } from "./rings/plane.ts";

export interface Fed {
  readonly events: number;
  readonly nextSequence: number;
}

const NEVER = 2n ** 64n - 1n;

/** Resolves when every event of `blocks` has been evaluated. The ring must stand at the first block's sequence. */
export async function feedBack(
  plane: Plane,
  kernels: Kernels,
  blocks: Iterable<EventBlock>,
  marks: MarkChecker,
  onProgress?: (events: number) => void,
): Promise<Fed> {
  const longs = new BigUint64Array(plane.memory.buffer);
  Atomics.store(longs, layout.LIVE_FROM >> 3, NEVER);
  let events = 0;
  try {
    for (const block of blocks) {
      if (block.firstSequence !== plane.ring.nextSequence) {
        throw new RangeError(
          `the next event is ${plane.ring.nextSequence}, the block begins with ${block.firstSequence}`,
        );
      }
      noteMarks(block, marks, plane.plan);
      await pour(plane, kernels, block.events);
      events += block.count;
      onProgress?.(events);
    }
    await kernels.evaluated(plane.ring.nextSequence);
  } finally {
    // A worker may still stand behind the last event that was fed back: its answer is the same with either number.
    Atomics.store(longs, layout.LIVE_FROM >> 3, BigInt(plane.ring.nextSequence));
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

function noteMarks(block: EventBlock, marks: MarkChecker, plan: MemoryPlan): void {
  const view = new DataView(block.events.buffer, block.events.byteOffset, block.events.byteLength);
  for (let at = 0; at < block.events.byteLength; at += layout.EVENT_BYTES) {
    const mark = readMark(view, at);
    if (mark) marks.expect(mark);
    else checkRoom(view, at, plan);
  }
}

/** The core writes where an event tells it to: one that was made for larger tables must not reach it. */
function checkRoom(view: DataView, at: number, plan: MemoryPlan): void {
  const kind = view.getUint8(at + layout.EVENT_KIND);
  if (kind !== layout.KIND_NAME && kind !== layout.KIND_CONTROL) return;
  const subject = view.getUint16(at + layout.EVENT_SUBJECT, true);
  const aux = view.getUint32(at + layout.EVENT_AUX, true);
  const number = (index: number): number => view.getFloat64(at + layout.EVENT_PAYLOAD + index * 8, true);
  const room = (what: string, place: number, available: number): void => {
    if (place < available) return;
    throw new JournalError({ code: "snapshot_plan", what, needed: place + 1, available });
  };
  if (kind === layout.KIND_NAME) {
    if ((aux & 0xff) === layout.TABLE_SYMBOL) room("symbols", subject, plan.maxSymbols);
  } else if (aux === layout.CONTROL_INSTANCE) room("instances", subject, plan.maxInstances);
  else if (aux === layout.CONTROL_SERIES) room("series", number(0), plan.maxSeries);
  else if (aux === layout.CONTROL_ATTACH) room("cells", number(2), plan.maxCells);
  else if (aux === layout.CONTROL_GROUP) room("groups", number(0), plan.maxGroups);
}
