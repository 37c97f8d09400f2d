// Reads one segment file block by block and vouches for what it returns: format, checksums, sequence without gaps.
// It never changes the file, so a segment may be read while the worker appends to it: the size is taken at open.
// What it cannot vouch for ends the reading; torn-tail.ts then tells a torn write from damage. Any thread.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { crc32 } from "node:zlib";
import * as layout from "../../../assembly/layout.ts";
import { JournalError } from "./failure.ts";
import type { SegmentHeader } from "./segment.ts";
import {
  BLOCK_BYTES_MAX,
  BLOCK_HEADER_BYTES,
  SEGMENT_HEADER_BYTES,
  blockBytes,
  decodeSegmentHeader,
  readBlockHeader,
} from "./segment.ts";

const UNSURE_KEPT = 8_192;
const WINDOW_BYTES = 4 * BLOCK_BYTES_MAX;

export interface EventBlock {
  readonly firstSequence: number;
  readonly count: number;
  /** count x EVENT_BYTES, valid until the next block is asked for. */
  readonly events: Uint8Array;
}

export interface BadBlock {
  readonly offset: number;
  readonly reason: string;
  /** The block is whole and its checksums are right, yet its events are not the next ones. */
  readonly gap: boolean;
}

export class SegmentReader {
  readonly path: string;
  readonly fd: number;
  readonly size: number;
  readonly header: SegmentHeader;
  /** File offset and sequence after the last good block. */
  offset = SEGMENT_HEADER_BYTES;
  nextSequence: number;
  /** Why the reading ended before the end of the file; null when it did not. */
  bad: BadBlock | null = null;
  /** Offset and following sequence of each block that no later one has vouched for, from `sure` on. */
  private readonly unsure: number[] = [];
  private sure = 0;
  private readonly window = new Uint8Array(WINDOW_BYTES);
  private windowStart = 0;
  private windowEnd = 0;

  private constructor(path: string, fd: number, size: number, header: SegmentHeader) {
    this.path = path;
    this.fd = fd;
    this.size = size;
    this.header = header;
    this.nextSequence = header.firstSequence;
  }

  /** Throws a JournalError when the header is damaged or of another version. */
  static open(path: string): SegmentReader {
    const fd = openSync(path, "r");
    try {
      const header = readSegmentHeader(path, fd);
      return new SegmentReader(path, fd, fstatSync(fd).size, header);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  next(): EventBlock | null {
    if (this.bad !== null || this.offset >= this.size) return null;
    const at = this.fill(BLOCK_HEADER_BYTES);
    if (at < 0) return this.stop("the file ends inside a block's header");
    const header = readBlockHeader(this.window, at);
    if (header === null) return this.stop("a block's header is not what was written");
    const start = this.fill(blockBytes(header.count));
    if (start < 0) return this.stop(`the file ends inside a block of ${header.count} events`);
    const payload = start + BLOCK_HEADER_BYTES;
    const events = this.window.subarray(payload, payload + header.count * layout.EVENT_BYTES);
    if (crc32(events) !== header.payloadCrc) return this.stop(`the checksum of ${header.count} events is wrong`);
    if (header.firstSequence !== this.nextSequence) {
      return this.stop(`a block begins with event ${header.firstSequence}, ${this.nextSequence} was due`, true);
    }
    this.unsure.push(this.offset, this.nextSequence + header.count);
    while ((this.unsure[this.sure + 1] ?? Infinity) <= header.synced) this.sure += 2;
    if (this.sure > UNSURE_KEPT) this.unsure.splice(0, this.sure);
    if (this.sure > UNSURE_KEPT) this.sure = 0;
    this.offset += blockBytes(header.count);
    this.nextSequence += header.count;
    return { firstSequence: header.firstSequence, count: header.count, events };
  }

  /** From here on nothing in the file says that it has reached the disk: it may be in the system's memory only. */
  get unsureFrom(): number {
    return this.unsure[this.sure] ?? this.offset;
  }

  close(): void {
    closeSync(this.fd);
  }

  private stop(reason: string, gap = false): null {
    this.bad = { offset: this.offset, reason, gap };
    return null;
  }

  /** Makes `bytes` bytes from the current offset available; their place in the window, or -1 beyond the file. */
  private fill(bytes: number): number {
    if (this.offset + bytes > this.size) return -1;
    if (this.offset < this.windowStart || this.offset + bytes > this.windowEnd) {
      this.windowStart = this.offset;
      this.windowEnd =
        this.offset + readFully(this.fd, this.window, Math.min(WINDOW_BYTES, this.size - this.offset), this.offset);
      if (this.offset + bytes > this.windowEnd) return -1;
    }
    return this.offset - this.windowStart;
  }
}

function readSegmentHeader(path: string, fd: number): SegmentHeader {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  const read = readFully(fd, bytes, SEGMENT_HEADER_BYTES, 0);
  const header = decodeSegmentHeader(bytes.subarray(0, read));
  if (!header.ok) {
    const damage = { file: path, offset: 0, from: sequenceOfName(path), to: null, reason: header.failure };
    throw new JournalError({ code: "journal_damaged", damage });
  }
  const { layoutVersion, eventBytes } = header.value;
  if (layoutVersion !== layout.LAYOUT_VERSION || eventBytes !== layout.EVENT_BYTES) {
    const found = `layout version ${layoutVersion} with events of ${eventBytes} bytes`;
    const expected = `layout version ${layout.LAYOUT_VERSION} with events of ${layout.EVENT_BYTES} bytes`;
    throw new JournalError({ code: "journal_version", file: path, found, expected });
  }
  return header.value;
}

function sequenceOfName(path: string): number {
  return Number(/(\d{20})\.journal$/.exec(path)?.[1] ?? 0);
}

/** Bytes read: fewer than asked for only at the end of the file. */
export function readFully(fd: number, bytes: Uint8Array, length: number, position: number): number {
  let done = 0;
  while (done < length) {
    const read = readSync(fd, bytes, done, length - done, position + done);
    if (read === 0) break;
    done += read;
  }
  return done;
}
