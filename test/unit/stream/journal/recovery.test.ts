// What opening a folder does with everything that can have happened to it: a torn tail is cut, damage is named.
import { readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { JournalError, type JournalFailure } from "../../../../src/stream/journal/failure.ts";
import { numberedFiles } from "../../../../src/stream/journal/files.ts";
import { recover } from "../../../../src/stream/journal/recovery.ts";
import { SEGMENT_HEADER_BYTES, blockBytes, encodeSegmentHeader } from "../../../../src/stream/journal/segment.ts";
import { EVENT_BYTES, LAYOUT_VERSION } from "../../../../assembly/layout.ts";
import { countEvents, flipBit, onlyFile, tamper, temporaryFolder, writeSegments } from "../../../support/journal.ts";
import { CORE_HASH } from "../../../support/numbered-events.ts";

/** Offset of a block in a file of these blocks. */
function blockOffset(blocks: readonly number[], index: number): number {
  return blocks.slice(0, index).reduce((sum, count) => sum + blockBytes(count), SEGMENT_HEADER_BYTES);
}

function failureOf(run: () => unknown): JournalFailure {
  try {
    run();
  } catch (error) {
    if (error instanceof JournalError) return error.failure;
    throw error;
  }
  throw new Error("nothing was wrong");
}

describe("a whole journal", () => {
  it("goes on where it ended", () => {
    const dir = temporaryFolder();
    writeSegments(dir, { blocks: [7, 8, 9], segmentBytes: 700 });
    expect(recover(dir)).toMatchObject({ snapshot: null, torn: null, firstSequence: 0, nextSequence: 24 });
  });

  it("begins with event 0 in an empty folder", () => {
    expect(recover(temporaryFolder())).toMatchObject({ torn: null, firstSequence: 0, nextSequence: 0 });
  });
});

describe("a torn tail", () => {
  const blocks = [5, 4, 3];
  const good = blockOffset(blocks, 2);

  it("is cut wherever in the last block it begins", () => {
    const dir = temporaryFolder();
    writeSegments(dir, { blocks });
    const path = onlyFile(dir, ".journal");
    const whole = readFileSync(path);
    for (let size = good + 1; size < whole.length; size++) {
      writeFileSync(path, whole.subarray(0, size));
      const { torn, nextSequence } = recover(dir);
      expect(torn).toMatchObject({ file: path, offset: good, bytes: size - good, firstLost: 9 });
      expect(torn?.eventsLost).toBe(size < good + 32 ? 0 : 3);
      expect(nextSequence).toBe(9);
      expect(statSync(path).size).toBe(good);
    }
    expect(countEvents(dir)).toBe(9);
    expect(recover(dir).torn).toBeNull();
  });

  it.each([1, 31, 32, 500, 4096, 400_000])("of %i zero bytes holds no events", (zeros) => {
    const dir = temporaryFolder();
    writeSegments(dir, { blocks });
    tamper(onlyFile(dir, ".journal"), (bytes) => Buffer.concat([bytes, Buffer.alloc(zeros)]));
    expect(recover(dir)).toMatchObject({ nextSequence: 12, torn: { bytes: zeros, eventsLost: 0 } });
    expect(countEvents(dir)).toBe(12);
  });

  it("of garbage is cut", () => {
    const dir = temporaryFolder();
    writeSegments(dir, { blocks });
    tamper(onlyFile(dir, ".journal"), (bytes) => Buffer.concat([bytes, Buffer.alloc(10_000, 0xa5)]));
    expect(recover(dir)).toMatchObject({ nextSequence: 12, torn: { bytes: 10_000 } });
    expect(countEvents(dir)).toBe(12);
  });

  it("may have a hole of zeros in front of good blocks that nobody had synced", () => {
    const dir = temporaryFolder();
    const many = [100, 200, 100];
    writeSegments(dir, { blocks: many, syncAfter: [] });
    const hole = blockOffset(many, 1) + 1024;
    tamper(onlyFile(dir, ".journal"), (bytes) => bytes.fill(0, hole, hole + 4096));
    expect(recover(dir)).toMatchObject({ nextSequence: 100, torn: { eventsLost: 300 } });
    expect(countEvents(dir)).toBe(100);
  });

  it("that leaves a segment without events takes the file away", () => {
    const dir = temporaryFolder();
    writeSegments(dir, { blocks: [6] });
    writeSegments(dir, { firstSequence: 6, blocks: [6] });
    const last = numberedFiles(dir, ".journal")[1]?.path ?? "";
    for (const size of [0, 60, SEGMENT_HEADER_BYTES, SEGMENT_HEADER_BYTES + 40]) {
      const bytes = encodeSegmentHeader({
        layoutVersion: LAYOUT_VERSION,
        eventBytes: EVENT_BYTES,
        firstSequence: 6,
        created: 0,
        coreHash: CORE_HASH,
      });
      writeFileSync(last, Buffer.concat([bytes, Buffer.alloc(40, 7)]).subarray(0, size));
      expect(recover(dir).nextSequence, `size ${size}`).toBe(6);
      expect(numberedFiles(dir, ".journal")).toHaveLength(1);
    }
  });
});

describe("damage", () => {
  const blocks = [5, 4, 3];

  it("of any bit of a block that was synced before the next one is an error that names the events", () => {
    const dir = temporaryFolder();
    writeSegments(dir, { blocks, syncAfter: [0, 1, 2] });
    const path = onlyFile(dir, ".journal");
    const begin = blockOffset(blocks, 1);
    for (let at = begin; at < blockOffset(blocks, 2); at++) {
      flipBit(path, at, at % 8);
      const failure = failureOf(() => recover(dir));
      expect(failure, `byte ${at}`).toMatchObject({
        code: "journal_damaged",
        damage: { file: path, offset: begin, from: 5, to: 8 },
      });
      flipBit(path, at, at % 8);
    }
    expect(recover(dir).nextSequence).toBe(12);
  });

  it("is told from a torn write by its bits even where no later block vouches", () => {
    const dir = temporaryFolder();
    writeSegments(dir, { blocks, syncAfter: [] });
    flipBit(onlyFile(dir, ".journal"), blockOffset(blocks, 1) + 50);
    expect(failureOf(() => recover(dir))).toMatchObject({ code: "journal_damaged", damage: { from: 5, to: 8 } });
  });

  it("of the last block cannot be told from a torn write, so it is cut and counted", () => {
    const dir = temporaryFolder();
    writeSegments(dir, { blocks });
    flipBit(onlyFile(dir, ".journal"), blockOffset(blocks, 2) + 50);
    expect(recover(dir)).toMatchObject({ nextSequence: 9, torn: { eventsLost: 3, firstLost: 9 } });
  });

  it("of the header names the file", () => {
    const dir = temporaryFolder();
    writeSegments(dir, { blocks });
    for (let at = 0; at < SEGMENT_HEADER_BYTES; at++) {
      flipBit(onlyFile(dir, ".journal"), at);
      expect(failureOf(() => recover(dir))).toMatchObject({ code: "journal_damaged", damage: { offset: 0, from: 0 } });
      flipBit(onlyFile(dir, ".journal"), at);
    }
  });

  it("at the end of a segment that is not the last is never cut", () => {
    const dir = temporaryFolder();
    writeSegments(dir, { blocks: [5, 5], segmentBytes: 300 });
    const first = numberedFiles(dir, ".journal")[0]?.path ?? "";
    const size = statSync(first).size;
    truncateSync(first, size - 1);
    expect(failureOf(() => recover(dir))).toMatchObject({ code: "journal_damaged", damage: { from: 0, to: 4 } });
    truncateSync(first, SEGMENT_HEADER_BYTES);
    expect(failureOf(() => recover(dir))).toMatchObject({ code: "journal_damaged", damage: { from: 0, to: 4 } });
    expect(statSync(first).size).toBe(SEGMENT_HEADER_BYTES);
  });

  it("by a segment that is gone names the missing events", () => {
    const dir = temporaryFolder();
    writeSegments(dir, { blocks: [5, 5, 5], segmentBytes: 300 });
    const [first, second] = numberedFiles(dir, ".journal");
    renameSync(second?.path ?? "", `${second?.path}.away`);
    expect(failureOf(() => recover(dir))).toMatchObject({ code: "journal_damaged", damage: { from: 5, to: 9 } });
    rmSync(first?.path ?? "");
    expect(failureOf(() => recover(dir))).toMatchObject({ code: "journal_gap", from: 0, to: 9 });
  });

  it("by a file under another's name is noticed", () => {
    const dir = temporaryFolder();
    writeSegments(dir, { blocks: [5, 5], segmentBytes: 300 });
    const [first, second] = numberedFiles(dir, ".journal");
    renameSync(second?.path ?? "", first?.path ?? "");
    expect(failureOf(() => recover(dir))).toMatchObject({ code: "journal_damaged", damage: { from: 0 } });
  });
});

it("leaves a journal of another layout alone", () => {
  const dir = temporaryFolder();
  writeSegments(dir, { blocks: [5] });
  const header = {
    layoutVersion: LAYOUT_VERSION + 1,
    eventBytes: EVENT_BYTES,
    firstSequence: 0,
    created: 0,
    coreHash: CORE_HASH,
  };
  tamper(onlyFile(dir, ".journal"), (bytes) =>
    Buffer.concat([encodeSegmentHeader(header), bytes.subarray(SEGMENT_HEADER_BYTES)]),
  );
  expect(failureOf(() => recover(dir))).toMatchObject({ code: "journal_version" });
});
