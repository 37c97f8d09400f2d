// Limits of risk on the live stream: real threads, real store. An order that would pass a limit is refused in the thread
// that trades, whoever set the limit and however late; what passes one by itself is acted on.
import { describe, expect, it } from "vitest";
import { Paper, path } from "../../support/manage/paper.ts";
import { strategyCode } from "../../support/strategy-code.ts";

/** A tenth of the capital at each event at which nothing is held. */
const BUYS = strategyCode("if (market.position == 0) this.buy(0.8);");
const HOLDS = strategyCode("if (market.position == 0) this.buy(0.8); else if (market.price > 150) this.sell(0.8);");
const NAMES = ["strat_limit1", "strat_limit2", "strat_limit3"] as const;

function put(paper: Paper, limits: Parameters<Paper["manage"]["risk"]["putLimits"]>[0]): Promise<unknown> {
  return paper.manage.risk.putLimits(limits, "test");
}

function execution(paper: Paper, id: string) {
  return paper.manage.executions.active().find(({ strategyId }) => strategyId === id);
}

interface Lost {
  readonly keys: ReadonlySet<number>;
  lose(reason: string, culprit: number): Promise<void>;
}
function crewsOf(paper: Paper): readonly Lost[] {
  return (paper.manage.executions as unknown as { readonly pool: { readonly crews: readonly Lost[] } }).pool.crews;
}

describe("an order beyond a limit", () => {
  it("is refused, counted and shown with its execution, and passes once the limit is lifted while it runs", async () => {
    const [id] = NAMES;
    const paper = await Paper.open({ strategies: [{ id, code: BUYS }] });
    await put(paper, [{ scope: "strategy", name: id, metric: "gross_exposure", limit: 5_000 }]);
    await paper.start(id);
    await paper.feed(path("BTCUSD", 100, 1.001, 10));
    await paper.until(() => (execution(paper, id)?.ordersRefused ?? 0) > 0);
    expect(execution(paper, id)?.lastRefusal).toMatch(/^gross_exposure of the strategy would be 1\d{4}.*, limit 5000$/);
    expect(paper.trades).toEqual([]);
    await put(paper, [{ scope: "strategy", name: id, metric: "gross_exposure", limit: 50_000 }]);
    await paper.feed(path("BTCUSD", 102, 1.001, 10));
    await paper.until(() => paper.trades.length === 1);
    expect(paper.manage.risk.status()).toMatchObject({ orders_today: 1 });
    expect(paper.manage.risk.status().claimed_exposure).toBeGreaterThan(9_900);
    // What its thread has at stake is part of what the check says of the next one.
    await put(paper, [{ scope: "strategy", name: id, metric: "max_position", limit: 12_000 }]);
    const stake = await paper.manage.executions.stake(id, "BTCUSD");
    const asked = { strategyId: id, family: null, symbol: "BTCUSD", buys: true, quantity: 50, price: 100 };
    const verdict = paper.manage.risk.check(asked, stake.ok ? stake.value : null);
    expect(verdict.reasons).toEqual([expect.stringMatching(/^position of the strategy would be 1[4-6]\d{3}/)]);
    expect(paper.manage.risk.check(asked, null)).toMatchObject({ approved: true });
  });

  it("is refused to all but as many executions as the book has room for", async () => {
    const paper = await Paper.open({ strategies: NAMES.map((id) => ({ id, code: BUYS })) });
    await put(paper, [{ scope: "book", metric: "gross_exposure", limit: 25_000 }]);
    for (const id of NAMES) await paper.start(id);
    await paper.feed(path("BTCUSD", 100, 1.0001, 30));
    await paper.until(() => paper.trades.length === 2);
    await paper.until(() => NAMES.some((id) => (execution(paper, id)?.ordersRefused ?? 0) > 3));
    expect(paper.trades).toHaveLength(2);
    expect(paper.manage.risk.status().gross_exposure).toBeLessThan(25_000);
    // What the first ones held is free when they have ended.
    const holds = paper.trades.map((trade) => trade.executionId);
    for (const one of paper.manage.executions.active())
      if (holds.includes(one.executionId)) await paper.manage.desk.stop(one.strategyId, "test");
    await paper.feed(path("BTCUSD", 101, 1.0001, 5));
    await paper.until(() => paper.trades.length === 3);
  });

  it("of the level warning does not bind an execution with risk_override, a hard one does", async () => {
    const [plain, lifted] = NAMES;
    const paper = await Paper.open({ strategies: [plain, lifted].map((id) => ({ id, code: BUYS })) });
    await put(paper, [{ scope: "strategy", metric: "gross_exposure", limit: 5_000, level: "warning" }]);
    await paper.start(plain);
    await paper.start(lifted, { risk_override: true });
    await paper.feed(path("BTCUSD", 100, 1.001, 10));
    await paper.until(() => paper.trades.length === 1);
    await paper.until(() => (execution(paper, plain)?.ordersRefused ?? 0) > 0);
    expect(paper.trades[0]?.executionId).toBe(execution(paper, lifted)?.executionId);
    await put(paper, [{ scope: "strategy", metric: "gross_exposure", limit: 5_000, level: "hard" }]);
    await paper.feed(path("ETHUSD", 100, 1.001, 10));
    await paper.until(() => (execution(paper, lifted)?.ordersRefused ?? 0) > 0);
    expect(paper.trades).toHaveLength(1);
  });

  it("is counted again by an execution whose thread was lost, and no more is free than before", async () => {
    const [first, second] = NAMES;
    const paper = await Paper.open({ strategies: [first, second].map((id) => ({ id, code: BUYS })) });
    await put(paper, [{ scope: "book", metric: "gross_exposure", limit: 15_000 }]);
    await paper.start(first);
    await paper.feed(path("BTCUSD", 100, 1.0001, 5));
    await paper.until(() => paper.trades.length === 1);
    await paper.settled();
    for (const crew of crewsOf(paper)) await crew.lose("taken away by a test", 0);
    await paper.start(second);
    await paper.feed(path("BTCUSD", 100, 1.0001, 20));
    await paper.until(() => (execution(paper, second)?.ordersRefused ?? 0) > 0);
    expect(paper.trades).toHaveLength(1);
    expect(paper.manage.risk.status().claimed_exposure).toBeLessThan(15_000);
  });

  it("stays claimed for the others while one of them is given up with their thread", async () => {
    const [first, second] = NAMES;
    const paper = await Paper.open({ strategies: [first, second].map((id) => ({ id, code: BUYS })) });
    await paper.start(first);
    await paper.start(second);
    await paper.feed(path("BTCUSD", 100, 1.0001, 5));
    await paper.until(() => paper.trades.length === 2);
    await paper.settled();
    const claimed = (): number => paper.manage.risk.status().claimed_exposure;
    const before = claimed();
    const crew = crewsOf(paper).find(({ keys }) => keys.size > 0);
    const most = crew?.keys.size ?? 0;
    const [culprit = 0] = crew?.keys ?? [];
    await crew?.lose("taken away by a test", culprit);
    // Nobody has claimed anew yet; with nobody left what was claimed is free.
    expect(claimed()).toBe(most === 1 ? before / 2 : before);
    await expect.poll(claimed).toBeLessThan(before * 0.6);
    await paper.settled();
    expect(claimed()).toBeGreaterThan(before * 0.4);
  });
});

describe("a limit that is passed by what is held", () => {
  it("pauses by the price that did it, once, with an alert and an entry in the audit trail", async () => {
    const [id] = NAMES;
    const paper = await Paper.open({ strategies: [{ id, code: BUYS, parameters: { position_size: 1 } }] });
    await put(paper, [{ scope: "book", metric: "daily_loss", limit: -2_000, warn: -1_000 }]);
    await paper.start(id);
    await paper.feed(path("BTCUSD", 100, 1, 3));
    await paper.until(() => paper.trades.length === 1);
    await paper.feed([{ symbol: "BTCUSD", price: 98.5 }]);
    await paper.until(() => alerts(paper, "warning").length === 1);
    await paper.feed([{ symbol: "BTCUSD", price: 97 }]);
    await paper.until(() => execution(paper, id)?.status === "paused");
    await expect.poll(() => paper.manage.registry.get(id)?.status).toBe("paused");
    for (const price of [96.9, 97.1, 96.8, 97.2]) await paper.feed([{ symbol: "BTCUSD", price }]);
    expect(paper.manage.risk.status().breaches).toMatchObject([{ scope: "book", metric: "daily_loss", limit: -2_000 }]);
    expect(alerts(paper, "critical").map(({ message }) => message)).toEqual([
      expect.stringMatching(/^daily_loss of the book is -3\d{3}.*, limit -2000; what is in its scope is paused$/),
    ]);
    const { entries } = await paper.manage.audit.page({ action: "risk.breach", limit: 10 });
    expect(entries).toMatchObject([{ actor: "engine", target: "book", after: { action: "pause", allowed: -2_000 } }]);
  });

  it("lets only orders through that make positions smaller until the value has come back by the hysteresis", async () => {
    const [id, late] = NAMES;
    const paper = await Paper.open({ strategies: [id, late].map((one) => ({ id: one, code: HOLDS })) });
    await put(paper, [
      { scope: "book", metric: "gross_exposure", limit: 11_000, action: "reduce_only", hysteresis: 0.2 },
    ]);
    await paper.start(id);
    await paper.feed(path("BTCUSD", 100, 1, 3));
    await paper.until(() => paper.trades.length === 1);
    await paper.feed([{ symbol: "BTCUSD", price: 115 }]);
    await expect.poll(() => paper.manage.risk.status().breaches).toHaveLength(1);
    // Below the limit, and above four fifths of it.
    await paper.feed([{ symbol: "BTCUSD", price: 105 }]);
    await paper.start(late);
    await paper.feed(path("ETHUSD", 100, 1, 3));
    await paper.until(() => (execution(paper, late)?.ordersRefused ?? 0) > 0);
    expect(paper.manage.risk.status().breaches).toHaveLength(1);
    expect(paper.trades).toHaveLength(1);
    await paper.feed([
      { symbol: "BTCUSD", price: 151 },
      { symbol: "BTCUSD", price: 151 },
    ]);
    await paper.until(() => paper.trades.length === 2);
    expect(paper.trades[1]?.side).toBe("SELL");
    await expect.poll(() => paper.manage.risk.status().breaches).toEqual([]);
    await paper.feed(path("ETHUSD", 100, 1, 3));
    await paper.until(() => paper.trades.some(({ symbol }) => symbol === "ETHUSD"));
  });
});

function alerts(paper: Paper, level: "warning" | "critical") {
  return paper.manage.alerts.page({ level, limit: 100 }).alerts.filter(({ type }) => type === "risk");
}
