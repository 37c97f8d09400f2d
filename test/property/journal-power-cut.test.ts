// A power cut in every shape that a page cache can give it. What was synced is intact; of what was written after that,
// each page of 4 KiB is on the disk as it was after some write, or not at all, in any order, and the file may be short.
// Opening must never fail, never lose what was synced, and never return an event that was not written.
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { recover } from "../../src/stream/journal/recovery.ts";
import { SegmentWriter, type JournalSync } from "../../src/stream/journal/segment-writer.ts";
import { countEvents, onlyFile, temporaryFolder } from "../support/journal.ts";
import { CORE_HASH, events } from "../support/numbered-events.ts";
import { Random } from "../support/random.ts";
import { cutImage, FaultyDisk } from "../support/simulator/disk.ts";

const CUTS = 400;

interface Written {
  readonly path: string;
  /** File sizes after each write since the last sync; the first is the size that was synced. */
  readonly sizes: readonly number[];
  readonly syncedNext: number;
  readonly writtenNext: number;
}

function write(dir: string, random: Random): Written {
  const options = { sync: "batch", segmentBytes: 1 << 30, coreHash: CORE_HASH, firstSequence: 0 } as const;
  const writer = new SegmentWriter({ ...options, dir }, () => Date.now() * 1000);
  const append = (): void => {
    const count = 1 + random.integer(random.next() < 0.3 ? 300 : 12);
    writer.stage(events(writer.stagedNext, count), 0, count);
    writer.write();
  };
  for (let left = 1 + random.integer(5); left > 0; left--) append();
  writer.sync();
  const sizes = [writer.segmentBytes];
  for (let left = 1 + random.integer(12); left > 0; left--) {
    append();
    sizes.push(writer.segmentBytes);
  }
  const { syncedNext, writtenNext } = writer;
  writer.close();
  return { path: onlyFile(dir, ".journal"), sizes, syncedNext, writtenNext };
}

it("never costs what was synced and never keeps the journal from opening", () => {
  for (let seed = 1; seed <= CUTS; seed++) {
    const random = new Random(seed);
    const dir = temporaryFolder();
    const written = write(dir, random);
    const [synced = 0, ...later] = written.sizes;
    writeFileSync(written.path, cutImage(readFileSync(written.path), synced, later, random));
    const { nextSequence } = recover(dir);
    expect(nextSequence, `seed ${seed}`).toBeGreaterThanOrEqual(written.syncedNext);
    expect(nextSequence, `seed ${seed}`).toBeLessThanOrEqual(written.writtenNext);
    expect(countEvents(dir), `seed ${seed}`).toBe(nextSequence);
    expect(recover(dir).torn, `seed ${seed}`).toBeNull();
  }
});

describe("behind a sync that failed", () => {
  /** Events in a file whose sync failed once; what `then` says is safe survives a power cut. */
  function cutAfter(sync: JournalSync, then: (writer: SegmentWriter, dir: string) => number): void {
    for (let seed = 1; seed <= 20; seed++) {
      const random = new Random(seed);
      const dir = temporaryFolder();
      const disk = new FaultyDisk(dir, random, () => undefined);
      disk.install();
      let safe = 0;
      try {
        const writer = new SegmentWriter(
          { dir, sync, segmentBytes: 1 << 30, coreHash: CORE_HASH, firstSequence: 0 },
          () => Date.now() * 1000,
        );
        for (let left = 3; left > 0; left--) {
          writer.stage(events(writer.stagedNext, 90), 0, 90);
          writer.write();
        }
        disk.refuse = 1;
        expect(() => writer.sync()).toThrow(/ENOSPC|EIO/);
        safe = then(writer, dir);
        writer.close();
        disk.revive(true);
      } finally {
        disk.uninstall();
      }
      expect(recover(dir).nextSequence, `seed ${seed}`).toBe(safe);
    }
  }

  it.each(["off", "batch", "always"] as const)("the next one keeps what that one lost, with sync %s", (sync) => {
    cutAfter(sync, (writer) => {
      writer.sync();
      return writer.syncedNext;
    });
  });

  it("a restart keeps what can still be read", () => {
    cutAfter("batch", (_, dir) => recover(dir).nextSequence);
  });
});
