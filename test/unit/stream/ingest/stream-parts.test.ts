// Entries of an input stream that need more room in the ring than there is: each tick enters once, in its order, also when
// the engine is killed between the parts. The test consumes the ring in the place of workers and journal.
import { Packr } from "msgpackr";
import { expect, it, onTestFinished } from "vitest";
import * as layout from "../../../../assembly/layout.ts";
import { CONTROL_POSITION, SETTING_POSITION } from "../../../../assembly/position-layout.ts";
import type { StreamEntry, StreamPlace, StreamSource } from "../../../../src/bus/bus.ts";
import { StreamFeed } from "../../../../src/stream/ingest/stream-feed.ts";
import { positionIn, Positions } from "../../../../src/stream/positions.ts";
import { Door, NOON, type WrittenRecord } from "../../../support/ingest-door.ts";

const LEVELS = 10;
const LOOKS_MOST = 60_000;
const packr = new Packr({ useRecords: false });

/** Entries behind the place that is asked for; the reader is told each once. */
class Entries implements StreamSource {
  readonly gauge = { gaps: 0, lag: null, replaced: 0 };
  readonly acknowledged: string[] = [];
  behind: StreamPlace | null = null;
  private readonly all: readonly StreamEntry[];
  private told = false;

  constructor(all: readonly StreamEntry[]) {
    this.all = all;
  }
  goOnBehind(place: StreamPlace | null): void {
    this.behind = place;
  }
  async read(): Promise<readonly StreamEntry[]> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.told) return [];
    this.told = true;
    const from = Number(this.behind?.id.split("-")[1] ?? 0);
    return this.all.filter(({ id }) => Number(id.split("-")[1]) > from);
  }
  acknowledge(ids: readonly string[]): Promise<boolean> {
    this.acknowledged.push(...ids);
    return Promise.resolve(true);
  }
}

/** Quotes of ten levels; the price of each says which it is. */
function quotes(count: number, first = 1_000): readonly object[] {
  const side = (price: number, by: number): readonly unknown[] =>
    Array.from({ length: LEVELS }, (_, level) => [price + by * level, 1]);
  return Array.from({ length: count }, (_, index) => {
    const bid = first + index;
    return { kind: "quote", symbol: "A", bid, ask: bid + 1, bids: side(bid, -1), asks: side(bid + 1, 1) };
  });
}
const trade = (price: number): unknown => ({ symbol: "A", price });
const entry = (place: number, value: unknown, text: boolean): StreamEntry => ({
  id: `7-${place}`,
  data: text ? Buffer.from(JSON.stringify(value)) : packr.pack(value),
  removed: false,
  ordinal: place,
});

interface Life {
  readonly door: Door;
  readonly source: Entries;
  readonly feed: StreamFeed;
  /** Visible so far. */
  readonly records: WrittenRecord[];
  /** The next that has become visible; nothing more enters before there is room. */
  consume(): void;
}

interface Held {
  /** Quotes that are known a second after the beginning. */
  readonly quotes: number;
  /** That second is over: when the feed begins, or with its first position. */
  readonly due: "before" | "inside";
}

/** The clock moves on while a position begins. */
class LatePositions extends Positions {
  door: Door | null = null;
  override begin(): boolean {
    if (this.door !== null) this.door.now = NOON + 2_000_000;
    return super.begin();
  }
}

function live(all: readonly StreamEntry[], place: StreamPlace | null, held: Held | null = null): Life {
  const door = new Door({ build: "release", blocked: true });
  const { ring, writer, memory } = door.plane;
  const words = new Int32Array(memory.buffer);
  const source = new Entries(all);
  const records: WrittenRecord[] = [];
  const consume = (): void => {
    records.push(...door.records(true));
    Atomics.store(words, (layout.CONSUMERS + layout.CONSUMER_TAIL) >> 2, Atomics.load(words, layout.EVENT_HEAD >> 2));
  };
  const positions = new LatePositions(ring, writer);
  const { ingest } = door;
  if (held !== null) {
    const later = quotes(held.quotes).map((quote) => ({ ...quote, available_at: NOON / 1e6 + 1 }));
    for (let from = 0; from < later.length; from += 1_000) door.json(later.slice(from, from + 1_000));
    expect(ingest.heldBack).toBe(held.quotes);
    ingest.publish();
    consume(); // the symbol's own records
    if (held.due === "before") door.now = NOON + 2_000_000;
    else positions.door = door;
  }
  const feed = new StreamFeed({ source, ingest, positions, place, durableNext: () => records.length });
  onTestFinished(() => feed.stop());
  feed.start();
  return { door, source, feed, records, consume };
}

const positionsIn = (records: readonly WrittenRecord[]): readonly WrittenRecord[] =>
  records.filter(({ kind, aux }) => kind === layout.KIND_CONTROL && aux === CONTROL_POSITION);
const bids = (records: readonly WrittenRecord[]): readonly (number | undefined)[] =>
  records
    .filter(({ kind, payload }) => kind === layout.KIND_QUOTE && payload[4] === 0)
    .map(({ payload }) => payload[0]);
const prices = (records: readonly WrittenRecord[]): readonly (number | undefined)[] =>
  records.filter(({ kind }) => kind === layout.KIND_TRADE).map(({ payload }) => payload[0]);
/** As a start finds it in the newest position. */
function placeIn(records: readonly WrittenRecord[]): StreamPlace | null {
  const payload = positionsIn(records).at(-1)?.payload ?? [];
  return positionIn((index) => payload[index - SETTING_POSITION] ?? Number.NaN);
}

async function until(life: Life, done: () => boolean): Promise<void> {
  for (let look = 0; ; look++) {
    if (look > LOOKS_MOST) throw new Error(`only ${life.records.length} records came`);
    life.consume();
    if (done()) return; // before anything else enters
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

const COUNT = 7_500; // of ten records each: more than the ring has
for (const text of [true, false]) {
  const how = text ? "JSON" : "msgpack";
  const all = [
    entry(1, trade(1), text),
    entry(2, text ? { market_data: quotes(COUNT), source: "x" } : quotes(COUNT), text),
    entry(3, trade(3), text),
  ];
  const wanted = Array.from({ length: COUNT }, (_, index) => 1_000 + index);

  it(`takes an entry larger than the ring by parts, each tick once and in its order: ${how}`, async () => {
    const life = live(all, null);
    await until(life, () => life.source.acknowledged.length === 3);
    expect(bids(life.records)).toEqual(wanted);
    expect(prices(life.records)).toEqual([1, 3]);
    const { counters } = life.door.ingest;
    expect(counters.ingested.stream[text ? "json" : "msgpack"]).toBe(COUNT + 2);
    expect(counters.rejected.overloaded).toBe(0);
    expect(life.source.acknowledged).toEqual(["7-1", "7-2", "7-3"]);
    expect(positionsIn(life.records).length).toBeGreaterThan(2);
  });

  it(`goes on behind the part that was in when the engine was killed: ${how}`, async () => {
    const first = live(all, null);
    await until(first, () => bids(first.records).length > 0);
    first.feed.stop();
    first.consume();
    const place = placeIn(first.records);
    expect(place).toMatchObject({ id: "7-2", ordinal: 2, ticks: bids(first.records).length });
    const second = live(all, place);
    expect(second.source.behind).toEqual({ id: "7-1", ordinal: 1 });
    await until(second, () => second.source.acknowledged.length === 2);
    expect([...bids(first.records), ...bids(second.records)]).toEqual(wanted);
    expect(prices(second.records)).toEqual([3]);
    expect(placeIn(second.records)).toEqual({ id: "7-3", ordinal: 3 });
  });
}

it("takes first ticks of more new symbols than the ring has room for", async () => {
  const symbols = Array.from({ length: 60 }, (_, index) => ({ symbol: `S${index}`, price: 1 }));
  const life = live([entry(1, [...symbols, ...quotes(COUNT), ...symbols], true)], null);
  await until(life, () => life.source.acknowledged.length === 1);
  expect(prices(life.records).length).toBe(120);
  expect(bids(life.records).length).toBe(COUNT);
  expect(life.door.ingest.counters.rejected.overloaded).toBe(0);
});

const OTHER = 500_000;

it("loses no entry of which no tick found room, because held events took it, when the engine is killed", async () => {
  for (const before of [0, 1]) {
    const trades = Array.from({ length: before }, (_, index) => entry(1 + index, trade(1), true));
    const all = [...trades, entry(before + 1, quotes(1, OTHER), true), entry(before + 2, trade(3), true)];
    const first = live(all, null, { quotes: COUNT, due: "inside" });
    await until(first, () => positionsIn(first.records).length > 0);
    first.feed.stop(); // before there is room for the quote
    first.consume();
    expect(bids(first.records).length).toBeGreaterThan(6_000);
    expect(bids(first.records)).not.toContain(OTHER);
    const place = placeIn(first.records);
    expect(place).toMatchObject({ id: `7-${before}` });
    expect(place).not.toHaveProperty("ticks");
    const second = live(all, place);
    await until(second, () => second.source.acknowledged.length === 2);
    expect(bids(second.records)).toEqual([OTHER]);
    expect(prices(second.records)).toEqual([3]);
  }
});

it("takes held events that are due in front of a position, not among its records", async () => {
  const life = live([entry(1, trade(1), true)], null, { quotes: 100, due: "before" });
  await until(life, () => life.source.acknowledged.length === 1);
  expect(bids(life.records).length).toBe(100);
  expect(positionsIn(life.records).map(({ subject }) => subject)).toEqual([1]);
});
