// Segments of another engine's journal: written by the real writer from what one door has journaled, read into another.
import { describe, expect, it } from "vitest";
import * as layout from "../../../../assembly/layout.ts";
import type { FileError, FileProgress } from "../../../../src/stream/ingest/file-intake.ts";
import { readMarketFile } from "../../../../src/stream/ingest/files.ts";
import { ForeignJournals } from "../../../../src/stream/ingest/foreign-journal.ts";
import { numberedFiles, SEGMENT_SUFFIX } from "../../../../src/stream/journal/files.ts";
import { SegmentWriter } from "../../../../src/stream/journal/segment-writer.ts";
import { Door, NOON, type DoorOptions, type WrittenRecord } from "../../../support/ingest-door.ts";
import { flipBit, temporaryFolder } from "../../../support/journal.ts";
import { CORE_HASH } from "../../../support/numbered-events.ts";

const TIME = 1_640_995_200;
const EVERYTHING = [
  { symbol: "BTCUSD", price: 5, volume: 2, venue: "kraken", bid: 4, ask: 6, funding_rate: 0.1, liquidity_index: 7 },
  { kind: "quote", symbol: "ETHUSD", bid: 3, ask: 4, bids: [[3, 1], [2, 9]], asks: [[4, 1]], venue: "okx" }, // prettier-ignore
  { kind: "bar", symbol: "BTCUSD", open: 1, high: 3, low: 1, close: 2, volume: 10, interval_s: 60 },
  { kind: "funding", symbol: "BTCUSD", rate: -0.2, interval_hours: 4, venue: "okx" },
  { kind: "news", symbols: ["AAPL", "MSFT"], score: 0.5, hash: "x" },
  { kind: "earnings", symbol: "AAPL", actual: 2, announced_at: TIME },
  { kind: "macro", series: "WALCL", value: 8, unit: "usd_millions" },
  { kind: "rates", before: 5, after: 4.5, day: 3, days_in_month: 30, contract: "ZQ-6" },
  { kind: "rates", before: 5, after: 4.5, day: 3, days_in_month: 30 },
  { symbol: "BTCUSD", price: 6 },
].map((tick, index) => ({ ...tick, timestamp: TIME + index }));

/** Everything that the door has written, as bytes. */
function journaled(door: Door): Buffer {
  return Buffer.from(door.hex().join(""), "hex");
}
function filled(ticks: unknown = EVERYTHING): Buffer {
  const door = new Door();
  expect(door.json(ticks)).toMatchObject({ rejected: 0 });
  return journaled(door);
}

/** One block for each number of records, and after each block a new segment if `split`; the paths. */
function segments(events: Uint8Array, blocks: readonly number[], split = false, dir = temporaryFolder()): string[] {
  const segmentBytes = split ? 1 : 1 << 30;
  const writer = new SegmentWriter(
    { dir, sync: "off", segmentBytes, coreHash: CORE_HASH, firstSequence: 0 },
    () => Date.now() * 1000,
  );
  let from = 0;
  for (const count of blocks) {
    writer.stage(events.subarray(from * layout.EVENT_BYTES, (from + count) * layout.EVENT_BYTES), 0, count);
    writer.sync();
    from += count;
  }
  writer.close();
  return numberedFiles(dir, SEGMENT_SUFFIX).map(({ path }) => path);
}
function countOf(events: Uint8Array): number {
  return events.length / layout.EVENT_BYTES;
}

interface Outcome {
  readonly door: Door;
  readonly errors: FileError[];
  readonly accepted: number;
  readonly rejected: number;
  readonly skipped: number;
}
async function take(
  paths: readonly string[],
  door = new Door(),
  journals: ForeignJournals | null = new ForeignJournals(),
): Promise<Outcome> {
  const errors: FileError[] = [];
  const sum = { accepted: 0, rejected: 0, skipped: 0 };
  for (const path of paths) {
    let last: FileProgress | null = null;
    for await (const progress of readMarketFile({ path, ingest: door.ingest, ...(journals ? { journals } : {}) })) {
      last = progress;
      errors.push(...progress.errors);
    }
    sum.accepted += last?.accepted ?? 0;
    sum.rejected += last?.rejected ?? 0;
    sum.skipped += last?.skipped ?? 0;
  }
  return { door, errors, ...sum };
}

/** Tables of subject and aux where they are not symbol and venue. */
const MEANINGS: Readonly<Record<number, readonly [number | null, number | null]>> = {
  [layout.KIND_BAR]: [layout.TABLE_SYMBOL, null],
  [layout.KIND_MACRO]: [layout.TABLE_SERIES, null],
  [layout.KIND_RATES]: [null, layout.TABLE_SERIES],
};

/** Records with names in the place of ids, and without the clock. */
function named(door: Door): unknown[] {
  const names = door.ingest.symbols;
  const text = (table: number | null, id: number): string | number => {
    if (table === null) return id;
    return table === layout.TABLE_SYMBOL ? names.nameOf(id) : names.otherName(table, id);
  };
  return door.records().map(({ kind, subject, aux, flags, time, payload }: WrittenRecord) => {
    const [who, what] = MEANINGS[kind] ?? [layout.TABLE_SYMBOL, layout.TABLE_VENUE];
    return [kind, text(who, subject), text(what, aux), flags, time, payload];
  });
}
function expected(): unknown[] {
  const door = new Door();
  door.json(EVERYTHING);
  return named(door);
}

/** A door that knows other names, and some of these at other ids. */
function occupied(options: DoorOptions = {}): Door {
  const door = new Door(options);
  door.json([
    { symbol: "XRPUSD", price: 1, venue: "bitmex" },
    { symbol: "AAPL", price: 1, liquidity_index: 1 },
    { kind: "macro", series: "CPI", value: 1 },
  ]);
  door.records();
  door.now = NOON + 5e6;
  return door;
}

describe("a segment", () => {
  it("gives every kind of event again: same names, times and payloads, our ids and our clock", async () => {
    const events = filled();
    const { door, accepted, rejected } = await take(segments(events, [countOf(events)]), occupied());
    expect({ accepted, rejected }).toEqual({ accepted: 10, rejected: 0 });
    expect(door.ingest.counters.ingested.file.none).toBe(10);
    expect(door.ingest.symbols.idOf("BTCUSD")).toBe(2);
    const seen = door.ingest.nextSequence;
    expect(named(door)).toEqual(expected());
    expect(seen).toBeGreaterThan(countOf(events));
    expect(door.ingest.clock).toBe(NOON + 5e6);
  });

  it("stamps names and records with the engine's clock, each name in front of the first record", async () => {
    const door = occupied();
    await take(segments(filled([{ symbol: "NEW", price: 2, venue: "V" }]), [3]), door);
    const records = door.records(true);
    expect(records.map(({ kind }) => kind)).toEqual([layout.KIND_NAME, layout.KIND_NAME, layout.KIND_TRADE]);
    expect(records.every(({ clock }) => clock === NOON + 5e6)).toBe(true);
  });

  it("may hold a part of a tick, and its names may be in those before it, read before or not", async () => {
    const events = filled();
    const paths = segments(
      events,
      Array.from({ length: countOf(events) }, () => 1),
      true,
    );
    expect(paths).toHaveLength(countOf(events));
    const together = await take(paths, occupied());
    expect(together).toMatchObject({ accepted: 10, rejected: 0 });
    expect(named(together.door)).toEqual(expected());
    const alone = await take(paths, occupied(), null);
    expect(alone).toMatchObject({ accepted: 10, rejected: 0 });
    expect(named(alone.door)).toEqual(expected());
    const last = await take(paths.slice(-1), occupied());
    expect(named(last.door)).toEqual(expected().slice(-1));
  });

  it("stops at an id whose name is in no segment without a gap, and names it", async () => {
    const events = filled([
      { symbol: "A", price: 1 },
      { symbol: "A", price: 2 },
      { symbol: "A", price: 3 },
    ]);
    const [first = "", second = "", third = ""] = segments(events, [2, 1, 1], true);
    flipBit(second, 200);
    await expect(take([third])).rejects.toThrow(/event 3 is about symbol #0, whose name is in an earlier segment/);
    expect(await take([first])).toMatchObject({ accepted: 1 });
    const elsewhere = temporaryFolder();
    const other = segments(filled([{ symbol: "OTHER", price: 1 }]), [2], false, elsewhere);
    await expect(take([...other, third])).rejects.toThrow(/symbol #0/);
  });

  it("leaves synthetic ticks and all that is not market data behind", async () => {
    const from = new Door();
    from.ingest.acceptValue({ symbol: "DEMO-A", price: 1, bid: 1, ask: 2 }, "demo", "none");
    from.plane.writer.write(layout.KIND_CLOCK, 0, 0, 1, NOON, []);
    from.plane.writer.write(layout.KIND_CONTROL, 0, 0, layout.CONTROL_LATCH, NOON, [1]);
    from.json({ symbol: "A", price: 1 });
    const events = journaled(from);
    const { door, accepted, skipped } = await take(segments(events, [countOf(events)]));
    expect({ accepted, skipped }).toEqual({ accepted: 1, skipped: 1 });
    expect(door.records(true).map(({ kind }) => kind)).toEqual([layout.KIND_NAME, layout.KIND_TRADE]);
    expect(door.ingest.symbols.idOf("DEMO-A")).toBeUndefined();
  });

  it("keeps history apart", async () => {
    const from = new Door();
    from.ingest.acceptValue({ symbol: "A", price: 1 }, "redis", "json", layout.FLAG_HISTORY);
    const { door } = await take(segments(journaled(from), [2]));
    expect(door.records()[0]?.flags).toBe(layout.FLAG_HISTORY);
    expect(door.ingest.counters.historyRows).toBe(1);
    expect(door.ingest.realTicks).toBe(0);
  });

  it("brings asset types that were named, when they were named, and no guesses", async () => {
    const from = filled([
      { symbol: "A", price: 1 },
      { symbol: "B", price: 1, asset_type: "crypto" },
      { symbol: "C", price: 1 },
      { symbol: "C", price: 1, asset_type: "forex" },
      { symbol: "C", price: 1, asset_type: "stocks" },
    ]);
    const door = new Door();
    door.json({ symbol: "A", price: 1, asset_type: "indices" });
    door.records();
    await take(segments(from, [countOf(from)]), door);
    const { symbols } = door.ingest;
    expect(["A", "B", "C"].map((name) => symbols.assetTypeOf(symbols.idOf(name) ?? -1))).toEqual([
      "indices",
      "crypto",
      "stocks",
    ]);
    const names = door.records(true).filter(({ kind }) => kind === layout.KIND_NAME);
    expect(names).toHaveLength(4);
  });

  it("is taken up to where it can no longer be vouched for", async () => {
    const events = filled(Array.from({ length: 20 }, (_, index) => ({ symbol: "A", price: 1 + index })));
    const [path = ""] = segments(events, [11, 10]);
    flipBit(path, 128 + 32 + 11 * 64 + 32 + 5);
    const door = new Door();
    await expect(take([path], door)).rejects.toThrow("the events from 11 on are not whole: the checksum of 10 events");
    expect(door.records()).toHaveLength(10);
    flipBit(path, 4);
    await expect(take([path])).rejects.toThrow("the header's checksum is wrong");
  });

  it("refuses a tick whose last records were never written", async () => {
    const from = new Door();
    from.json({ symbol: "A", price: 1, bid: 1, ask: 2 });
    from.plane.ring.rewind(from.plane.ring.mark() - 1);
    from.plane.writer.write(layout.KIND_CONTROL, 0, 0, layout.CONTROL_SETTING, NOON, [0, 0]);
    from.json({ symbol: "A", price: 2 });
    const events = journaled(from);
    const { door, accepted, rejected, errors } = await take(segments(events, [countOf(events)]));
    expect({ accepted, rejected }).toEqual({ accepted: 1, rejected: 1 });
    expect(errors).toEqual([{ line: 2, message: "a tick that lacks its last records" }]);
    expect(door.records().map(({ payload }) => payload[0])).toEqual([2]);
    expect(await take(segments(events, [2]))).toMatchObject({ accepted: 0, rejected: 1 });
  });

  it("says which ticks would be one name too many", async () => {
    const ticks = Array.from({ length: 20 }, (_, index) => ({ symbol: `S${index}`, price: 1 }));
    const { door, accepted, rejected, errors } = await take(
      segments(filled(ticks), [40]),
      new Door({ maxSymbols: 16 }),
    );
    expect({ accepted, rejected }).toEqual({ accepted: 16, rejected: 4 });
    expect(errors[0]).toMatchObject({ line: 33, message: expect.stringContaining("MAX_SYMBOLS") as unknown });
    expect(door.ingest.counters.rejected.capacity).toBe(4);
  });
});
