import { describe, expect, it } from "vitest";
import * as layout from "../../../../assembly/layout.ts";
import * as reference from "../../../../assembly/reference.ts";
import { PAGE_BYTES, planMemory, writePlan, type Capacity } from "../../../../src/stream/rings/memory-plan.ts";

const SMALL: Capacity = { maxSymbols: 16, maxInstances: 32, workers: 1 };
const CAPACITIES: readonly Capacity[] = [
  SMALL,
  { maxSymbols: 1, maxInstances: 19, workers: 1 },
  { maxSymbols: 17, maxInstances: 33, workers: 3 },
  { maxSymbols: 4096, maxInstances: 4096, workers: 1 },
  { maxSymbols: 4096, maxInstances: 4096, workers: layout.MAX_WORKERS },
];

/** Bytes of each region, by PLAN_ index. */
function sizes(capacity: Capacity): number[] {
  const { bases } = planMemory(capacity);
  return bases.slice(1).map((base, index) => base - (bases[index] ?? 0));
}

describe("memory plan", () => {
  it("lays one region behind the other, each at the beginning of a 128-byte line, all behind the header", () => {
    for (const capacity of CAPACITIES) {
      const { bases, pages } = planMemory(capacity);
      expect(bases).toHaveLength(layout.PLAN_END + 1);
      expect(bases[0]).toBe(layout.REGIONS);
      for (let index = 1; index < bases.length; index++)
        expect(bases[index]).toBeGreaterThanOrEqual(bases[index - 1] ?? 0);
      expect(bases.filter((base) => base % layout.LINE !== 0)).toEqual([]);
      expect(pages * PAGE_BYTES).toBeGreaterThanOrEqual(bases[layout.PLAN_END] ?? Infinity);
      expect((pages - 1) * PAGE_BYTES).toBeLessThan(bases[layout.PLAN_END] ?? 0);
    }
  });

  it("gives every row its bytes: no region is smaller than its capacity times its record", () => {
    for (const capacity of CAPACITIES) {
      const plan = planMemory(capacity);
      const { workers, maxSymbols, maxInstances, maxSeries, maxCells, maxGroups } = plan;
      const need: readonly (readonly [number, number])[] = [
        [layout.PLAN_EVENTS, layout.EVENT_SLOTS * layout.EVENT_BYTES],
        [layout.PLAN_SIGNALS, workers * layout.SIGNAL_SLOTS * layout.SIGNAL_BYTES],
        [layout.PLAN_GLOBALS, workers * layout.GLOBALS_BYTES],
        [layout.PLAN_INSTANCES, workers * maxInstances * layout.INSTANCE_BYTES],
        [layout.PLAN_LEG_HEADS, workers * maxSymbols * 4],
        [layout.PLAN_SYMBOLS, maxSymbols * layout.SYMBOL_BYTES],
        [layout.PLAN_SERIES, (maxSeries / 2) * layout.SERIES_COLUMNS * layout.COLUMN_BYTES],
        [layout.PLAN_HISTORY, (maxSeries / 16) * layout.HISTORY_TILE_BYTES],
        [layout.PLAN_CELLS + layout.MOMENTUM_RIDER, (maxCells / 2) * layout.MOMENTUM_COLUMNS * layout.COLUMN_BYTES],
        [layout.PLAN_CELLS + layout.SPREAD_ADJUSTER, (maxCells / 2) * layout.SPREAD_COLUMNS * layout.COLUMN_BYTES],
        [layout.PLAN_GROUPS, maxGroups * layout.GROUP_BYTES],
        [layout.PLAN_ASSETS, workers * maxSymbols],
        [layout.PLAN_STATISTICS, workers * layout.STATISTICS_BYTES],
        [layout.PLAN_INSTRUMENTS, workers * maxSymbols * reference.INSTRUMENT_BYTES],
        [layout.PLAN_BOARD, workers * reference.BOARD_BYTES],
        [layout.PLAN_LABELS, 2 * layout.LABELS * layout.NAME_BYTES],
      ];
      const given = sizes(capacity);
      for (const [region, bytes] of need) expect(given[region]).toBeGreaterThanOrEqual(bytes);
      expect([maxSeries % 2, maxCells % 2]).toEqual([0, 0]);
    }
  });

  it("makes no region smaller when a capacity grows", () => {
    for (const grown of [
      { ...SMALL, maxSymbols: 2048 },
      { ...SMALL, maxInstances: 2048 },
      { ...SMALL, workers: 8 },
    ]) {
      const before = sizes(SMALL);
      const after = sizes(grown);
      before.forEach((bytes, region) => expect(after[region]).toBeGreaterThanOrEqual(bytes));
      expect(planMemory(grown).pages).toBeGreaterThan(planMemory(SMALL).pages);
    }
  });

  it("gives a further worker its own copy of what is replicated and nothing of what is shared", () => {
    const one = sizes(SMALL);
    const eight = sizes({ ...SMALL, workers: 8 });
    const grown = one.flatMap((bytes, region) => (eight[region] === bytes ? [] : [region]));
    expect(grown).toEqual([
      layout.PLAN_SIGNALS,
      layout.PLAN_GLOBALS,
      layout.PLAN_INSTANCES,
      layout.PLAN_LEG_HEADS,
      layout.PLAN_STATISTICS,
      layout.PLAN_INSTRUMENTS,
      layout.PLAN_BOARD,
    ]);
  });

  it("refuses what does not fit into 4 GiB with a sentence that names both settings and the need", () => {
    expect(() => planMemory({ maxSymbols: 400_000, maxInstances: 32, workers: 1 })).toThrow(
      /^MAX_SYMBOLS=400000 and MAX_INSTANCES=32 need \d+\.\d GiB of the 4 GiB .*; lower one of them$/,
    );
  });

  it("takes the largest count that fits, and everything below the border it refuses at", () => {
    const fits = (maxSymbols: number): boolean => {
      try {
        return planMemory({ maxSymbols, maxInstances: 32, workers: 1 }).pages <= 65_536;
      } catch (error) {
        if (error instanceof RangeError) return false;
        throw error;
      }
    };
    let low = 1;
    let high = 1 << 20;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (fits(middle)) low = middle;
      else high = middle;
    }
    expect(fits(low)).toBe(true);
    expect(planMemory({ maxSymbols: low, maxInstances: 32, workers: 1 }).pages).toBeGreaterThan(65_000);
    expect(fits(high)).toBe(false);
  });

  it("writes into the header page what the core reads: identity, bases and counts", () => {
    const plan = planMemory({ maxSymbols: 17, maxInstances: 33, workers: 3 });
    const memory = new WebAssembly.Memory({ initial: 2, maximum: 2, shared: true });
    writePlan(memory, plan);
    const words = new Uint32Array(memory.buffer);
    const word = (index: number): number | undefined => words[(layout.PLAN + index * 4) >> 2];
    expect(words[layout.HEADER_MAGIC >> 2]).toBe(layout.LAYOUT_MAGIC);
    expect(words[layout.HEADER_VERSION >> 2]).toBe(layout.LAYOUT_VERSION);
    expect(plan.bases.map((_, index) => word(index))).toEqual(plan.bases);
    expect(word(layout.PLAN_WORKERS)).toBe(3);
    expect(word(layout.PLAN_MAX_SYMBOLS)).toBe(17);
    expect(word(layout.PLAN_MAX_INSTANCES)).toBe(33);
    expect(word(layout.PLAN_MAX_SERIES)).toBe(plan.maxSeries);
    expect(word(layout.PLAN_MAX_CELLS)).toBe(plan.maxCells);
    expect(word(layout.PLAN_MAX_GROUPS)).toBe(plan.maxGroups);
    expect(word(layout.PLAN_SCREEN_SYMBOLS)).toBe(plan.screenSymbols);
  });
});
