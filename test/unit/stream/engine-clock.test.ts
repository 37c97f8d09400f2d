import { describe, expect, it } from "vitest";
import { EngineClock } from "../../../src/stream/engine-clock.ts";

const S = 1_000_000;
const HOUR = 3_600 * S;
const START = 1_700_000_000 * S;

/** A wall clock and a monotonic one that the test moves; what comes in is stamped as the engine does it. */
class Bench {
  readonly told: (string | null)[] = [];
  readonly clock: EngineClock;
  wall = START;
  private engine: number;
  private atMs = 5_000;

  constructor(engine = 0) {
    this.engine = engine;
    const stamped = (): number => this.engine;
    const writer = {
      get clock(): number {
        return stamped();
      },
    };
    this.clock = new EngineClock({
      wall: () => this.wall,
      writer,
      onClock: (trouble) => this.told.push(trouble),
      monotonicMs: () => this.atMs,
    });
  }

  /** After so many microseconds something comes in, and a beat; what it is stamped with. */
  pass(us: number): number {
    this.wall += us;
    this.atMs += us / 1_000;
    this.engine = Math.max(this.engine, this.clock.now());
    this.clock.tell();
    return this.engine;
  }
}

describe("the engine clock", () => {
  it("is the wall clock, also where that jumps forward", () => {
    const bench = new Bench();
    expect(bench.pass(S)).toBe(START + S);
    bench.wall += HOUR;
    expect(bench.pass(S)).toBe(START + HOUR + 2 * S);
    expect(bench.told).toEqual([null]);
  });

  it("stands still where the wall clock is put back by up to a second", () => {
    const bench = new Bench();
    bench.pass(S);
    bench.wall -= S / 2;
    expect(bench.pass(S / 4)).toBe(START + S);
    expect(bench.pass(S / 2)).toBe(START + S + S / 4);
    expect(bench.told).toEqual([null]);
  });

  it("goes on from where it is, a little slower, where the wall clock is put back by more", () => {
    const bench = new Bench();
    bench.pass(S);
    bench.wall -= HOUR;
    const begin = bench.pass(0);
    expect(begin).toBe(START + S);
    for (let passed = 1; passed <= 100; passed++) expect(bench.pass(S)).toBe(begin + (passed * S * 15) / 16);
  });

  it("goes on in a later life that finds it ahead, and loses nothing by being asked often", () => {
    const bench = new Bench(START + 24 * HOUR);
    const begin = bench.pass(0);
    expect(begin).toBe(START + 24 * HOUR);
    let last = begin;
    for (let asked = 0; asked < 10_000; asked++) last = bench.pass(0.5);
    expect(last).toBeCloseTo(begin + 5_000 * (15 / 16), -1);
  });

  it("is caught up in the end, without a fall or a leap", () => {
    const bench = new Bench(START + 60 * S);
    let last = bench.pass(0);
    for (let passed = 0; passed < 17 * 60; passed++) {
      const now = bench.pass(S);
      expect(now).toBeGreaterThanOrEqual(last);
      expect(now - last).toBeLessThanOrEqual(S);
      last = now;
    }
    expect(last).toBe(bench.wall);
  });

  it("says once that it is ahead, by how much, and once that it is not any more", () => {
    const bench = new Bench(START + 2 * HOUR);
    for (let passed = 0; passed < 3; passed++) bench.pass(S);
    expect(bench.told).toHaveLength(1);
    expect(bench.told[0]).toContain("7199 s ahead of the wall clock");
    expect(bench.clock.trouble).toContain("ahead of the wall clock");
    bench.wall += 3 * HOUR;
    bench.pass(S);
    bench.pass(S);
    expect(bench.told.slice(1)).toEqual([null]);
    expect(bench.clock.trouble).toBeNull();
  });
});
