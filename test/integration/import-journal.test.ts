// One engine's journal imported into another engine: the same market, and the same signals from it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import * as layout from "../../assembly/layout.ts";
import { ForeignJournals } from "../../src/stream/ingest/ingest.ts";
import { numberedFiles, SEGMENT_SUFFIX } from "../../src/stream/journal/files.ts";
import { EventPrinter, readEvents, readMarketFile, Stream } from "../../src/stream/stream.ts";
import { SILENT_LOG } from "../../src/telemetry/log.ts";
import { Random } from "../support/random.ts";

const cleanups: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** Without cool-down and beats, which depend on the engine's clock. */
async function openStream(dir: string): Promise<Stream> {
  const stream = await Stream.open({
    capacity: { maxSymbols: 64, maxInstances: 64, workers: 2 },
    tiers: { fastMs: 1e8, tacticalMs: 1e8, strategicMs: 1e8, learningMs: 1e8 },
    rules: { confidenceFloor: 0, cooldownUs: 0 },
    learning: true,
    journal: {
      dir,
      sync: "off",
      segmentBytes: 1 << 20,
      retention: { bytes: 1 << 30, ageMs: 3_600_000 },
      snapshotMs: 0,
    },
    now: () => Date.UTC(2026, 10, 18, 12) * 1000,
    monotonicMs: () => performance.now(),
    log: SILENT_LOG,
    onApproved: () => undefined,
    onFailure: (reason) => {
      throw new Error(reason);
    },
  });
  cleanups.push(() => stream.close());
  return stream;
}

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "import-"));
  cleanups.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** More records than are handed over without waiting for the kernels: trends that signal, with quotes and depth, news and macro values. */
function market(path: string): void {
  const random = new Random(7);
  const prices = [50_000, 3_000, 100];
  const lines = Array.from({ length: 36_000 }, (_, n) => {
    const which = n % 3;
    const price = (prices[which] =
      (prices[which] ?? 1) * (1 + (n % 3000 < 1500 ? 4e-4 : -4e-4) + random.normal() * 3e-4));
    const symbol = `S${which}USDT`;
    const tick: Record<string, unknown> = { symbol, price, volume: 1 + (n % 7), timestamp: 1_640_995_200 + n };
    if (n % 2 === 0) Object.assign(tick, { bid: price * 0.9999, ask: price * 1.0001, venue: `V${n % 5}` });
    if (n % 50 === 0) Object.assign(tick, { sentiment: 0.5, liquidity_index: n });
    if (n % 22 === 0) Object.assign(tick, { kind: "quote", bids: [[price * 0.9999, 1], [price / 2, 2]] }); // prettier-ignore
    return JSON.stringify(tick);
  });
  writeFileSync(path, lines.join("\n"));
}

/** The market events of a journal as text, names for symbols; without sequence, clock and lag. */
function printed(dir: string): string[] {
  const printer = new EventPrinter();
  const lines: string[] = [];
  for (const { events, firstSequence, count } of readEvents(dir, 0)) {
    for (let index = 0; index < count; index++) {
      const at = index * layout.EVENT_BYTES;
      const line = printer.line(firstSequence + index, events, at);
      if ((events[at + layout.EVENT_KIND] ?? 0) < layout.KIND_CLOCK) lines.push(line.split(" ").slice(2).join(" "));
    }
  }
  return lines;
}

it("gives the same market and the same signals", async () => {
  const [first, second] = [folder(), folder()];
  const source = join(folder(), "market.ndjson");
  market(source);
  const a = await openStream(first);
  for await (const { rejected } of readMarketFile({ path: source, ingest: a.ingest })) expect(rejected).toBe(0);
  await a.evaluated();
  const { count } = a.status.totals;
  await a.close();
  const files = numberedFiles(first, SEGMENT_SUFFIX);
  expect(files.length).toBeGreaterThan(2);
  const b = await openStream(second);
  const journals = new ForeignJournals();
  for (const { path } of files) {
    for await (const at of readMarketFile({ path, ingest: b.ingest, journals })) expect(at.rejected).toBe(0);
  }
  await b.evaluated();
  expect(count).toBeGreaterThan(10);
  expect(b.status.totals.count).toBe(count);
  expect(b.ingest.counters.ingested.file.none).toBe(36_000);
  await b.close();
  const before = printed(first);
  expect(before.length).toBeGreaterThan(layout.EVENT_SLOTS * 0.8);
  expect(printed(second)).toEqual(before);
});
