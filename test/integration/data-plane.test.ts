import { execFileSync } from "node:child_process";
import { closeSync, constants, linkSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import * as layout from "../../assembly/layout.ts";
import { type Bus, INPUT_CHANNEL, openBus, type StreamEntry, type StreamSource } from "../../src/bus/bus.ts";
import { EmbeddedBus } from "../../src/bus/embedded-bus.ts";
import { createEngine } from "../../src/engine/engine.ts";
import { DataPlane } from "../../src/engine/data-plane.ts";
import { Manage } from "../../src/manage/manage.ts";
import { openStore } from "../../src/store/store.ts";
import type { Plane } from "../../src/stream/rings/plane.ts";
import { Stream, type Approved } from "../../src/stream/stream.ts";
import { SILENT_LOG, type Log } from "../../src/telemetry/log.ts";
import { CONFIG_DEFAULTS } from "../support/manage/config-defaults.ts";

const LOOKS_MOST = 60_000;

const cleanups: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

interface Opened {
  readonly plane: DataPlane;
  readonly signals: Approved[];
  readonly warned: readonly (readonly [message: string, fields: unknown])[];
  readonly restarted: () => Promise<void>;
}

interface PlaneWishes {
  readonly source?: HeldSource | null;
  readonly mayTake?: () => boolean;
  readonly demo?: boolean;
  readonly bus?: Bus;
  /** Kept by whoever names it. */
  readonly dir?: string;
  readonly signalsDir?: string;
}

async function openPlane({
  source = null,
  mayTake = () => true,
  demo = false,
  bus,
  dir = folder(),
  signalsDir,
}: PlaneWishes = {}): Promise<Opened> {
  const signals: Approved[] = [];
  let heard: () => void = () => undefined;
  const warned: (readonly [string, unknown])[] = [];
  const warn = (message: string, fields?: unknown): void => {
    warned.push([message, fields]);
    if (message === "data plane restarted") heard();
  };
  const log: Log = { ...SILENT_LOG, warn };
  let clock = Date.UTC(2026, 10, 18, 12) * 1000;
  const now = (): number => (clock += 1000);
  const plane = await DataPlane.open({
    open: (onFailure, carry) => {
      source?.opening();
      return Stream.open({
        capacity: { maxSymbols: 64, maxInstances: 64, workers: 2 },
        tiers: { fastMs: 100, tacticalMs: 1000, strategicMs: 10_000, learningMs: 60_000 },
        rules: { confidenceFloor: 0, cooldownUs: 1_000_000 },
        learning: true,
        journal: {
          dir,
          ...(signalsDir === undefined ? {} : { signalsDir }),
          sync: "batch",
          segmentBytes: 1 << 24,
          retention: { bytes: 1 << 30, ageMs: 3_600_000 },
          snapshotMs: 60_000,
        },
        now,
        monotonicMs: () => performance.now(),
        log,
        onApproved: (batch) => signals.push(...batch),
        onFailure,
        ...(carry ? { carry } : {}),
      });
    },
    bus: bus ?? (await openBus(null, log, { host: "127.0.0.1", port: 1 })),
    source,
    mayTake,
    demo,
    now,
    log,
  });
  cleanups.push(() => plane.close());
  plane.start();
  return { plane, signals, warned, restarted: () => new Promise((resolve) => (heard = resolve)) };
}

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "plane-"));
  cleanups.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function trend(symbol: string, from: number, ticks: number, by = 1.002): Uint8Array {
  const market_data = Array.from({ length: ticks }, (_, tick) => ({ symbol, price: from * by ** tick, volume: 10 }));
  return new TextEncoder().encode(JSON.stringify({ market_data }));
}

/** A stream whose answers come when the test gives them. */
class HeldSource implements StreamSource {
  readonly gauge = { gaps: 0, lag: null, replaced: 0 };
  opened = 0;
  /** Openings while an answer was still to come. */
  overlaps = 0;
  private asked: ((entries: readonly StreamEntry[]) => void) | null = null;

  opening(): void {
    this.opened += 1;
    if (this.asked !== null) this.overlaps += 1;
  }

  goOnBehind(): void {}

  read(): Promise<readonly StreamEntry[]> {
    return new Promise((resolve) => (this.asked = resolve));
  }

  acknowledge(): Promise<boolean> {
    return Promise.resolve(true);
  }

  answer(entries: readonly StreamEntry[]): void {
    const { asked } = this;
    this.asked = null;
    asked?.(entries);
  }
}

/** Takes all room of the ring, none of which comes back: nothing that was written before is still to be consumed. */
async function fill({ stream }: DataPlane): Promise<Plane["ring"]> {
  const { ring, writer } = stream.compute.plane;
  for (let looks = 0; ring.free() < layout.EVENT_SLOTS; looks++) {
    if (looks > LOOKS_MOST) throw new Error(`only ${ring.free()} slots became free`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  while (writer.write(layout.KIND_CLOCK, 0, 0, 0, writer.clock, []));
  return ring;
}

/** The watchdog looks again at once, although a waiting worker passes its loop only once a second. */
function takeForHung(plane: DataPlane): void {
  const kernels = plane.stream["kernels"];
  for (let looks = 0; kernels.failure === null; looks++) {
    if (looks > LOOKS_MOST) throw new Error("its workers move at each look");
    kernels.look();
  }
}

describe("the data plane", () => {
  it("opens again by itself when a worker stops moving, with its windows, and publishes nothing twice", async () => {
    const { plane, signals, restarted } = await openPlane();
    const before = await plane.stream.process(trend("BTCUSD", 100, 60), "http");
    expect(before.ok && before.value.signals.length).toBe(1);
    const again = restarted();
    takeForHung(plane);
    await again;
    expect(plane.trouble).toBeNull();
    expect(plane.stream.symbols()).toMatchObject([{ name: "BTCUSD", ticks: 60 }]);
    expect(plane.stream.recovered.mismatches).toBe(0);
    expect(signals).toHaveLength(1);
    const after = await plane.stream.process(trend("ETHUSD", 100, 60), "http");
    expect(after.ok && after.value.signals.length).toBe(1);
    expect(plane.stream.ingest.counters.ingested.http.json).toBe(120);
  });

  it("answers who waits for a dead worker instead of leaving him waiting", async () => {
    const { plane, restarted } = await openPlane();
    const again = restarted();
    takeForHung(plane);
    const answers = await Promise.all([1, 2, 3].map(() => plane.stream.process(trend("BTCUSD", 100, 5), "http")));
    await again;
    for (const answer of answers) {
      if (!answer.ok) expect(["restarting", "shutting_down"]).toContain(answer.failure.code);
    }
    const after = await plane.stream.process(trend("BTCUSD", 100, 5), "http");
    expect(after.ok).toBe(true);
  });

  it("obeys an emergency stop at once that a full ring does not let it record, and says that it is not recorded", async () => {
    const { plane } = await openPlane();
    const ring = await fill(plane);
    expect(plane.stream.latch(true)).toBe(false);
    ring.abandon();
    const silent = await plane.stream.process(trend("BTCUSD", 100, 60), "http");
    expect(silent.ok && silent.value.signals).toEqual([]);
  });

  it("is stopped with all that hangs on it, also where the stop is not recorded and is answered with a refusal", async () => {
    const { plane } = await openPlane();
    const store = await openStore({ file: null, log: SILENT_LOG });
    if (!store.ok) throw new Error(store.failure);
    const bus = new EmbeddedBus();
    const options = { store: store.value, bus, log: SILENT_LOG, now: () => 1, configDefaults: CONFIG_DEFAULTS };
    const manage = new Manage(options);
    cleanups.push(() => store.value.close());
    cleanups.push(() => manage.close());
    const told: string[] = [];
    const hooks = { onEmergencyStop: (why: string) => told.push(why), onResume: (why: string) => told.push(why) };
    const parts = { plane, manage, bus, ...hooks } as unknown as Parameters<typeof createEngine>[0];
    const engine = createEngine(parts);
    const ring = await fill(plane);
    expect(engine.emergencyStop("drill")).toMatchObject({ ok: false, failure: { code: "overloaded" } });
    expect(engine.resume("over")).toMatchObject({ ok: false });
    expect(told).toEqual(["drill"]);
    expect(plane.stream.status.emergencyStop).toBe(true);
    ring.abandon();
  });

  it("takes each message of the bus once behind a restart, and shows its synthetic market again", async () => {
    const bus = new EmbeddedBus();
    const { plane, restarted } = await openPlane({ bus, demo: true });
    expect(plane.demoRunning).toBe(true);
    const again = restarted();
    takeForHung(plane);
    await again;
    expect(plane.demoRunning).toBe(true);
    bus.publishRaw(INPUT_CHANNEL, trend("BTCUSD", 100, 5));
    await expect.poll(() => plane.stream.ingest.counters.ingested.redis.json).toBe(5);
    expect(bus.counters().messagesIn).toBe(1);
    await expect.poll(() => plane.demoRunning).toBe(false);
  });

  it("loses no message of the bus that comes while it opens again, or while the ring is full", async () => {
    const bus = new EmbeddedBus();
    const { plane, restarted, warned } = await openPlane({ bus });
    const again = restarted();
    takeForHung(plane);
    await expect.poll(() => plane.stream.status.journal?.state, { interval: 1 }).toBe("stopped");
    bus.publishRaw(INPUT_CHANNEL, trend("BTCUSD", 100, 5));
    await expect.poll(() => plane.waiting.now, { interval: 1 }).toBe(1);
    await again;
    await expect.poll(() => plane.stream.symbols()).toMatchObject([{ name: "BTCUSD", ticks: 5 }]);
    const ring = await fill(plane);
    ring.beginWhole(); // nobody reads it
    bus.publishRaw(INPUT_CHANNEL, trend("BTCUSD", 101, 7));
    await expect.poll(() => plane.waiting.now).toBe(1);
    ring.abandon();
    ring.endWhole();
    await expect.poll(() => plane.stream.symbols()).toMatchObject([{ name: "BTCUSD", ticks: 12 }]);
    expect(plane.waiting).toEqual({ now: 0, ever: 2 });
    expect(plane.stream.ingest.counters.rejected.overloaded).toBe(0);
    expect(warned).toContainEqual([
      "market data waited for room in the event ring",
      expect.objectContaining({ messages: 1, refused: 0 }),
    ]);
  });

  it("opens again when nothing of its archive is on its way to the disk any more, however long that takes", async () => {
    const signalsDir = folder();
    const { plane, restarted } = await openPlane({ signalsDir });
    const [file, pipe] = [join(signalsDir, "signals-a.ndjson"), join(folder(), "pipe")];
    execFileSync("mkfifo", [pipe]); // is not open before somebody reads it, like a file of a disk that stands still
    rmSync(file);
    linkSync(pipe, file);
    await plane.stream.process(trend("BTCUSD", 100, 60), "http");
    const { stream } = plane;
    const again = restarted();
    takeForHung(plane);
    await stream.close();
    await new Promise((resolve) => setTimeout(resolve, 1_000)); // in which it would be open again
    const early = plane.stream !== stream;
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    await again;
    closeSync(reader);
    expect(early).toBe(false);
    expect(readFileSync(file, "utf8")).toMatch(/BTCUSD/);
  });

  it("shows no synthetic market behind a restart of the process, where real ticks were journaled", async () => {
    const dir = folder();
    const first = await openPlane({ dir, demo: true });
    expect(first.plane.demoRunning).toBe(true);
    await first.plane.close();
    const second = await openPlane({ dir, demo: true });
    expect(second.plane.demoRunning, "it may be shown as long as nothing real has come").toBe(true);
    await second.plane.stream.process(trend("BTCUSD", 100, 5), "http");
    await expect.poll(() => second.plane.demoRunning).toBe(false);
    await second.plane.close();
    const third = await openPlane({ dir, demo: true });
    expect(third.plane.demoRunning).toBe(false);
    expect(third.plane.stream.ingest.counters.ingested.demo.none).toBe(0);
  });

  it("counts as published what somebody is told of: no exits", async () => {
    const { plane, signals } = await openPlane();
    for (const [from, by] of [
      [100, 1.004],
      [170, 0.99],
      [60, 1.004],
    ] as const)
      // a trend, its end, and one again
      await plane.stream.process(trend("BTCUSD", from, 150, by), "http");
    const exits = signals.filter(({ action }) => action === "exit").length;
    expect(exits).toBeGreaterThan(0);
    const counted = plane.stream.carry.published.reduce((sum, count) => sum + count, 0);
    expect(counted).toBe(signals.length - exits);
  });

  it("says in the log and in its troubles what a feed brings and it refuses, until something valid comes", async () => {
    const bus = new EmbeddedBus();
    const { plane, warned } = await openPlane({ bus });
    const send = (value: unknown): void => bus.publishRaw(INPUT_CHANNEL, Buffer.from(JSON.stringify(value)));
    for (let message = 0; message < 20; message++) send({ symbol: "ETHUSD", last: 3_000 });
    const { refused } = plane;
    await expect.poll(() => refused.troubles).toHaveLength(1);
    await expect
      .poll(() => refused.troubles[0])
      .toMatch(/^ingest: the last 20 by redis were refused: market_data\[0\]\.price is required/);
    expect(warned, "of a crowd one line").toEqual([
      ["market data was refused", expect.objectContaining({ transport: "redis", refused: 1, reason: "missing" })],
    ]);
    send({ symbol: "ETHUSD", price: 3_000 });
    await expect.poll(() => refused.troubles).toEqual([]);
  });

  it("stays down, and says why, when it fails again and again", async () => {
    const { plane, restarted } = await openPlane();
    for (let fault = 0; fault < 3; fault++) {
      const again = restarted();
      takeForHung(plane);
      await again;
    }
    takeForHung(plane);
    await expect.poll(() => plane.trouble).toMatch(/kernel worker/);
    const answer = await plane.stream.process(trend("BTCUSD", 100, 5), "http");
    expect(answer.ok).toBe(false);
  });

  it("opens again although a worker died while another one waited for it at a snapshot", async () => {
    const { plane, restarted } = await openPlane();
    await plane.stream.process(trend("BTCUSD", 100, 5), "http");
    const again = restarted();
    plane.stream["kernels"].terminate(1);
    plane.stream.requestSnapshot();
    await again;
    expect(plane.trouble).toBeNull();
  });

  it("keeps an emergency stop that is asked for while it opens again, whether or not it could be recorded", async () => {
    const { plane, restarted } = await openPlane();
    const again = restarted();
    takeForHung(plane);
    await expect.poll(() => plane.stream.status.journal?.state, { interval: 1 }).toBe("stopped");
    plane.stream.latch(true);
    await again;
    expect(plane.stream.status.emergencyStop).toBe(true);
  });

  it("publishes after a restart the signals of what had been taken in and was not evaluated", async () => {
    const { plane, signals, restarted } = await openPlane();
    const again = restarted();
    plane.stream["kernels"].terminate(0);
    await plane.stream.process(trend("BTCUSD", 100, 60), "http");
    await again;
    expect(plane.stream.symbols()).toMatchObject([{ name: "BTCUSD", ticks: 60 }]);
    expect(signals).toHaveLength(1);
    expect(plane.stream.archive.size).toBe(1);
  });

  it("begins to read its stream anew when nothing reads it any more", async () => {
    const source = new HeldSource();
    const { plane, restarted } = await openPlane({ source });
    const again = restarted();
    takeForHung(plane);
    await expect.poll(() => plane.stream.status.journal?.state, { interval: 1 }).toBe("stopped");
    // An opening that does not wait would have begun by then.
    for (let turn = 0; turn < 1_000; turn++) await new Promise((resolve) => setImmediate(resolve));
    source.answer([]);
    await again;
    expect(source.opened).toBe(2);
    expect(source.overlaps).toBe(0);
    source.answer([]);
  });

  it("takes nothing of its stream while what it caused does not get out", async () => {
    const source = new HeldSource();
    const at = { open: false, asked: 0 };
    const mayTake = (): boolean => (at.asked++, at.open);
    const { plane } = await openPlane({ source, mayTake });
    source.answer([{ id: "1-0", data: trend("BTCUSD", 100, 5), removed: false, ordinal: 1 }]);
    await expect.poll(() => at.asked).toBeGreaterThan(3);
    expect(plane.stream.symbols()).toEqual([]);
    at.open = true;
    await expect.poll(() => plane.stream.symbols()).toMatchObject([{ name: "BTCUSD", ticks: 5 }]);
    source.answer([]);
  });
});
