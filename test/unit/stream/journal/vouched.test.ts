// A snapshot is written when the journal before it is safe: where the journal ends earlier, events that were safe are
// missing, whatever the end looks like, and nothing is cut before somebody has seen to it.
import { readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { JournalError } from "../../../../src/stream/journal/failure.ts";
import { recover } from "../../../../src/stream/journal/recovery.ts";
import { blockBytes, SEGMENT_HEADER_BYTES } from "../../../../src/stream/journal/segment.ts";
import { createPlane } from "../../../../src/stream/rings/plane.ts";
import { countEvents, onlyFile, temporaryFolder, writeSegments } from "../../../support/journal.ts";
import { saveSnapshot } from "../../../support/journal-snapshot.ts";

const CAPACITY = { maxSymbols: 16, maxInstances: 16, workers: 1 };
const FIRST = SEGMENT_HEADER_BYTES + blockBytes(10);

/** Thirty events in one file, and a snapshot before the 26th. */
function journal(): { readonly dir: string; readonly path: string; readonly whole: Buffer } {
  const dir = temporaryFolder();
  writeSegments(dir, { blocks: [10, 10, 10] });
  saveSnapshot(dir, createPlane(CAPACITY), 25);
  const path = onlyFile(dir, ".journal");
  return { dir, path, whole: readFileSync(path) };
}

function faultOf(dir: string): JournalError {
  try {
    recover(dir);
  } catch (error) {
    if (error instanceof JournalError) return error;
    throw error;
  }
  throw new Error("nothing was wrong");
}

describe("a journal that ends before its snapshot", () => {
  it.each([
    ["in the middle of a block", FIRST + 100, 10, FIRST],
    ["behind a whole block", FIRST, 10, FIRST],
    ["behind its header", SEGMENT_HEADER_BYTES, 0, SEGMENT_HEADER_BYTES],
    ["inside its header", SEGMENT_HEADER_BYTES - 1, 0, 0],
  ])("%s is damaged, and stays as it is", (_, size, from, offset) => {
    const { dir, path, whole } = journal();
    writeFileSync(path, whole.subarray(0, size));
    const before = readdirSync(dir);
    for (let again = 0; again < 2; again++) {
      const { failure, message } = faultOf(dir);
      expect(failure).toMatchObject({ code: "journal_damaged", damage: { file: path, offset, from, to: 24 } });
      expect(message).toMatch(new RegExp(`events ${from} to 24.*25.snapshot.*move the snapshot away`));
      expect(readFileSync(path).length).toBe(size);
      expect(readdirSync(dir)).toEqual(before);
    }
    writeFileSync(path, whole);
    expect(recover(dir)).toMatchObject({ nextSequence: 30, torn: null, snapshot: { nextSequence: 25 } });
  });

  it("goes on as its message says: without the snapshot, or without the journal", () => {
    const { dir, path, whole } = journal();
    const snapshot = onlyFile(dir, ".snapshot");
    writeFileSync(path, whole.subarray(0, FIRST + 100));
    renameSync(snapshot, `${snapshot}.away`);
    expect(recover(dir)).toMatchObject({ nextSequence: 10, snapshot: null, torn: { firstLost: 10 } });
    expect(countEvents(dir)).toBe(10);
    rmSync(path);
    renameSync(`${snapshot}.away`, snapshot);
    expect(recover(dir)).toMatchObject({ nextSequence: 25, firstSequence: 25, snapshot: { nextSequence: 25 } });
  });

  it("is none where it reaches as far: what was torn behind is cut", () => {
    const { dir, path, whole } = journal();
    rmSync(onlyFile(dir, ".snapshot"));
    saveSnapshot(dir, createPlane(CAPACITY), 20);
    writeFileSync(path, whole.subarray(0, whole.length - 1));
    expect(recover(dir)).toMatchObject({ nextSequence: 20, torn: { firstLost: 20 }, snapshot: { nextSequence: 20 } });
  });
});
