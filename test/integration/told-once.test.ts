// What a restart gives of signals: those that were told before a kill, with the verdict that they had, and once those that
// were told to nobody. A kill is a copy of the data folder in the midst of a stream's life: what it would leave there.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { Stream, type Approved, type StreamOptions } from "../../src/stream/stream.ts";
import { copyAsKilled } from "../support/killed-folder.ts";
import { QUIET } from "../support/quiet-log.ts";

const RULES: StreamOptions["rules"] = { confidenceFloor: 0, cooldownUs: 1_000_000 };
const STRICT: StreamOptions["rules"] = { ...RULES, confidenceFloor: 1 };
const LOOKS_MOST = 60_000;

interface Life {
  readonly stream: Stream;
  /** Ids, in the order in which they were told. */
  readonly told: string[];
  readonly dir: string;
}

let clock = Date.UTC(2026, 10, 18, 12) * 1000;

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "told-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

async function live(dir: string, given: Partial<StreamOptions> = {}): Promise<Life> {
  const told: string[] = [];
  const stream = await Stream.open({
    capacity: { maxSymbols: 64, maxInstances: 64, workers: 2 },
    tiers: { fastMs: 100, tacticalMs: 1000, strategicMs: 10_000, learningMs: 60_000 },
    rules: RULES,
    learning: true,
    journal: {
      dir: join(dir, "journal"),
      sync: "batch",
      segmentBytes: 1 << 24,
      retention: { bytes: 1 << 30, ageMs: 3_600_000 },
      snapshotMs: 86_400_000,
      signalsDir: join(dir, "signals"),
    },
    now: () => (clock += 1000),
    monotonicMs: () => performance.now(),
    log: QUIET,
    onApproved: (signals: readonly Approved[]) => told.push(...signals.map(({ id }) => id)),
    onFailure: (reason) => expect.fail(reason),
    ...given,
  });
  onTestFinished(() => stream.close());
  return { stream, told, dir };
}

/** As a kill leaves its folder now. */
function killed({ dir }: Life): string {
  const copy = folder();
  copyAsKilled(dir, copy);
  return copy;
}

function trend(symbol: string): Uint8Array {
  const market_data = Array.from({ length: 60 }, (_, tick) => ({ symbol, price: 100 * 1.002 ** tick, volume: 10 }));
  return new TextEncoder().encode(JSON.stringify({ market_data }));
}

/** Signals that a trend causes and that risk lets pass; all of it is in the journal, and what was told is written. */
async function caused(life: Life, symbol: string): Promise<number> {
  const { stream } = life;
  const answer = await stream.process(trend(symbol), "http");
  const { nextSequence } = stream.status;
  await expect.poll(() => stream.status.journal?.durableNext, { timeout: 60_000 }).toBeGreaterThanOrEqual(nextSequence);
  await stream.archive.flush();
  return answer.ok ? answer.value.signals.length : -1;
}

const ids = ({ stream }: Life): readonly string[] => stream.archive.all().map(({ id }) => id);

it("keeps refused what the floor refused, whatever the floor of the next start is", async () => {
  const first = await live(folder());
  expect(await caused(first, "PASSED")).toBe(1);
  expect(first.stream.tune({ rules: STRICT })).toBe(true);
  expect(await caused(first, "REFUSED")).toBe(0);
  expect(first.stream.refusals.get("low_confidence")).toBe(1);
  for (const rules of [RULES, STRICT]) {
    const next = await live(killed(first), { rulesNow: () => rules });
    expect(next.stream.archive.all().map(({ symbol }) => symbol)).toEqual(["PASSED"]);
    expect(next.told).toEqual([]);
    expect(next.stream.refusals.size).toBe(0);
    expect(next.stream.rules).toEqual(rules);
  }
});

it("keeps refused what an emergency stop refused that is lifted since, and given what was given before one", async () => {
  const first = await live(folder());
  expect(await caused(first, "BEFORE")).toBe(1);
  first.stream.latch(true);
  expect(await caused(first, "STOPPED")).toBe(0);
  const stopped = await live(killed(first));
  expect(ids(stopped)).toEqual(ids(first));
  expect(stopped.stream.refusals.size).toBe(0);
  stopped.stream.latch(false);
  expect(await caused(stopped, "AFTER")).toBe(1);
  const resumed = await live(killed(stopped));
  expect(resumed.stream.archive.all().map(({ symbol }) => symbol)).toEqual(["BEFORE", "AFTER"]);
  expect(resumed.told).toEqual([]);
});

it("tells once, when it may speak, what was taken in and told to nobody", async () => {
  const first = await live(folder());
  expect(await caused(first, "TOLD")).toBe(1);
  // All of it happens in one turn of this thread, so nobody hears of what the kernels say.
  expect(first.stream.ingest.accept(trend("UNTOLD"), "http").accepted).toBe(60);
  first.stream.ingest.publish();
  const { nextSequence } = first.stream.status;
  const word = new Int32Array(new SharedArrayBuffer(4));
  for (let look = 0; (first.stream.status.journal?.durableNext ?? 0) < nextSequence; look++) {
    if (look > LOOKS_MOST) throw new Error("the journal does not write");
    Atomics.wait(word, 0, 0, 1);
  }
  const copy = killed(first);
  expect(first.told).toHaveLength(1);
  const next = await live(copy, { holdsBack: true });
  expect(next.told).toEqual([]);
  // Killed before it spoke, it leaves things as they were.
  const between = await live(killed(next));
  next.stream.speak();
  const { sequence } = next.stream.totals;
  expect(sequence).toBeGreaterThanOrEqual(nextSequence);
  for (const { told, stream } of [between, next]) {
    expect(told).toHaveLength(1);
    expect(stream.archive.all().map(({ symbol, id }) => [symbol, told.includes(id)])).toEqual([
      ["TOLD", false],
      ["UNTOLD", true],
    ]);
  }
  expect(between.told).toEqual(next.told);
  await next.stream.archive.flush();
  const last = await live(killed(next));
  expect(last.told).toEqual([]);
  expect(ids(last)).toEqual(ids(next));
});

it("judges what was told to nobody by the rules that were set before the kill", async () => {
  const dir = folder();
  const first = await live(dir, { holdsBack: true });
  expect(await caused(first, "UNTOLD")).toBe(0); // they are held back with all others
  const next = await live(killed(first), { rulesNow: () => STRICT });
  expect(next.told).toEqual([]);
  expect(ids(next)).toEqual([]);
  expect(next.stream.refusals.get("low_confidence")).toBe(1);
});

it("opens a folder whose signals were kept without saying how far they go: nothing of them is told again", async () => {
  const first = await live(folder());
  expect(await caused(first, "PASSED")).toBe(1);
  const copy = killed(first);
  rmSync(join(copy, "signals"), { recursive: true });
  const next = await live(copy);
  expect(next.told).toEqual([]);
  expect(ids(next)).toEqual(ids(first));
});
