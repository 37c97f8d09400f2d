// A/B tests on live events, real threads and all: what they compare, how they end, and that they outlive the process.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Experiment, experimentView } from "../../../src/manage/manage.ts";
import { Paper, type PaperOptions, type Tick } from "../../support/manage/paper.ts";
import { strategyCode } from "../../support/strategy-code.ts";

const swinger = (falling: string, rising: string): string =>
  strategyCode(
    `if (market.price < this.last && market.price > 100.5) this.${falling}(0.5);
    else if (market.price > this.last && market.price < 101.5) this.${rising}(0.5);
    this.last = market.price;`,
    "private last: f64 = 0;",
  );
/** An order is filled a tick later: one buys the lows and sells the highs of `swings`, the other the reverse. */
const WISE = swinger("buy", "sell");
const FOOLISH = swinger("sell", "buy");
const BOMB = strategyCode("if (market.count == 20) assert(false, `twenty`); this.buy(0.5);");
const CODES = { strat_abwise: WISE, strat_abfool: FOOLISH, strat_abbomb: BOMB };
const SYMBOL = "ABUSD";

function options(change: Partial<PaperOptions> = {}): PaperOptions {
  const parameters = { symbols: [SYMBOL] };
  return { strategies: Object.entries(CODES).map(([id, code]) => ({ id, code, parameters })), ...change };
}

/** Two up, two down, a little uneven. */
function swings(from: number, count: number): readonly Tick[] {
  return Array.from({ length: count }, (_, index) => {
    const at = from + index;
    const level = [100, 101, 102, 101][(at + 1) % 4] ?? 100;
    return { symbol: SYMBOL, price: level + 0.01 * ((at * 7) % 5) };
  });
}

async function create(paper: Paper, a: string, b: string, trafficSplit = 0.5): Promise<Experiment> {
  const wanted = { name: "lows against highs", strategyA: a, strategyB: b, trafficSplit };
  const made = await paper.manage.experiments.create(wanted, "test");
  if (!made.ok) throw new Error(JSON.stringify(made.failure));
  return made.value;
}

/** So many minutes of eight ticks each, from this one on. */
async function feedMinutes(paper: Paper, from: number, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    await paper.feed(swings(8 * (from + minute), 8));
    paper.pass(60);
  }
  await paper.settled();
}

/** Feeds until it holds. */
async function feedUntil(paper: Paper, holds: () => boolean): Promise<void> {
  // Programs may still be compiled: what is fed meanwhile nobody sees.
  for (let fed = 0; !holds(); fed += 5) {
    await feedMinutes(paper, fed, 5);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe("an A/B test", () => {
  it("finds which of two does better on the same ticks, ends by itself, and tells", async () => {
    const paper = await Paper.open(options());
    const { experiments, audit, alerts } = paper.manage;
    const { abTestId } = await create(paper, "strat_abfool", "strat_abwise", 0.25);
    const view = () => experimentView(experiments.get(abTestId) as Experiment);
    await feedUntil(paper, () => view().status === "concluded");
    const ended = view();
    expect(ended).toMatchObject({
      status: "concluded",
      results: { winner: "b" },
      versions: { a: "1.0.0", b: "1.0.0" },
    });
    expect(ended.evidence.p_value).toBeLessThanOrEqual(0.05);
    expect(ended.evidence.mean_difference).toBeLessThan(0);
    expect(ended.reason).toContain("b does better");
    const { a, b } = ended.results;
    expect(a.pnl).toBeLessThan(0);
    expect(b.pnl).toBeGreaterThan(0);
    expect(Math.min(a.trades, b.trades)).toBeGreaterThan(5);
    expect(b.win_rate).toBeGreaterThan(0.9);
    expect(a.win_rate).toBeLessThan(0.1);
    // The same positions, seen from both sides, on a quarter and on three quarters of the capital.
    expect(b.pnl / -a.pnl).toBeGreaterThan(2);
    expect(b.pnl / -a.pnl).toBeLessThan(4);
    const told = await audit.page({ limit: 10 });
    expect(told.entries.map(({ action, actor }) => [action, actor])).toEqual([
      ["ab_test.conclude", "engine"],
      ["ab_test.create", "test"],
    ]);
    expect(alerts.open().at(-1)).toMatchObject({ level: "info", strategyId: "strat_abwise" });
    expect(await experiments.conclude(abTestId, "test")).toMatchObject({ failure: { code: "invalid_state" } });
  });

  it("names nobody when it is concluded before anybody can say, and one of the two only on the word of somebody", async () => {
    const paper = await Paper.open(options());
    const { experiments, executions } = paper.manage;
    const { abTestId } = await create(paper, "strat_abwise", "strat_abfool");
    await paper.feed(swings(0, 8));
    const loser = await paper.start("strat_abfool");
    const ended = await experiments.conclude(abTestId, "test");
    expect(ended).toMatchObject({ ok: true, value: { status: "concluded", winner: null } });
    expect(await experiments.promote(abTestId, null, "test")).toMatchObject({ failure: { code: "conflict" } });
    const promoted = await experiments.promote(abTestId, "a", "test");
    expect(promoted).toMatchObject({ ok: true, value: { side: "a", stopped: loser.executionId } });
    expect(executions.active().map(({ strategyId }) => strategyId)).toEqual(["strat_abwise"]);
    expect(experiments.get(abTestId)?.results.promoted).toBe("a");
  });

  it("goes on after the end of the process with what it had found, and ends", async () => {
    const dir = mkdtempSync(join(tmpdir(), "ab-"));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const file = join(dir, "engine.db");
    const before = await Paper.open(options({ file, shared: true }));
    const { abTestId } = await create(before, "strat_abwise", "strat_abfool");
    await feedMinutes(before, 0, 6);
    const pairs = () => before.manage.experiments.get(abTestId)?.results.evidence?.pairs ?? 0;
    await expect.poll(pairs).toBeGreaterThan(3);
    const found = pairs();
    // Of 48 ticks: a pair is a minute.
    expect(found).toBeLessThan(6);
    await before.close();
    const after = await Paper.open(options({ file, stored: true }));
    const { experiments } = after.manage;
    expect(experiments.get(abTestId)?.results.evidence?.pairs).toBeGreaterThanOrEqual(found);
    expect(experiments.get(abTestId)?.status).toBe("running");
    await feedUntil(after, () => experiments.get(abTestId)?.status === "concluded");
    expect(experiments.get(abTestId)).toMatchObject({ winner: "a" });
    expect(experiments.get(abTestId)?.results.reason).toContain("a does better");
    expect(experiments.get(abTestId)?.results.evidence?.pairs).toBeGreaterThan(found);
  });

  it("is over with a program that fails, with a strategy that is deleted, and with the emergency stop", async () => {
    const paper = await Paper.open(options());
    const { experiments, executions, registry } = paper.manage;
    const failing = await create(paper, "strat_abwise", "strat_abbomb");
    await feedUntil(paper, () => experiments.get(failing.abTestId)?.status === "concluded");
    expect(experiments.get(failing.abTestId)).toMatchObject({ winner: null });
    expect(experiments.get(failing.abTestId)?.results.reason).toMatch(/^b failed: .*twenty/);
    const orphan = await create(paper, "strat_abwise", "strat_abbomb");
    await registry.remove("strat_abbomb", false, "test");
    await expect.poll(() => experiments.get(orphan.abTestId)?.results.reason).toContain("deleted");
    const halted = await create(paper, "strat_abwise", "strat_abfool");
    executions.halt("emergency_stop");
    await expect.poll(() => experiments.get(halted.abTestId)?.results.reason).toBe("emergency_stop");
    const wanted = { name: "again", strategyA: "strat_abwise", strategyB: "strat_abfool", trafficSplit: 0.5 };
    expect(await experiments.create(wanted, "test")).toMatchObject({ failure: { code: "emergency_stop_active" } });
  });
});
