// The learner that estimates the detector's parameters again: when it works, and what it asks for.
import { describe, expect, it } from "vitest";
import { ok } from "../../../../src/domain/result.ts";
import { DetectorFit } from "../../../../src/manage/learning/detector.ts";
import type { LearningChange, LearningContext } from "../../../../src/manage/learning/learning.ts";
import { draw } from "../../../support/hidden-chain.ts";

const HOUR_US = 3_600_000_000;
const IN_FORCE = { states: 2, sigma_0: 0.9, sigma_1: 2, move_01: 0.005, move_10: 0.02 };

/** Log closes of symbols whose returns come from the chain. */
function closes(sigma: readonly [number, number], move: readonly [number, number], symbols = 8): number[][] {
  const chain = { mean: [0, 0], sigma, move: [[1 - move[0], move[0]], [move[1], 1 - move[1]]] }; // prettier-ignore
  return Array.from({ length: symbols }, (_, seed) => {
    let ln = 4;
    return draw(chain, 100 + seed, 512).values.map((x) => (ln += 0.001 * x));
  });
}

interface Round {
  readonly changes: LearningChange[];
  slices: number;
}
async function round(learner: DetectorFit, now: number, frozen = false, inForce: object = IN_FORCE): Promise<Round> {
  const done: Round = { changes: [], slices: 0 };
  const context = {
    now,
    frozen,
    budgetMs: 5,
    valueOf: () => inForce,
    apply: (change: LearningChange) => {
      done.changes.push(change);
      return Promise.resolve(ok(null));
    },
    keep: () => Promise.resolve(ok(undefined)),
  } as unknown as LearningContext;
  for (let answer: unknown = "more"; answer === "more"; done.slices += 1) answer = await learner.cycle(context);
  return done;
}

describe("the detector's parameters", () => {
  const wilder = closes([0.5, 1.9], [0.01, 0.03]);

  it("are asked to become what is likelier out of sample, in slices, every six hours", async () => {
    const learner = new DetectorFit(() => ({ lnCloses: () => wilder }));
    const first = await round(learner, HOUR_US);
    expect(first.slices).toBeGreaterThan(5);
    expect(first.changes).toHaveLength(1);
    const [change] = first.changes;
    expect(change).toMatchObject({ target: { kind: "parameters", strategy: "regime_shift_detector" } });
    const to = change!.to as Record<string, number>;
    for (const [name, before] of Object.entries(IN_FORCE)) {
      if (name === "states") continue;
      expect(to[name]).toBeGreaterThanOrEqual(before / 2);
      expect(to[name]).toBeLessThanOrEqual(before * 2);
    }
    expect(change!.evidence["gain_nats"]).toBeGreaterThan(3);
    expect((await round(learner, 6 * HOUR_US)).slices).toBe(1);
    expect((await round(learner, 7 * HOUR_US)).changes).toHaveLength(1);
    const restarted = new DetectorFit(() => ({ lnCloses: () => wilder }));
    restarted.restore({ at: 7 * HOUR_US });
    expect((await round(restarted, 8 * HOUR_US)).changes).toEqual([]);
  });

  it("are left alone while learning is frozen, without enough history, and once they are right", async () => {
    expect((await round(new DetectorFit(() => ({ lnCloses: () => wilder })), 1, true)).changes).toEqual([]);
    expect((await round(new DetectorFit(() => null), 1)).changes).toEqual([]);
    expect((await round(new DetectorFit(() => ({ lnCloses: () => wilder.slice(0, 1) })), 1)).changes).toEqual([]);
    const three = { ...IN_FORCE, states: 3 }; // two states say nothing of the third
    expect(await round(new DetectorFit(() => ({ lnCloses: () => wilder })), 1, false, three)).toMatchObject({
      changes: [],
      slices: 1,
    });
    let inForce: object = IN_FORCE;
    let kept: Round = { changes: [], slices: 0 };
    for (let times = 0; times < 8; times++) {
      kept = await round(new DetectorFit(() => ({ lnCloses: () => wilder })), 1, false, inForce);
      inForce = kept.changes.length > 0 ? { states: 2, ...(kept.changes[0]?.to as object) } : inForce;
    }
    expect(kept.slices).toBeGreaterThan(5);
    expect(kept.changes).toEqual([]);
  });
});
