// What a new version's account may lose beside the old one's, over all falls and limits, and how often an equally good
// version is ended by it: the figures in the header of analysis.ts.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { harms, judgeStep } from "../../../../src/manage/pipeline/analysis.ts";
import type { Evidence } from "../../../../src/manage/pipeline/delivery.ts";
import { Random } from "../../../support/random.ts";

const LIMIT = -0.3;
const WALKS = 3_000;
const STEPS = 300;
/** Deviation of a whole walk, in limits: with it the limit is kept in 99 of 100. */
const DEVIATION = 0.4;

function seen(old: number, now: number, drawdown: number | null): Evidence {
  return {
    events: 500,
    trades: { old: 10, new: 10 },
    pnl: { old: 0, new: 0 },
    faults: { old: 0, new: 0 },
    difference: { mean: 0, error: 0.1, n: 100 },
    lost: { old: 0, new: 0 },
    fallen: { old, new: now },
    limits: { dailyLoss: null, drawdown },
  };
}
const harmful = (old: number, now: number, drawdown: number | null = null): boolean => harms(seen(old, now, drawdown));

const share = (min: number, max: number) => fc.integer({ min, max }).map((thousandths) => thousandths / 1_000);
const fall = share(-990, 0);
const limit = share(-900, -10);

describe("a fall of the new version's account", () => {
  it("is judged by how far it lies below the old one's", () => {
    fc.assert(
      fc.property(fall, fall, limit, (old, now, drawdown) => {
        const apart = (now - old) / drawdown;
        if (apart < 1 / 3 - 1e-9) expect(harmful(old, now, drawdown)).toBe(false);
        if (apart > 2 / 3 + 1e-9) expect(harmful(old, now, drawdown)).toBe(true);
        expect(judgeStep(seen(old, now, drawdown)).verdict === "failure").toBe(harmful(old, now, drawdown));
      }),
      { numRuns: 2_000 },
    );
  });

  it("is no better for being deeper", () => {
    fc.assert(
      fc.property(fall, fall, fall, limit, (old, one, other, drawdown) => {
        const [deep, flat] = [Math.min(one, other), Math.max(one, other)];
        if (harmful(old, flat, drawdown)) expect(harmful(old, deep, drawdown)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

/** Shares of pairs of equally good accounts of which the new one is ended, and of those that pass the limit. */
function ended(random: Random, common: number): { readonly by: number; readonly passed: number } {
  const step = (DEVIATION * -LIMIT) / Math.sqrt(STEPS);
  const [shared, own] = [Math.sqrt(common) * step, Math.sqrt(1 - common) * step];
  let [by, passed] = [0, 0];
  for (let walk = 0; walk < WALKS; walk++) {
    const account = () => ({ equity: 1, highest: 1, fallen: 0 });
    const [old, now] = [account(), account()];
    let harmed = false;
    for (let at = 0; at < STEPS; at++) {
      const market = shared * random.normal();
      for (const each of [old, now]) {
        each.equity *= 1 + market + own * random.normal();
        each.highest = Math.max(each.highest, each.equity);
        each.fallen = Math.min(each.fallen, each.equity / each.highest - 1);
      }
      harmed ||= harmful(old.fallen, now.fallen);
    }
    if (harmed) by++;
    if (now.fallen <= LIMIT) passed++;
  }
  return { by: by / WALKS, passed: passed / WALKS };
}

describe("a version that is as good as the old one", () => {
  it.each([
    [0, 0.015],
    [0.5, 0.01],
    [0.9, 0.003],
  ])("is seldom ended for what its account lost, %s of the variance common to both", (common, most) => {
    const { by, passed } = ended(new Random(7919), common);
    expect(passed).toBeLessThan(0.015);
    expect(by).toBeLessThan(most);
  });
});
