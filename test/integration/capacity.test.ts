import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { numberedFiles } from "../../src/stream/journal/files.ts";
import { Stream, type Approved } from "../../src/stream/stream.ts";
import { SILENT_LOG } from "../../src/telemetry/log.ts";

const cleanups: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

interface Options {
  readonly dir?: string;
  readonly maxSymbols?: number;
  readonly cooldownUs?: number;
}

async function openStream(options: Options): Promise<{ stream: Stream; signals: Approved[] }> {
  let clock = Date.UTC(2026, 10, 18, 12) * 1000;
  const signals: Approved[] = [];
  const stream = await Stream.open({
    capacity: { maxSymbols: options.maxSymbols ?? 64, maxInstances: 64, workers: 1 },
    tiers: { fastMs: 100, tacticalMs: 1000, strategicMs: 10_000, learningMs: 60_000 },
    rules: { confidenceFloor: 0, cooldownUs: options.cooldownUs ?? 1_000_000 },
    learning: true,
    journal:
      options.dir === undefined
        ? null
        : {
            dir: options.dir,
            sync: "batch",
            segmentBytes: 1 << 24,
            retention: { bytes: 1 << 30, ageMs: 3_600_000 },
            snapshotMs: 3_600_000,
          },
    now: () => (clock += 1000),
    monotonicMs: () => performance.now(),
    log: SILENT_LOG,
    onApproved: (batch) => signals.push(...batch),
    onFailure: () => undefined,
  });
  cleanups.push(() => stream.close());
  return { stream, signals };
}

function ticks(market_data: readonly object[]): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ market_data }));
}

describe("what a stream has room for", () => {
  it("refuses a journal whose symbols do not fit, names the setting, and can be opened again with room", async () => {
    const dir = mkdtempSync(join(tmpdir(), "capacity-"));
    cleanups.push(() => rmSync(dir, { recursive: true, force: true }));
    const before = await openStream({ dir });
    const names = Array.from({ length: 40 }, (_, index) => ({ symbol: `S${index}`, price: 100 + index, volume: 1 }));
    expect((await before.stream.process(ticks(names), "http")).ok).toBe(true);
    await before.stream.close();
    await expect(openStream({ dir, maxSymbols: 16 })).rejects.toThrow(/MAX_SYMBOLS/);
    const after = await openStream({ dir });
    expect(after.stream.symbols().map(({ name }) => name)).toEqual(names.map(({ symbol }) => symbol));
  });

  it.each([
    [10, 600],
    [600, 20],
  ])("goes on from a snapshot of MAX_SYMBOLS=%i with %i, where the journal before it is gone", async (less, more) => {
    const dir = mkdtempSync(join(tmpdir(), "capacity-"));
    cleanups.push(() => rmSync(dir, { recursive: true, force: true }));
    const { stream: before } = await openStream({ dir, maxSymbols: less });
    const names = Array.from({ length: 8 }, (_, index) => ({ symbol: `S${index}`, price: 100 + index, volume: 1 }));
    expect((await before.process(ticks(names), "http")).ok).toBe(true);
    before.requestSnapshot();
    await expect.poll(() => numberedFiles(dir, ".snapshot").length).toBe(1);
    await before.close();
    for (const { path } of numberedFiles(dir, ".journal")) rmSync(path);
    const { stream: after } = await openStream({ dir, maxSymbols: more });
    expect(after.recovered.snapshot).not.toBeNull();
    expect(after.symbols().map(({ name }) => name)).toEqual(names.map(({ symbol }) => symbol));
    const further = Array.from({ length: 4 }, (_, index) => ({ symbol: `T${index}`, price: 100 + index, volume: 1 }));
    expect(await after.process(ticks(further), "http")).toMatchObject({ ok: true, value: { batch: { accepted: 4 } } });
  });

  it("names what to go back to where a snapshot does not fit", async () => {
    const dir = mkdtempSync(join(tmpdir(), "capacity-"));
    cleanups.push(() => rmSync(dir, { recursive: true, force: true }));
    const { stream: before } = await openStream({ dir });
    const names = Array.from({ length: 40 }, (_, index) => ({ symbol: `S${index}`, price: 100 + index, volume: 1 }));
    expect((await before.process(ticks(names), "http")).ok).toBe(true);
    before.requestSnapshot();
    await expect.poll(() => numberedFiles(dir, ".snapshot").length).toBe(1);
    await before.close();
    for (const { path } of numberedFiles(dir, ".journal")) rmSync(path);
    await expect(openStream({ dir, maxSymbols: 16 })).rejects.toThrow(/MAX_SYMBOLS or MAX_INSTANCES.*\(64 and 64\)/);
  });

  it("takes more signals of one batch than the signal ring has slots", async () => {
    const { stream, signals } = await openStream({ cooldownUs: 0 });
    const rally = await prepareRally(stream);
    expect((await stream.process(rally, "http")).ok).toBe(true);
    expect(signals.length).toBeGreaterThan(100_000);
  });

  it("closes with all of its signals while a worker waits for room in the signal ring", async () => {
    const { stream, signals } = await openStream({ cooldownUs: 0 });
    const rally = await prepareRally(stream);
    const answer = stream.process(rally, "http");
    await stream.close();
    expect((await answer).ok).toBe(true);
    expect(signals.length).toBeGreaterThan(100_000);
  });
});

/** Ticks of which each gives forty signals; each batch of a worker gives more than its signal ring has slots. */
async function prepareRally(stream: Stream): Promise<Uint8Array> {
  await stream.process(ticks([{ symbol: "BTCUSD", price: 100, volume: 1 }]), "http");
  const symbols = [stream.ingest.symbols.idOf("BTCUSD") ?? -1];
  for (let count = 0; count < 40; count++) {
    expect(stream.instances.add({ strategy: "momentum_rider", symbols, strategyId: `s${count}` }).ok).toBe(true);
  }
  return ticks(
    Array.from({ length: 4_000 }, (_, tick) => ({ symbol: "BTCUSD", price: 100 * 1.002 ** tick, volume: 1 })),
  );
}
