// How learned thresholds behave over weeks: a way back for what has fallen silent, and rest on planted markets.
import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { CLASS_OTHER, CLASS_VOLATILE, CLASSES, LEARNED_SET } from "../../../assembly/learned-layout.ts";
import { TestPlane } from "../../support/plane.ts";
import { Random } from "../../support/random.ts";
import { better, outcomes, quality, qualityIn } from "../../support/learning/threshold-outcomes.ts";

const { MOMENTUM_RIDER } = layout;
const HOUR = 3_600e6;
const DAY = 24 * HOUR;

/** Learning beats of an hour. */
function quiet(plane: TestPlane, us: number): void {
  for (let done = 0; done < us; done += HOUR) {
    plane.pass(HOUR);
    plane.beat(layout.TIER_LEARNING);
    plane.settle();
  }
}

describe("a strategy that has fallen silent", () => {
  const raised = (everyUs: number): TestPlane => {
    const plane = new TestPlane();
    better(plane, MOMENTUM_RIDER);
    for (let outcome = 0; outcome < 60; outcome++) {
      quiet(plane, everyUs);
      plane.control(layout.CONTROL_OUTCOME, MOMENTUM_RIDER, [-1, quality(plane, MOMENTUM_RIDER), CLASS_OTHER]);
    }
    quiet(plane, HOUR);
    return plane;
  };

  it("has half of the way back after a week, and all of it after some more", () => {
    const plane = raised(HOUR);
    const high = quality(plane, MOMENTUM_RIDER);
    expect(high).toBeGreaterThan(0.1);
    quiet(plane, 6 * DAY);
    expect(quality(plane, MOMENTUM_RIDER)).toBe(high);
    quiet(plane, 2 * DAY);
    expect(quality(plane, MOMENTUM_RIDER)).toBeLessThanOrEqual(0.1 + 0.5 * (high - 0.1));
    quiet(plane, 30 * DAY);
    expect(quality(plane, MOMENTUM_RIDER)).toBe(0.1);
  });

  it("comes back to what somebody set, and in a regime to what the strategy has", () => {
    const plane = new TestPlane();
    plane.control(layout.CONTROL_THRESHOLD, MOMENTUM_RIDER, [layout.THRESHOLD_QUALITY, 0.3]);
    better(plane, MOMENTUM_RIDER, { regime: CLASS_VOLATILE });
    outcomes(plane, MOMENTUM_RIDER, 0, 20, { confidence: 0.3 });
    outcomes(plane, MOMENTUM_RIDER, 0, 20, { confidence: 0.3, regime: CLASS_VOLATILE });
    expect(qualityIn(plane, CLASS_VOLATILE, MOMENTUM_RIDER)).toBeGreaterThan(0.3);
    quiet(plane, 60 * DAY);
    expect(quality(plane, MOMENTUM_RIDER)).toBe(0.3);
    expect(qualityIn(plane, CLASS_VOLATILE, MOMENTUM_RIDER)).toBe(0.3);
  });

  it("comes back where it was raised elsewhere, and nothing has closed since", () => {
    const plane = new TestPlane();
    plane.control(layout.CONTROL_THRESHOLD, MOMENTUM_RIDER, [layout.THRESHOLD_QUALITY, 0.9, 1 + CLASS_OTHER]);
    plane.control(layout.CONTROL_THRESHOLD, MOMENTUM_RIDER, [layout.THRESHOLD_QUALITY, 0.95, 1 + CLASS_VOLATILE]);
    quiet(plane, 6 * DAY);
    expect(quality(plane, MOMENTUM_RIDER)).toBe(0.9);
    quiet(plane, 2 * DAY);
    expect(quality(plane, MOMENTUM_RIDER)).toBeCloseTo(0.5, 12);
    quiet(plane, 120 * DAY);
    expect(quality(plane, MOMENTUM_RIDER)).toBe(0.1);
    expect(qualityIn(plane, CLASS_VOLATILE, MOMENTUM_RIDER)).toBe(0.1);
  });

  it("does not come back to what was set by hand and taken back", () => {
    const plane = new TestPlane();
    const byHand = (): number => plane.state.learned(LEARNED_SET, MOMENTUM_RIDER);
    for (const [value, where, set] of [
      [0.2, 0, 0.2],
      [0.17, 0, 0.17],
      [0.2, 1 + CLASS_OTHER, 0.17],
      [0.2, 1 + CLASSES, 0.2],
      [0.3, 2 + CLASSES, 0.2],
    ] as const) {
      plane.control(layout.CONTROL_THRESHOLD, MOMENTUM_RIDER, [layout.THRESHOLD_QUALITY, value, where]);
      plane.settle();
      expect(byHand()).toBe(set);
    }
    outcomes(plane, MOMENTUM_RIDER, 0, 1);
    quiet(plane, 60 * DAY);
    expect(quality(plane, MOMENTUM_RIDER)).toBe(0.2);
  });

  it("is given as long as twenty of its outcomes take: one that trades twice a month keeps what it learned", () => {
    const plane = raised(15 * DAY);
    const high = quality(plane, MOMENTUM_RIDER);
    expect(high).toBeGreaterThan(0.1);
    quiet(plane, 60 * DAY);
    expect(quality(plane, MOMENTUM_RIDER)).toBe(high);
  });

  it("is not one while the engine was away or learning was frozen", () => {
    const plane = raised(HOUR);
    const high = quality(plane, MOMENTUM_RIDER);
    plane.pass(90 * DAY);
    quiet(plane, DAY);
    plane.control(layout.CONTROL_SETTING, 0, [layout.SETTING_LEARNING, 0]);
    quiet(plane, 20 * DAY);
    plane.control(layout.CONTROL_SETTING, 0, [layout.SETTING_LEARNING, 1]);
    quiet(plane, DAY);
    expect(quality(plane, MOMENTUM_RIDER)).toBe(high);
  });
});

describe("thresholds on planted markets", () => {
  type Chance = (confidence: number, beat: number) => number;
  interface Walk {
    readonly path: readonly number[];
    /** How many outcomes each beat had. */
    readonly spoken: readonly number[];
  }
  /** A strategy whose confidence c wins with probability p(c), a gain as large as a loss; a beat is six hours. */
  function walk(seed: number, p: Chance, most: Chance = () => 0.9): Walk {
    const [random, plane, path, spoken] = [new Random(seed), new TestPlane(), [] as number[], [] as number[]];
    for (let beat = 0; beat < 250; beat++) {
      const now = quality(plane, MOMENTUM_RIDER);
      path.push(now);
      let published = 0;
      for (let n = 0; n < 20; n++) {
        const confidence = random.next() * most(0, beat);
        if (confidence < now) continue; // it is not published
        published += 1;
        const won = random.next() < p(confidence, beat);
        plane.control(layout.CONTROL_OUTCOME, MOMENTUM_RIDER, [won ? 1 : -1, confidence, 0]);
      }
      spoken.push(published);
      for (let hour = 0; hour < 6; hour++) {
        plane.pass(HOUR);
        plane.beat(layout.TIER_LEARNING);
      }
      plane.settle();
    }
    return { path, spoken };
  }
  const turns = (path: readonly number[]): number => {
    const steps = path.slice(1).map((value, index) => Math.sign(value - (path[index] ?? value)));
    const made = steps.filter((step) => step !== 0);
    return made.filter((step, index) => index > 0 && step !== made[index - 1]).length;
  };

  it("come to rest where confidence begins to pay, without turning back and far from their clamps", () => {
    for (let seed = 1; seed <= 50; seed++) {
      // Below 0.6 it loses, above it wins, on the whole less than half.
      const { path } = walk(seed, (c) => (c < 0.6 ? 0.25 : 0.65));
      expect(path.at(-1)).toBeGreaterThan(0.2);
      expect(path.at(-1)).toBeLessThan(0.66);
      expect(turns(path)).toBeLessThanOrEqual(1);
      expect(path.slice(-100).every((value) => Math.abs(value - (path.at(-1) ?? 0)) < 0.15)).toBe(true);
    }
  });

  it("leave a strategy that loses throughout its best confidences, and come down again when it wins", () => {
    let lowered = 0;
    for (let seed = 1; seed <= 50; seed++) {
      const { path, spoken } = walk(
        seed,
        (_, beat) => (beat < 150 ? 0.25 : 0.9),
        () => 0.45,
      );
      const lost = path.slice(0, 150);
      expect(Math.max(...lost)).toBeLessThanOrEqual(0.375); // the highest bucket that it has
      expect(spoken.slice(100, 150).reduce((sum, one) => sum + one)).toBeGreaterThan(0);
      expect(turns(path)).toBeLessThanOrEqual(2);
      if ((path.at(-1) ?? 1) < Math.max(...lost)) lowered += 1;
    }
    expect(lowered).toBeGreaterThan(45);
  });

  it("let a strategy speak again whose confidences have shrunk below them", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const { path, spoken } = walk(
        seed,
        (_, beat) => (beat < 100 ? 0.25 : 0.6),
        (_, beat) => (beat < 100 ? 0.9 : 0.3),
      );
      expect(path[100]).toBeGreaterThan(0.3);
      expect(spoken.slice(100, 110).reduce((sum, one) => sum + one)).toBe(0);
      expect(spoken.slice(-20).reduce((sum, one) => sum + one)).toBeGreaterThan(0);
      expect(path.at(-1)).toBeLessThan(0.31);
    }
  });

  it("stay where they are while wins and losses are even", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const { path } = walk(seed, () => 0.5);
      expect(path.at(-1)).toBeGreaterThan(0.07);
      expect(path.at(-1)).toBeLessThan(0.2);
    }
  });
});
