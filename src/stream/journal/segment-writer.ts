// Appends events to the newest segment. Runs on the journal's worker thread only; every call blocks on the disk.
//
// The buffer holds, in file order, the blocks that the disk has not confirmed:
//
//   file    |....................|##########|          |      base: everything before it is on the disk (synced)
//   buffer                       |##########|++++++++++|      # written, ++ staged: not in the file yet
//                                base       written    filled
//
// A failed write is cut back to `written` and tried again from there. A failed sync is never tried again as it is:
// afterwards the system counts the lost pages as clean, and the next sync would report success. Everything since
// `base` is then written once more through a new file descriptor, which is why the buffer keeps it.
// With sync "off" nothing waits for the disk, so the buffer is emptied after each write; behind a failed sync the events
// are read from the file again.
// Any operation may throw a system error; calling it again later is the way to go on, and nothing staged is lost.
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import * as layout from "../../../assembly/layout.ts";
import type { NumberedFile } from "./files.ts";
import { syncFolder } from "../../store/folder.ts";
import { SEGMENT_SUFFIX, TEMPORARY_SUFFIX, numberedPath, writeAgain, writeFully } from "./files.ts";
import {
  BLOCK_EVENTS_MAX,
  BLOCK_HEADER_BYTES,
  SEGMENT_HEADER_BYTES,
  blockBytes,
  encodeSegmentHeader,
  sealBlock,
} from "./segment.ts";

export type JournalSync = "off" | "batch" | "always";

/** Most events per stage: the ring gets its slots back in steps of this size. */
export const STAGE_EVENTS_MAX = 4 * BLOCK_EVENTS_MAX;
/** A sync is due at the latest when so many bytes wait for it; this bounds what one sync has to do. */
export const UNSYNCED_BYTES_MAX = 8 * 1024 * 1024;
/** The ring's end may split a stage, which costs one more block. */
const STAGE_BYTES_MAX = blockBytes(STAGE_EVENTS_MAX) + 5 * BLOCK_HEADER_BYTES;

export interface SegmentWriterOptions {
  readonly dir: string;
  readonly sync: JournalSync;
  readonly segmentBytes: number;
  readonly coreHash: string;
  readonly firstSequence: number;
}

export class SegmentWriter {
  /** Sequence after the last event staged, in the file, and on the disk. */
  stagedNext: number;
  writtenNext: number;
  syncedNext: number;
  /** Segment in progress; null before the first write and after a roll. */
  current: NumberedFile | null = null;
  /** Bytes appended by this writer, headers included. */
  appendedBytes = 0;
  private readonly options: SegmentWriterOptions;
  private readonly nowUs: () => number;
  private readonly buffer = new Uint8Array(UNSYNCED_BYTES_MAX + STAGE_BYTES_MAX);
  private fd = -1;
  private base = SEGMENT_HEADER_BYTES;
  private written = 0;
  private filled = 0;
  /** Of the segment in progress: what is on the disk, in bytes, and whether a sync of what follows has failed. */
  private safe = SEGMENT_HEADER_BYTES;
  private doubtful = false;
  /** A segment that could not be begun: its file may be there, and holds no event. */
  private begun: string | null = null;

  /** `nowUs`: microseconds since 1970, for the header of a segment. */
  constructor(options: SegmentWriterOptions, nowUs: () => number) {
    this.options = options;
    this.nowUs = nowUs;
    this.stagedNext = options.firstSequence;
    this.writtenNext = options.firstSequence;
    this.syncedNext = options.firstSequence;
  }

  get unsyncedBytes(): number {
    return this.filled;
  }

  /** Bytes of the segment in progress. */
  get segmentBytes(): number {
    return this.current === null ? 0 : this.base + this.written;
  }

  /** Copies events out of the ring's memory as blocks. Needs everything staged before to be written. */
  stage(memory: Uint8Array, address: number, count: number): void {
    let from = address;
    let left = count;
    while (left > 0) {
      const events = Math.min(left, BLOCK_EVENTS_MAX);
      const bytes = events * layout.EVENT_BYTES;
      this.buffer.set(memory.subarray(from, from + bytes), this.filled + BLOCK_HEADER_BYTES);
      sealBlock(this.buffer, this.filled, events, this.stagedNext, this.syncedNext);
      this.filled += BLOCK_HEADER_BYTES + bytes;
      this.appendedBytes += BLOCK_HEADER_BYTES + bytes;
      this.stagedNext += events;
      from += bytes;
      left -= events;
    }
  }

  /** True when the next stage would not fit: into the buffer, or into the segment. */
  get needsSync(): boolean {
    return this.filled >= UNSYNCED_BYTES_MAX || this.isFull;
  }

  private get isFull(): boolean {
    return this.current !== null && this.base + this.filled >= this.options.segmentBytes;
  }

  /** Puts what is staged into the file. */
  write(): void {
    if (this.written === this.filled) return;
    this.open();
    const from = this.written;
    try {
      writeFully(this.fd, this.buffer, from, this.filled, this.base + from);
    } catch (error) {
      this.cut();
      throw error;
    }
    this.written = this.filled;
    this.writtenNext = this.stagedNext;
    if (this.options.sync === "off") this.empty();
  }

  /** Puts everything onto the disk; ends the segment when it has reached its size. */
  sync(): void {
    this.write();
    if (this.current === null) return;
    try {
      if (this.syncedNext < this.writtenNext) this.confirm(this.current.path);
    } catch (error) {
      this.written = 0;
      this.doubtful = this.options.sync === "off";
      this.drop();
      throw error;
    }
    this.syncedNext = this.writtenNext;
    this.empty();
    this.safe = this.base;
    this.doubtful = false;
    if (this.isFull) this.endSegment();
  }

  /** A file that was moved or removed under our feet takes writes and syncs gladly; a restart would not find it. */
  private confirm(path: string): void {
    this.open();
    statSync(path);
    if (this.doubtful) writeAgain(this.fd, this.safe);
    fdatasyncSync(this.fd);
  }

  /** The next write begins a new file. Everything must be synced. */
  private endSegment(): void {
    this.release();
    this.current = null;
    this.base = SEGMENT_HEADER_BYTES;
    this.safe = SEGMENT_HEADER_BYTES;
  }

  close(): void {
    this.release();
  }

  private empty(): void {
    this.base += this.written;
    this.written = 0;
    this.filled = 0;
  }

  private open(): void {
    if (this.fd >= 0) return;
    if (this.current === null) {
      const path = numberedPath(this.options.dir, this.writtenNext, SEGMENT_SUFFIX);
      this.fd = this.create(path);
      this.current = { path, sequence: this.writtenNext };
    } else {
      this.fd = openSync(this.current.path, "r+");
    }
  }

  /** A segment appears under its name only when its header is on the disk. */
  private create(path: string): number {
    if (this.begun === path) rmSync(path, { force: true });
    else if (existsSync(path)) throw new Error(`${path} exists already; its events would be overwritten`);
    const temporary = path + TEMPORARY_SUFFIX;
    const header = encodeSegmentHeader({
      layoutVersion: layout.LAYOUT_VERSION,
      eventBytes: layout.EVENT_BYTES,
      firstSequence: this.writtenNext,
      created: this.nowUs(),
      coreHash: this.options.coreHash,
    });
    const fd = openSync(temporary, "w");
    try {
      writeFully(fd, header, 0, header.length, 0);
      fsyncSync(fd);
      this.begun = path;
      renameSync(temporary, path);
      syncFolder(this.options.dir);
    } catch (error) {
      undo(
        () => closeSync(fd),
        () => rmSync(temporary, { force: true }),
        () => rmSync(path, { force: true }),
      );
      throw error;
    }
    this.begun = null;
    this.appendedBytes += header.length;
    return fd;
  }

  /** Removes what a failed write left behind the last good byte; if even that fails, the next write covers it. */
  private cut(): void {
    try {
      ftruncateSync(this.fd, this.base + this.written);
    } catch {
      // The error that matters is the one of the write; the caller gets that one.
    }
    this.drop();
  }

  private release(): void {
    if (this.fd < 0) return;
    const fd = this.fd;
    this.fd = -1;
    closeSync(fd);
  }

  /** After an error: the descriptor is done for, and what its end reports adds nothing to the error that is known. */
  private drop(): void {
    try {
      this.release();
    } catch {
      // The caller throws the error that led here.
    }
  }
}

/** As far as the disk lets us: what stays of a segment that was not begun goes with the next attempt, or the next start. */
function undo(...steps: readonly (() => void)[]): void {
  for (const step of steps) {
    try {
      step();
    } catch {
      // The caller throws the error that led here.
    }
  }
}
