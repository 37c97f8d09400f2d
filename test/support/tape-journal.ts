// Writes the events of a tape into a journal, in blocks as the journal's thread does, so that the replay tool can read
// them.
import * as layout from "../../assembly/layout.ts";
import { SegmentWriter } from "../../src/stream/journal/segment-writer.ts";
import { loadCore } from "../../src/stream/kernels/core.ts";
import type { Tape } from "./tape-run.ts";

const BLOCK_EVENTS = 512;
const SEGMENT_BYTES = 1 << 28;

export function journalTape(tape: Tape, dir: string): void {
  const coreHash = loadCore().hash;
  const writer = new SegmentWriter(
    { dir, sync: "off", segmentBytes: SEGMENT_BYTES, coreHash, firstSequence: 0 },
    () => Date.now() * 1000,
  );
  for (let at = 0; at < tape.events.length; at += BLOCK_EVENTS * layout.EVENT_BYTES) {
    const piece = tape.events.subarray(at, at + BLOCK_EVENTS * layout.EVENT_BYTES);
    writer.stage(piece, 0, piece.length / layout.EVENT_BYTES);
    writer.write();
  }
  writer.close();
}
