// A power cut in every shape that a page cache can give it. What was synced is intact; of what was written after that,
// each page of 4 KiB is on the disk as it was after some write, or not at all, in any order, and the file may be short.
// Opening must never fail, never lose what was synced, and never return an event that was not written.
import { readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { recover } from "../../src/stream/journal/recovery.ts";
import { SegmentWriter } from "../../src/stream/journal/segment-writer.ts";
import { countEvents, onlyFile, temporaryFolder } from "../support/journal.ts";
import { CORE_HASH, events } from "../support/numbered-events.ts";
import { Random } from "../support/random.ts";

const CUTS = 400;
const PAGE = 4096;

interface Written {
  readonly path: string;
  /** File sizes after each write since the last sync; the first is the size that was synced. */
  readonly sizes: readonly number[];
  readonly syncedNext: number;
  readonly writtenNext: number;
}

function write(dir: string, random: Random): Written {
  const options = { sync: "batch", segmentBytes: 1 << 30, coreHash: CORE_HASH, firstSequence: 0 } as const;
  const writer = new SegmentWriter({ ...options, dir });
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

/** The file as the disk may hold it after the cut. */
function afterCut(whole: Buffer, sizes: readonly number[], random: Random): Buffer {
  const synced = sizes[0] ?? 0;
  const image = Buffer.from(whole);
  for (let page = Math.floor(synced / PAGE) * PAGE; page < image.length; page += PAGE) {
    const size = random.next() < 0.5 ? image.length : (sizes[random.integer(sizes.length)] ?? synced);
    const kept = Math.max(size, synced);
    if (kept < page + PAGE) image.fill(0, Math.max(kept, page), Math.min(page + PAGE, image.length));
  }
  const ends = [image.length, synced + random.integer(image.length - synced + 1), image.length];
  return image.subarray(0, ends[random.integer(ends.length)]);
}

it("never costs what was synced and never keeps the journal from opening", () => {
  for (let seed = 1; seed <= CUTS; seed++) {
    const random = new Random(seed);
    const dir = temporaryFolder();
    const written = write(dir, random);
    writeFileSync(written.path, afterCut(readFileSync(written.path), written.sizes, random));
    const { nextSequence } = recover(dir);
    expect(nextSequence, `seed ${seed}`).toBeGreaterThanOrEqual(written.syncedNext);
    expect(nextSequence, `seed ${seed}`).toBeLessThanOrEqual(written.writtenNext);
    expect(countEvents(dir), `seed ${seed}`).toBe(nextSequence);
    expect(recover(dir).torn, `seed ${seed}`).toBeNull();
  }
});
