// A symbol's history beside a long backlog of an input stream: it has its turn, in one piece, and so has the stream. The
// test consumes the ring in the place of workers and journal.
import { expect, it, onTestFinished } from "vitest";
import { CONTROL_HISTORY, HISTORY_BEGINS, HISTORY_WHOLE } from "../../../../assembly/back-fill-layout.ts";
import * as layout from "../../../../assembly/layout.ts";
import { CONTROL_POSITION } from "../../../../assembly/position-layout.ts";
import type { StreamEntry, StreamSource } from "../../../../src/bus/bus.ts";
import { BackFill } from "../../../../src/stream/ingest/back-fill.ts";
import { StreamFeed } from "../../../../src/stream/ingest/stream-feed.ts";
import { Positions } from "../../../../src/stream/positions.ts";
import { Door, NOON, type WrittenRecord } from "../../../support/ingest-door.ts";

const HALF = layout.EVENT_SLOTS / 2;
const ROWS = 10_000;
const ENTRIES = 90;
const TICKS = 1_000;
/** Of the consumer in a turn: much less than a history between two looks of those who wait for room. */
const PACE = 256;
const TURNS_MOST = 60_000;

/** Prices say in which order they were sent. */
class Backlog implements StreamSource {
  readonly gauge = { gaps: 0, lag: null, replaced: 0 };
  private told = false;

  async read(): Promise<readonly StreamEntry[]> {
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (this.told) return [];
    this.told = true;
    return Array.from({ length: ENTRIES }, (_, entry) => ({
      id: `7-${entry + 1}`,
      data: Buffer.from(
        JSON.stringify(Array.from({ length: TICKS }, (__, tick) => ({ symbol: "A", price: 1 + entry * TICKS + tick }))),
      ),
      removed: false,
      ordinal: entry + 1,
    }));
  }
  acknowledge(): Promise<boolean> {
    return Promise.resolve(true);
  }
  goOnBehind(): void {}
}

const HISTORY = Buffer.from(
  JSON.stringify(
    Array.from({ length: ROWS }, (_, row) => ({ timestamp: NOON / 1e3 - (ROWS - row) * 60_000, close: 1 + row })),
  ),
);

class Stage {
  readonly door = new Door({ build: "release", blocked: true });
  readonly records: WrittenRecord[] = [];
  readonly fill = new BackFill({ ingest: this.door.ingest, read: () => Promise.resolve(HISTORY) });
  private readonly words = new Int32Array(this.door.plane.memory.buffer);
  private readonly tail = (layout.CONSUMERS + layout.CONSUMER_TAIL) >> 2;

  constructor() {
    const { ring, writer } = this.door.plane;
    const { ingest } = this.door;
    const positions = new Positions(ring, writer);
    const feed = new StreamFeed({ source: new Backlog(), ingest, positions, place: null, durableNext: () => Infinity });
    onTestFinished(() => {
      feed.stop();
      this.fill.stop();
    });
    feed.start();
  }

  /** Ticks of the stream that are in. */
  get taken(): number {
    return this.door.ingest.counters.ingested.stream.json;
  }

  /** Consumes a little, as long as not more than so many slots are free. */
  async turn(freeMost: number): Promise<void> {
    this.records.push(...this.door.records(true));
    const waiting = Atomics.load(this.words, layout.EVENT_HEAD >> 2) - Atomics.load(this.words, this.tail);
    const wanted = Math.min(PACE, waiting, freeMost - this.door.ingest.room);
    if (wanted > 0) Atomics.add(this.words, this.tail, wanted);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }

  async until(done: () => boolean, freeMost = layout.EVENT_SLOTS): Promise<void> {
    for (let turns = 0; !done(); turns++) {
      if (turns > TURNS_MOST) throw new Error(`${this.taken} ticks are in`);
      await this.turn(freeMost);
    }
  }
}

const isMark = ({ kind, aux, payload }: WrittenRecord, what: number): boolean =>
  kind === layout.KIND_CONTROL && aux === CONTROL_HISTORY && payload[0] === what;

it("enters in one piece before the backlog is over, and the stream has its turn between two of them", async () => {
  const stage = new Stage();
  const { counters } = stage.door.ingest;
  await stage.until(() => stage.door.ingest.room < HALF, 0);
  for (const symbol of ["H1", "H2"]) stage.fill.request(symbol);
  await stage.until(() => counters.historyRows === 2 * ROWS);
  expect(stage.taken).toBeLessThan(ENTRIES * TICKS);
  await stage.until(() => stage.taken === ENTRIES * TICKS);
  await stage.turn(layout.EVENT_SLOTS);
  const { records } = stage;
  const begins = records.flatMap((record, at) => (isMark(record, HISTORY_BEGINS) ? [at] : []));
  expect(begins).toHaveLength(2);
  for (const begin of begins) {
    const rows = records.slice(begin + 1, begin + 1 + ROWS);
    expect(rows.every(({ flags }) => flags === layout.FLAG_HISTORY)).toBe(true);
    expect(records.slice(begin + 1 + ROWS, begin + 2 + ROWS).some((record) => isMark(record, HISTORY_WHOLE))).toBe(
      true,
    );
  }
  const between = records.slice((begins[0] ?? 0) + 2 + ROWS, begins[1]);
  expect(between.some(({ kind, aux }) => kind === layout.KIND_CONTROL && aux === CONTROL_POSITION)).toBe(true);
  const prices = records.flatMap(({ kind, flags, payload }) =>
    kind === layout.KIND_TRADE && flags === 0 ? [payload[0]] : [],
  );
  expect(prices).toEqual(Array.from({ length: ENTRIES * TICKS }, (_, index) => 1 + index));
});

it("does not hold up the stream for good where others keep it from its room", async () => {
  const stage = new Stage();
  await stage.until(() => stage.door.ingest.room < HALF, 0);
  stage.fill.request("H");
  await stage.until(() => stage.door.ingest.history.waits, HALF + PACE);
  const { taken } = stage;
  await stage.until(() => stage.taken > taken, HALF + PACE);
  expect(stage.door.ingest.counters.historyRows).toBe(0);
});
