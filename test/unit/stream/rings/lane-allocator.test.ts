import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as layout from "../../../../assembly/layout.ts";
import { LaneAllocator } from "../../../../src/stream/rings/lane-allocator.ts";

const CAPACITY = 64;
const SEED = 20_261_118;
const classOf = (symbol: number): number => symbol & (layout.MAX_WORKERS - 1);

/** Takes a lane, or null when all are taken. */
function tryTake(lanes: LaneAllocator, symbol: number, kind = 0): number | null {
  try {
    return lanes.take(symbol, kind);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Who holds which lane: no lane twice, and both lanes of a block in one class. */
class Ledger {
  readonly held = new Map<number, number>();

  take(lane: number, symbol: number): void {
    expect(this.held.has(lane)).toBe(false);
    expect(lane).toBeGreaterThanOrEqual(0);
    expect(lane).toBeLessThan(CAPACITY);
    const twin = this.held.get(lane ^ 1);
    if (twin !== undefined) expect(classOf(twin)).toBe(classOf(symbol));
    this.held.set(lane, symbol);
  }
}

const symbols = fc.array(fc.nat(40), { minLength: 1, maxLength: 90 });
const kinds = fc.array(fc.record({ symbol: fc.nat(40), kind: fc.nat(3) }), { maxLength: 60 });
const steps = fc.array(fc.record({ symbol: fc.nat(40), release: fc.nat(2) }), { minLength: 1, maxLength: 300 });

describe("lane allocator", () => {
  it("gives both lanes of a block to symbols of one class, and no lane twice", () => {
    fc.assert(
      fc.property(symbols, (list) => {
        const lanes = new LaneAllocator(CAPACITY);
        const ledger = new Ledger();
        for (const symbol of list) {
          const lane = tryTake(lanes, symbol);
          if (lane !== null) ledger.take(lane, symbol);
        }
      }),
      { seed: SEED },
    );
  });

  it("keeps that while lanes come back, and gives them to their own class again", () => {
    fc.assert(
      fc.property(steps, (list) => {
        const lanes = new LaneAllocator(CAPACITY);
        const ledger = new Ledger();
        for (const { symbol, release } of list) {
          const [oldest] = ledger.held;
          if (release === 0 && oldest) {
            lanes.release(oldest[0], oldest[1]);
            ledger.held.delete(oldest[0]);
          }
          const lane = tryTake(lanes, symbol);
          if (lane !== null) ledger.take(lane, symbol);
        }
      }),
      { seed: SEED },
    );
  });

  it("never gives a lane that a restored memory uses, in whatever order it was restored", () => {
    fc.assert(
      fc.property(symbols, steps, fc.integer({ min: 1, max: 97 }), (list, later, stride) => {
        const before = new LaneAllocator(CAPACITY);
        const ledger = new Ledger();
        for (const symbol of list) {
          const lane = tryTake(before, symbol);
          if (lane !== null) ledger.take(lane, symbol);
        }
        const rows = [...ledger.held];
        rows.sort(([a], [b]) => ((a * stride) % 101) - ((b * stride) % 101));
        const after = new LaneAllocator(CAPACITY);
        for (const [lane, symbol] of rows) after.restore(lane, symbol, true);
        for (const { symbol } of later) {
          const lane = tryTake(after, symbol);
          if (lane !== null) ledger.take(lane, symbol);
        }
      }),
      { seed: SEED },
    );
  });

  it("puts symbols of one kind side by side while there are blocks to spare, then any of the class", () => {
    const lanes = new LaneAllocator(64); // 32 blocks, of which two are spared
    const [fine, coarse] = [lanes.take(0, 1000), lanes.take(0, 60_000)];
    expect(lanes.take(8, 60_000)).toBe(coarse ^ 1);
    expect(lanes.take(8, 1000)).toBe(fine ^ 1);
    const alone = Array.from({ length: 28 }, (_, kind) => lanes.take(16, kind));
    expect(new Set(alone.map((lane) => lane >> 1)).size).toBe(28);
    const late = Array.from({ length: 28 }, (_, kind) => lanes.take(24, 100 + kind));
    expect(new Set(late)).toEqual(new Set(alone.map((lane) => lane ^ 1)));
    expect(Array.from({ length: 4 }, () => lanes.take(32, 5)).map((lane) => lane >> 1)).toEqual([30, 30, 31, 31]);
    expect(() => lanes.take(24, 1000)).toThrow("all 64 lanes are taken");
  });

  it("lets the blocks of a tile lie together for one kind, whatever the classes of its symbols", () => {
    const lanes = new LaneAllocator(CAPACITY, 8);
    const fine = [0, 1, 8, 9].map((symbol) => lanes.take(symbol, 1000));
    const coarse = [0, 1].map((symbol) => lanes.take(symbol, 60_000));
    expect(fine).toEqual([0, 2, 1, 3]);
    expect(coarse).toEqual([16, 18]);
    const after = new LaneAllocator(CAPACITY, 8);
    [0, 2, 1, 3].forEach((lane, index) => after.restore(lane, [0, 1, 8, 9][index] ?? 0, true, 1000));
    coarse.forEach((lane, symbol) => after.restore(lane, symbol, true, 60_000));
    expect([after.take(2, 1000), after.take(2, 60_000), after.take(9, 60_000)]).toEqual([4, 20, 19]);
  });

  it("keeps the lane beside a new block's for the kind that it is told", () => {
    const lanes = new LaneAllocator(CAPACITY);
    const [first, second] = [lanes.take(0, 4, 5), lanes.take(0, 4, 5)];
    expect([lanes.take(8, 5, 4), lanes.take(8, 5, 4)]).toEqual([second ^ 1, first ^ 1]);
  });

  it("puts them side by side again after a restart", () => {
    const lanes = new LaneAllocator(CAPACITY);
    lanes.restore(0, 0, true, 1000);
    lanes.restore(2, 0, true, 60_000);
    expect([lanes.take(8, 60_000), lanes.take(8, 1000)]).toEqual([3, 1]);
  });

  it("offers the twin of a restored lane to the same class", () => {
    const lanes = new LaneAllocator(CAPACITY);
    lanes.restore(6, 3, true);
    expect(lanes.take(4)).not.toBe(7);
    expect(lanes.take(11)).toBe(7);
  });

  it("keeps a block with its class when both of its lanes came back, here and after a restart", () => {
    const before = new LaneAllocator(4);
    for (const lane of [before.take(3), before.take(11)]) before.release(lane, 3);
    const after = new LaneAllocator(4);
    after.restore(0, 3, false);
    after.restore(1, 3, false);
    for (const lanes of [before, after]) {
      expect(lanes.take(4)).toBe(2);
      expect(new Set([lanes.take(19), lanes.take(3)])).toEqual(new Set([0, 1]));
    }
  });

  it("says that symbols fit exactly when a lane can be taken for each of them", () => {
    fc.assert(
      fc.property(kinds, kinds, (list, wanted) => {
        const lanes = new LaneAllocator(CAPACITY);
        for (const { symbol, kind } of list) tryTake(lanes, symbol, kind);
        const fits = lanes.fits(wanted);
        expect(wanted.map(({ symbol, kind }) => tryTake(lanes, symbol, kind)).every((lane) => lane !== null)).toBe(
          fits,
        );
      }),
      { seed: SEED },
    );
  });

  it("counts the open twins of a class, and no other's", () => {
    const lanes = new LaneAllocator(4);
    lanes.take(0);
    lanes.take(1);
    const fitting = [[8], [8, 9], [8, 16], [2], []].map((wanted) =>
      lanes.fits(wanted.map((symbol) => ({ symbol, kind: 0 }))),
    );
    expect(fitting).toEqual([true, true, false, false, true]);
  });

  it("refuses with a sentence when no block is left for the class", () => {
    const lanes = new LaneAllocator(4);
    lanes.take(0);
    lanes.take(1);
    expect(() => lanes.take(2)).toThrow("all 4 lanes are taken");
    expect(lanes.take(8)).toBe(1); // the twin of symbol 0
  });

  it("takes back only what was given", () => {
    const lanes = new LaneAllocator(CAPACITY);
    const lane = lanes.take(5);
    lanes.release(lane, 5);
    lanes.release(lane, 5);
    const again = [lanes.take(5), lanes.take(5), lanes.take(5)];
    expect(new Set(again).size).toBe(3);
  });
});
