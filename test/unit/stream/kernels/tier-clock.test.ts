import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as layout from "../../../../assembly/layout.ts";
import { dueTiers, missedBeats, type TierIntervals } from "../../../../src/stream/kernels/tier-clock.ts";

const MS = 1000;
const TIERS: TierIntervals = { fastMs: 100, tacticalMs: 1000, strategicMs: 10_000, learningMs: 60_000 };
const ALL = layout.TIER_FAST | layout.TIER_TACTICAL | layout.TIER_STRATEGIC | layout.TIER_LEARNING;

describe("tiers that are due", () => {
  it("are those of which a multiple of the interval was passed", () => {
    expect(dueTiers(0, 99 * MS, TIERS)).toBe(0);
    expect(dueTiers(0, 100 * MS, TIERS)).toBe(layout.TIER_FAST);
    expect(dueTiers(950 * MS, 1000 * MS, TIERS)).toBe(layout.TIER_FAST | layout.TIER_TACTICAL);
    expect(dueTiers(9_999 * MS, 10_000 * MS, TIERS)).toBe(ALL - layout.TIER_LEARNING);
    expect(dueTiers(59_999 * MS, 60_000 * MS, TIERS)).toBe(ALL);
  });

  it("are none while the clock stands or falls", () => {
    expect(dueTiers(60_000 * MS, 60_000 * MS, TIERS)).toBe(0);
    expect(dueTiers(60_000 * MS, 0, TIERS)).toBe(0);
  });

  it("are the same whenever one looks: each boundary is due exactly once", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 90 * MS }), { maxLength: 400 }), (steps) => {
        let before = 1_700_000_000_000 * MS;
        const begin = before;
        let fast = 0;
        let tactical = 0;
        for (const step of steps) {
          const due = dueTiers(before, before + step, TIERS);
          before += step;
          if ((due & layout.TIER_FAST) !== 0) fast++;
          if ((due & layout.TIER_TACTICAL) !== 0) tactical++;
        }
        expect(fast).toBe(Math.floor(before / (100 * MS)) - Math.floor(begin / (100 * MS)));
        expect(tactical).toBe(Math.floor(before / (1000 * MS)) - Math.floor(begin / (1000 * MS)));
      }),
      { seed: 20_261_118 },
    );
  });
});

describe("missed beats", () => {
  it("are the whole intervals beyond the one that is due", () => {
    expect(missedBeats(0, 100 * MS, 100)).toBe(0);
    expect(missedBeats(0, 199 * MS, 100)).toBe(0);
    expect(missedBeats(0, 200 * MS, 100)).toBe(1);
    expect(missedBeats(50 * MS, 1_000 * MS, 100)).toBe(9);
  });

  it("are never negative", () => {
    expect(missedBeats(0, 10 * MS, 100)).toBe(0);
    expect(missedBeats(500 * MS, 0, 100)).toBe(0);
  });
});
