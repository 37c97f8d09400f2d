// Regimes and adaptation on a real stream with its journal and a real store: what is found on a planted market, what it
// changes, and that a restart, which replays the journal, has the same.
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { STRATEGIES } from "../../../src/domain/strategies.ts";
import type { SymbolRegime } from "../../../src/learning/regime.ts";
import type { Regimes } from "../../../src/stream/stream.ts";
import type { Outcome } from "../../../src/learning/outcome.ts";
import { type LearningEngine, openLearning } from "../../support/learning/learning-engine.ts";
import { USUAL } from "../../support/learning/planted-regimes.ts";
import { dataDir } from "../../support/manage/engine.ts";
import { Random } from "../../support/random.ts";
import { pieced } from "../../support/regimes.ts";

const START = Date.UTC(2026, 10, 17) / 1000;
const BEAT_US = 60_000_000;
const LATER = START * 1e6 + 30 * 24 * 3_600_000_000;
const MOMENTUM = STRATEGIES.filter(({ name }) => name === "momentum_rider");

/** Bars of a minute, all symbols side by side. */
async function feed({ plane }: LearningEngine, closes: Readonly<Record<string, readonly number[]>>): Promise<void> {
  const symbols = Object.entries(closes);
  const length = Math.max(...symbols.map(([, column]) => column.length));
  for (let from = 0; from < length; from += 200) {
    const bars = Array.from({ length: Math.min(200, length - from) }, (_, index) =>
      symbols.map(([symbol, column]) => {
        const close = column[from + index] ?? 100;
        const timestamp = START + 60 * (from + index + 1);
        return {
          kind: "bar",
          symbol,
          open: close,
          high: close,
          low: close,
          close,
          volume: 1,
          interval_s: 60,
          timestamp,
        };
      }),
    ).flat();
    const done = await plane.stream.process(Buffer.from(JSON.stringify({ market_data: bars })), "http");
    expect(done).toMatchObject({ ok: true, value: { batch: { accepted: bars.length, rejected: 0 } } });
  }
}
let beats = 0;
async function beat({ learning, plane }: LearningEngine, us = BEAT_US): Promise<void> {
  learning.beat(plane.stream.regimes.clock + (beats += us));
  await learning.rounds.idle();
  await plane.stream.evaluated();
}
/** All but the probability, which goes on with the reviews of bars that wait while an engine runs. */
function named(regimes: Regimes): readonly Partial<SymbolRegime>[] {
  return regimes.all().map(({ symbol, regime, since, side }) => ({ symbol, regime, since, side }));
}
/** Two that trend and one that ranges, long enough for what waits for its review. */
function trending(): Readonly<Record<string, readonly number[]>> {
  const part = (seed: number, drift: number) =>
    pieced(new Random(seed), [
      [300, 0, USUAL],
      [130, drift * USUAL, USUAL],
    ]);
  return { BTCUSD: part(1, 1.2), ETHUSD: part(2, 1.2), EURUSD: part(3, 0) };
}
const outcome = (net: number, openedAt = 1): Outcome => ({
  strategy: "momentum_rider",
  instance: layout.MOMENTUM_RIDER,
  symbol: "BTCUSD",
  side: 1,
  confidenceRaw: 0.6,
  confidence: 0.6,
  openedAt,
  closedAt: openedAt + 1,
  net,
  ended: "target",
  regime: "trending",
  source: "signal",
});

describe("the regimes of a stream", () => {
  it("are found, enter the journal for classes and market, and are the same after a restart and a replay", async () => {
    const dir = dataDir();
    const first = await openLearning(dir);
    expect(first.learning.insights()).toMatchObject({ market: { market: { regime: "unknown" } }, symbols: [] });
    await feed(first, trending());
    await beat(first);
    const { regimes } = first.plane.stream;
    expect(regimes.of("BTCUSD")).toMatchObject({ regime: "trending", side: 1 });
    expect(regimes.of("EURUSD").regime).toBe("ranging");
    expect(regimes.of("NEVER").regime).toBe("unknown");
    expect(regimes.groups().get("crypto")?.regime).toBe("trending");
    expect(regimes.groups().get("forex")?.regime).toBe("ranging");
    const { market, symbols } = first.learning.insights()!;
    expect(market.market).toMatchObject({ regime: "trending", symbols: 3 });
    expect(market.market.breadth).toBeGreaterThan(0.5);
    expect([...market.classes.keys()]).toEqual(["crypto", "forex"]);
    expect(symbols.map(({ symbol }) => symbol)).toEqual(["BTCUSD", "ETHUSD", "EURUSD"]);
    await first.close();
    const [groups, all] = [regimes.groups(), named(regimes)];

    const second = await openLearning(dir);
    expect(second.plane.stream.regimes.groups()).toEqual(groups);
    expect(named(second.plane.stream.regimes)).toEqual(all);
    await second.close();
    // Without snapshots all of it comes from the events again.
    const replayed = dataDir();
    cpSync(dir, replayed, { recursive: true });
    rmSync(join(replayed, "journal", "snapshots"), { recursive: true, force: true });
    const third = await openLearning(replayed);
    expect(third.plane.stream.regimes.groups()).toEqual(groups);
    expect(named(third.plane.stream.regimes)).toEqual(all);
  });
});

describe("adaptation", () => {
  it("changes thresholds with the market's regime by itself, and takes them back when outcomes are worse", async () => {
    const engine = await openLearning(dataDir());
    const value = (name: "trend_multiplier" | "opportunity_threshold"): unknown =>
      engine.learning.book.valueOf({ kind: "threshold", strategy: "momentum_rider", name });
    const usual = [value("trend_multiplier"), value("opportunity_threshold")];
    for (let index = 0; index < 40; index++) engine.learning.outcome(outcome(index % 3 === 0 ? -0.005 : 0.01));
    const risk = { kind: "parameters", strategy: "momentum_rider", names: ["risk_tolerance"] } as const;
    expect((await engine.learning.adapt(MOMENTUM, { regime: "volatile" }, "ada")).ok).toBe(true);
    expect(engine.learning.book.valueOf(risk)).toEqual({ risk_tolerance: expect.closeTo(0.55, 9) as unknown });
    await feed(engine, trending());
    await beat(engine); // names the regime
    await beat(engine, 3_600_000_000); // and adapts to it
    expect(value("trend_multiplier")).toBeCloseTo(2.2, 9);
    expect(value("opportunity_threshold")).toBeCloseTo(0.0475, 9);
    // By itself it sets no parameter, and takes out what was asked for.
    expect(engine.learning.book.valueOf(risk)).toEqual({ risk_tolerance: expect.closeTo(0.5, 9) as unknown });
    const told = await engine.learning.book.page({ limit: 100 });
    expect(told.changes.find(({ target }) => target === "threshold:momentum_rider:trend_multiplier")).toMatchObject({
      reason: "the market is trending",
      evidence: { factor: 1.1, set_version: "engine-1" },
    });
    expect(engine.learning.insights()?.adapted.get("momentum_rider")?.regime).toBe("trending");
    for (let index = 0; index < 40; index++) engine.learning.outcome(outcome(-0.02 - 0.0001 * index, LATER));
    await beat(engine);
    expect([value("trend_multiplier"), value("opportunity_threshold")]).toEqual(
      usual.map((each) => expect.closeTo(Number(each), 9) as unknown),
    );
    const [latest] = (await engine.learning.book.page({ limit: 1 })).changes;
    expect(latest?.reason).toContain("are worse");
    expect(latest?.evidence).toMatchObject({
      p_value: expect.any(Number) as unknown,
      mean_difference: expect.any(Number) as unknown,
    });
    // For a day it stays so, however often the market is asked.
    await beat(engine, 3_600_000_000);
    expect(value("trend_multiplier")).toBeCloseTo(Number(usual[0]), 9);
  });

  it("that is asked for does it at once, parameters as well, without touching what the instance has seen", async () => {
    const engine = await openLearning(dataDir());
    const { learning, plane } = engine;
    await feed(engine, { BTCUSD: pieced(new Random(5), [[100, 0, USUAL]]) });
    const before = plane.stream.symbols();
    const done = await learning.adapt(MOMENTUM, { volatility: "high" }, "ada");
    expect(done.ok && [...(done.value.changes.get("momentum_rider") ?? [])].map(({ name, to }) => [name, to])).toEqual([
      ["opportunity_threshold", expect.closeTo(0.0525, 9) as unknown],
      ["volatility_multiplier", expect.closeTo(2.7, 9) as unknown],
      ["risk_tolerance", expect.closeTo(0.55, 9) as unknown],
    ]);
    await plane.stream.evaluated();
    expect(plane.stream.instances.byId(layout.MOMENTUM_RIDER)?.parameters["risk_tolerance"]).toBeCloseTo(0.55, 9);
    expect(plane.stream.symbols()).toEqual(before);
    expect((await learning.book.page({ limit: 1 })).changes[0]?.source).toBe("ada");
    const again = await learning.adapt(MOMENTUM, { regime: "volatile" }, "ada");
    expect(again.ok && [...again.value.changes]).toEqual([]);
    for (let index = 0; index < 30; index++) learning.outcome(outcome(-0.01));
    // What was set because somebody asked is taken out by the next set, the parameter as well.
    const risk = { kind: "parameters", strategy: "momentum_rider", names: ["risk_tolerance"] } as const;
    const lost = await learning.adapt(MOMENTUM, { regime: "unknown" }, "ada");
    expect(learning.book.valueOf(risk)).toEqual({ risk_tolerance: 0.5 });
    const quality = lost.ok ? lost.value.changes.get("momentum_rider")?.at(-1) : null;
    expect(quality).toMatchObject({ name: "min_signal_quality", from: 0.1, to: expect.closeTo(0.105, 9) as unknown });
    // Asked again, it does not go by the same outcomes again.
    const same = await learning.adapt(MOMENTUM, { regime: "unknown" }, "ada");
    expect(same.ok && [...same.value.changes]).toEqual([]);
    const unheardOf = await learning.adapt(MOMENTUM, { regime: "stormy" }, "ada");
    expect(unheardOf).toMatchObject({ ok: true, value: { isMeant: false } });
    await learning.freeze(true, "ada");
    expect(await learning.adapt(MOMENTUM, { regime: "calm" }, "ada")).toMatchObject({ failure: { code: "conflict" } });
  });

  it("by itself is what operators say: off, or with parameters, and factors of their own", async () => {
    const engine = await openLearning(dataDir());
    const { manage, learning } = engine;
    const sets = { trend_following: { trending: { risk_tolerance: 1.1, min_signal_quality: 7 }, stormy: {} } };
    expect((await manage.config.put("adaptation", { automatic: "off", sets }, "ada")).ok).toBe(true);
    await feed(engine, trending());
    for (let times = 0; times < 2; times++) await beat(engine);
    expect((await learning.book.page({ limit: 10 })).changes).toEqual([]);
    expect((await manage.config.put("adaptation", { automatic: "all", sets }, "ada")).ok).toBe(true);
    await beat(engine);
    const { changes } = await learning.book.page({ limit: 100 });
    const ours = changes.filter(({ strategyType }) => strategyType === "momentum_rider");
    expect(ours.map(({ what, after }) => [what, after])).toEqual([
      ["risk_tolerance", { risk_tolerance: expect.closeTo(0.55, 9) as unknown }],
    ]);
    expect(ours[0]?.evidence["set_version"]).toMatch(/^operator-\d+$/);
  });
});
