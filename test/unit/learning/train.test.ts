// Training on markets whose truth is known: what is planted is found, what is noise is not promoted, and what fades drifts.
import { describe, expect, it } from "vitest";
import {
  encodeModel,
  EVIDENCE,
  modelHash,
  modelOf,
  TRAIN,
  type Trained,
  trainModel,
  Workbench,
} from "../../../src/learning/models.ts";
import { surgeMarket, type SurgeMarket } from "../../support/learning/surge-market.ts";

const bench = new Workbench();
function trained(market: SurgeMarket, rounds = TRAIN.rounds): Trained {
  const found = trainModel(bench, surgeMarket(market), { ...TRAIN, seed: market.seed, rounds });
  if (found === null) throw new Error("there was nothing to train on");
  return found;
}
const PLANTED = { seed: 4, bars: 2_500, edge: 1 };

describe("a planted edge", () => {
  const found = trained(PLANTED);

  it("is found out of sample and promoted", () => {
    expect(found.evidence.sentence).toContain("bets out of sample, area under the curve");
    expect(found.evidence.holds).toBe(true);
    expect(found.outOfSample.auc ?? 0).toBeGreaterThan(0.57);
    expect(found.outOfSample.calibrationError).toBeLessThan(0.1);
    expect(found.evidence.deflated ?? 0).toBeGreaterThanOrEqual(EVIDENCE.deflated);
  });

  it("is found in the input that it was planted in", () => {
    const best = (by: "gain" | "permutation"): string | undefined =>
      found.importances.toSorted((a, b) => b[by] - a[by])[0]?.input;
    expect([best("gain"), best("permutation")]).toEqual(["volume_20", "volume_20"]);
  });

  it("gives the same bytes on another bench, and others from another seed or market", () => {
    const hash = ({ seed, ...market }: SurgeMarket, own = new Workbench()): string => {
      const settings = { ...TRAIN, seed, rounds: 20 };
      const again = trainModel(own, surgeMarket({ ...market, seed: PLANTED.seed }), settings);
      if (again === null) throw new Error("there was nothing to train on");
      return modelHash(encodeModel(modelOf(again, settings)));
    };
    const small = { ...PLANTED, bars: 900 };
    const first = hash(small, bench);
    expect(hash(small)).toBe(first);
    expect(hash({ ...small, bars: 901 })).not.toBe(first);
  });

  it("is not trained where there are too few bars, or where it is asked to stop", () => {
    expect(trainModel(bench, surgeMarket({ ...PLANTED, bars: 300 }), TRAIN)).toBeNull();
    let asked = 0;
    expect(trainModel(bench, surgeMarket(PLANTED), TRAIN, 0, () => ++asked > 4)).toBeNull();
    expect(asked).toBe(5);
  });

  it("counts against what was tried on the same data before", () => {
    const again = trainModel(bench, surgeMarket(PLANTED), { ...TRAIN, seed: PLANTED.seed }, 10_000);
    expect(again?.evidence.trials).toBe(10_002);
    expect(again?.evidence.deflated ?? 1).toBeLessThan(found.evidence.deflated ?? 0);
  });
});

describe("noise", () => {
  it("is promoted in at most one of 20 seeds", () => {
    const seeds = Array.from({ length: 20 }, (_, seed) => seed + 1);
    const promoted = seeds.filter((seed) => trained({ seed, bars: 1_000, edge: 0 }, 25).evidence.holds);
    expect(promoted.length, `seeds ${promoted.join(", ")}`).toBeLessThanOrEqual(1);
  });
});
