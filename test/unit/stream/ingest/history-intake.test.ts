// Rows of a history on their way into the ring: what goes wrong leaves nothing there, and is told; what they say of the
// symbol is said with them.
import { describe, expect, it } from "vitest";
import { CONTROL_HISTORY, HISTORY_BEGINS } from "../../../../assembly/back-fill-layout.ts";
import * as layout from "../../../../assembly/layout.ts";
import { BackFill } from "../../../../src/stream/ingest/back-fill.ts";
import { Ingest } from "../../../../src/stream/ingest/ingest.ts";
import { instantiateCore, loadCore } from "../../../../src/stream/kernels/core.ts";
import { Door, NOON } from "../../../support/ingest-door.ts";

const MINUTE_MS = 60_000;

/** Closes of the last minutes. */
function minutes(count: number, more: object = {}): readonly object[] {
  const first = NOON / 1e3 - count * MINUTE_MS;
  return Array.from({ length: count }, (_, row) => ({ timestamp: first + row * MINUTE_MS, close: 1 + row, ...more }));
}
const valueOf = (rows: readonly object[]): Promise<Uint8Array> => Promise.resolve(Buffer.from(JSON.stringify(rows)));

it("leaves no row behind where the decoder traps in the midst of them, and is told and counted", async () => {
  const door = new Door({ build: "release" });
  const core = instantiateCore(loadCore("release").module, door.plane.memory);
  const fault = new WebAssembly.RuntimeError("unreachable");
  const trap = { armed: false };
  const trapping = {
    ...core,
    decode: (length: number, format: number, flags: number): number => {
      const status = core.decode(length, format, flags);
      if (trap.armed && (flags & layout.FLAG_HISTORY) !== 0) throw fault; // its records are reserved by now
      return status;
    },
  };
  const told: unknown[] = [];
  const onDefect = (error: unknown): void => void told.push(error);
  const ingest = new Ingest({ ...door.plane, core: trapping, now: () => NOON, onSymbol: () => true, onDefect });
  const tick = (symbol: string): number =>
    ingest.accept(Buffer.from(JSON.stringify({ symbol, price: 5 })), "http").accepted;
  expect(tick("A") + tick("B")).toBe(2);
  const before = ingest.nextSequence;
  const fill = new BackFill({ ingest, read: () => valueOf(minutes(30)) });
  trap.armed = true;
  fill.request("A");
  await fill.settled();
  expect(told).toEqual([fault]);
  expect(ingest.counters).toMatchObject({ historyCorrupt: 1, historyRows: 0 });
  expect(ingest.nextSequence).toBe(before);
  trap.armed = false;
  fill.request("B");
  await fill.settled();
  const b = ingest.symbols.idOf("B");
  const rows = door.records().filter(({ flags }) => (flags & layout.FLAG_HISTORY) !== 0);
  expect(rows.map(({ subject }) => subject)).toEqual(Array(30).fill(b));
  expect(ingest.counters).toMatchObject({ historyCorrupt: 1, historyRows: 30 });
});

it("enters wholly or not at all where its room is gone", () => {
  const door = new Door({ build: "release", blocked: true });
  const { ingest } = door;
  door.json({ symbol: "A", price: 5 });
  const staged = [ingest.history.stage(minutes(500).map((row) => ({ symbol: "A", ...row })))];
  expect(staged[0]?.ticks).toBe(500);
  while (ingest.room > 300) door.json({ symbol: "A", price: 5 });
  const before = ingest.nextSequence;
  expect(() => ingest.history.enter("A", staged)).toThrow("without room");
  expect(ingest.nextSequence).toBe(before);
  expect(ingest.counters.historyRows).toBe(0);
});

it("is counted, and no defect, where its answer is late again and again", async () => {
  const told: unknown[] = [];
  const door = new Door({ onDefect: (error) => void told.push(error) });
  const fill = new BackFill({ ingest: door.ingest, pauseMs: 1, read: () => Promise.resolve("late") });
  fill.request("A");
  await fill.settled();
  expect(door.ingest.counters.historyCorrupt).toBe(1);
  expect(told).toEqual([]);
});

describe("the asset type that its rows name", () => {
  const HOUR_US = 3_600_000_000;
  /** A symbol that is taken for a stock, and what became of the history of 90 minutes that calls it crypto. */
  async function filled(samples: number, turn: (door: Door) => unknown = () => undefined): Promise<Door> {
    const door = new Door({ build: "release" });
    door.json({ symbol: "ABC", price: 5 });
    const rows = minutes(90, { asset_type: "stocks" });
    const read = (): Promise<Uint8Array> => valueOf([...rows, ...minutes(1, { asset_type: "crypto" }), ...minutes(1)]);
    const fill = new BackFill({ ingest: door.ingest, read, seen: () => ({ barUs: HOUR_US, samples }) });
    fill.request("ABC");
    const told = { settled: false };
    void fill.settled().then(() => (told.settled = true));
    for (; !told.settled; await new Promise((resolve) => setImmediate(resolve))) turn(door);
    return door;
  }
  const names = (door: Door): readonly number[] =>
    door.records(true).flatMap(({ kind, aux }) => (kind === layout.KIND_NAME ? [(aux >> 8) & 0xff] : []));

  it("is nothing where the history is left out", async () => {
    const door = await filled(2);
    expect(door.ingest.counters).toMatchObject({ historyLeft: 1, historyRows: 0 });
    expect(door.ingest.symbols.assetTypeOf(0)).toBe("stocks");
    expect(names(door)).toEqual([layout.ASSET_STOCKS]);
    door.json({ symbol: "ABC", price: 5, asset_type: "crypto" });
    expect(names(door)).toEqual([layout.ASSET_CRYPTO]);
  });

  it("takes effect with the history, where it begins, and the newest row that names one says which", async () => {
    const before: string[] = [];
    const door = await filled(1, ({ ingest }) => before.push(ingest.symbols.assetTypeOf(0)));
    expect(new Set(before)).toEqual(new Set(["stocks"]));
    expect(door.ingest.symbols.assetTypeOf(0)).toBe("crypto");
    const events = door.records(true);
    const named = events.flatMap(({ kind, aux }, at) => (kind === layout.KIND_NAME ? [[at, (aux >> 8) & 0xff]] : []));
    expect(named.map(([, asset]) => asset)).toEqual([layout.ASSET_STOCKS, layout.ASSET_CRYPTO]);
    const behind = events[(named[1]?.[0] ?? 0) + 1];
    expect([behind?.kind, behind?.aux, behind?.payload[0]]).toEqual([
      layout.KIND_CONTROL,
      CONTROL_HISTORY,
      HISTORY_BEGINS,
    ]);
    expect(door.ingest.counters.historyRows).toBe(92);
  });

  it("refuses its row where it is no asset type", async () => {
    const door = new Door({ build: "release" });
    const rows = [...minutes(3), ...minutes(2, { asset_type: "tulips" })];
    const fill = new BackFill({ ingest: door.ingest, read: () => valueOf(rows) });
    door.json({ symbol: "ABC", price: 5 });
    fill.request("ABC");
    await fill.settled();
    expect(door.ingest.counters).toMatchObject({ historyRows: 3, historyCorrupt: 0 });
    expect(door.ingest.counters.rejected.unknown_value).toBe(2);
    expect(door.ingest.symbols.assetTypeOf(0)).toBe("stocks");
  });
});
