// Compositions: a planted pair that earns in different regimes is found and written down; what moves together, what earns in
// the same regimes, and what earns by chance is not.
import { describe, expect, it } from "vitest";
import { proposeCompositions } from "../../../src/learning/composition.ts";
import { Workbench } from "../../../src/learning/models.ts";
import { readRules } from "../../../src/learning/rules.ts";
import { type Planted, plantedPairs } from "../../support/learning/planted-pairs.ts";

const { core } = new Workbench();
const MOMENTUM: Planted = { strategy: "momentum_rider", earns: { trending: 0.009, ranging: -0.004 } };
const REVERSION: Planted = { strategy: "mean_reversion", earns: { ranging: 0.009, trending: -0.004 } };
const IDLE: Planted = { strategy: "breakout_strategy", earns: {} };

function found(planted: readonly Planted[], seed = 1) {
  return proposeCompositions(plantedPairs(planted, seed), { seed, core });
}
const names = (planted: readonly Planted[], seed?: number) =>
  found(planted, seed).map(({ strategies }) => strategies.join("+"));

describe("a planted pair that earns in different regimes", () => {
  it("is proposed, and nothing else", () => {
    for (const seed of [1, 2, 3, 4, 5])
      expect(names([MOMENTUM, REVERSION, IDLE], seed), `seed ${seed}`).toEqual(["mean_reversion+momentum_rider"]);
  });

  it("comes with rules that mean something, each strategy only where it earns", () => {
    const [first] = found([MOMENTUM, REVERSION, IDLE]);
    const read = readRules(first?.text ?? "");
    expect(read.ok ? null : read.failure).toBeNull();
    expect(first?.text).toContain("buy when momentum_rider.buy and regime == trending;");
    expect(first?.text).toContain("buy when mean_reversion.buy and regime == ranging;");
    expect(first?.parameters).toEqual({ symbols: ["BTCUSD"], allow_short: true });
    for (const { t, days, outcomes } of first?.evidence.claims ?? []) {
      expect(core.studentCdf(-t, days - 1)).toBeLessThanOrEqual(first?.evidence.luck_most ?? 0);
      expect(days).toBeGreaterThanOrEqual(10);
      expect(outcomes).toBeGreaterThanOrEqual(20);
    }
  });

  it("is proposed with the same words and numbers each time", () => {
    expect(found([MOMENTUM, REVERSION], 3)).toEqual(found([MOMENTUM, REVERSION], 3));
  });
});

describe("a pair is not proposed", () => {
  it("whose days go together", () => {
    for (const seed of [1, 2, 3, 4, 5])
      expect(
        names(
          [
            { ...MOMENTUM, common: 0.9 },
            { ...REVERSION, common: 0.9 },
          ],
          seed,
        ),
      ).toEqual([]);
  });

  it("that earns in the same regimes", () => {
    const twin = { ...REVERSION, earns: MOMENTUM.earns };
    for (const seed of [1, 2, 3]) expect(names([MOMENTUM, twin], seed)).toEqual([]);
  });

  it("of strategies whose signals a program cannot have", () => {
    expect(names([MOMENTUM, { ...REVERSION, strategy: "pairs_trading" }])).toEqual([]);
  });

  it("before there are enough outcomes", () => {
    const few = plantedPairs([MOMENTUM, REVERSION], 1, 30, 2);
    expect(proposeCompositions(few, { seed: 1, core })).toEqual([]);
    expect(proposeCompositions([], { seed: 1, core })).toEqual([]);
  });

  it("by a look as late as would find anything by chance", () => {
    const outcomes = plantedPairs([MOMENTUM, REVERSION], 1);
    expect(proposeCompositions(outcomes, { seed: 1, core, look: 1 })).toHaveLength(1);
    expect(proposeCompositions(outcomes, { seed: 1, core, look: 1e9 })).toEqual([]);
  });

  it("on fewer than ten days of a claim on either half, however many outcomes they have", () => {
    const seeds = Array.from({ length: 20 }, (_, seed) => seed + 1);
    const few = seeds.flatMap((seed) =>
      proposeCompositions(plantedPairs([MOMENTUM, REVERSION], seed, 60, 40), { seed, core }),
    );
    expect(few.filter(({ evidence }) => evidence.claims.some(({ days }) => days < 10))).toEqual([]);
  });

  it("where nobody earns, in more than 2 of 50 markets", () => {
    const nobody = ["momentum_rider", "mean_reversion", "breakout_strategy", "moving_average_crossover"];
    const noise = nobody.map((strategy): Planted => ({ strategy, earns: {} }));
    const seeds = Array.from({ length: 50 }, (_, seed) => seed + 1);
    expect(seeds.filter((seed) => names(noise, seed).length > 0).length).toBeLessThanOrEqual(2);
  });
});
