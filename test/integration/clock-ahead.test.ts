// A wall clock that was a day ahead once: the engine clock, which never falls, is ahead of it from then on, also over
// restarts. A real engine on a journal that was begun then.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import * as layout from "../../assembly/layout.ts";
import { readEvents, Stream } from "../../src/stream/stream.ts";
import { EngineProcess } from "../support/engine-process.ts";
import { QUIET_STREAM } from "../support/quiet-stream.ts";

const DAY_US = 86_400_000_000;
const BEATS = 30;
const SECOND_US = 1_000_000;
const ENV = { MAX_SYMBOLS: "64", MAX_INSTANCES: "64", STRATEGY_WORKERS: "1", JOURNAL_SYNC: "batch" };

/** The journal of an engine that lived when the wall clock was a day ahead; its last clock. */
async function begunTomorrow(dataDir: string): Promise<number> {
  const stream = await Stream.open({
    ...QUIET_STREAM,
    capacity: { maxSymbols: 64, maxInstances: 64, workers: 1 },
    journal: {
      dir: join(dataDir, "journal"),
      sync: "batch",
      segmentBytes: 1 << 24,
      retention: { bytes: 1 << 30, ageMs: 3_600_000 },
      snapshotMs: 0,
    },
    now: () => Date.now() * 1_000 + DAY_US,
    monotonicMs: () => performance.now(),
  });
  await stream.process(Buffer.from('{"symbol":"BTCUSDT","price":7}'), "http");
  const { clock } = stream.compute.plane.writer;
  await stream.close();
  return clock;
}

/** Clocks of the beats and of the snapshots asked for, from a moment on. */
function written(dataDir: string, after: number): { readonly beats: readonly number[]; readonly snapshots: number } {
  const beats: number[] = [];
  let snapshots = 0;
  for (const { events, count } of readEvents(join(dataDir, "journal"), 0, Infinity)) {
    const view = new DataView(events.buffer, events.byteOffset, events.byteLength);
    for (let at = 0; at < count * layout.EVENT_BYTES; at += layout.EVENT_BYTES) {
      const kind = view.getUint8(at + layout.EVENT_KIND);
      const clock = view.getFloat64(at + layout.EVENT_CLOCK, true);
      if (kind === layout.KIND_CLOCK && clock > after) beats.push(clock);
      const code = view.getUint32(at + layout.EVENT_AUX, true);
      if (kind === layout.KIND_CONTROL && code === layout.CONTROL_SNAPSHOT) snapshots += 1;
    }
  }
  return { beats, snapshots };
}

it("goes on, takes snapshots, and says in /health and by an alert that its clock is ahead", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "clock-"));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const last = await begunTomorrow(dataDir);
  const engine = await EngineProcess.start({ ...ENV, DATA_DIR: dataDir, SNAPSHOT_INTERVAL_MS: "1000" });
  onTestFinished(() => engine.kill());
  const begin = Number((await engine.get("/health"))["events"]);
  await expect
    .poll(async () => Number((await engine.get("/health"))["events"]) - begin, { timeout: 60_000 })
    .toBeGreaterThan(BEATS);
  const health = await engine.get("/health");
  expect(health["status"]).toBe("degraded");
  expect(health["troubles"]).toEqual([expect.stringMatching(/^clock: .* 86\d{3} s ahead of the wall clock/)]);
  const { alerts } = (await engine.get("/alerts?level=critical")) as { alerts: { message: string }[] };
  expect(alerts.map(({ message }) => message)).toEqual([expect.stringContaining("ahead of the wall clock")]);
  expect(await engine.stop()).toBe(0);
  const { beats, snapshots } = written(dataDir, last);
  expect(beats.length).toBeGreaterThan(BEATS / 2);
  expect(new Set(beats).size).toBe(beats.length);
  expect((beats.at(-1) ?? 0) - last).toBeGreaterThan(SECOND_US);
  expect(snapshots).toBeGreaterThan(0);
  // Caught up while nobody was there: with the journal goes what its clock was.
  rmSync(join(dataDir, "journal"), { recursive: true });
  const later = await EngineProcess.start({ ...ENV, DATA_DIR: dataDir });
  onTestFinished(() => later.kill());
  const messages = async (): Promise<readonly string[]> => {
    const { alerts } = (await later.get("/alerts")) as { alerts: { message: string }[] };
    return alerts.map(({ message }) => message);
  };
  await expect.poll(messages).toContain("the wall clock has caught up with the engine clock");
  expect(await later.stop()).toBe(0);
});
