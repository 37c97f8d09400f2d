// Every wait for a worker ends: one that dies is missed, one that hangs is ended by the watchdog, whoever waits is told.
// Real threads; the watchdog's looks are called by hand, because its clock is slow.
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import * as layout from "../../assembly/layout.ts";
import { createCompute, createKernels, type Compute } from "../../src/stream/compute.ts";
import { feedBack } from "../../src/stream/feed-back.ts";
import { Kernels } from "../../src/stream/kernels/kernels.ts";
import { MarkChecker } from "../../src/stream/marks.ts";
import { Stream, type StreamOptions } from "../../src/stream/stream.ts";
import { SILENT_LOG } from "../../src/telemetry/log.ts";
import { temporaryFolder } from "../support/journal.ts";
import { WEDNESDAY } from "../support/plane.ts";

const EMPTY = { sequence: 0, count: 0, hash: 0n };
const ROUNDS = 40;

interface Run {
  readonly compute: Compute;
  readonly kernels: Kernels;
  readonly failures: string[];
}

function prepare(workers: number): Run {
  const compute = createCompute({ maxSymbols: 16, maxInstances: 32, workers });
  const failures: string[] = [];
  const kernels = createKernels(compute, EMPTY, {
    onSignals: () => undefined,
    onSnapshot: () => undefined,
    onFailure: (_, error) => failures.push(error.message),
  });
  onTestFinished(() => kernels.stop());
  return { compute, kernels, failures };
}

/** Returns when the worker goes round for ever: the only series of its symbol is followed by itself. */
async function hang({ compute, kernels }: Run): Promise<{ readonly evaluated: Promise<void> }> {
  const { plane, state } = compute;
  const clock = plane.writer.stamp(WEDNESDAY);
  plane.writer.writeName(layout.TABLE_SYMBOL, 0, layout.ASSET_CRYPTO, 0, "S0");
  plane.writer.write(layout.KIND_CONTROL, 0, 0, layout.CONTROL_SERIES, clock, [0, 0]);
  plane.ring.publish();
  await kernels.evaluated(plane.ring.nextSequence);
  const next = (plane.plan.bases[layout.PLAN_SERIES] ?? 0) + layout.SERIES_NEXT * layout.COLUMN_BYTES;
  new Float64Array(plane.memory.buffer)[next / 8] = 1;
  plane.writer.write(layout.KIND_TRADE, 0, 0, 0, clock, [100, 1, 100, 100, 100]);
  plane.ring.publish();
  const evaluated = kernels.evaluated(plane.ring.nextSequence);
  await expect.poll(() => state.symbols()[0]?.ticks, { interval: 1 }).toBe(1);
  return { evaluated };
}

function lookTwice(kernels: Kernels): void {
  kernels.look();
  kernels.look();
}

describe("waiting for workers", () => {
  it("goes on behind a snapshot event that was the last one fed back, whenever the workers look at it", async () => {
    const events = new Uint8Array(layout.EVENT_BYTES);
    const view = new DataView(events.buffer);
    view.setUint8(layout.EVENT_KIND, layout.KIND_CONTROL);
    view.setUint32(layout.EVENT_AUX, layout.CONTROL_SNAPSHOT, true);
    // Workers that have just begun are slow to look, and each at another pace.
    for (let round = 0; round < ROUNDS; round++) {
      const { compute, kernels } = prepare(2);
      await kernels.start();
      const { ring, writer } = compute.plane;
      await feedBack(compute.plane, kernels, [{ firstSequence: 0, count: 1, events }], new MarkChecker(EMPTY));
      writer.write(layout.KIND_CLOCK, 0, 0, layout.TIER_FAST, WEDNESDAY, []);
      ring.publish();
      await kernels.evaluated(ring.nextSequence);
      await kernels.stop();
    }
  });

  it("is told that a worker died before it had begun", async () => {
    const { kernels, failures } = prepare(2);
    const started = kernels.start();
    kernels.terminate(1);
    await expect(started).rejects.toThrow("kernel worker 1 exited");
    expect(failures).toEqual([expect.stringMatching(/^kernel worker 1 exited/)]);
  });

  it("is told that a worker hangs, and the hanging worker is ended", async () => {
    const run = prepare(1);
    await run.kernels.start();
    const { evaluated } = await hang(run);
    lookTwice(run.kernels);
    await expect(evaluated).rejects.toThrow("does not move");
    expect(run.failures).toEqual(["it does not move any more"]);
    await run.kernels.stop();
  });

  it("ends when a worker that hangs is asked to leave, for those who wait for it too", async () => {
    const run = prepare(1);
    await run.kernels.start();
    const { evaluated } = await hang(run);
    const stopped = run.kernels.stop();
    lookTwice(run.kernels);
    await stopped;
    await expect(evaluated).rejects.toThrow("stopped");
    await expect(run.kernels.evaluated(run.compute.plane.ring.nextSequence)).rejects.toThrow("stopped");
    expect(run.failures).toEqual([]);
  });
});

describe("a stream", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  function options(dir: string, onFailure: (reason: string) => void): StreamOptions {
    return {
      capacity: { maxSymbols: 16, maxInstances: 32, workers: 1 },
      tiers: { fastMs: 100, tacticalMs: 1000, strategicMs: 10_000, learningMs: 60_000 },
      rules: { confidenceFloor: 0, cooldownUs: 1_000_000 },
      learning: true,
      journal: {
        dir,
        sync: "batch",
        segmentBytes: 1 << 24,
        retention: { bytes: 1 << 30, ageMs: 3_600_000 },
        snapshotMs: 60_000,
      },
      now: () => WEDNESDAY,
      monotonicMs: () => performance.now(),
      log: SILENT_LOG,
      onApproved: () => undefined,
      onFailure,
    };
  }

  it("does not open with a worker that died while nobody waited for it, and can be opened again", async () => {
    const dir = temporaryFolder();
    const failures: string[] = [];
    const opening = options(dir, (reason) => failures.push(reason));
    const start = Kernels.prototype.start;
    vi.spyOn(Kernels.prototype, "start").mockImplementation(async function (this: Kernels) {
      await start.call(this);
      this.failure = new Error("died in silence");
    });
    await expect(Stream.open(opening)).rejects.toThrow("died in silence");
    vi.restoreAllMocks();
    const stream = await Stream.open(opening);
    const closed = stream.close();
    expect(stream.close()).toBe(closed);
    await closed;
    expect(failures).toEqual([]);
  });
});
