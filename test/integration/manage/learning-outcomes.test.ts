// From ticks to what was learned of them: published signals are followed, what they came to is stored, journaled and learnt
// from, and the journal played again learns the same. A real stream with its journal, a real store.
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { certify } from "../../../src/research/research.ts";
import { replay } from "../../../src/stream/stream.ts";
import { ConfidentMarket, TRUTHS } from "../../support/learning/confident-market.ts";
import { rising } from "../../support/learning/followed-plane.ts";
import { type LearningEngine, openLearning } from "../../support/learning/learning-engine.ts";
import { dataDir } from "../../support/manage/engine.ts";

const SECOND = 1_000_000;
const CALIBRATION = { kind: "calibration", strategy: "momentum_rider" } as const;

/** One tick a second, evaluated one by one: what they cause is published. */
async function ticks({ plane, pass }: LearningEngine, symbol: string, prices: readonly number[]): Promise<void> {
  for (const [index, price] of prices.entries()) {
    pass(SECOND);
    const tick = { symbol, price, volume: 1_000 + 8 * index };
    const done = await plane.stream.process(Buffer.from(JSON.stringify(tick)), "http");
    if (!done.ok) throw new Error(JSON.stringify(done.failure));
  }
}

/** Everything that began and ended is stored and told. */
async function counted({ plane, learning }: LearningEngine): Promise<void> {
  await learning.following.flush();
  await plane.stream.evaluated();
}

/** A learning beat, the round that follows it, and what that changes. What the core does at a beat is told at the next. */
async function beat({ plane, learning, pass }: LearningEngine): Promise<void> {
  const { beats } = learning.rounds;
  pass(60 * SECOND);
  await vi.waitFor(() => expect(learning.rounds.beats).toBeGreaterThan(beats), { timeout: 30_000 });
  await plane.stream.evaluated();
  await learning.rounds.idle();
  await plane.stream.evaluated();
}

describe("outcomes", () => {
  it("of published signals are stored, are in the core, and survive a restart with what is still followed", async () => {
    const dir = dataDir();
    const engine = await openLearning(dir);
    const path = rising(100);
    await ticks(engine, "BTCUSD", [...path, 1.05 * (path.at(-1) ?? 0)]);
    await counted(engine);
    const { history, counters } = engine.learning.following;
    const momentum = [...history.newest()].filter(({ strategy }) => strategy === "momentum_rider");
    expect(momentum.length).toBeGreaterThan(2);
    const inCore = engine.plane.stream.compute.state.threshold(layout.THRESHOLD_TOTAL, layout.MOMENTUM_RIDER);
    expect(inCore).toBe(momentum.length);
    const { open } = counters;
    await engine.close();
    const again = await openLearning(dir);
    expect([...again.learning.following.history.newest()]).toStrictEqual([...history.newest()]);
    expect(again.learning.following.counters.open).toBe(open);
    expect(again.plane.stream.compute.state.threshold(layout.THRESHOLD_TOTAL, layout.MOMENTUM_RIDER)).toBe(inCore);
  });
});

/** Signals by what was learned, and the state behind them: live, replayed, recovered and by the path of backtests. */
async function sameOnEveryPath(dir: string, engine: LearningEngine, map: unknown): Promise<void> {
  await ticks(engine, "BTCUSD", rising(100)); // signals by what was learned
  await counted(engine);
  const learned = (one: LearningEngine) => one.plane.stream.learned.thresholdsOf(layout.MOMENTUM_RIDER);
  const live = learned(engine);
  expect(live.map(({ own, changes: made }) => [own, made > 0])).toEqual([[true, true], [true, true], [true, true]]); // prettier-ignore
  const given = engine.plane.stream.archive.query({ limit: 1_000 });
  const spoken = (given.ok ? given.value.signals : []).filter(({ type }) => type === "momentum_rider");
  expect(spoken.length).toBeGreaterThan(0);
  expect(spoken.every(({ confidence, confidenceRaw }) => confidence !== confidenceRaw)).toBe(true);
  await engine.close();
  const copy = dataDir();
  cpSync(join(dir, "journal"), join(copy, "journal"), { recursive: true });
  for (const name of ["a", "b"]) {
    const kept = await openLearning(dir);
    expect([name, kept.learning.book.valueOf(CALIBRATION), learned(kept)]).toEqual([name, map, live]);
    await kept.close();
  }
  const hashes = await Promise.all([replayed(copy), replayed(copy)]);
  expect(hashes[0]).toBe(hashes[1]);
  const certificate = await certify({ dir: join(copy, "journal"), maxSymbols: 64, maxInstances: 64, workers: 1 });
  expect(certificate).toMatchObject({ ok: true, value: { differing: 0, differences: [] } });
  expect(certificate.ok && certificate.value.signals >= spoken.length && certificate.value.marksChecked > 0).toBe(true);
  rmSync(copy, { recursive: true });
}

describe("what is learned of outcomes", () => {
  it("is bounded, told with its reasons, and the same to the bit when the journal is played again, as live or as a backtest", async () => {
    const dir = dataDir();
    const engine = await openLearning(dir);
    const { plane, learning } = engine;
    await beat(engine);
    // It loses, the more often the less confident it is.
    const market = new ConfidentMarket(1, (raw) => 0.05 + 0.4 * raw);
    const regimes = ["unknown", "trending", "volatile"] as const;
    const outcomes = market
      .outcomes(400, (raw) => raw - 0.2)
      .map((outcome, index) => {
        return { ...outcome, regime: regimes[index % 3] ?? "unknown" };
      });
    for (let from = 0; from < outcomes.length; from += 50) {
      const some = outcomes.slice(from, from + 50);
      expect(plane.stream.learned.tellOutcomes(some)).toBe(true);
      for (const outcome of some) learning.outcome({ ...outcome, closedAt: plane.stream.compute.state.clock() });
      await beat(engine);
    }
    await beat(engine);
    const map = learning.book.valueOf(CALIBRATION);
    expect(map).not.toHaveLength(0);
    const quality = plane.stream.compute.state.threshold(layout.THRESHOLD_QUALITY, layout.MOMENTUM_RIDER);
    expect(quality).toBeGreaterThan(0.1);
    const { changes } = await learning.book.page({ limit: 50 });
    const maps = changes.filter(({ what }) => what === "calibration");
    expect(maps.length).toBeGreaterThan(0);
    expect(maps[0]?.reason).toContain("closed outcomes");
    const moved = changes.filter(({ what }) => what === "min_signal_quality");
    expect(new Set(moved.map(({ evidence }) => evidence["regimes"]))).toEqual(
      new Set(["other", "trending", "volatile"]),
    );
    const told = moved.filter(({ evidence }) => evidence["regimes"] === "other");
    expect(told.map(({ applied }) => applied)).not.toContain(true);
    expect(told[0]?.after).toBe(quality);
    expect(told.at(-1)?.before).toBe(0.1);
    expect(told[0]?.reason).toMatch(/^\d+ of \d+ closed outcomes .* lose/);
    await sameOnEveryPath(dir, engine, map);
  });

  it("stands still while learning is frozen, and goes on when it is not", async () => {
    const engine = await openLearning(dataDir());
    const { plane, learning } = engine;
    const market = new ConfidentMarket(2, TRUTHS["overconfident"] ?? Number);
    const registered = market.outcomes(300, (raw) => raw - 0.2).map((outcome) => ({ ...outcome, instance: 40 }));
    // What users' instances came to teaches the engine's own nothing.
    for (const outcome of registered) {
      learning.outcome({ ...outcome, closedAt: plane.stream.compute.state.clock() });
    }
    await beat(engine);
    expect(learning.book.valueOf(CALIBRATION)).toHaveLength(0);
    expect((await learning.freeze(true, "operator")).ok).toBe(true);
    const told = async (): Promise<void> => {
      const outcomes = market.outcomes(300, (raw) => raw - 0.2);
      plane.stream.learned.tellOutcomes(outcomes);
      for (const outcome of outcomes) {
        learning.outcome({ ...outcome, closedAt: plane.stream.compute.state.clock() });
      }
      await beat(engine);
    };
    const before = plane.stream.compute.state.threshold(layout.THRESHOLD_QUALITY, layout.MOMENTUM_RIDER);
    await told();
    expect(learning.book.valueOf(CALIBRATION)).toHaveLength(0);
    const after = plane.stream.compute.state.threshold(layout.THRESHOLD_QUALITY, layout.MOMENTUM_RIDER);
    expect(after).toBe(before);
    expect((await learning.freeze(false, "operator")).ok).toBe(true);
    await told();
    expect(learning.book.valueOf(CALIBRATION)).not.toHaveLength(0);
  });
});

async function replayed(dir: string): Promise<bigint> {
  const capacity = { maxSymbols: 64, maxInstances: 64, workers: 1 };
  const report = await replay({ dir: join(dir, "journal"), capacity, fromStart: true });
  if (!report.ok) throw new Error(report.failure);
  expect(report.value.mismatches).toHaveLength(0);
  return report.value.stateHash;
}
