import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import * as learning from "../../../assembly/learned-layout.ts";
import * as regimes from "../../../assembly/regimes.ts";
import type { SignalRecord } from "../../../src/stream/rings/signal-ring.ts";
import { TestPlane } from "../../support/plane.ts";
import { Random } from "../../support/random.ts";
import { better, outcomes, quality, qualityIn } from "../../support/learning/threshold-outcomes.ts";
import { ThresholdTwin } from "../../support/twins/threshold-learning.ts";

const { MOMENTUM_RIDER, SPREAD_ADJUSTER } = layout;
const { CLASS_OTHER, CLASS_TRENDING, CLASS_VOLATILE } = learning;
describe("threshold learning", () => {
  it("lowers the quality threshold of a strategy that wins, raises that of one that loses, leaves the others", () => {
    const plane = new TestPlane();
    outcomes(plane, MOMENTUM_RIDER, 18, 2);
    better(plane, SPREAD_ADJUSTER);
    outcomes(plane, SPREAD_ADJUSTER, 5, 20);
    expect(quality(plane, MOMENTUM_RIDER)).toBeCloseTo(0.095, 12);
    expect(quality(plane, SPREAD_ADJUSTER)).toBeCloseTo(0.105, 12);
    expect(quality(plane, layout.COINTEGRATION_MODEL)).toBe(0.1);
  });

  it("does nothing before there are twenty outcomes, nor between the two marks", () => {
    const plane = new TestPlane();
    outcomes(plane, MOMENTUM_RIDER, 19, 0);
    expect(quality(plane, MOMENTUM_RIDER)).toBe(0.1);
    outcomes(plane, SPREAD_ADJUSTER, 14, 6);
    expect(quality(plane, SPREAD_ADJUSTER)).toBe(0.1);
  });

  it("needs fresh outcomes for each change", () => {
    const plane = new TestPlane();
    outcomes(plane, MOMENTUM_RIDER, 20, 0);
    for (let beat = 0; beat < 10; beat++) outcomes(plane, MOMENTUM_RIDER, 0, 0);
    expect(quality(plane, MOMENTUM_RIDER)).toBeCloseTo(0.095, 12);
  });

  it("never falls below 0.01, nor rises beyond the highest confidences that have evidence", () => {
    const plane = new TestPlane();
    better(plane, SPREAD_ADJUSTER);
    for (let round = 0; round < 80; round++) {
      outcomes(plane, MOMENTUM_RIDER, 20, 0, { confidence: quality(plane, MOMENTUM_RIDER) });
      outcomes(plane, SPREAD_ADJUSTER, 0, 20, { confidence: quality(plane, SPREAD_ADJUSTER) });
    }
    expect(quality(plane, MOMENTUM_RIDER)).toBe(0.01);
    expect(quality(plane, SPREAD_ADJUSTER)).toBe(0.875);
  });

  it("forgets old evidence, so that a strategy that turns bad is noticed", () => {
    const plane = new TestPlane();
    better(plane, MOMENTUM_RIDER);
    outcomes(plane, MOMENTUM_RIDER, 140, 60);
    outcomes(plane, MOMENTUM_RIDER, 0, 150);
    expect(quality(plane, MOMENTUM_RIDER)).toBeGreaterThan(0.1);
  });

  it("leaves a strategy alone that wins seldom but earns", () => {
    const plane = new TestPlane();
    better(plane, MOMENTUM_RIDER, { gain: 3 });
    better(plane, SPREAD_ADJUSTER, { gain: 0.4 });
    for (let round = 0; round < 20; round++) outcomes(plane, MOMENTUM_RIDER, 9, 11, { gain: 3 });
    expect(quality(plane, MOMENTUM_RIDER)).toBe(0.1);
    for (let round = 0; round < 20; round++) outcomes(plane, SPREAD_ADJUSTER, 9, 11, { gain: 0.4 });
    expect(quality(plane, SPREAD_ADJUSTER)).toBeGreaterThan(0.1);
  });

  it("does not lower a threshold towards confidences of which nothing is known", () => {
    const plane = new TestPlane();
    for (let round = 0; round < 20; round++) outcomes(plane, MOMENTUM_RIDER, 20, 0, { confidence: 0.8 });
    expect(quality(plane, MOMENTUM_RIDER)).toBe(0.1);
  });

  it("does not raise a threshold for a loss of which its own bucket is innocent", () => {
    const plane = new TestPlane();
    // What is nearest to the threshold wins; the confident ones lose, and shutting out the others would not help.
    for (let round = 0; round < 20; round++) {
      outcomes(plane, MOMENTUM_RIDER, 9, 3);
      outcomes(plane, MOMENTUM_RIDER, 0, 12, { confidence: 0.9 });
    }
    expect(quality(plane, MOMENTUM_RIDER)).toBe(0.1);
  });

  it("learns in each regime by itself, beginning where the strategy stands", () => {
    const plane = new TestPlane();
    better(plane, MOMENTUM_RIDER);
    outcomes(plane, MOMENTUM_RIDER, 0, 20, { regime: CLASS_VOLATILE });
    expect(qualityIn(plane, CLASS_VOLATILE, MOMENTUM_RIDER)).toBeCloseTo(0.105, 12);
    expect(qualityIn(plane, CLASS_TRENDING, MOMENTUM_RIDER)).toBe(0);
    expect(quality(plane, MOMENTUM_RIDER)).toBe(0.1);
  });

  it("leaves a value that was set by hand in force in every regime until fresh outcomes of one speak against it", () => {
    const plane = new TestPlane();
    better(plane, MOMENTUM_RIDER);
    outcomes(plane, MOMENTUM_RIDER, 0, 20, { regime: CLASS_VOLATILE });
    outcomes(plane, MOMENTUM_RIDER, 0, 19, { regime: CLASS_VOLATILE }); // and these are of before
    plane.control(layout.CONTROL_THRESHOLD, MOMENTUM_RIDER, [layout.THRESHOLD_QUALITY, 0.2]);
    outcomes(plane, MOMENTUM_RIDER, 0, 19, { regime: CLASS_VOLATILE, confidence: 0.21 });
    expect(qualityIn(plane, CLASS_VOLATILE, MOMENTUM_RIDER)).toBe(0);
    outcomes(plane, MOMENTUM_RIDER, 0, 1, { regime: CLASS_VOLATILE, confidence: 0.21 });
    expect(qualityIn(plane, CLASS_VOLATILE, MOMENTUM_RIDER)).toBeCloseTo(0.21, 12);
    expect(quality(plane, MOMENTUM_RIDER)).toBe(0.2);
  });

  it("takes a quality of one class alone, as learning brings it back", () => {
    const plane = new TestPlane();
    plane.control(layout.CONTROL_THRESHOLD, MOMENTUM_RIDER, [layout.THRESHOLD_QUALITY, 0.3, 1 + CLASS_TRENDING]);
    plane.control(layout.CONTROL_THRESHOLD, MOMENTUM_RIDER, [layout.THRESHOLD_QUALITY, 0.2, 1 + CLASS_OTHER]);
    plane.control(layout.CONTROL_THRESHOLD, MOMENTUM_RIDER, [layout.THRESHOLD_QUALITY, 0.4, 9]);
    plane.control(layout.CONTROL_THRESHOLD, MOMENTUM_RIDER, [layout.THRESHOLD_TREND, 0.4, 1 + CLASS_TRENDING]);
    plane.settle();
    expect(qualityIn(plane, CLASS_TRENDING, MOMENTUM_RIDER)).toBe(0.3);
    expect(quality(plane, MOMENTUM_RIDER)).toBe(0.2);
    expect(plane.state.threshold(layout.THRESHOLD_TREND, MOMENTUM_RIDER)).toBe(2);
  });

  it("stands still while it is frozen, and takes no notice of what closes meanwhile", () => {
    const plane = new TestPlane();
    plane.control(layout.CONTROL_SETTING, 0, [layout.SETTING_LEARNING, 0]);
    outcomes(plane, MOMENTUM_RIDER, 0, 40);
    plane.control(layout.CONTROL_SETTING, 0, [layout.SETTING_LEARNING, 1]);
    outcomes(plane, MOMENTUM_RIDER, 0, 0);
    expect(quality(plane, MOMENTUM_RIDER)).toBe(0.1);
  });

  it("counts nothing that is no outcome", () => {
    const plane = new TestPlane();
    const before = plane.hash();
    for (const payload of [
      [Number.NaN, 0.5, 0],
      [Infinity, 0.5, 0],
      [1, Number.NaN, 0],
      [1, 1.5, 0],
      [1, 0.5, 9],
    ]) {
      plane.control(layout.CONTROL_OUTCOME, MOMENTUM_RIDER, payload);
    }
    plane.control(layout.CONTROL_OUTCOME, 999, [1, 0.5, 0]);
    plane.settle();
    expect(plane.hash()).toBe(before);
  });

  it("is obeyed: a signal below the learned quality is not given", () => {
    const plane = new TestPlane();
    plane.control(layout.CONTROL_THRESHOLD, MOMENTUM_RIDER, [layout.THRESHOLD_QUALITY, 0.95]);
    expect(rising(plane)).toHaveLength(0);
  });

  it("is obeyed in the regime in which it was learned, and in no other", () => {
    for (const [regime, given] of [
      [regimes.REGIME_CALM, true],
      [regimes.REGIME_VOLATILE, false],
    ] as const) {
      const plane = new TestPlane();
      plane.symbol("BTCUSD");
      const row = plane.plane.plan.bases[layout.PLAN_SYMBOLS] ?? 0;
      plane.instances.remove(layout.REGIME_SHIFT_DETECTOR); // it has an opinion of its own
      plane.settle();
      new Uint8Array(plane.plane.memory.buffer)[row + regimes.SYMBOL_REGIME] = regime;
      const strict = [layout.THRESHOLD_QUALITY, 0.95, 1 + CLASS_VOLATILE];
      plane.control(layout.CONTROL_THRESHOLD, MOMENTUM_RIDER, strict);
      plane.settle();
      expect(rising(plane).length > 0).toBe(given);
    }
  });
});

function rising(plane: TestPlane): readonly SignalRecord[] {
  let price = 100;
  const signals: SignalRecord[] = [];
  for (let tick = 0; tick < 120; tick++) {
    plane.pass(1_000_000);
    plane.trade("BTCUSD", (price *= tick % 2 === 0 ? 1.0025 : 1.0015), 1000 + 8 * tick);
    signals.push(...plane.settle());
  }
  return signals.filter(({ strategy }) => strategy === MOMENTUM_RIDER);
}

describe("threshold learning, computed twice", () => {
  it("gives the same bits one row and two rows at a time", () => {
    const random = new Random(3);
    const told = Array.from({ length: 4_000 }, () => ({
      strategy: random.integer(layout.STRATEGY_COUNT),
      payload: [random.next() - 0.5, 0.25 * random.next(), random.integer(3)],
    }));
    const hashes = (["learnRowsScalar", "learnRowsLanes"] as const).map((pass) => {
      const plane = new TestPlane();
      told.forEach(({ strategy, payload }, index) => {
        plane.control(layout.CONTROL_OUTCOME, strategy, payload);
        if (index % 500 !== 499) return;
        plane.settle();
        plane.core[pass]();
      });
      return plane.hash();
    });
    expect(hashes[0]).toBe(hashes[1]);
  });

  it("takes one wrong price for no proof that losing is dear, unless the journal is one of before", () => {
    // Four of ten are won, each gains three times what a loss takes: one in four would do.
    const qualities = ([1, 0] as const).map((bounded) => {
      const plane = new TestPlane();
      const told = (net: number, confidence: number): void => {
        plane.control(layout.CONTROL_OUTCOME, MOMENTUM_RIDER, [net, confidence, CLASS_OTHER, bounded]);
      };
      const round = (confidence: number): void => {
        for (let index = 0; index < 20; index++) told(index % 5 < 2 ? 0.03 : -0.01, confidence);
        plane.beat(layout.TIER_LEARNING);
        plane.settle();
      };
      for (let before = 0; before < 3; before++) round(0.95);
      told(-999, 0.95);
      for (let behind = 0; behind < 30; behind++) round(0.11);
      return quality(plane, MOMENTUM_RIDER);
    });
    expect(qualities[0]).toBe(0.1);
    expect(qualities[1]).toBeGreaterThan(0.2);
  });

  it("lets the first outcomes count with a tenth of the entry at most, and later ones follow a change", () => {
    const plane = new TestPlane();
    const sums = (): readonly [gains: number, losses: number] => {
      plane.settle();
      const of = (column: number): number => plane.state.learned(column, MOMENTUM_RIDER);
      return [of(learning.LEARNED_GAINS), of(learning.LEARNED_LOSSES)];
    };
    const told = (net: number, count: number): void => {
      for (let index = 0; index < count; index++)
        plane.control(layout.CONTROL_OUTCOME, MOMENTUM_RIDER, [net, 0.5, CLASS_OTHER, 1]);
    };
    told(-50, 1);
    told(-0.01, 4);
    told(0.02, 5);
    expect(sums()[0]).toBeCloseTo(0.1, 12);
    expect(sums()[1]).toBeCloseTo(0.14, 12);
    told(-50, 1); // eight times the mean of 0.028
    expect(sums()[1]).toBeCloseTo(0.14 + 0.224, 12);
    // Gains that are ten times as large are taken as what they are within a few.
    told(0.2, 30);
    expect(sums()[0]).toBeGreaterThan(0.1 + 28 * 0.2);
    // Where nothing was lost, something that is lost still counts.
    const other = new TestPlane();
    for (const net of [0, 0, 0, 0, 0, -0.5])
      other.control(layout.CONTROL_OUTCOME, MOMENTUM_RIDER, [net, 0.5, CLASS_OTHER, 1]);
    other.settle();
    expect(other.state.learned(learning.LEARNED_LOSSES, MOMENTUM_RIDER)).toBe(0.001);
  });

  it("gives the numbers of its plain twin, to the bit", () => {
    for (let seed = 1; seed <= 5; seed++) {
      const random = new Random(seed);
      const [plane, twin] = [new TestPlane(), new ThresholdTwin()];
      const winning = random.next();
      for (let step = 0; step < 3_000; step++) {
        const wrong = random.integer(100) === 0 ? 1_000 : 1;
        const net = (random.next() < winning ? 1 : -1) * random.next() * wrong;
        const bounded = random.next() < 0.7 ? 1 : 0;
        const [confidence, regime] = [random.next() * 0.4, random.integer(3)];
        plane.control(layout.CONTROL_OUTCOME, MOMENTUM_RIDER, [net, confidence, regime, bounded]);
        twin.outcome(net, confidence, regime, bounded === 1);
        if (random.integer(25) > 0) continue;
        plane.beat(layout.TIER_LEARNING);
        plane.settle();
        twin.beat();
      }
      const [other, trending, volatile] = twin.regimes;
      expect(quality(plane, MOMENTUM_RIDER)).toBe(other?.quality);
      expect(qualityIn(plane, CLASS_TRENDING, MOMENTUM_RIDER)).toBe(trending?.quality);
      expect(qualityIn(plane, CLASS_VOLATILE, MOMENTUM_RIDER)).toBe(volatile?.quality);
      expect(plane.state.threshold(layout.THRESHOLD_CHANGES, MOMENTUM_RIDER)).toBe(other?.changes);
    }
  });
});
