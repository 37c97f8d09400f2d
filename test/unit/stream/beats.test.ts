import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { Beats } from "../../../src/stream/beats.ts";
import type { TierIntervals } from "../../../src/stream/kernels/tier-clock.ts";

const MS = 1000;
const START = 1_700_000_000_000 * MS;
const INTERVALS = { fastMs: 100, tacticalMs: 1000, strategicMs: 10_000, learningMs: 60_000 };

interface Bench {
  readonly beats: Beats;
  /** Moves the clock and looks at it. */
  readonly at: (ms: number) => void;
  readonly written: { readonly tiers: number; readonly ms: number }[];
  full: boolean;
  evaluate: () => Promise<void>;
}

function open(intervals: TierIntervals = INTERVALS): Bench {
  let now = START;
  const written: { tiers: number; ms: number }[] = [];
  const bench: Bench = {
    written,
    full: false,
    evaluate: () => Promise.resolve(),
    at: (ms) => {
      now = START + ms * MS;
      bench.beats.tick();
    },
    beats: new Beats({
      intervals,
      now: () => now,
      beat: (tiers, at) => {
        if (bench.full) return false;
        written.push({ tiers, ms: (at - START) / MS });
        return true;
      },
      evaluated: () => bench.evaluate(),
    }),
  };
  return bench;
}

/** What a promise that is settled already has started by now. */
async function settled(): Promise<void> {
  await Promise.resolve();
  await Promise.resolve();
}

describe("beats", () => {
  it("write one clock event with the bits of all tiers that are due, and none in between", () => {
    const bench = open();
    for (const ms of [40, 99, 100, 140, 200, 900, 1000, 10_000]) bench.at(ms);
    const { TIER_FAST, TIER_TACTICAL, TIER_STRATEGIC } = layout;
    expect(bench.written).toEqual([
      { tiers: TIER_FAST, ms: 100 },
      { tiers: TIER_FAST, ms: 200 },
      { tiers: TIER_FAST, ms: 900 },
      { tiers: TIER_FAST | TIER_TACTICAL, ms: 1000 },
      { tiers: TIER_FAST | TIER_TACTICAL | TIER_STRATEGIC, ms: 10_000 },
    ]);
  });

  it("count a cycle for the tiers that were due, once its work was done", async () => {
    const bench = open();
    let done = (): void => undefined;
    bench.evaluate = () => new Promise((resolve) => (done = resolve));
    bench.at(1000);
    await settled();
    expect(bench.beats.meters.fast.cycles).toBe(0);
    done();
    await settled();
    const { fast, tactical, strategic, learning } = bench.beats.meters;
    expect([fast.cycles, tactical.cycles, strategic.cycles, learning.cycles]).toEqual([1, 1, 0, 0]);
    expect([fast.latencyUs.count, strategic.latencyUs.count]).toEqual([1, 0]);
  });

  it("count the beats that the host was too late to give as overruns of their tier", () => {
    const bench = open();
    bench.at(2000);
    const { fast, tactical, strategic } = bench.beats.meters;
    expect([fast.overruns, tactical.overruns, strategic.overruns]).toEqual([19, 1, 0]);
    expect(bench.written).toHaveLength(1);
  });

  it("write nothing while the ring is full, and then give what is due with the missed ones counted", () => {
    const bench = open();
    bench.full = true;
    for (const ms of [100, 200, 300, 1000]) bench.at(ms);
    expect(bench.written).toEqual([]);
    expect(bench.beats.meters.fast.overruns).toBe(0);
    bench.full = false;
    bench.at(1100);
    expect(bench.written).toEqual([{ tiers: layout.TIER_FAST | layout.TIER_TACTICAL, ms: 1100 }]);
    expect(bench.beats.meters.fast.overruns).toBe(10);
    expect(bench.beats.meters.tactical.overruns).toBe(0);
  });

  it("count nothing for a beat whose evaluation failed: the stream tells of that", async () => {
    const bench = open();
    bench.evaluate = () => Promise.reject(new Error("a worker has failed"));
    bench.at(100);
    await settled();
    expect(bench.beats.meters.fast.cycles).toBe(0);
    expect(bench.written).toHaveLength(1);
  });

  it("count a pass that ended after its interval as an overrun, and one within it not", async () => {
    const bench = open({ ...INTERVALS, fastMs: 0.5, tacticalMs: 600_000 });
    bench.evaluate = () => {
      for (const begin = performance.now(); performance.now() - begin < 1;);
      return Promise.resolve();
    };
    bench.at(0.5);
    await settled();
    const { fast } = bench.beats.meters;
    expect([fast.cycles, fast.overruns]).toEqual([1, 1]);
    expect(fast.latencyUs.max).toBeGreaterThanOrEqual(1000);
    const quick = open();
    quick.at(100);
    await settled();
    expect([quick.beats.meters.fast.cycles, quick.beats.meters.fast.overruns]).toEqual([1, 0]);
  });

  it("go on when the wall clock is put back", () => {
    const { at, written } = open();
    at(100);
    for (let step = 1; step <= 10; step++) at(100 - 3_600_000 + step * 100);
    expect(written.length).toBeGreaterThanOrEqual(10);
  });

  it("carry the intervals they were given", () => {
    const { meters } = open().beats;
    expect(Object.entries(meters).map(([tier, { intervalMs }]) => [tier, intervalMs])).toEqual([
      ["fast", 100],
      ["tactical", 1000],
      ["strategic", 10_000],
      ["learning", 60_000],
    ]);
  });
});
