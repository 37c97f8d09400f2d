// Appending events to disk: blocks of the journal against one line of JSON per event, both written per drain and synced
// every 100 ms as JOURNAL_SYNC=batch does; and the whole way from the ring through the journal's thread until durable.
// Both sides get the same events; their files are read back and counted.
import { closeSync, fdatasyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import * as layout from "../../assembly/layout.ts";
import { Journal } from "../../src/stream/journal/journal.ts";
import { SegmentWriter } from "../../src/stream/journal/segment-writer.ts";
import { readEvents } from "../../src/stream/journal/walk.ts";
import { createPlane } from "../../src/stream/rings/plane.ts";
import type { Result } from "../result.ts";
import { compare, figureOfLatencies } from "../runner.ts";

const DRAIN = 256;
const POOL = 65_536;
const SYNC_MS = 100;
const CORE_HASH = "00".repeat(32);
const THREAD_EVENTS = 1_048_576;
const THREAD_ROUNDS = 5;

export async function run(): Promise<readonly Result[]> {
  const dir = mkdtempSync(join(tmpdir(), "journal-bench-"));
  try {
    return [await appending(dir), await throughTheThread(join(dir, "thread"))];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function appending(dir: string): Promise<Result> {
  const pool = trades();
  const blocks = new BlockSide(dir, pool);
  const lines = new LineSide(join(dir, "lines.json"), pool);
  const result = await compare(
    { label: "blocks", operations: DRAIN, run: (step) => blocks.append(step) },
    { label: "JSON lines", operations: DRAIN, run: (step) => lines.append(step) },
    { name: "journal append", note: `${DRAIN} trades per drain, sync every ${SYNC_MS} ms`, taskMs: 10, warmupMs: 100 },
  );
  blocks.close();
  lines.close();
  const [ours, theirs] = [blocks.content(dir), lines.content()];
  if (ours.events !== blocks.appended || theirs.events !== lines.appended) throw new Error("a side lost events");
  const perEvent = (bytes: number, events: number): string => (bytes / events).toFixed(1);
  const sizes = `${perEvent(ours.bytes, ours.events)} against ${perEvent(theirs.bytes, theirs.events)} bytes per event`;
  return { ...result, note: `${result.note}; ${sizes}; no event missing in either file` };
}

/** Trades of a moving price, as ingest writes them. */
function trades(): Uint8Array {
  const bytes = new Uint8Array(POOL * layout.EVENT_BYTES);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < POOL; index++) {
    const at = index * layout.EVENT_BYTES;
    view.setUint16(at + layout.EVENT_SUBJECT, index % 1000, true);
    view.setUint8(at + layout.EVENT_KIND, layout.KIND_TRADE);
    view.setFloat64(at + layout.EVENT_TIME, 1.79e15 + index * 37, true);
    view.setFloat64(at + layout.EVENT_CLOCK, 1.79e15 + index * 37 + 250, true);
    const price = 100 + Math.round(1e4 * Math.abs(Math.sin(index))) / 1e4;
    [price, (index % 50) + 1, price, price, price].forEach((value, field) =>
      view.setFloat64(at + layout.EVENT_PAYLOAD + field * 8, value, true),
    );
  }
  return bytes;
}

interface Content {
  readonly events: number;
  readonly bytes: number;
}

class BlockSide {
  private readonly writer: SegmentWriter;
  private readonly pool: Uint8Array;
  private syncAt = performance.now() + SYNC_MS;

  constructor(dir: string, pool: Uint8Array) {
    this.pool = pool;
    this.writer = new SegmentWriter(
      { dir, sync: "batch", segmentBytes: 2 ** 40, coreHash: CORE_HASH, firstSequence: 0 },
      () => Date.now() * 1000,
    );
  }

  get appended(): number {
    return this.writer.stagedNext;
  }

  append(step: number): void {
    const { writer } = this;
    if (writer.needsSync || performance.now() >= this.syncAt) {
      writer.sync();
      this.syncAt = performance.now() + SYNC_MS;
    }
    writer.stage(this.pool, ((step * DRAIN) % POOL) * layout.EVENT_BYTES, DRAIN);
    writer.write();
  }

  close(): void {
    this.writer.sync();
    this.writer.close();
  }

  content(dir: string): Content {
    let events = 0;
    for (const block of readEvents(dir, 0)) events += block.count;
    return { events, bytes: this.writer.segmentBytes };
  }
}

class LineSide {
  appended = 0;
  private readonly path: string;
  private readonly view: DataView;
  private readonly fd: number;
  private syncAt = performance.now() + SYNC_MS;

  constructor(path: string, pool: Uint8Array) {
    this.path = path;
    this.view = new DataView(pool.buffer);
    this.fd = openSync(path, "w");
  }

  append(step: number): void {
    if (performance.now() >= this.syncAt) {
      fdatasyncSync(this.fd);
      this.syncAt = performance.now() + SYNC_MS;
    }
    let text = "";
    for (let index = 0; index < DRAIN; index++) text += this.line(((step * DRAIN + index) % POOL) * layout.EVENT_BYTES);
    writeSync(this.fd, text);
  }

  close(): void {
    fdatasyncSync(this.fd);
    closeSync(this.fd);
  }

  content(): Content {
    const bytes = readFileSync(this.path);
    let events = 0;
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) events++;
    return { events, bytes: bytes.length };
  }

  private line(at: number): string {
    const { view } = this;
    const payload = [0, 8, 16, 24, 32].map((field) => view.getFloat64(at + layout.EVENT_PAYLOAD + field, true));
    const event = {
      sequence: this.appended++,
      subject: view.getUint16(at + layout.EVENT_SUBJECT, true),
      kind: view.getUint8(at + layout.EVENT_KIND),
      flags: view.getUint8(at + layout.EVENT_FLAGS),
      aux: view.getUint32(at + layout.EVENT_AUX, true),
      time: view.getFloat64(at + layout.EVENT_TIME, true),
      clock: view.getFloat64(at + layout.EVENT_CLOCK, true),
      payload,
    };
    return `${JSON.stringify(event)}\n`;
  }
}

/** From the ring until the last event is durable, the wait for the sync included. */
async function throughTheThread(dir: string): Promise<Result> {
  const { memory, plan, ring } = createPlane({ maxSymbols: 16, maxInstances: 16, workers: 1 });
  const journal = await Journal.open({ dir, memory, plan, coreHash: CORE_HASH, sync: "batch" });
  await journal.start();
  const pool = trades();
  const perEventNs: number[] = [];
  for (let round = 0; round < THREAD_ROUNDS; round++) {
    const begin = performance.now();
    for (let done = 0; done < THREAD_EVENTS;) {
      const at = done % POOL;
      const taken = ring.append(pool.subarray(at * layout.EVENT_BYTES, Math.min(at + 4096, POOL) * layout.EVENT_BYTES));
      ring.publish();
      done += taken;
      if (taken === 0) await turnOfTheLoop();
    }
    await journal.waitDurable(ring.nextSequence);
    perEventNs.push(((performance.now() - begin) * 1e6) / THREAD_EVENTS);
  }
  await journal.close();
  const note = `${THREAD_EVENTS} trades a round, ${THREAD_ROUNDS} rounds, ring to durable, sync batch`;
  return { name: "journal thread", pairs: [figureOfLatencies("ring to durable", perEventNs)], ratio: 1, note };
}
