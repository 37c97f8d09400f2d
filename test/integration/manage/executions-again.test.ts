// Executions that go on elsewhere, in another thread or another process, and what becomes of those that are over.
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Crew } from "../../../src/manage/executions/crew.ts";
import type { Entry } from "../../../src/manage/executions/entry.ts";
import { Gatekeeper } from "../../../src/manage/executions/gatekeeper.ts";
import { backUp, STORE_FILE } from "../../../src/store/backup.ts";
import { dataDir } from "../../support/manage/engine.ts";
import { Paper, path } from "../../support/manage/paper.ts";
import { strategyCode } from "../../support/strategy-code.ts";

const BUYS = strategyCode("if (market.position == 0) this.buy(1.0);");
const BOMB = strategyCode("if (++this.count == 5) assert(false, `five`);", "private count: i32 = 0;");

interface Inside {
  readonly pool: { readonly crews: readonly Crew[] };
  readonly roll: { entry(executionId: string): Entry | null };
}
function insideOf(paper: Paper): Inside {
  return paper.manage.executions as unknown as Inside;
}

function breaches(paper: Paper): number {
  return paper.heard.filter(([event]) => event === "breach").length;
}

describe("an execution whose thread was lost", () => {
  it("still falls from the highest equity that it had before", async () => {
    const parameters = { position_size: 1 };
    const riskLimits = { max_drawdown: -0.02 };
    const paper = await Paper.open({ strategies: [{ id: "strat_high01", code: BUYS, parameters, riskLimits }] });
    await paper.start("strat_high01");
    await paper.feed([{ symbol: "BTCUSD", price: 100 }, ...path("BTCUSD", 100, 1.01, 10)]);
    await paper.feed(path("BTCUSD", 110.4, 0.996, 3));
    await paper.settled();
    expect(breaches(paper)).toBe(0);
    for (const crew of insideOf(paper).pool.crews) await crew.lose("taken away by a test", 0);
    await paper.feed(path("BTCUSD", 109, 0.997, 4));
    await paper.until(() => breaches(paper) === 1);
    const [execution] = paper.manage.executions.active();
    expect(execution?.status).toBe("paused");
    expect(execution?.metrics.max_drawdown).toBeLessThan(-0.02);
  });
});

describe("an execution whose gates change often", () => {
  it("has those of the event behind the last one that was told of, for another thread", async () => {
    const id = "strat_gates01";
    const paper = await Paper.open({ strategies: [{ id, code: BUYS, parameters: { symbols: ["BTCUSD"] } }] });
    const { flags } = paper.manage;
    const shut = { name: "off", enabled: false, rolloutPercent: 100, strategies: [id], symbols: [] };
    await flags.put({ ...shut, description: "first" }, "test");
    const { executionId } = await paper.start(id);
    await paper.feed(path("BTCUSD", 100, 1.001, 3));
    const entry = insideOf(paper).roll.entry(executionId);
    await expect.poll(() => entry?.sequence).toBeGreaterThan(0);
    for (const description of ["second", "third", "fourth"]) {
      await paper.feed(path("ETHUSD", 50, 1.001, 3)); // of no symbol of its own: it tells of none of them
      await flags.put({ ...shut, description }, "test");
    }
    const { gates = [], sequence = 0 } = entry ?? {};
    const sequences = Array.from(
      { length: paper.manage.executions.nextSequence - sequence },
      (_, at) => sequence + at + 1,
    );
    const keeper = new Gatekeeper(["BTCUSD"], gates);
    expect(sequences.filter((next) => keeper.opens(0, next))).toEqual([]);
    expect(gates).toHaveLength(4);
  });
});

/** It has bought at 100 and fallen to 96 in one process, and goes on in the next. */
async function resumed(id: string, riskLimits: Readonly<Record<string, number>>): Promise<Paper> {
  const file = join(dataDir(), "engine.db");
  const strategy = { id, code: BUYS, parameters: { position_size: 1 }, riskLimits };
  const first = await Paper.open({ strategies: [strategy], file, shared: true });
  await first.start(id);
  await first.feed([{ symbol: "BTCUSD", price: 100 }, ...path("BTCUSD", 100, 0.99, 4)]);
  await first.until(() => first.trades.length === 1);
  await first.settled();
  await first.close();
  const paper = await Paper.open({ strategies: [strategy], file, stored: true, autoResume: true });
  await paper.until(() => paper.heard.some(([event]) => event === "resumed"));
  return paper;
}

describe("an execution that goes on in another process", () => {
  it.each([
    ["day", { daily_loss_limit: -4_500 }, /^daily_loss_limit reached/],
    ["high", { max_drawdown: -0.045 }, /^max_drawdown reached/],
  ])("goes on with its %s, and keeps its deepest fall", async (_, riskLimits, reason) => {
    const paper = await resumed("strat_resume1", riskLimits);
    const told: string[] = [];
    paper.manage.executions.listen({ onBreach: (_execution, said) => void told.push(said) });
    await paper.feed(path("BTCUSD", 96, 0.99, 2));
    await paper.until(() => told.length > 0);
    expect(told).toEqual([expect.stringMatching(reason) as string]);
    expect(paper.manage.executions.active()[0]?.status).toBe("paused");
    const stopped = await paper.manage.executions.stop("strat_resume1", "test");
    expect(stopped?.metrics.max_drawdown).toBeLessThan(-0.045);
    expect(stopped?.metrics).not.toHaveProperty("watch");
  });

  it("begins a new day with the equity that it had", async () => {
    const paper = await resumed("strat_resume2", { daily_loss_limit: -4_500 });
    paper.pass(12 * 3_600);
    await paper.feed(path("BTCUSD", 96, 0.99, 2));
    await paper.settled();
    const stopped = await paper.manage.executions.stop("strat_resume2", "test");
    expect(stopped?.pnl).toBeLessThan(-4_500);
    expect(breaches(paper)).toBe(0);
  });
});

describe("an execution that a person lets go on behind a limit", () => {
  const id = "strat_forgive1";
  const strategy = { id, code: BUYS, parameters: { position_size: 1 }, riskLimits: { daily_loss_limit: -1_000 } };

  /** It has lost 1,200 and was let go on; the disk as it is then. */
  async function letGoOn(): Promise<string> {
    const file = join(dataDir(), "engine.db");
    const first = await Paper.open({ strategies: [strategy], file, shared: true });
    onTestFinished(() => first.close());
    const { registry, flags } = first.manage;
    await first.start(id);
    await first.feed([{ symbol: "BTCUSD", price: 100 }, ...path("BTCUSD", 100, 0.996, 4)]);
    await first.until(() => breaches(first) === 1 && registry.get(id)?.status === "paused");
    expect(await registry.move(id, "resume", { actor: "test" })).toMatchObject({ ok: true });
    // What is stored behind it is stored later.
    const flag = { name: "later", enabled: true, rolloutPercent: 100, strategies: [], symbols: [], description: "" };
    expect(await flags.put(flag, "test")).toMatchObject({ ok: true });
    // As a kill would leave it: the files themselves may be of two moments, because the first engine goes on.
    const folder = dataDir();
    expect(backUp(file, join(folder, STORE_FILE), false)).toMatchObject({ ok: true });
    return folder;
  }

  it("has a new day also in the process behind one that is killed at once", async () => {
    const file = join(await letGoOn(), "engine.db");
    const paper = await Paper.open({ strategies: [strategy], file, stored: true, autoResume: true });
    await paper.until(() => paper.heard.some(([event]) => event === "resumed"));
    await paper.feed(path("BTCUSD", 98.4, 0.999, 2));
    await paper.settled();
    expect(breaches(paper)).toBe(0);
    expect(paper.manage.executions.active()[0]?.status).toBe("running");
    await paper.feed(path("BTCUSD", 98.2, 0.995, 3)); // and the loss of that day counts
    await paper.until(() => breaches(paper) === 1);
  });
});

describe("an execution that is paused", () => {
  it("and fails puts its strategy in error", async () => {
    const paper = await Paper.open({ strategies: [{ id: "strat_bomb02", code: BOMB }] });
    await paper.start("strat_bomb02");
    const paused = await paper.manage.registry.move("strat_bomb02", "pause", { actor: "test" });
    expect(paused.ok).toBe(true);
    await paper.feed(path("BTCUSD", 100, 1.001, 6));
    await paper.until(() => paper.heard.some(([event]) => event === "fault"));
    await paper.until(() => paper.manage.registry.get("strat_bomb02")?.status === "error");
    expect(paper.manage.registry.lastError("strat_bomb02")).toMatch(/five/);
  });
});

describe("an execution that is over", () => {
  it("holds neither its program nor its curve in memory, and its equity is read from the store", async () => {
    const paper = await Paper.open({ strategies: [{ id: "strat_over01", code: BUYS }] });
    const { executionId } = await paper.start("strat_over01");
    await paper.feed(path("BTCUSD", 100, 1.001, 20));
    await paper.until(() => paper.trades.length === 1);
    await paper.settled();
    const entry = insideOf(paper).roll.entry(executionId);
    await paper.manage.executions.stop("strat_over01", "test");
    expect(entry?.program).toBeNull();
    expect(entry?.curve.all()).toHaveLength(1);
    const points = await paper.manage.executions.equity(executionId, 100);
    expect(points).toHaveLength(3); // the beginning, the deepest fall, the end
    const { pnl } = paper.manage.executions.get(executionId) ?? { pnl: Number.NaN };
    expect(points.at(-1)?.equity).toBeCloseTo(100_000 + pnl, 6);
  });
});

describe("an execution that is being started", () => {
  it("ends when its strategy is stopped or removed meanwhile, and is paused with it", async () => {
    const ids = ["strat_early1", "strat_early2", "strat_early3"];
    const paper = await Paper.open({ strategies: ids.map((id) => ({ id, code: BUYS })) });
    const { desk, registry, executions } = paper.manage;
    const [stopped, removed, paused] = ids.map((id) => desk.start(id, {}, "test"));
    await registry.move("strat_early1", "stop", { actor: "test" });
    await registry.remove("strat_early2", true, "test");
    await registry.move("strat_early3", "pause", { actor: "test" });
    await Promise.all([stopped, removed, paused]);
    await expect.poll(() => executions.active().map(({ strategyId }) => strategyId)).toEqual(["strat_early3"]);
    expect(executions.active()[0]?.status).toBe("paused");
    await paper.feed(path("BTCUSD", 100, 1.001, 5));
    await paper.settled();
    await executions.stop("strat_early3", "test");
    expect(paper.trades).toEqual([]);
  });
});

describe("the symbols of an execution", () => {
  it("are those of its start, in a new thread as well", async () => {
    const strategy = { id: "strat_names1", code: BUYS, parameters: { symbols: ["BTCUSD"] } };
    const first = await Paper.open({ strategies: [strategy] });
    const { executionId, config } = await first.start("strat_names1", { position_size: 0.5 });
    expect(config).toEqual({ position_size: 0.5 });
    await first.feed(path("BTCUSD", 100, 1.001, 3));
    await first.until(() => first.trades.length === 1);
    const changed = await first.manage.registry.update("strat_names1", { parameters: { symbols: ["ETHUSD"] } }, "test");
    expect(changed.ok).toBe(true);
    for (const crew of insideOf(first).pool.crews) await crew.lose("taken away by a test", 0);
    await first.feed([...path("ETHUSD", 50, 1.001, 3), ...path("BTCUSD", 110, 1.001, 3)]);
    await expect.poll(() => first.manage.executions.active()[0]?.pnl).toBeGreaterThan(4_000);
    expect(first.manage.executions.get(executionId)?.tradeCount).toBe(1);
  });
});
