// Thresholds that operators set for all: whichever of journal and database is behind the other at a start, the core has
// what the database says, and what was learnt since. A real stream with its journal, a real store.
import { cpSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { LearningTarget, LearningValue } from "../../../src/manage/learning/learning.ts";
import { type LearningEngine, openLearning } from "../../support/learning/learning-engine.ts";
import { dataDir } from "../../support/manage/engine.ts";

const QUALITY: LearningTarget = { kind: "threshold", strategy: "momentum_rider", name: "min_signal_quality" };
const SPEAKS: LearningTarget = { kind: "enabled", strategy: "mean_reversion" };
const WHY = { reason: "8 of the last 20 won", evidence: { outcomes: 20, wins: 8 } };
const THRESHOLDS = { opportunityThreshold: 0.05, volatilityMultiplier: 3, trendMultiplier: 2, number: 0 };

async function change({ learning }: LearningEngine, target: LearningTarget, to: LearningValue) {
  return learning.book.apply({ target, to, ...WHY }, "learning:test");
}
async function inForce({ learning, plane }: LearningEngine, target: LearningTarget): Promise<LearningValue | null> {
  await plane.stream.evaluated();
  return learning.book.valueOf(target);
}

describe("thresholds that operators set", () => {
  const setTo = async ({ manage }: LearningEngine, quality: number): Promise<void> => {
    expect((await manage.config.put("thresholds", { min_signal_quality: quality }, "ada")).ok).toBe(true);
  };
  /** With the journal, or the database, of a time before. */
  const mixed = (journal: string, store: string): string => {
    const dir = dataDir();
    cpSync(join(journal, "journal"), join(dir, "journal"), { recursive: true });
    cpSync(join(store, "engine.db"), join(dir, "engine.db"));
    return dir;
  };
  const copyOf = async (dir: string, engine: LearningEngine): Promise<string> => {
    await engine.close();
    const kept = dataDir();
    cpSync(dir, kept, { recursive: true });
    return kept;
  };

  it("come into force at the next start when the journal has lost them, and what was learnt of them since", async () => {
    const dir = dataDir();
    const first = await openLearning(dir);
    await setTo(first, 0.5);
    const before = await copyOf(dir, first);
    const second = await openLearning(dir);
    await setTo(second, 0.9);
    await second.close();
    const third = await openLearning(mixed(before, dir));
    expect(await inForce(third, QUALITY)).toBe(0.9);
    expect(third.plane.stream.learned.thresholdsNumber).toBe(third.learning.book.thresholdsNumber);
    await third.close();
    const fourth = await openLearning(dir);
    expect((await change(fourth, QUALITY, 0.92)).ok).toBe(true);
    expect((await change(fourth, SPEAKS, false)).ok).toBe(true);
    await fourth.close();
    const fifth = await openLearning(mixed(before, dir));
    expect(await inForce(fifth, QUALITY)).toBe(0.92);
    expect(await inForce(fifth, SPEAKS)).toBe(false);
    expect(fifth.learning.book.valueOf({ ...QUALITY, strategy: "mean_reversion" })).toBe(0.9);
  });

  it("are those of a database that was put back, and come once", async () => {
    const dir = dataDir();
    const first = await openLearning(dir);
    await setTo(first, 0.9);
    expect((await change(first, QUALITY, 0.92)).ok).toBe(true);
    expect((await change(first, SPEAKS, false)).ok).toBe(true);
    const before = await copyOf(dir, first);
    const second = await openLearning(dir);
    await setTo(second, 0.5);
    await second.close();
    const restored = mixed(dir, before);
    const third = await openLearning(restored);
    expect(await inForce(third, QUALITY)).toBe(0.92);
    expect(third.learning.book.valueOf({ ...QUALITY, strategy: "mean_reversion" })).toBe(0.9);
    expect(third.plane.stream.learned.number).toBe(3); // the changes that were in the journal already
    await third.close();
    // What the core has since made of a value is not put back by a further start.
    const fourth = await openLearning(restored);
    const { thresholdsNumber: number } = fourth.learning.book;
    expect(fourth.plane.stream.tune({ thresholds: { ...THRESHOLDS, minSignalQuality: 0.3, number } })).toBe(true);
    await fourth.close();
    const fifth = await openLearning(restored);
    expect(await inForce(fifth, QUALITY)).toBe(0.3);
  });

  it("are the engine's own again with a database that was put back to before they were set", async () => {
    const dir = dataDir();
    const before = await copyOf(dir, await openLearning(dir));
    const second = await openLearning(dir);
    await setTo(second, 0.9);
    await second.close();
    const third = await openLearning(mixed(dir, before));
    expect(await inForce(third, QUALITY)).toBe(0.1);
    expect(third.manage.config.get("thresholds")?.value).toMatchObject({ min_signal_quality: 0.1 });
  });

  it("by a version that gave them no number stay as the core has them, until they are set again", async () => {
    const dir = dataDir();
    const first = await openLearning(dir);
    await setTo(first, 0.9);
    expect(first.plane.stream.tune({ thresholds: { ...THRESHOLDS, minSignalQuality: 0.3 } })).toBe(true);
    const unnumbered = { sql: "DELETE FROM learning_state WHERE name = 'thresholds'", params: [] };
    expect((await first.store.commit([unnumbered])).ok).toBe(true);
    await first.close();
    const second = await openLearning(dir);
    expect(await inForce(second, QUALITY)).toBe(0.3);
    await setTo(second, 0.9);
    expect(await inForce(second, QUALITY)).toBe(0.9);
  });
});
