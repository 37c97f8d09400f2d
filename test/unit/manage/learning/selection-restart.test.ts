// What selection knows after a restart: what it kept, and the stored outcomes behind it, each once. The newest of them is
// not over yet: others may belong to it.
import { describe, expect, it } from "vitest";
import type { Outcome } from "../../../../src/learning/outcome.ts";
import { SelectionLearner } from "../../../../src/manage/learning/selection.ts";
import type { LearningContext } from "../../../../src/manage/learning/learner.ts";
import { ok } from "../../../../src/domain/result.ts";
import type { JsonObject } from "../../../../src/store/strategies.ts";

const outcomes = Array.from({ length: 91 }, (_, at): Outcome => {
  const trust = { confidenceRaw: 0.5, confidence: 0.5, ended: "time", regime: "calm", source: "signal" } as const;
  const net = ((at * 7) % 11) / 1_000 - 0.004;
  return {
    strategy: "momentum_rider",
    instance: 6,
    symbol: "BTCUSD",
    side: 1,
    openedAt: at * 60_000_000,
    closedAt: (at + 1) * 60_000_000,
    net,
    ...trust,
  };
});
const samples = (learner: SelectionLearner): number | undefined => learner.estimate("momentum_rider", "all")?.samples;

/** All that a beat of it writes. */
async function kept(learner: SelectionLearner): Promise<JsonObject> {
  let written: JsonObject = {};
  const keep = (value: JsonObject) => {
    written = JSON.parse(JSON.stringify(value)) as JsonObject;
    return Promise.resolve(ok(undefined));
  };
  const keepModel = () => Promise.resolve(ok({}));
  await learner.cycle({ now: 0, frozen: false, keep, keepModel } as unknown as LearningContext);
  return written;
}
function heard(all: readonly Outcome[]): SelectionLearner {
  const learner = new SelectionLearner("off");
  for (const outcome of all) learner.onOutcome(outcome);
  return learner;
}

describe("selection after a restart", () => {
  it("has taken each stored outcome once, whatever was kept last, and is the same to the bit", async () => {
    const whole = await kept(heard(outcomes));
    for (const count of [1, 50, 90, 91]) {
      const state = await kept(heard(outcomes.slice(0, count)));
      const again = new SelectionLearner("off");
      again.remember(outcomes);
      again.restore(state);
      expect(samples(again)).toBe(90);
      if (count < 91) expect(await kept(again)).toEqual(whole);
    }
  });

  it("learns all that is at hand when nothing was kept, and nothing twice when it cannot know what is new", async () => {
    const fresh = new SelectionLearner("off");
    fresh.remember(outcomes);
    fresh.restore(null);
    expect(samples(fresh)).toBe(90);
    const behind = new SelectionLearner("off");
    behind.remember(outcomes.slice(60));
    behind.restore(await kept(heard(outcomes.slice(0, 40))));
    expect(samples(behind)).toBe(39);
  });
});
