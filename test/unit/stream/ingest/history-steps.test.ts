// A long history is read in steps between which others have their turn (test/property/json-pieces.test.ts: what is read).
import { afterEach, describe, expect, it, vi } from "vitest";
import { BackFill } from "../../../../src/stream/ingest/back-fill.ts";
import { readHistory } from "../../../../src/stream/ingest/history-frame.ts";
import { Door, NOON } from "../../../support/ingest-door.ts";

const ROWS = 20_000;
const ROWS_MAX = 10_000;
const STEP_BYTES = 20_000;
const COLUMNS = ["open", "high", "low", "close", "volume"] as const;

const time = (row: number): number => NOON / 1e3 - (ROWS - row) * 60_000;
const cells = (row: number): readonly number[] => [0.25, 0.75, 0, 0.5, 1].map((cell) => 100 + row + cell);
const rows = Array.from({ length: ROWS }, (_, row) => row);
const FRAMES = {
  records: rows.map((row) => ({
    timestamp: time(row),
    ...Object.fromEntries(COLUMNS.map((name, column) => [name, cells(row)[column]])),
  })),
  split: { columns: COLUMNS, index: rows.map(time), data: rows.map(cells) },
  columns: Object.fromEntries(
    COLUMNS.map((name, column) => [name, Object.fromEntries(rows.map((row) => [time(row), cells(row)[column]]))]),
  ),
} as const;

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(Object.entries(FRAMES))("of orient %s", (_, frame) => {
  const bytes = Buffer.from(JSON.stringify(frame));

  it("parses no more than a piece of the text at once, and gives the last rows", () => {
    const parse = vi.spyOn(JSON, "parse");
    const steps = readHistory(bytes, "A", NOON);
    let turns = 0;
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) turns += 1;
    expect(Math.max(...parse.mock.calls.map(([text]) => text.length))).toBeLessThan(STEP_BYTES);
    expect(turns).toBeGreaterThan(bytes.length / STEP_BYTES);
    expect(step.value?.length).toBe(ROWS_MAX);
    expect(step.value?.[0]).toMatchObject({ timestamp: time(ROWS - ROWS_MAX), low: 100 + ROWS - ROWS_MAX });
    expect(step.value?.at(-1)).toMatchObject({ kind: "bar", interval_s: 60, timestamp: time(ROWS - 1) });
  });

  it("lets live ticks in while it is read, and enters with all of its rows", async () => {
    const door = new Door({ build: "release" });
    const fill = new BackFill({ ingest: door.ingest, read: () => Promise.resolve(bytes) });
    door.json({ symbol: "A", price: 5 });
    fill.request("A");
    const told = { settled: false };
    void fill.settled().then(() => (told.settled = true));
    let live = 0;
    for (; !told.settled; await new Promise((resolve) => setImmediate(resolve)))
      live += door.json({ symbol: "A", price: 5 }).accepted;
    expect(live).toBeGreaterThan(bytes.length / STEP_BYTES);
    expect(door.ingest.counters).toMatchObject({ historyRows: ROWS_MAX, historyCorrupt: 0 });
  });

  it("is given up, and not counted as unreadable, where the stream is closed while it is read", async () => {
    const door = new Door({ build: "release" });
    const fill = new BackFill({ ingest: door.ingest, read: () => Promise.resolve(bytes) });
    fill.request("A");
    await new Promise((resolve) => setImmediate(resolve));
    fill.stop();
    await fill.settled();
    expect(door.ingest.counters).toMatchObject({ historyRows: 0, historyCorrupt: 0 });
    expect(door.records(true)).toEqual([]);
  });
});

it("may begin with a byte order mark, and with one only", () => {
  const read = (text: string): unknown => {
    const steps = readHistory(Buffer.from(text), "A", NOON);
    let step = steps.next();
    while (step.done !== true) step = steps.next();
    return step.value;
  };
  const text = '[{"close":1}]';
  expect(read(`\ufeff${text}`)).toEqual(read(text));
  expect(read(text)).toHaveLength(1);
  expect(read(`\ufeff\ufeff${text}`)).toBeNull();
});
