// What is told of thresholds that the core moved, over a restart.
import { expect, it } from "vitest";
import type { CoreThreshold } from "../../../../src/domain/learned.ts";
import { ok } from "../../../../src/domain/result.ts";
import type { LearningChange, LearningContext } from "../../../../src/manage/learning/learning.ts";
import { ThresholdTeller } from "../../../../src/manage/learning/threshold-teller.ts";
import type { JsonObject } from "../../../../src/store/strategies.ts";

it("tells after a restart from where a threshold was moved, though nothing had been told before", async () => {
  let kept: JsonObject | null = null;
  const told: LearningChange[] = [];
  const context = {
    note: (change: LearningChange & { readonly from: number }) => {
      told.push(change);
      return Promise.resolve(ok(null));
    },
    keep: (value: JsonObject) => {
      kept = value;
      return Promise.resolve(ok(null));
    },
  } as unknown as LearningContext;
  const row = { quality: 0.1, own: true, before: 0.1, changes: 0, wins: 0, outcomes: 0 };
  await new ThresholdTeller(() => [row]).cycle(context);
  const moved: CoreThreshold = { quality: 0.105, own: true, before: 0.105, changes: 1, wins: 5, outcomes: 25 };
  const again = new ThresholdTeller((strategy) => [strategy === 0 ? moved : row]);
  again.restore(kept);
  await again.cycle(context);
  expect(told).toMatchObject([{ from: 0.1, to: 0.105 }]);
});
