// Journal folders for tests: temporary, filled with events whose payload is their own sequence, read back whole.
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { EventBlock } from "../../src/stream/journal/segment-reader.ts";
import { SegmentWriter, type JournalSync } from "../../src/stream/journal/segment-writer.ts";
import { readEvents } from "../../src/stream/journal/walk.ts";
import { CORE_HASH, events } from "./numbered-events.ts";

export function temporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), "journal-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export interface SegmentShape {
  readonly firstSequence?: number;
  /** Events per block, in order. */
  readonly blocks: readonly number[];
  /** Sync behind these blocks (by index); default: behind the last. */
  readonly syncAfter?: readonly number[];
  readonly segmentBytes?: number;
  readonly sync?: JournalSync;
}

/** Writes through the real writer and returns the sequence after the last event. */
export function writeSegments(dir: string, shape: SegmentShape): number {
  const { firstSequence = 0, blocks, segmentBytes = 1 << 30, sync = "batch" } = shape;
  const syncAfter = new Set(shape.syncAfter ?? [blocks.length - 1]);
  const writer = new SegmentWriter(
    { dir, sync, segmentBytes, coreHash: CORE_HASH, firstSequence },
    () => Date.now() * 1000,
  );
  blocks.forEach((count, index) => {
    if (writer.needsSync) writer.sync();
    writer.stage(events(writer.stagedNext, count), 0, count);
    writer.write();
    if (syncAfter.has(index)) writer.sync();
  });
  writer.close();
  return writer.stagedNext;
}

/** Reads everything from `from` on, checks that each event is the one that was written, and counts them. */
export function countEvents(dir: string, from = 0, to = Infinity): number {
  let next = from;
  for (const block of readEvents(dir, from, to)) {
    checkBlock(block, next);
    next += block.count;
  }
  return next - from;
}

export function checkBlock(block: EventBlock, firstSequence: number): void {
  if (block.firstSequence !== firstSequence) {
    throw new Error(`a block begins with ${block.firstSequence}, expected ${firstSequence}`);
  }
  if (Buffer.compare(block.events, events(firstSequence, block.count)) !== 0) {
    throw new Error(`the events from ${firstSequence} on are not those that were written`);
  }
}

export function onlyFile(dir: string, suffix: string): string {
  const names = readdirSync(dir).filter((name) => name.endsWith(suffix));
  const [name] = names;
  if (name === undefined || names.length > 1) throw new Error(`${names.length} files end with ${suffix}`);
  return join(dir, name);
}

/** Changes a file as a broken disk would. */
export function tamper(path: string, change: (bytes: Buffer) => Uint8Array): void {
  writeFileSync(path, change(readFileSync(path)));
}

/** In its place: the rest of the file, which may be long, is not read. */
export function flipBit(path: string, offset: number, bit = 0): void {
  const byte = Buffer.alloc(1);
  const file = openSync(path, "r+");
  try {
    if (readSync(file, byte, 0, 1, offset) === 0) throw new RangeError(`${path} ends before ${offset}`);
    byte.writeUInt8(byte.readUInt8() ^ (1 << bit));
    writeSync(file, byte, 0, 1, offset);
  } finally {
    closeSync(file);
  }
}
