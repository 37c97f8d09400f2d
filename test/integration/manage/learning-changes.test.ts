// What learning changes: bounded, stored before it is in force, journaled, reversible, and refused while it is frozen.
// A real stream with its journal, a real store.
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { MOMENTUM_RIDER, THRESHOLD_QUALITY } from "../../../assembly/layout.ts";
import { STRATEGIES } from "../../../src/domain/strategies.ts";
import type { LearningTarget, LearningValue } from "../../../src/manage/learning/learning.ts";
import { copyAsKilled } from "../../support/killed-folder.ts";
import { type LearningEngine, openLearning } from "../../support/learning/learning-engine.ts";
import { dataDir } from "../../support/manage/engine.ts";

const QUALITY: LearningTarget = { kind: "threshold", strategy: "momentum_rider", name: "min_signal_quality" };
const LOOKBACK: LearningTarget = { kind: "parameters", strategy: "momentum_rider", names: ["momentum_threshold"] };
const SPEAKS: LearningTarget = { kind: "enabled", strategy: "mean_reversion" };
const WEIGHT: LearningTarget = { kind: "weight", strategy: "mean_reversion" };
const WORTH: LearningTarget = { kind: "calibration", strategy: "mean_reversion" };
const WHY = { reason: "8 of the last 20 won", evidence: { outcomes: 20, wins: 8 } };

async function change({ learning }: LearningEngine, target: LearningTarget, to: LearningValue) {
  return learning.book.apply({ target, to, ...WHY }, "learning:test");
}
async function inForce({ learning, plane }: LearningEngine, target: LearningTarget): Promise<LearningValue | null> {
  await plane.stream.evaluated();
  return learning.book.valueOf(target);
}

describe("somebody who takes a change back", () => {
  it("is told no when it was taken back, was changed again later or is frozen, and leaves an entry and an event", async () => {
    const dir = dataDir();
    const engine = await openLearning(dir);
    const { learning, manage } = engine;
    const idOf = async (target: LearningTarget, to: LearningValue): Promise<string> => {
      const made = await change(engine, target, to);
      return made.ok ? (made.value?.changeId ?? "") : "";
    };
    const first = await idOf(QUALITY, 0.105);
    const second = await idOf(QUALITY, 0.11);
    const conflict = (issue: RegExp) => ({
      ok: false,
      failure: { code: "conflict", issue: expect.stringMatching(issue) as string },
    });
    expect(await learning.takeBack(first, "ada")).toMatchObject(conflict(new RegExp(`later, by ${second}`)));
    await learning.freeze(true, "ada");
    expect(await learning.takeBack(second, "ada")).toMatchObject(conflict(/frozen/));
    await learning.freeze(false, "ada");
    // Two at once: one of them.
    const both = await Promise.all([learning.takeBack(second, "ada"), learning.takeBack(second, "ben")]);
    expect(both.filter(({ ok }) => ok)).toHaveLength(1);
    expect(both.find(({ ok }) => !ok)).toMatchObject(conflict(/taken back already/));
    expect(await inForce(engine, QUALITY)).toBe(0.105);
    const [last] = (await learning.book.page({ limit: 1 })).changes;
    expect(last).toMatchObject({ source: "ada", reverts: second, before: 0.11, after: 0.105 });
    const [told] = (await manage.audit.page({ limit: 1 })).entries;
    expect(told).toMatchObject({ actor: "ada", action: "learning.revert", before: 0.11, after: 0.105 });
    const number = learning.book.valueOf(QUALITY);
    await engine.close();
    // It is in the journal: without the store the stream has it all the same.
    rmSync(join(dir, "engine.db"));
    const again = await openLearning(dir);
    expect(await inForce(again, QUALITY)).toBe(number);
    expect(await again.learning.takeBack("change_nobody1", "ada")).toMatchObject({ failure: { code: "not_found" } });
  });

  it("finds a parameter that was changed with others since, and one that operators have set", async () => {
    const engine = await openLearning(dataDir());
    const { learning, manage } = engine;
    const made = await change(engine, QUALITY, 0.105);
    const id = made.ok ? (made.value?.changeId ?? "") : "";
    const set = { min_signal_quality: 0.2, opportunity_threshold: 0.1, volatility_multiplier: 3, trend_multiplier: 2 };
    expect((await manage.config.put("thresholds", set, "ada")).ok).toBe(true);
    expect(await learning.takeBack(id, "ada")).toMatchObject({ ok: false, failure: { code: "conflict" } });
  });
});

describe("a change of learning", () => {
  it("is in force in the core, in the history with its reason and in the audit trail, and can be taken back", async () => {
    const engine = await openLearning(dataDir());
    const { learning, manage } = engine;
    const made = await change(engine, QUALITY, 0.105);
    expect(made).toMatchObject({ ok: true, value: { before: 0.1, after: 0.105, what: "min_signal_quality" } });
    expect(await inForce(engine, QUALITY)).toBe(0.105);
    const before = (await inForce(engine, LOOKBACK)) as Readonly<Record<string, number>>;
    const raised = { momentum_threshold: 1.5 * (before["momentum_threshold"] ?? 0) };
    expect((await change(engine, LOOKBACK, raised)).ok).toBe(true);
    expect(await inForce(engine, LOOKBACK)).toEqual(raised);
    expect((await change(engine, SPEAKS, false)).ok).toBe(true);
    expect(await inForce(engine, SPEAKS)).toBe(false);
    expect((await change(engine, WEIGHT, 0.5)).ok).toBe(true);
    expect(await inForce(engine, WEIGHT)).toBe(0.5);
    const map = [
      [0.1, 0.2],
      [0.9, 0.7],
    ] as const;
    expect((await change(engine, WORTH, map)).ok).toBe(true);
    expect(await inForce(engine, WORTH)).toEqual(map);
    // The row of the instance keeps everything else.
    expect(await inForce(engine, SPEAKS)).toBe(false);
    const back = await learning.book.revert(made.ok ? (made.value?.changeId ?? "") : "", WHY, "learning:test");
    expect(back).toMatchObject({ ok: true, value: { before: 0.105, after: 0.1 } });
    expect(await inForce(engine, QUALITY)).toBe(0.1);
    const { changes } = await learning.book.page({ limit: 10 });
    expect(changes.map(({ what }) => what)).toEqual([
      "min_signal_quality",
      "calibration",
      "weight",
      "enabled",
      "momentum_threshold",
      "min_signal_quality",
    ]);
    expect(changes[0]?.reverts).toBe(changes[5]?.changeId);
    const { entries } = await manage.audit.page({ limit: 10 });
    expect(entries.map(({ action }) => action)).toEqual([
      "learning.revert",
      ...Array<string>(5).fill("learning.change"),
    ]);
    expect(entries.at(-1)).toMatchObject({ actor: "learning:test", before: 0.1, after: 0.105 });
    expect((await change(engine, QUALITY, 0.1)).ok && (await learning.book.page({ limit: 10 })).changes.length).toBe(6);
  });

  it("by somebody's hand holds in every regime, by learning moves all regimes alike; both can be taken back", async () => {
    const engine = await openLearning(dataDir());
    const { learning, plane } = engine;
    const { learned } = plane.stream;
    const qualities = async (): Promise<readonly number[]> => {
      await plane.stream.evaluated();
      return learned.thresholdsOf(MOMENTUM_RIDER).map(({ quality }) => quality);
    };
    const row = { kind: "threshold", strategy: MOMENTUM_RIDER, column: THRESHOLD_QUALITY } as const;
    learned.bring([{ ...row, value: 0.1, own: [0, 0.2] }], learned.number);
    expect(await qualities()).toEqual([0.1, 0.1, 0.2]);
    expect((await change(engine, QUALITY, 0.12)).ok).toBe(true);
    expect(await qualities()).toEqual([0.12, 0.12, 0.2 * (0.12 / 0.1)]);
    const forced = await learning.book.apply({ target: QUALITY, to: 0.14, ...WHY }, "somebody");
    expect(forced).toMatchObject({ ok: true, value: { evidence: { volatile_before: 0.2 * (0.12 / 0.1), wins: 8 } } });
    expect(await qualities()).toEqual([0.14, 0.14, 0.14]);
    expect(learned.setByHand(MOMENTUM_RIDER)).toBe(0.14);
    const changeId = forced.ok ? (forced.value?.changeId ?? "") : "";
    expect((await learning.book.revert(changeId, WHY, "somebody")).ok).toBe(true);
    expect(await qualities()).toEqual([0.12, 0.12, 0.2 * (0.12 / 0.1)]);
    // Nor does the core come back to it by silence.
    expect(learned.setByHand(MOMENTUM_RIDER)).toBe(0);
    // What the core did in one class is taken back in that class.
    const evidence = { regimes: "volatile" };
    const noted = await learning.book.note(
      { target: QUALITY, from: 0.2, to: 0.24, reason: "", evidence },
      "learning:test",
    );
    expect((await learning.book.revert(noted.ok ? noted.value.changeId : "", WHY, "somebody")).ok).toBe(true);
    expect(await qualities()).toEqual([0.12, 0.12, 0.2]);
  });

  it("stays within its bounds", async () => {
    const engine = await openLearning(dataDir());
    const refused = async (target: LearningTarget, to: LearningValue): Promise<void> => {
      expect(await change(engine, target, to)).toMatchObject({ ok: false, failure: { code: "validation_error" } });
    };
    await refused(QUALITY, 0.2); // too far at once
    await refused(QUALITY, 0); // out of its range
    await refused(QUALITY, NaN);
    await refused(WEIGHT, -0.1);
    await refused(WORTH, [[0.8, 0.3]]); // a confidence of 1 would be worth 0.3
    await refused(WORTH, [
      [0.5, 0.5],
      [0.4, 0.6],
    ]);
    await refused(LOOKBACK, { momentum_threshold: 1e6 });
    await refused({ kind: "parameters", strategy: "moving_average_crossover", names: ["fast"] }, { fast: 40 });
    await refused({ kind: "enabled", strategy: "no_such" }, false);
    expect(await inForce(engine, QUALITY)).toBe(0.1);
    expect((await engine.learning.book.page({ limit: 10 })).changes).toEqual([]);
  });

  it("is refused while learning is frozen, by the core as well, and over a restart", async () => {
    const dir = dataDir();
    const first = await openLearning(dir);
    expect((await first.learning.freeze(true, "ada")).ok).toBe(true);
    expect((await first.learning.freeze(true, "ada")).ok).toBe(true); // once more does nothing
    expect(await change(first, QUALITY, 0.105)).toMatchObject({ ok: false, failure: { code: "conflict" } });
    await first.plane.stream.evaluated();
    expect(first.plane.stream.learned.isOn).toBe(false);
    await first.close();
    const second = await openLearning(dir);
    expect(second.plane.stream.learned.isOn).toBe(false);
    expect(await change(second, QUALITY, 0.105)).toMatchObject({ ok: false, failure: { code: "conflict" } });
    expect((await second.learning.freeze(false, "ada")).ok).toBe(true);
    expect((await change(second, QUALITY, 0.105)).ok).toBe(true);
    expect(second.plane.stream.learned.isOn).toBe(true);
    const { entries } = await second.manage.audit.page({ limit: 10 });
    expect(entries.map(({ action }) => action)).toEqual(["learning.change", "learning.unfreeze", "learning.freeze"]);
  });

  it("of a threshold gives way to an operator who sets thresholds before it is in force", async () => {
    const engine = await openLearning(dataDir());
    const { manage, plane } = engine;
    const noRoom = vi.spyOn(plane.stream.learned, "bring").mockReturnValue(false);
    expect((await change(engine, QUALITY, 0.105)).ok).toBe(true);
    expect((await manage.config.put("thresholds", { min_signal_quality: 0.3 }, "ada")).ok).toBe(true);
    noRoom.mockRestore();
    await expect.poll(() => inForce(engine, QUALITY).then(() => plane.stream.learned.number)).toBe(1);
    expect(await inForce(engine, QUALITY)).toBe(0.3);
  });

  it("of a threshold waits for those that operators have set, which come first", async () => {
    const engine = await openLearning(dataDir());
    const { manage, plane } = engine;
    const noRoom = vi.spyOn(plane.stream, "tune").mockReturnValue(false);
    expect((await manage.config.put("thresholds", { min_signal_quality: 0.3 }, "ada")).ok).toBe(true);
    expect(await change(engine, QUALITY, 0.105)).toMatchObject({ ok: false, failure: { code: "overloaded" } });
    noRoom.mockRestore();
    await expect.poll(() => inForce(engine, QUALITY)).toBe(0.3);
    expect((await change(engine, QUALITY, 0.31)).ok).toBe(true);
    expect(await inForce(engine, QUALITY)).toBe(0.31);
  });

  it("is in force behind thresholds that operators set while the clock was ahead", async () => {
    const engine = await openLearning(dataDir());
    const { learning, manage } = engine;
    engine.pass(3_600e6);
    expect((await manage.config.put("thresholds", { min_signal_quality: 0.3 }, "ada")).ok).toBe(true);
    engine.pass(-3_600e6);
    const made = await change(engine, QUALITY, 0.31);
    expect(await inForce(engine, QUALITY)).toBe(0.31);
    const back = await learning.takeBack(made.ok ? (made.value?.changeId ?? "") : "", "ada");
    expect(back).toMatchObject({ ok: true, value: { after: 0.3 } });
  });

  it("that somebody asked for is made once, over a restart before the next learning beat as well", async () => {
    const dir = dataDir();
    const types = STRATEGIES.filter(({ name }) => name === "momentum_rider");
    const conditions = { regime: "volatile" };
    const first = await openLearning(dir);
    expect((await first.learning.adapt(types, conditions, "ada")).ok).toBe(true);
    await first.close();
    const { learning } = await openLearning(dir);
    const again = await learning.adapt(types, conditions, "ada");
    expect(again.ok && [...again.value.changes]).toEqual([]);
  });

  it("of the adaptation that somebody took back is not made again, after a kill at once either", async () => {
    const dir = dataDir();
    const types = STRATEGIES.filter(({ name }) => name === "momentum_rider");
    const first = await openLearning(dir);
    expect((await first.learning.adapt(types, { regime: "volatile" }, "ada")).ok).toBe(true);
    const { changes: made } = await first.learning.book.page({ limit: 10 });
    expect(made.length).toBeGreaterThan(0);
    for (const { changeId } of made) expect((await first.learning.takeBack(changeId, "ada")).ok).toBe(true);
    const killed = dataDir();
    copyAsKilled(dir, killed);
    for (const engine of [first, await openLearning(killed)]) {
      const { learning, plane } = engine;
      learning.regimesFrom({ market: "volatile", of: () => "volatile" });
      // Behind the cool-down.
      learning.beat(plane.stream.regimes.clock + 3_600e6);
      await learning.rounds.idle();
      const { changes } = await learning.book.page({ limit: 100 });
      const later = changes.filter(({ source }) => source === "learning:adaptation");
      expect(later.length).toBeGreaterThan(0); // of the others
      expect(later.map(({ strategyType }) => strategyType)).not.toContain("momentum_rider");
    }
  });

  it("comes into force at the next start when the journal does not have it, and only then", async () => {
    const dir = dataDir();
    const first = await openLearning(dir);
    expect((await change(first, QUALITY, 0.105)).ok).toBe(true);
    await first.close();
    const kept = dataDir();
    cpSync(join(dir, "journal"), join(kept, "journal"), { recursive: true });
    const second = await openLearning(dir);
    expect((await change(second, QUALITY, 0.11)).ok).toBe(true);
    expect((await change(second, SPEAKS, false)).ok).toBe(true);
    await second.close();
    // As a kill between the store's write and the events of the last two changes would leave it.
    rmSync(join(dir, "journal"), { recursive: true });
    cpSync(join(kept, "journal"), join(dir, "journal"), { recursive: true });
    const third = await openLearning(dir);
    expect(await inForce(third, QUALITY)).toBe(0.11);
    expect(await inForce(third, SPEAKS)).toBe(false);
    expect(third.plane.stream.learned.number).toBe(3);
    // What the core has since made of a value is not put back by a start.
    expect(third.plane.stream.tune({ thresholds: { ...THRESHOLDS, minSignalQuality: 0.3 } })).toBe(true);
    await third.close();
    const fourth = await openLearning(dir);
    expect(await inForce(fourth, QUALITY)).toBe(0.3);
  });
});

const THRESHOLDS = { opportunityThreshold: 0.05, volatilityMultiplier: 3, trendMultiplier: 2, number: 0 };

it("an execution that asks for it is sized by the weight with which it starts", async () => {
  const engine = await openLearning(dataDir());
  const { manage } = engine;
  const start = async (type: string, config: Record<string, unknown>) => {
    const made = await manage.registry.register({ type, name: type, parameters: { symbols: ["BTCUSD"] } }, "ada");
    if (!made.ok) throw new Error(JSON.stringify(made.failure));
    const started = await manage.desk.start(made.value.strategyId, config, "ada");
    if (!started.ok) throw new Error(JSON.stringify(started.failure));
    return started.value;
  };
  const plain = await start("momentum_rider", {});
  expect((await change(engine, WEIGHT, 0.5)).ok).toBe(true);
  expect(await inForce(engine, WEIGHT)).toBe(0.5);
  const sized = await start("mean_reversion", { allocation: "learned" });
  expect(sized.config).toMatchObject({ allocation: "learned", learned_weight: 0.5 });
  expect(plain.config).not.toHaveProperty("learned_weight");
  const targets = new Map(manage.executions.holders().map(({ strategyId, target }) => [strategyId, target]));
  const [usual, half] = [targets.get(plain.strategyId) ?? 0, targets.get(sized.strategyId) ?? 0];
  expect(usual).toBeGreaterThan(0);
  expect(half).toBeCloseTo(usual / 2, 6);
  const { entries } = await manage.audit.page({ limit: 5 });
  const told = entries.find(({ action }) => action === "execution.start");
  expect(told?.after).toMatchObject({ execution_config: { learned_weight: 0.5 } });
});
