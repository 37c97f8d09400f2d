// Selection inside a running engine: outcomes become weights that are proposed, or applied where that was asked for; what
// was learnt is told, and is the same after the process was lost. A real stream with its journal, a real store.
import { describe, expect, it } from "vitest";
import type { LearningTarget } from "../../../src/manage/learning/learning.ts";
import { copyAsKilled } from "../../support/killed-folder.ts";
import { type LearningEngine, openLearning } from "../../support/learning/learning-engine.ts";
import { dataDir } from "../../support/manage/engine.ts";
import { Random } from "../../support/random.ts";

const GOOD = "mean_reversion";
const BAD = "momentum_rider";
const MINUTE_US = 60_000_000;
const WEIGHT: LearningTarget = { kind: "weight", strategy: GOOD };
const ENABLED: LearningTarget = { kind: "enabled", strategy: BAD };
const START = Date.UTC(2026, 10, 18, 12) * 1000;

/** Trades that ended: one strategy earns, one loses, in markets of a regime that is not known. */
/** `from`: minutes before the start. */
function feed({ learning }: LearningEngine, outcomes: number, from = 1_000): void {
  const random = new Random(11);
  for (let index = 0; index < outcomes; index++) {
    const good = index % 2 === 0;
    const named = { strategy: good ? GOOD : BAD, instance: 6, symbol: "BTCUSD" };
    const trust = { confidenceRaw: 0.6, confidence: 0.6, regime: "unknown", source: "signal", ended: "time" } as const;
    const net = (good ? 0.01 : -0.01) + 0.02 * random.normal();
    const openedAt = START - (from - index) * MINUTE_US;
    learning.outcome({ ...named, ...trust, side: 1, openedAt, closedAt: openedAt + MINUTE_US, net });
  }
}
async function beat({ learning }: LearningEngine, minutes: number): Promise<void> {
  learning.beat(START + minutes * MINUTE_US);
  await learning.rounds.idle();
}
function model({ learning }: LearningEngine, kind: string) {
  return learning.models.all().find((one) => one.kind === kind);
}
const tick = (price: number) => ({ type: "trade", symbol: "BTCUSD", price, volume: 1, time: START / 1000 });

describe("selection", () => {
  it("proposes weights for strategies that earn and lose, names the optimal one, and is the same after a kill", async () => {
    const dir = dataDir();
    const engine = await openLearning(dir);
    const { learning } = engine;
    expect(learning.insights()?.optimal.map(({ strategy }) => strategy)).toEqual([]);
    feed(engine, 600);
    await beat(engine, 1);
    expect(learning.insights()?.optimal.map(({ strategy }) => strategy)).toEqual([GOOD]);
    const open = learning.proposals.open().filter(({ what }) => what === "weight");
    expect(open.map(({ strategyType, before, after }) => [strategyType, before, after])).toEqual(
      expect.arrayContaining([
        [GOOD, 1, 1.1],
        [BAD, 1, 0.9],
      ]),
    );
    expect(open.find(({ strategyType }) => strategyType === GOOD)?.evidence).toMatchObject({
      // The latest is not over yet: others may belong to it.
      samples: 299,
      proven: true,
    });
    // Proposed only: nothing is in force before somebody says so.
    expect(learning.book.valueOf(WEIGHT)).toBe(1);
    const { proposalId = "" } = open.find(({ strategyType }) => strategyType === GOOD) ?? {};
    expect((await learning.proposals.approve(proposalId, "operator")).ok).toBe(true);
    await engine.plane.stream.evaluated();
    expect(learning.book.valueOf(WEIGHT)).toBe(1.1);
    const hash = model(engine, "selection")?.lineage["state_hash"];
    expect(hash).toMatch(/^[0-9a-f]{64}$/);

    const copy = dataDir();
    copyAsKilled(dir, copy);
    const again = await openLearning(copy);
    expect(again.learning.insights()?.optimal.map(({ strategy }) => strategy)).toEqual([GOOD]);
    expect(again.learning.book.valueOf(WEIGHT)).toBe(1.1);
    for (const one of [engine, again]) {
      feed(one, 40);
      await beat(one, 2);
    }
    expect(model(again, "selection")?.lineage["state_hash"]).toBe(model(engine, "selection")?.lineage["state_hash"]);
    expect(model(again, "selection")?.lineage["state_hash"]).not.toBe(hash);
  });

  it("applies weights, and switches off what loses wherever it could run, where that was asked for; frozen, it does not", async () => {
    const dir = dataDir();
    const engine = await openLearning(dir, null, "apply");
    const { learning, plane } = engine;
    await learning.freeze(true, "operator");
    feed(engine, 600);
    await beat(engine, 1);
    expect(learning.book.valueOf(WEIGHT)).toBe(1);
    await learning.freeze(false, "operator");
    await processed(engine, 60);
    await plane.stream.evaluated();
    const table = learning.application(null);
    const asked: string[] = [];
    const of = (symbol: string): "unknown" => {
      asked.push(symbol);
      return "unknown";
    };
    learning.regimesFrom({ market: "unknown", of });
    // Of a page no more is judged than it shows.
    const all = learning.application(null);
    expect([all.pairs.slice(3, 5).flatMap(all.view).length, asked.length]).toEqual([2, 2]);
    expect(table.pairs.length).toBeGreaterThan(5);
    const pairs = table.pairs.flatMap(table.view);
    expect(pairs.find(({ strategy }) => strategy === BAD)).toMatchObject({
      symbol: "BTCUSD",
      verdict: "rest",
      reason: "loses",
    });
    expect(pairs.find(({ strategy }) => strategy === "sentiment_analysis")).toMatchObject({ verdict: "wait" });
    expect(learning.application(GOOD).pairs.map(({ type }) => type.name)).toEqual([GOOD]);
    for (let minute = 2; minute < 12; minute++) await beat(engine, minute);
    await plane.stream.evaluated();
    expect(learning.book.valueOf(WEIGHT)).toBeCloseTo(1.1, 9);
    expect(learning.book.valueOf(ENABLED)).toBe(false);
    expect(learning.proposals.open()).toEqual([]);
    const { changes } = await learning.book.page({ limit: 50 });
    const off = changes.find(({ what }) => what === "enabled");
    expect(off).toMatchObject({ strategyType: BAD, after: false, source: "learning:applicator" });
    expect(off?.reason).toBe(
      "worth running on none of 1 symbols: on 1 it loses, on 0 costs eat it, on 0 the processor is busy",
    );
    expect(JSON.parse(model(engine, "application")?.content ?? "{}")).toMatchObject({ pairs: { [BAD]: { loses: 1 } } });
    await staysTakenBack(engine, dir, off?.changeId ?? "");
  });

  it("leaves a weight alone that somebody took back until newer outcomes speak for it, over a kill as well", async () => {
    const dir = dataDir();
    const engine = await openLearning(dir, null, "apply");
    const { learning, plane } = engine;
    feed(engine, 600);
    await beat(engine, 1);
    await plane.stream.evaluated();
    expect(learning.book.valueOf(WEIGHT)).toBeCloseTo(1.1, 9);
    const { changes } = await learning.book.page({ limit: 50 });
    const made = changes.find(({ what, strategyType }) => what === "weight" && strategyType === GOOD);
    expect((await learning.takeBack(made?.changeId ?? "", "operator")).ok).toBe(true);
    const killed = dataDir();
    copyAsKilled(dir, killed);
    for (const one of [engine, await openLearning(killed, null, "apply")]) {
      for (const minute of [12, 24]) await beat(one, minute);
      await one.plane.stream.evaluated();
      expect(one.learning.book.valueOf(WEIGHT)).toBe(1);
    }
    feed(engine, 100, 400);
    await beat(engine, 36);
    await plane.stream.evaluated();
    expect(learning.book.valueOf(WEIGHT)).toBeGreaterThan(1);
  });
});

/** So many ticks. */
async function processed({ plane }: LearningEngine, count: number): Promise<void> {
  const ticks = Array.from({ length: count }, (_, index) => tick(100 + (index % 7)));
  const done = await plane.stream.process(Buffer.from(JSON.stringify(ticks)), "http");
  if (!done.ok) throw new Error(JSON.stringify(done.failure));
}

/** Somebody takes back that it was switched off: what was known then does not do it again, also behind a kill. */
async function staysTakenBack(engine: LearningEngine, dir: string, changeId: string): Promise<void> {
  const { learning, plane } = engine;
  expect((await learning.takeBack(changeId, "operator")).ok).toBe(true);
  await plane.stream.evaluated();
  const killed = dataDir();
  copyAsKilled(dir, killed);
  for (const one of [engine, await openLearning(killed, null, "apply")]) {
    // It begins anew with being switched on.
    await processed(one, 60);
    await one.plane.stream.evaluated();
    for (let minute = 12; minute < 26; minute++) await beat(one, minute);
    await one.plane.stream.evaluated();
    const { pairs, view } = one.learning.application(BAD);
    expect(pairs.flatMap(view)).toMatchObject([{ verdict: "rest", reason: "loses" }]);
    expect(one.learning.book.valueOf(ENABLED)).toBe(true);
  }
  // As many outcomes more as make a sample do.
  feed(engine, 100, 400);
  for (let minute = 26; minute < 40; minute++) await beat(engine, minute);
  await plane.stream.evaluated();
  expect(learning.book.valueOf(ENABLED)).toBe(false);
}
