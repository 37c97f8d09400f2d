// Rows of a history on their way into the ring: what goes wrong leaves nothing there, and is told.
import { expect, it } from "vitest";
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
