import { describe, expect, it } from "vitest";
import { ok } from "../../../../src/domain/result.ts";
import { Random } from "../../../../src/domain/random.ts";
import { calibrated, type CalibrationMap, distance, reliabilityOf } from "../../../../src/learning/calibration.ts";
import { Calibrator } from "../../../../src/manage/learning/calibrator.ts";
import type { LearningChange, LearningContext } from "../../../../src/manage/learning/learning.ts";
import type { ChangeRecord } from "../../../../src/store/learning.ts";
import type { JsonObject } from "../../../../src/store/strategies.ts";
import { ConfidentMarket, type Truth, TRUTHS } from "../../../support/learning/confident-market.ts";

const DAY_US = 86_400_000_000;

/** What is in force, and how it came to that; the port that the learning manager fills. */
class InForce {
  map: CalibrationMap = [];
  frozen = false;
  readonly changes: LearningChange[] = [];
  readonly kept: JsonObject[] = [];

  context(now: number): LearningContext {
    const { frozen } = this;
    const rest = { budgetMs: 5, random: new Random(1), marketRegime: "unknown", frozen } as const;
    return {
      ...(rest as unknown as LearningContext),
      now,
      keep: (state) => {
        this.kept.push(state);
        return Promise.resolve(ok(undefined));
      },
      valueOf: (target) => ("strategy" in target && target.strategy === "momentum_rider" ? this.map : []),
      apply: (change) => {
        this.changes.push(change);
        this.map = change.to as CalibrationMap;
        return Promise.resolve(ok(null));
      },
    };
  }

  /** What is published of a raw confidence. */
  publish(raw: number): number {
    return calibrated(this.map.length === 0 ? null : this.map, raw);
  }
}

/** So many outcomes, a beat after every twenty; error of what was published of the second half. */
async function run(truth: Truth, seed: number, count: number, learning: boolean) {
  const [market, force, calibrator] = [new ConfidentMarket(seed, truth), new InForce(), new Calibrator()];
  force.frozen = !learning;
  const published = [];
  for (let beat = 0; beat < count / 20; beat++) {
    const outcomes = market.outcomes(20, (raw) => force.publish(raw));
    published.push(...outcomes);
    for (const outcome of outcomes) calibrator.onOutcome(outcome);
    await calibrator.cycle(force.context(beat));
  }
  return { force, calibrator, ece: reliabilityOf(published.slice(count / 2)).ece };
}

describe("the calibrator", () => {
  it.each(Object.entries(TRUTHS))(
    "is off by at most 0.05 after 2,000 outcomes on a market that is %s",
    async (name, truth) => {
      for (const seed of [1, 2, 3, 4]) {
        // Every outcome was published before it was learnt from, so all of this is out of sample.
        const { ece, force } = await run(truth, seed, 4_000, true);
        expect(ece).toBeLessThanOrEqual(0.05);
        expect(force.changes.length).toBeLessThan(40);
        if (name === "honest") continue;
        expect((await run(truth, seed, 4_000, false)).ece).toBeGreaterThan(0.08);
      }
    },
  );

  it("makes bounded changes only, each with a reason and its numbers", async () => {
    const { force } = await run(TRUTHS["overconfident"] ?? Number, 7, 2_000, true);
    let before: CalibrationMap | null = null;
    for (const { target, to, reason, evidence } of force.changes) {
      expect(target).toStrictEqual({ kind: "calibration", strategy: "momentum_rider" });
      expect(distance(before, to as CalibrationMap)).toBeLessThanOrEqual(0.25);
      expect(reason).toMatch(/by \d+ closed outcomes/);
      expect(evidence["fitted_to"]).toBeGreaterThanOrEqual(200);
      before = to as CalibrationMap;
    }
  });

  it("changes nothing while it is frozen, nor before there are two hundred outcomes", async () => {
    expect((await run(TRUTHS["timid"] ?? Number, 1, 1_000, false)).force.changes).toHaveLength(0);
    expect((await run(TRUTHS["timid"] ?? Number, 1, 180, true)).force.changes).toHaveLength(0);
  });

  it("comes back to the raw confidence when nothing has closed for two weeks", async () => {
    const { force, calibrator } = await run(TRUTHS["overconfident"] ?? Number, 3, 1_000, true);
    expect(force.map).not.toHaveLength(0);
    for (let step = 0; step < 10; step++) await calibrator.cycle(force.context(15 * DAY_US));
    expect(force.map).toHaveLength(0);
  });

  it("comes back to the raw confidence after a restart as well, with old outcomes or with none at hand", async () => {
    const { force } = await run(TRUTHS["overconfident"] ?? Number, 3, 1_000, true);
    const inForce = force.map;
    expect(inForce).not.toHaveLength(0);
    for (const remembered of [0, 500]) {
      const [calibrator, again] = [new Calibrator(), new InForce()];
      again.map = inForce;
      calibrator.remember(new ConfidentMarket(3, TRUTHS["overconfident"] ?? Number).outcomes(remembered));
      for (let step = 0; step < 10; step++) await calibrator.cycle(again.context(15 * DAY_US));
      expect(again.map).toHaveLength(0);
    }
  });

  it("does not make again what somebody took back before fifty newer outcomes, over a restart either", async () => {
    const market = new ConfidentMarket(5, TRUTHS["stepped"] ?? Number);
    const first = market.outcomes(500);
    const [calibrator, force] = [new Calibrator(), new InForce()];
    calibrator.remember(first);
    await calibrator.cycle(force.context(600));
    expect(force.map).not.toHaveLength(0);
    const by = { what: "calibration", strategyType: "momentum_rider" } as ChangeRecord;
    expect(calibrator.onTakenBack({ ...by, what: "weight" }, 600)).toBeNull();
    const undoing = calibrator.onTakenBack(by, 600);
    undoing?.done();
    const restarted = new Calibrator();
    restarted.remember(first);
    restarted.restore(JSON.parse(JSON.stringify(undoing?.state ?? null)) as JsonObject);
    for (const learner of [calibrator, restarted]) {
      const again = new InForce();
      const hear = (count: number): void => {
        for (const outcome of new ConfidentMarket(6, TRUTHS["stepped"] ?? Number).outcomes(count))
          learner.onOutcome({ ...outcome, openedAt: 650, closedAt: 700 });
      };
      for (let beat = 0; beat < 3; beat++) await learner.cycle(again.context(700));
      hear(49);
      await learner.cycle(again.context(700));
      expect(again.changes).toHaveLength(0);
      hear(1);
      await learner.cycle(again.context(700));
      expect(again.changes).toHaveLength(1);
      await learner.cycle(again.context(701));
      expect(again.kept.at(-1)).toEqual({ held: {} });
    }
  });

  it("goes on from the outcomes of an earlier run", async () => {
    const [calibrator, force] = [new Calibrator(), new InForce()];
    calibrator.remember(new ConfidentMarket(5, TRUTHS["stepped"] ?? Number).outcomes(500));
    await calibrator.cycle(force.context(1));
    expect(force.changes.length).toBeGreaterThan(0);
  });
});
