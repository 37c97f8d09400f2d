// The journal with its real thread, real files, real disks: what it promises while it runs, when it is killed, and when
// the disk refuses.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setImmediate as turnOfTheLoop, setTimeout as pause } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { numberedFiles } from "../../src/stream/journal/files.ts";
import { Journal, type JournalLog, type JournalOptions, type JournalSync } from "../../src/stream/journal/journal.ts";
import { recover } from "../../src/stream/journal/recovery.ts";
import { createPlane, type Plane } from "../../src/stream/rings/plane.ts";
import { copyState } from "../../src/stream/rings/state-copy.ts";
import { eventually } from "../support/eventually.ts";
import { checkBlock, countEvents, temporaryFolder } from "../support/journal.ts";
import { CORE_HASH, events } from "../support/numbered-events.ts";
import { Random } from "../support/random.ts";
import { mountProblem } from "../support/small-disk.ts";

const POLICIES: readonly JournalSync[] = ["off", "batch", "always"];

/** A data plane without kernels: what is published goes to the journal only. */
class Stream {
  readonly plane: Plane;
  readonly journal: Journal;
  next: number;

  private constructor(plane: Plane, journal: Journal) {
    this.plane = plane;
    this.journal = journal;
    this.next = journal.recovery.nextSequence;
  }

  static async open(dir: string, options: Partial<JournalOptions> = {}): Promise<Stream> {
    const plane = createPlane({ maxSymbols: 16, maxInstances: 16, workers: 1 });
    const { memory, plan } = plane;
    const journal = await Journal.open({ dir, memory, plan, coreHash: CORE_HASH, sync: "batch", ...options });
    onTestFinished(async () => void (await journal.close()));
    return new Stream(plane, journal);
  }

  /** Publishes as many of `count` events as there is room for. */
  offer(count: number): number {
    const taken = this.plane.ring.append(events(this.next, count));
    this.next += taken;
    this.plane.ring.publish();
    return taken;
  }

  async publish(count: number): Promise<void> {
    for (let left = count; left > 0;) {
      left -= this.offer(Math.min(left, 5000));
      await turnOfTheLoop();
    }
  }
}

it("says within a bound that an event is not durable, and goes on", async () => {
  const stream = await Stream.open(temporaryFolder(), { sync: "always" });
  await stream.journal.start();
  stream.offer(1);
  expect(await stream.journal.mayAnswer(stream.next, 60_000)).toBe(true);
  const longer = stream.journal.waitDurable(stream.next + 1); // of the same event
  expect(await stream.journal.mayAnswer(stream.next + 1, 5)).toBe(false);
  stream.offer(1);
  expect(await stream.journal.mayAnswer(stream.next, 60_000)).toBe(true);
  await longer;
});

describe("while it runs", () => {
  it.each(POLICIES)("keeps every event, across segments and restarts, with sync %s", async (sync) => {
    const dir = temporaryFolder();
    for (const count of [1, 200_000, 70_000]) {
      const stream = await Stream.open(dir, { sync, segmentBytes: 2 * 1024 * 1024 });
      await stream.journal.start();
      await stream.publish(count);
      expect(await stream.journal.close()).toEqual({ lost: 0 });
    }
    expect(countEvents(dir)).toBe(270_001);
    expect(numberedFiles(dir, ".journal").length).toBeGreaterThan(7);
  });

  it.each(POLICIES)("reports an event durable only when a reader can find it, with sync %s", async (sync) => {
    const dir = temporaryFolder();
    const stream = await Stream.open(dir, { sync });
    await stream.journal.start();
    for (const count of [1, 10, 5000, 60_000, 3]) {
      await stream.publish(count);
      await stream.journal.waitDurable(stream.next);
      expect(stream.journal.status().durableNext).toBe(stream.next);
      expect(countEvents(dir)).toBe(stream.next);
    }
  });

  it("syncs before it reports with always, seldom with batch, and not at all with off", async () => {
    const syncs: Record<string, number> = {};
    const tookMs: Record<string, number> = {};
    for (const sync of POLICIES) {
      const stream = await Stream.open(temporaryFolder(), { sync });
      await stream.journal.start();
      const begin = performance.now();
      for (let message = 0; message < 20; message++) {
        await stream.publish(10);
        if (sync !== "batch") await stream.journal.waitDurable(stream.next);
      }
      await stream.journal.waitDurable(stream.next);
      syncs[sync] = stream.journal.status().syncs;
      tookMs[sync] = performance.now() - begin;
    }
    expect(syncs["off"]).toBe(0);
    expect(syncs["always"]).toBeGreaterThanOrEqual(20);
    // One is due a tenth of a second after the first write that it is for, so there is none in less than that.
    expect(syncs["batch"]).toBeGreaterThan(0);
    expect(syncs["batch"]).toBeLessThanOrEqual((tookMs["batch"] ?? 0) / 100);
  });

  it("gives the tail after the newest snapshot to the next run", async () => {
    const dir = temporaryFolder();
    const first = await Stream.open(dir);
    await first.journal.start();
    await first.publish(10_000);
    const state = copyState(first.plane.memory, first.plane.plan);
    const room = state.buffer.byteLength;
    const back: number[] = [];
    const written = first.journal.snapshot(7_500, state, (buffer) => back.push(buffer.byteLength));
    expect(await written).toEqual({ ok: true, value: 7_500 });
    expect(state.length).toBe(0); // handed over, not copied
    expect(back).toEqual([room]);
    await first.publish(500);
    await first.journal.close();
    const second = await Stream.open(dir);
    expect(second.journal.recovery.snapshot?.nextSequence).toBe(7_500);
    let next = 7_500;
    for (const block of second.journal.tail()) {
      checkBlock(block, next);
      next += block.count;
    }
    expect([next, second.journal.lastSequence]).toEqual([10_500, 10_499]);
  });

  it("writes a snapshot only when the journal has reached it, one at a time", async () => {
    const stream = await Stream.open(temporaryFolder());
    await stream.journal.start();
    const state = (): Uint8Array<ArrayBuffer> => copyState(stream.plane.memory, stream.plane.plan);
    const early = stream.journal.snapshot(100, state());
    expect(await stream.journal.snapshot(100, state())).toEqual({ ok: false, failure: { code: "snapshot_busy" } });
    expect(stream.journal.status().lastSnapshot).toBeNull();
    await stream.publish(100);
    expect(await early).toEqual({ ok: true, value: 100 });
    expect(stream.journal.status()).toMatchObject({ lastSnapshot: 100, durableNext: 100 });
    const never = stream.journal.snapshot(1_000, state());
    await stream.journal.close();
    expect(await never).toMatchObject({ ok: false, failure: { code: "snapshot_disk" } });
  });

  it("keeps three snapshots and the segments that the oldest of them needs", async () => {
    const dir = temporaryFolder();
    const stream = await Stream.open(dir, { segmentBytes: 64 * 1024, retention: { bytes: 0, ageMs: 0 } });
    await stream.journal.start();
    for (let round = 1; round <= 5; round++) {
      await stream.publish(10_000);
      await stream.journal.snapshot(stream.next, copyState(stream.plane.memory, stream.plane.plan));
    }
    await stream.journal.close();
    expect(numberedFiles(dir, ".snapshot").map((file) => file.sequence)).toEqual([30_000, 40_000, 50_000]);
    const [oldest, second] = numberedFiles(dir, ".journal");
    expect(oldest?.sequence).toBeGreaterThan(0);
    expect(oldest?.sequence).toBeLessThanOrEqual(30_000);
    expect(second?.sequence).toBeGreaterThan(30_000);
    expect(countEvents(dir, 30_000)).toBe(20_000);
  });

  it("lets one engine only into a folder", async () => {
    const dir = temporaryFolder();
    const stream = await Stream.open(dir);
    await expect(Stream.open(dir)).rejects.toThrow(`is in use by process ${process.pid}`);
    await stream.journal.close();
    await Stream.open(dir);
  });

  it("goes on only with the event that is due", async () => {
    const stream = await Stream.open(temporaryFolder());
    await expect(stream.journal.start(5)).rejects.toThrow("goes on with event 0");
  });
});

describe("kill -9", () => {
  const WRITER = fileURLToPath(new URL("../support/journal-writer.js", import.meta.url));

  /** Runs a writer until some reports have come, kills it at a random moment, and returns its last reports. */
  async function writeAndKill(
    dir: string,
    sync: JournalSync,
    random: Random,
  ): Promise<{ durable: number; snapshot: number }> {
    const child = spawn(process.execPath, [WRITER, dir, sync], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = new Promise((done) => child.once("close", done));
    let heard = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (heard += text));
    await new Promise((first) => child.stdout.once("data", first));
    await pause(random.integer(150));
    child.kill("SIGKILL");
    await ended;
    const last = (word: string): number => {
      const lines = [...heard.matchAll(new RegExp(`^${word} (\\d+)\\n`, "gm"))];
      return Math.max(0, ...lines.map((line) => Number(line[1])));
    };
    return { durable: last("durable"), snapshot: last("snapshot") };
  }

  it.each(POLICIES)("loses nothing that was reported durable, with sync %s", async (sync) => {
    const dir = temporaryFolder();
    const seed = Date.now() & 0xffff;
    const random = new Random(seed);
    let before = 0;
    for (let round = 0; round < 7; round++) {
      const { durable, snapshot } = await writeAndKill(dir, sync, random);
      const at = `seed ${seed}, round ${round}`;
      expect(durable, at).toBeGreaterThan(before);
      const recovery = recover(dir);
      expect(recovery.nextSequence, at).toBeGreaterThanOrEqual(durable);
      expect(recovery.damagedSnapshots, at).toEqual([]);
      expect(recovery.snapshot?.nextSequence ?? 0, at).toBeGreaterThanOrEqual(snapshot);
      const { firstSequence, nextSequence } = recovery;
      expect(firstSequence + countEvents(dir, firstSequence), at).toBe(nextSequence);
      before = nextSequence;
    }
  });
});

/** Collects what the journal logs and resolves when a message appears. */
class Log implements JournalLog {
  readonly lines: string[] = [];
  private readonly awaited: { readonly text: string; readonly done: () => void }[] = [];

  info(_fields: object, message: string): void {
    this.lines.push(message);
    for (const { text, done } of this.awaited) if (message.includes(text)) done();
  }
  warn(fields: object, message: string): void {
    this.info(fields, message);
  }
  error(fields: object, message: string): void {
    this.info(fields, message);
  }
  until(text: string): Promise<void> {
    if (this.lines.some((line) => line.includes(text))) return Promise.resolve();
    return new Promise((done) => this.awaited.push({ text, done }));
  }
}

describe("a disk that refuses", () => {
  const problem = mountProblem();

  it.skipIf(problem !== null)(
    `is full: refuses, keeps, recovers${problem === null ? "" : ` (skipped: ${problem})`}`,
    async () => {
      const dir = join(temporaryFolder(), "small");
      mkdirSync(dir);
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=6m", "tmpfs", dir]);
      onTestFinished(() => void execFileSync("umount", ["-l", dir]));
      const ballast = join(dir, "ballast");
      writeFileSync(ballast, Buffer.alloc(3 * 1024 * 1024));
      const log = new Log();
      const stream = await Stream.open(dir, { log, segmentBytes: 1024 * 1024, retention: { bytes: 0, ageMs: 0 } });
      await stream.journal.start();
      let taken = 0;
      const filled = (): string => {
        taken += stream.offer(2000);
        return stream.journal.status().state;
      };
      await eventually(filled, (state) => state === "failing");
      // The ring takes what it has room for, then refuses: back-pressure, not loss.
      for (let more = stream.offer(5000); more > 0; more = stream.offer(5000)) taken += more;
      await log.until("cannot write");
      expect(stream.journal.status().failing).toContain("ENOSPC");
      expect(stream.plane.ring.free()).toBe(0);
      const waiting = stream.journal.waitDurable(taken);
      const snapshot = stream.journal.snapshot(1, copyState(stream.plane.memory, stream.plane.plan));
      execFileSync("mount", ["-o", "remount,size=64m", dir]);
      await log.until("writes again");
      await waiting;
      expect(await snapshot).toEqual({ ok: true, value: 1 });
      expect(stream.journal.status()).toMatchObject({ state: "running", failing: null, durableNext: taken });
      expect(stream.journal.status().diskErrors).toBeGreaterThan(0);
      await stream.publish(1000);
      expect(await stream.journal.close()).toEqual({ lost: 0 });
      expect(countEvents(dir)).toBe(taken + 1000);
      expect(statSync(ballast).size).toBe(3 * 1024 * 1024);
    },
  );

  it("has lost the folder: waits for it and goes on", async () => {
    const dir = join(temporaryFolder(), "journal");
    const log = new Log();
    const stream = await Stream.open(dir, { log, sync: "always", segmentBytes: 64 * 1024 });
    await stream.journal.start();
    await stream.publish(2000);
    await stream.journal.waitDurable(2000);
    renameSync(dir, `${dir}.away`);
    await stream.publish(60_000);
    await log.until("cannot write");
    renameSync(`${dir}.away`, dir);
    await stream.journal.waitDurable(62_000);
    await log.until("writes again");
    expect(log.lines.at(-1)).toContain("writes again");
    expect(countEvents(dir)).toBe(62_000);
  });

  it("stays away: close gives up after its time and says what is lost", async () => {
    const dir = join(temporaryFolder(), "journal");
    const log = new Log();
    const stream = await Stream.open(dir, { log, sync: "always", segmentBytes: 64 * 1024, closeMs: 300 });
    await stream.journal.start();
    await stream.publish(1000);
    await stream.journal.waitDurable(1000);
    rmSync(dir, { recursive: true });
    await stream.publish(60_000);
    await log.until("cannot write");
    const refused = expect(stream.journal.waitDurable(61_000)).rejects.toThrow("journal has stopped");
    const { lost } = await stream.journal.close();
    await refused;
    expect(lost).toBe(60_000);
    expect(log.lines.at(-1)).toContain("without its last events");
  });
});
