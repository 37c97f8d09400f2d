// Candles of a data plane on the test's own thread: events go into the real ring, the real tap tells them.
import { describe, expect, it } from "vitest";
import { Candles } from "../../../src/stream/candles.ts";
import { Tap } from "../../../src/stream/tap.ts";
import { FLAG_HISTORY } from "../../../assembly/layout.ts";
import { TestPlane, WEDNESDAY } from "../../support/plane.ts";

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;

function followed(): { readonly plane: TestPlane; readonly candles: Candles; readonly tap: Tap } {
  const plane = new TestPlane({ clock: WEDNESDAY + 24 * 60 * MINUTE });
  const tap = new Tap(plane.plane);
  const candles = new Candles(plane.plane.memory);
  tap.follow(candles);
  return { plane, candles, tap };
}

describe("candles", () => {
  it("begin with the first price of their time, span the highest and lowest, end with the last", () => {
    const { plane, candles } = followed();
    for (const [index, price] of [100, 103, 98, 101].entries())
      plane.trade("AAA", price, 2, WEDNESDAY + index * 200_000);
    plane.trade("AAA", 105, 1, WEDNESDAY + 3 * SECOND);
    plane.settle();
    const id = plane.symbol("AAA");
    expect(candles.last(id, SECOND, 10)).toEqual([
      { start: WEDNESDAY, open: 100, high: 103, low: 98, close: 101, volume: 8 },
      { start: WEDNESDAY + 3 * SECOND, open: 105, high: 105, low: 105, close: 105, volume: 1 },
    ]);
    expect(candles.last(id, 5 * SECOND, 10)).toEqual([
      { start: WEDNESDAY, open: 100, high: 105, low: 98, close: 105, volume: 9 },
    ]);
    expect(candles.last(id, MINUTE, 10)).toEqual([
      { start: WEDNESDAY, open: 100, high: 105, low: 98, close: 105, volume: 9 },
    ]);
  });

  it("count what is late in the newest bar, and leave back-fill out", () => {
    const { plane, candles } = followed();
    plane.trade("AAA", 100, 1, WEDNESDAY);
    plane.trade("AAA", 90, 1, WEDNESDAY - 10 * SECOND);
    plane.trade("AAA", 1, 1, WEDNESDAY, FLAG_HISTORY);
    plane.settle();
    expect(candles.last(plane.symbol("AAA"), SECOND, 10)).toMatchObject([{ start: WEDNESDAY, low: 90, close: 90 }]);
  });

  it("take the middle of quotes until a first trade comes, and bars at their own start", () => {
    const { plane, candles } = followed();
    plane.quote("AAA", 99, 101, WEDNESDAY);
    plane.trade("AAA", 104, 1, WEDNESDAY + MINUTE);
    plane.quote("AAA", 1, 3, WEDNESDAY + MINUTE);
    plane.bar("BBB", [10, 12, 9, 11, 7], 60_000, WEDNESDAY);
    plane.bar("BBB", [20, 22, 19, 21, 7], 3_600_000, WEDNESDAY + 120 * MINUTE);
    plane.settle();
    expect(candles.last(plane.symbol("AAA"), MINUTE, 10).map(({ close }) => close)).toEqual([100, 104]);
    const bars = candles.last(plane.symbol("BBB"), MINUTE, 10);
    expect(bars.map(({ start, close }) => [start, close])).toEqual([
      [WEDNESDAY - MINUTE, 11],
      [WEDNESDAY + 60 * MINUTE, 21],
    ]);
    expect(candles.last(plane.symbol("BBB"), SECOND, 10)).toEqual([]);
  });

  it("are the newest of a bounded number, however many have been", () => {
    const { plane, candles } = followed();
    for (let second = 0; second < 1_000; second++) {
      plane.trade("AAA", 100 + second, 1, WEDNESDAY + second * SECOND);
      if (second % 100 === 0) plane.settle();
    }
    plane.settle();
    const bars = candles.last(plane.symbol("AAA"), SECOND, 1_000);
    expect(bars.map(({ close }) => close)).toEqual(Array.from({ length: 300 }, (_, index) => 800 + index));
    expect(candles.last(plane.symbol("AAA"), SECOND, 2).map(({ close }) => close)).toEqual([1_098, 1_099]);
    expect(candles.last(plane.symbol("AAA"), MINUTE, 1_000).length).toBe(17);
  });

  it("tell each second that changed, the newest again and again, and nothing twice that did not", () => {
    const { plane, candles } = followed();
    const id = plane.symbol("AAA");
    const tell = (price: number, time: number): readonly number[] => {
      plane.trade("AAA", price, 1, time);
      plane.settle();
      return candles.news(id).map(({ close }) => close);
    };
    expect(candles.news(id)).toEqual([]);
    expect(tell(100, WEDNESDAY)).toEqual([100]);
    expect(candles.news(id)).toEqual([]);
    expect(tell(101, WEDNESDAY)).toEqual([101]);
    expect(tell(102, WEDNESDAY + SECOND)).toEqual([101, 102]);
  });

  it("of a clock that is ahead happened when they were seen, so that what follows has its own time", () => {
    const { plane, candles } = followed();
    const now = plane.clock;
    plane.trade("AAA", 100, 1, now + 60 * MINUTE);
    plane.pass(SECOND);
    plane.trade("AAA", 101, 1, now + SECOND);
    plane.settle();
    const bars = candles.last(plane.symbol("AAA"), SECOND, 10);
    expect(bars.map(({ start, close }) => [start - now, close])).toEqual([
      [0, 100],
      [SECOND, 101],
    ]);
  });

  it("tell of what nobody has asked for lately the newest two seconds only", () => {
    const { plane, candles } = followed();
    const id = plane.symbol("AAA");
    const told = (from: number, to: number): readonly number[] => {
      for (let second = from; second <= to; second++) plane.trade("AAA", second, 1, WEDNESDAY + second * SECOND);
      plane.settle();
      return candles.news(id).map(({ close }) => close);
    };
    expect(told(1, 250)).toEqual([249, 250]);
    expect(told(251, 253)).toEqual([250, 251, 252, 253]);
    expect(told(254, 500)).toEqual([499, 500]);
    expect(told(600, 600)).toEqual([600]);
  });

  it("of one symbol too many are kept from when they are asked for, in place of what nobody looks at", () => {
    const plane = new TestPlane({ capacity: { maxSymbols: 1_100, maxInstances: 4_096 } });
    const candles = new Candles(plane.plane.memory);
    new Tap(plane.plane).follow(candles);
    const names = Array.from({ length: 1_026 }, (_, index) => `S${index}`);
    for (const name of names) {
      plane.trade(name, 5, 1, WEDNESDAY);
      plane.settle();
    }
    const bars = (name: string): number => candles.last(plane.symbol(name), SECOND, 10).length;
    expect([bars("S0"), bars("S1025")]).toEqual([1, 0]);
    plane.trade("S1025", 6, 1, WEDNESDAY);
    plane.settle();
    expect([bars("S1025"), bars("S0"), bars("S1")]).toEqual([1, 1, 0]);
  });

  it("are told no more once somebody who followed has left, and others go on", () => {
    const { plane, candles, tap } = followed();
    const second = new Candles(plane.plane.memory);
    const leave = tap.follow(second);
    plane.trade("AAA", 100, 1, WEDNESDAY);
    plane.settle();
    leave();
    plane.trade("AAA", 101, 1, WEDNESDAY);
    plane.settle();
    const id = plane.symbol("AAA");
    expect([candles, second].map((each) => each.last(id, SECOND, 1).at(-1)?.close)).toEqual([101, 100]);
  });
});
