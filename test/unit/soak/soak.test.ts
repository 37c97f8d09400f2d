// What judges a soak: the slope that odd values cannot turn, and the account of numbered ticks in a journal.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it, onTestFinished } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { SegmentWriter } from "../../../src/stream/journal/segment-writer.ts";
import { temporaryFolder } from "../../support/journal.ts";
import { CORE_HASH } from "../../support/numbered-events.ts";
import { JournalWatch, POSTED } from "../../support/soak/journal-watch.ts";
import { Market } from "../../support/soak/market.ts";
import { Others } from "../../support/soak/others.ts";
import { type SoakPiece, verdicts } from "../../support/soak/report.ts";
import { slopePerHour } from "../../support/soak/slope.ts";

describe("the slope of a series", () => {
  const line = (perSecond: number, life = 1): { life: number; seconds: number; value: number }[] =>
    Array.from({ length: 60 }, (_, index) => ({ life, seconds: index * 10, value: 100 + perSecond * index * 10 }));

  it("is that of a straight line, per hour", () => {
    expect(slopePerHour(line(0.01))).toBeCloseTo(36, 9);
    expect(slopePerHour(line(0))).toBe(0);
  });

  it("is not turned by a quarter of odd values", () => {
    const odd = line(0.01).map((point, index) => (index % 4 === 3 ? { ...point, value: 1e6 } : point));
    expect(slopePerHour(odd)).toBeCloseTo(36, 0);
  });

  it("compares no points of different lives", () => {
    const second = line(0, 2).map((point) => ({ ...point, seconds: point.seconds + 600, value: 500 }));
    expect(slopePerHour([...line(0), ...second])).toBe(0);
  });

  it("is unknown when no life has two points", () => {
    expect(
      slopePerHour([
        { life: 1, seconds: 0, value: 1 },
        { life: 2, seconds: 9, value: 2 },
      ]),
    ).toBeNull();
  });
});

it("a verdict says of a long life by thirds whether it goes on growing or settles", () => {
  const samples = Array.from({ length: 360 }, (_, index) => {
    const age = (index + 1) * 10;
    return {
      seconds: age,
      life: 1,
      age,
      rssMb: 300 + Math.min(age, 1_200) / 100,
      handles: 5,
      sockets: 1,
      p50Ms: 1,
      p99Ms: 2,
    };
  });
  const [memory, handles] = verdicts([{ samples } as unknown as SoakPiece]);
  expect(memory).toMatchObject({ what: "resident memory", long: true, flat: true });
  expect(memory?.text).toMatch(/; by thirds of the longest life 36, 0, 0$/);
  expect(handles?.text).toMatch(/ 0, 0, 0$/);
  const [short] = verdicts([{ samples: samples.slice(0, 100) } as unknown as SoakPiece]);
  expect(short?.text).not.toContain("thirds");
});

it("a latency is judged by the samples beside which nothing else was done, and says how many those are", () => {
  const samples = Array.from({ length: 360 }, (_, index) => {
    const age = (index + 1) * 10;
    const others = index % 3 === 0 ? 0.8 : 0.02;
    const disturbed = others > 0.1 ? age / 100 : 0;
    return { seconds: age, life: 1, age, rssMb: 300, handles: 5, sockets: 1, p50Ms: 2 + disturbed, p99Ms: 3, others };
  });
  const judged = (all: readonly object[]) => verdicts([{ samples: all } as unknown as SoakPiece])[2];
  expect(judged(samples)).toMatchObject({ flat: true, long: true });
  expect(judged(samples)?.text).toMatch(/median 2 ms, slope 0 ms an hour \(Theil-Sen over 233 of 349 samples/);
  const late = samples.map((one) => ({ ...one, others: one.age < 2_400 ? 0.8 : 0 }));
  expect(judged(late), "twenty minutes are too short").toMatchObject({ long: false });
  const unseen = samples.map((one) => ({ ...one, others: undefined }));
  expect(judged(unseen), "nobody looked").toMatchObject({ flat: null, long: false });
});

it("the time of others is what processors were busy without a process and its children", async () => {
  const child = spawn("sleep", ["60"]);
  onTestFinished(() => void child.kill());
  const [apart, own] = [new Others(child.pid), new Others()];
  expect([apart.share(), own.share()]).toEqual([null, null]);
  const [began, used] = [performance.now(), process.cpuUsage()];
  for (let sum = 0; performance.now() - began < 1_000;) sum += Math.sqrt(sum + 1);
  const { user, system } = process.cpuUsage(used);
  const seconds = (performance.now() - began) / 1_000;
  const [beside, without] = [apart.share() ?? 0, own.share() ?? 0];
  expect(beside - without).toBeGreaterThan((user + system) / 1e6 / seconds - 0.15);
  const burning = spawn(process.execPath, ["-e", "for (const end = Date.now() + 500; Date.now() < end;);"]);
  await once(burning, "exit");
  expect((apart.share() ?? 0) - (own.share() ?? 0), "also of a child that has ended").toBeGreaterThan(0.1);
});

describe("the market of a soak", () => {
  it("mostly goes on as it went, and stays near where it began", () => {
    const market = new Market();
    const prices = new Map<string, number[]>();
    for (let tick = 0; tick < 2_000_000; tick++) {
      const { symbol, price } = market.next();
      const path = prices.get(symbol) ?? [];
      path.push(price);
      prices.set(symbol, path);
    }
    let [same, all] = [0, 0];
    for (const path of prices.values()) {
      const first = path[0] ?? 0;
      for (let at = 600; at < path.length; at += 300) {
        const [before, now, then] = [path[at - 600] ?? 0, path[at - 300] ?? 0, path[at] ?? 0];
        all++;
        if (Math.sign(now - before) === Math.sign(then - now)) same++;
        expect(Math.abs(Math.log(then / first))).toBeLessThan(1 / 3);
      }
    }
    expect(all).toBeGreaterThan(1_000);
    expect(same / all).toBeGreaterThan(0.85);
  });

  it("has the same symbols behind the same tick, wherever a piece of it begins", () => {
    const symbols = (market: Market): string[] => Array.from({ length: 400 }, () => market.next().symbol);
    const whole = new Market();
    for (let tick = 0; tick < 800; tick++) whole.next();
    expect(symbols(new Market(800))).toEqual(symbols(whole));
  });
});

describe("the account of numbered ticks", () => {
  /** A journal of trades with these volumes, in one block each. */
  function journal(volumes: readonly number[]): string {
    const dir = temporaryFolder();
    const writer = new SegmentWriter(
      { dir, sync: "batch", segmentBytes: 1 << 20, coreHash: CORE_HASH, firstSequence: 0 },
      () => Date.now() * 1000,
    );
    for (const volume of volumes) {
      const event = new Uint8Array(layout.EVENT_BYTES);
      event[layout.EVENT_KIND] = layout.KIND_TRADE;
      new DataView(event.buffer).setFloat64(layout.EVENT_PAYLOAD + 8, volume, true);
      writer.stage(event, 0, 1);
      writer.write();
    }
    writer.sync();
    writer.close();
    return dir;
  }

  function watched(volumes: readonly number[], restarts: readonly number[]): JournalWatch {
    const watch = new JournalWatch();
    for (const sequence of restarts) watch.restarted(sequence);
    watch.read(journal(volumes), volumes.length);
    return watch;
  }

  it("finds nothing wrong with numbers that follow each other", () => {
    expect(watched([1, 2, 3], [0])).toMatchObject({ published: 3, missed: 0, lost: 0, stretches: 0, doubled: 0 });
  });

  it("counts a gap across a restart as missed, any other as a stretch of lost ones", () => {
    expect(watched([1, 2, 7, 8], [0, 2])).toMatchObject({ missed: 4, lost: 0, stretches: 0 });
    expect(watched([1, 2, 7, 8, 10], [0, 1])).toMatchObject({ missed: 0, lost: 5, stretches: 2 });
  });

  it("counts what is there twice", () => {
    expect(watched([1, 2, 2, 3, POSTED + 1, POSTED + 1], [0])).toMatchObject({ doubled: 2 });
  });

  it("waits for posted ticks that were answered, whenever that is told", () => {
    const watch = new JournalWatch();
    watch.answered([POSTED + 1, POSTED + 9]);
    watch.read(journal([POSTED + 1, POSTED + 2]), 2);
    watch.answered([POSTED + 2]);
    expect(watch).toMatchObject({ acknowledged: 3, outstanding: 1, published: 0 });
  });

  it("goes on behind a run before it, and what was published between them is missed", () => {
    const dir = journal([1, 2, 3, 6, 7]);
    const [first, second] = [new JournalWatch(), new JournalWatch(3, 3)];
    first.restarted(0);
    first.read(dir, 3);
    expect([first.nextSequence, first.lastNumber]).toEqual([3, 3]);
    second.restarted(3);
    second.read(dir);
    expect(second).toMatchObject({ published: 2, missed: 2, lost: 0, doubled: 0, nextSequence: 5, lastNumber: 7 });
  });

  it("reads on where it stopped, and no further than it is told", () => {
    const dir = journal([1, 2, 3, 4]);
    const watch = new JournalWatch();
    watch.restarted(0);
    watch.read(dir, 2);
    expect(watch.published).toBe(2);
    watch.read(dir, 4);
    expect(watch).toMatchObject({ published: 4, lost: 0, doubled: 0, nextSequence: 4 });
  });
});
