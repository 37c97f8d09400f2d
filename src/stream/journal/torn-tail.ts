// Tells a torn write from damage, where the reading of the last segment ended early.
//
// A torn write is one that the system had not finished when the machine stopped: nothing that was reported durable is
// in it, and it may be cut. Damage is everything else: bytes that had been safe have changed, and cutting them would
// lose events behind the reader's back. The bad span X and what follows decide:
//   * no good block follows: torn. (The last block of a file has nobody to vouch for it; like any log, this one
//     cannot tell a half-written last block from one that rotted.)
//   * a good block follows that says `synced` > X: damage, because X had reached the disk.
//   * good blocks follow, none vouches for X: pages reach the disk in any order, so after a power cut a hole in front
//     of good blocks is possible. A hole reads as zeros, whole sectors of them, or from where X begins to the end of
//     that sector when the page had reached the disk once before X was written: then torn, otherwise damage.
//   * a whole block with another sequence than the one due: damage; the writer never does that.
import { crc32 } from "node:zlib";
import type { Damage } from "./failure.ts";
import type { SegmentReader } from "./segment-reader.ts";
import { readFully } from "./segment-reader.ts";
import {
  BLOCK_ALIGNMENT,
  BLOCK_BYTES_MAX,
  BLOCK_HEADER_BYTES,
  BLOCK_MAGIC,
  blockBytes,
  readBlockHeader,
} from "./segment.ts";
import { EVENT_BYTES } from "../../../assembly/layout.ts";

const SECTOR_BYTES = 512;

export interface TornTail {
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
  /** By the block headers that can be read; where none can, what the bytes could have held at most. */
  readonly eventsLost: number;
  readonly firstLost: number;
  readonly reason: string;
}

export type TailVerdict = { readonly torn: TornTail } | { readonly damage: Damage };

interface Survey {
  readonly begin: number;
  announced: number;
  /** First sequence of the first good block. */
  firstGood: number | null;
  synced: number;
  /** Offset after the last byte that is not zero. */
  contentEnd: number;
  /** The bad span holds zeros as a page leaves them that was never written. */
  hole: boolean;
}

/** The reader must have stopped at a bad block. `following`: first sequence of the next segment, null for the last. */
export function judgeTail(reader: SegmentReader, following: number | null): TailVerdict {
  const bad = reader.bad;
  if (bad === null) throw new Error("there is no bad block to judge");
  const found = survey(reader.fd, bad.offset, reader.size);
  const from = reader.nextSequence;
  const vouched = found.synced > from;
  const hole = found.firstGood === null || found.hole;
  if (following !== null || bad.gap || vouched || !hole) {
    const end = found.firstGood ?? following;
    const to = end === null || end <= from ? null : end - 1;
    return { damage: { file: reader.path, offset: bad.offset, from, to, reason: bad.reason } };
  }
  const atMost = Math.max(0, Math.floor((found.contentEnd - bad.offset - BLOCK_HEADER_BYTES) / EVENT_BYTES));
  return {
    torn: {
      file: reader.path,
      offset: bad.offset,
      bytes: reader.size - bad.offset,
      eventsLost: found.announced > 0 ? found.announced : atMost,
      firstLost: from,
      reason: bad.reason,
    },
  };
}

/** Walks from a bad block to the end of the file and notes what can still be recognised. */
function survey(fd: number, from: number, end: number): Survey {
  const found: Survey = { begin: from, announced: 0, firstGood: null, synced: 0, contentEnd: from, hole: false };
  const bytes = new Uint8Array(BLOCK_BYTES_MAX);
  let offset = from;
  while (offset < end) {
    const length = readFully(fd, bytes, Math.min(bytes.length, end - offset), offset);
    if (length === 0) break;
    offset += surveyWindow(found, bytes.subarray(0, length), offset, offset + length === end);
  }
  return found;
}

/** Surveys one window; returns how far it got: its end, or a block that reaches beyond it and must be read again. */
function surveyWindow(found: Survey, bytes: Uint8Array, start: number, atEnd: boolean): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  while (at < bytes.length) {
    const candidate = at + 4 <= bytes.length && view.getUint32(at, true) === BLOCK_MAGIC;
    const header = candidate ? readBlockHeader(bytes, at) : null;
    if (header !== null) {
      const next = at + blockBytes(header.count);
      if (next > bytes.length && at > 0 && !atEnd) return at;
      found.announced += header.count;
      const whole = next <= bytes.length;
      if (whole && crc32(bytes.subarray(at + BLOCK_HEADER_BYTES, next)) === header.payloadCrc) {
        found.firstGood ??= header.firstSequence;
        found.synced = Math.max(found.synced, header.synced);
        found.contentEnd = start + next;
        at = next;
        continue;
      }
    }
    noteContent(found, bytes, start, at);
    at += BLOCK_ALIGNMENT;
  }
  return at;
}

function noteContent(found: Survey, bytes: Uint8Array, start: number, at: number): void {
  const limit = Math.min(at + BLOCK_ALIGNMENT, bytes.length);
  for (let index = at; index < limit; index++) {
    if (bytes[index] !== 0) found.contentEnd = start + index + 1;
  }
  if (found.firstGood !== null) return;
  // contentEnd stays behind while zeros pass by: from it on, or from the next sector on, there is nothing but zeros.
  const end = start + limit;
  const sector = Math.ceil(found.contentEnd / SECTOR_BYTES) * SECTOR_BYTES;
  const untouched = found.contentEnd === found.begin && sector > found.begin;
  if (end - sector >= (untouched ? 0 : SECTOR_BYTES)) found.hole = true;
}
