// Cuts back what a kill left unfinished at the end of a journal: records that an input stream's position announced and
// that are not all there (../positions.ts). Nothing was acknowledged of them, so they come again and count once; without
// the cut some would count twice. They are the very end of the journal, because they became visible together: no event
// of anybody else is among them or behind them.
// Each step leaves a folder that the next start cuts in the same place: segments behind the cut go, newest first; then
// the blocks behind the one that is cut; then its header says how many events are left; then the rest goes, which until
// then is a torn write to any reader.
import { closeSync, fsyncSync, ftruncateSync, openSync, rmSync } from "node:fs";
import * as layout from "../../../assembly/layout.ts";
import { CONTROL_POSITION } from "../../../assembly/position-layout.ts";
import { syncFolder } from "../../store/folder.ts";
import { SEGMENT_SUFFIX, numberedFiles, writeFully } from "./files.ts";
import { SegmentReader, readFully, type EventBlock } from "./segment-reader.ts";
import { BLOCK_HEADER_BYTES, blockBytes, readBlockHeader, sealBlock } from "./segment.ts";

export interface Unfinished {
  /** The position's sequence, which is the next event's now. */
  readonly from: number;
  readonly events: number;
}

/** Follows the blocks of a journal and knows where the newest position's records begin and end. */
export class PositionFollower {
  private from = 0;
  private end = 0;

  follow({ firstSequence, count, events }: EventBlock): void {
    const view = new DataView(events.buffer, events.byteOffset, events.byteLength);
    for (let index = 0; index < count; index++) {
      const at = index * layout.EVENT_BYTES;
      if (view.getUint8(at + layout.EVENT_KIND) !== layout.KIND_CONTROL) continue;
      if (view.getUint32(at + layout.EVENT_AUX, true) !== CONTROL_POSITION) continue;
      this.from = firstSequence + index;
      this.end = this.from + 1 + view.getUint16(at + layout.EVENT_SUBJECT, true);
    }
  }

  /** What a journal that ends before `nextSequence` lacks the end of; null: nothing. */
  unfinished(nextSequence: number): Unfinished | null {
    return nextSequence < this.end ? { from: this.from, events: nextSequence - this.from } : null;
  }
}

/** The journal goes on with event `from`. Its last segment must be whole. */
export function cutBack(dir: string, from: number): void {
  for (const { path, sequence } of [...numberedFiles(dir, SEGMENT_SUFFIX)].reverse()) {
    if (sequence < from) return cutSegment(path, from);
    rmSync(path);
    syncFolder(dir);
  }
}

function cutSegment(path: string, from: number): void {
  const offset = blockWith(path, from);
  if (offset === null) return; // the segment ends there
  const fd = openSync(path, "r+");
  try {
    const bytes = new Uint8Array(BLOCK_HEADER_BYTES);
    readFully(fd, bytes, bytes.length, offset);
    const header = readBlockHeader(bytes, 0);
    if (header === null) throw new Error(`${path} has changed while it was read`);
    const kept = from - header.firstSequence;
    if (kept > 0) shorten(fd, offset, header.count, kept, header);
    truncate(fd, kept > 0 ? offset + blockBytes(kept) : offset);
  } finally {
    closeSync(fd);
  }
}

function shorten(
  fd: number,
  offset: number,
  count: number,
  kept: number,
  { firstSequence, synced }: { readonly firstSequence: number; readonly synced: number },
): void {
  truncate(fd, offset + blockBytes(count));
  const block = new Uint8Array(blockBytes(kept));
  readFully(fd, block, block.length, offset);
  sealBlock(block, 0, kept, firstSequence, synced);
  writeFully(fd, block, 0, BLOCK_HEADER_BYTES, offset); // 32 bytes at a multiple of 32: within one sector
  fsyncSync(fd);
}

function truncate(fd: number, bytes: number): void {
  ftruncateSync(fd, bytes);
  fsyncSync(fd);
}

/** File offset of the block that holds an event; null when the file ends before it. */
function blockWith(path: string, sequence: number): number | null {
  const reader = SegmentReader.open(path);
  try {
    for (;;) {
      const { offset } = reader;
      const block = reader.next();
      if (block === null) return null;
      if (block.firstSequence + block.count > sequence) return offset;
    }
  } finally {
    reader.close();
  }
}
