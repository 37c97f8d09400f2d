// The writer against real files: round trip, roll, and what it does when the system refuses.
import { closeSync, readdirSync, readlinkSync, truncateSync } from "node:fs";
import { expect, it } from "vitest";
import { numberedFiles } from "../../../../src/stream/journal/files.ts";
import { SegmentWriter } from "../../../../src/stream/journal/segment-writer.ts";
import { SEGMENT_HEADER_BYTES } from "../../../../src/stream/journal/segment.ts";
import { countEvents, onlyFile, temporaryFolder, writeSegments } from "../../../support/journal.ts";
import { CORE_HASH, events } from "../../../support/numbered-events.ts";
import { Random } from "../../../support/random.ts";
import { FaultyDisk } from "../../../support/simulator/disk.ts";

const OPTIONS = { sync: "batch", segmentBytes: 1 << 20, coreHash: CORE_HASH, firstSequence: 0 } as const;

function append(writer: SegmentWriter, count: number): void {
  writer.stage(events(writer.stagedNext, count), 0, count);
  writer.write();
}

/** Closes the writer's file behind its back: its next system call fails, as with a dead disk. */
function breakDescriptor(path: string): void {
  for (const fd of readdirSync("/proc/self/fd")) {
    try {
      if (readlinkSync(`/proc/self/fd/${fd}`) === path) closeSync(Number(fd));
    } catch {
      // The descriptor of the listing itself is gone by now.
    }
  }
}

it("reads back what it wrote, in blocks of every size", () => {
  const dir = temporaryFolder();
  const blocks = [1, 2, 63, 64, 4096, 4097, 16384, 1];
  expect(writeSegments(dir, { blocks })).toBe(countEvents(dir));
});

it("reads any span of it", () => {
  const dir = temporaryFolder();
  writeSegments(dir, { blocks: [10, 10, 10, 10], segmentBytes: 2000 });
  for (let from = 0; from <= 40; from++) {
    for (let to = from; to <= 41; to += 3) expect(countEvents(dir, from, to)).toBe(Math.min(to, 40) - from);
  }
});

it("ends a segment at its size and names the next one by its first event", () => {
  const dir = temporaryFolder();
  writeSegments(dir, { blocks: Array.from({ length: 10 }, () => 100), segmentBytes: 15_000 });
  expect(numberedFiles(dir, ".journal").map((file) => file.sequence)).toEqual([0, 300, 600, 900]);
  expect(countEvents(dir)).toBe(1000);
});

it("never writes over a file that exists", () => {
  const dir = temporaryFolder();
  writeSegments(dir, { blocks: [5] });
  const writer = new SegmentWriter({ ...OPTIONS, dir }, () => Date.now() * 1000);
  expect(() => append(writer, 1)).toThrow("exists already");
  expect(countEvents(dir)).toBe(5);
});

it.runIf(process.platform === "linux")("writes again, not only syncs again, what a failed sync may have lost", () => {
  const dir = temporaryFolder();
  const writer = new SegmentWriter({ ...OPTIONS, dir }, () => Date.now() * 1000);
  append(writer, 10);
  writer.sync();
  append(writer, 20);
  append(writer, 30);
  const path = onlyFile(dir, ".journal");
  breakDescriptor(path);
  expect(() => writer.sync()).toThrow("EBADF");
  expect(writer.syncedNext).toBe(10);
  truncateSync(path, SEGMENT_HEADER_BYTES + 32 + 640); // the pages that the system has given up
  append(writer, 40);
  writer.sync();
  expect(writer.syncedNext).toBe(100);
  expect(countEvents(dir)).toBe(100);
  writer.close();
});

it.runIf(process.platform === "linux")("goes on behind the last good byte after a failed write", () => {
  const dir = temporaryFolder();
  const writer = new SegmentWriter({ ...OPTIONS, dir }, () => Date.now() * 1000);
  append(writer, 10);
  breakDescriptor(onlyFile(dir, ".journal"));
  expect(() => append(writer, 20)).toThrow("EBADF");
  expect([writer.writtenNext, writer.stagedNext]).toEqual([10, 30]);
  expect(countEvents(dir)).toBe(10);
  writer.write();
  expect(countEvents(dir)).toBe(30);
  writer.close();
});

it("begins a segment again whose file could not be taken back when the disk turned read-only", () => {
  const dir = temporaryFolder();
  const disk = new FaultyDisk(dir, new Random(1), () => undefined);
  disk.install();
  try {
    const writer = new SegmentWriter({ ...OPTIONS, dir }, () => Date.now() * 1000);
    writer.stage(events(0, 10), 0, 10);
    disk.turnsReadOnly = true;
    expect(() => writer.write()).toThrow("EIO");
    expect(onlyFile(dir, ".journal")).toContain("00000.journal");
    expect(() => writer.write()).toThrow("EROFS"); // a refusal of the system, after which the journal asks again
    disk.readOnly = false;
    writer.write();
    append(writer, 20);
    writer.sync();
    expect(writer.syncedNext).toBe(30);
    writer.close();
  } finally {
    disk.uninstall();
  }
  expect(countEvents(dir)).toBe(30);
});
