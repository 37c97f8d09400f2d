import { openSync, closeSync, readFileSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HistoryFault, syntheticHistory, verify } from "../../../src/history/history.ts";
import { HistoryFolder, rowsOf } from "../../support/history-folder.ts";
import { Random } from "../../support/random.ts";

const ID = "SYN1@bar-1m@synthetic";
let folder: HistoryFolder;
let path: string;
let whole: Buffer;

beforeEach(() => {
  folder = new HistoryFolder();
  const market = syntheticHistory({ seed: 3, days: 1, intervalMs: 60_000, symbols: ["SYN1"] });
  for (const dataset of market.list()) {
    const quality = { badRows: 0, unsorted: 0 };
    const stored = folder.history.store({
      ...dataset,
      quality,
      importedAt: 1,
      blocks: market.read(dataset),
      blockRows: 100,
    });
    if (!stored.ok) throw new Error(stored.failure);
  }
  path = folder.history.pathOf(ID);
  whole = readFileSync(path);
});
afterEach(() => {
  folder.remove();
});

/** What a reader that opens the history now is told; null when nothing is wrong. */
function complaint(): string | null {
  const history = folder.open();
  const [fault] = history.faults();
  if (fault) return fault.message;
  return verify(history, folder.dataset(ID)).damage;
}

describe("a damaged dataset", () => {
  it("is noticed, whichever bit is another one", () => {
    expect(complaint()).toBeNull();
    const random = new Random(5);
    for (let round = 0; round < 300; round++) {
      const at = round < 40 ? round : round < 80 ? whole.length - 1 - (round - 40) : random.integer(whole.length);
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.integer(8));
      writeFileSync(path, bytes);
      expect(complaint(), `a bit of byte ${at} of ${whole.length}`).toContain("delete the dataset and import it again");
    }
  });

  it("is noticed, wherever it was cut off", () => {
    const random = new Random(6);
    for (let round = 0; round < 100; round++) {
      writeFileSync(path, whole.subarray(0, round < 40 ? round : random.integer(whole.length)));
      expect(complaint()).toContain("delete the dataset and import it again");
    }
  });

  it("gives the blocks before the damage and then throws with the file's name", () => {
    const dataset = folder.dataset(ID);
    const fd = openSync(path, "r+");
    writeSync(fd, "x", whole.length / 2);
    closeSync(fd);
    const history = folder.open();
    const blocks = history.read(dataset);
    let rows = 0;
    const readAll = (): void => {
      for (const block of blocks) rows += block.rows;
    };
    expect(readAll).toThrow(HistoryFault);
    expect(rows).toBeGreaterThan(500);
    expect(() => [...history.read(dataset)]).toThrow(
      /SYN1@bar-1m@synthetic\.columns: the checksum of block \d+ of 15 is wrong; delete/,
    );
    expect(rowsOf(history.read(dataset, { to: dataset.from + 60_000_000 * 50 }))).toHaveLength(49);
  });

  it("does not hide the others", () => {
    const market = syntheticHistory({ seed: 3, days: 1, intervalMs: 60_000, symbols: ["AAA"] });
    const [dataset] = market.list();
    if (!dataset) throw new Error("no dataset");
    folder.history.store({
      ...dataset,
      quality: { badRows: 0, unsorted: 0 },
      importedAt: 1,
      blocks: market.read(dataset),
    });
    truncateSync(path, 999);
    expect(folder.history.list().map(({ id }) => id)).toEqual(["AAA@bar-1m@synthetic"]);
    expect(folder.history.faults().map(({ file }) => file)).toEqual([path]);
  });

  it("that was changed since it was listed is not read as if it were the same", () => {
    const dataset = folder.dataset(ID);
    const market = syntheticHistory({ seed: 3, days: 2, intervalMs: 60_000, symbols: ["SYN1"] });
    const [longer] = market.list();
    if (!longer) throw new Error("no dataset");
    const reader = folder.history.read(dataset);
    const before = reader.next();
    folder.history.store({
      ...longer,
      quality: { badRows: 0, unsorted: 0 },
      importedAt: 1,
      blocks: market.read(longer),
    });
    let rows = before.done === true ? 0 : before.value.rows;
    for (const block of reader) rows += block.rows;
    expect(rows).toBe(1_440);
    expect(() => [...folder.history.read(dataset)]).toThrow("it was changed since it was listed");
  });
});

it("reading takes the memory of one block, whatever the length", () => {
  const market = syntheticHistory({ seed: 3, days: 365, intervalMs: 60_000, symbols: ["LONG"] });
  const [long] = market.list();
  if (!long) throw new Error("no dataset");
  folder.history.store({ ...long, quality: { badRows: 0, unsorted: 0 }, importedAt: 1, blocks: market.read(long) });
  const buffers = new Set<ArrayBufferLike>();
  let rows = 0;
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  for (const block of folder.history.read(folder.dataset("LONG@bar-1m@synthetic"))) {
    buffers.add(block.time.buffer);
    rows += block.rows;
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  expect(rows).toBe(525_600);
  expect(buffers.size).toBe(1);
  expect(most).toBeLessThan(3 * 16_384 * 7 * 8);
});
