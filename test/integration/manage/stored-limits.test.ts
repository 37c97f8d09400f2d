// A risk limit that an earlier engine has stored and that cannot be meant, through the rooms: nobody trades without it.
import { join } from "node:path";
import { expect, it } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { dataDir } from "../../support/manage/engine.ts";
import { Paper, path } from "../../support/manage/paper.ts";
import { strategyCode } from "../../support/strategy-code.ts";
import { openStore } from "../../../src/store/store.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";

/** In and out, again and again. */
const TURNS = strategyCode("if (market.position == 0) this.buy(1.0); else this.sell(1.0);");
const ID = "strat_limits1";
const SENTENCE = `risk_limits.max_trades_per_day must be a whole number from 1, found 2.5: no position is opened until PUT /strategies/${ID} gives another value, or null for none`;

function troubles(paper: Paper): readonly string[] {
  return paper.manage.alerts.page({ limit: 10 }).alerts.map(({ message }) => message);
}

/** As an engine left it that did not judge it. */
async function storeLimit(file: string, limit: number): Promise<void> {
  const store = await openStore({ file, log: SILENT_LOG });
  if (!store.ok) throw new Error(store.failure);
  const limits = JSON.stringify({ max_trades_per_day: limit });
  const stored = await store.value.commit([
    { sql: "UPDATE strategies SET risk_limits = ? WHERE strategy_id = ?", params: [limits, ID] },
  ]);
  expect(stored.ok).toBe(true);
  await store.value.close();
}

it("nothing is started with it, everybody is told, and the next value is in force", async () => {
  const paper = await Paper.open({ strategies: [{ id: ID, code: TURNS, riskLimits: { max_trades_per_day: 2.5 } }] });
  expect(paper.manage.registry.lastError(ID)).toBe(SENTENCE);
  expect(troubles(paper)).toEqual([SENTENCE]);
  const refused = await paper.manage.desk.start(ID, { max_trades_per_day: 3 }, "test");
  expect(refused).toMatchObject({
    ok: false,
    failure: { code: "validation_error", issues: [{ field: "risk_limits.max_trades_per_day" }] },
  });
  const mended = await paper.manage.registry.update(ID, { riskLimits: { max_trades_per_day: 2 } }, "test");
  expect(mended.ok).toBe(true);
  expect(paper.manage.registry.lastError(ID)).toBeNull();
  await paper.start(ID);
  await paper.feed(path("BTCUSD", 100, 1.001, 20));
  await paper.settled();
  await paper.manage.executions.stop(ID, "test");
  expect(paper.trades.map(({ side }) => side)).toEqual(["BUY", "SELL", "BUY", "SELL"]);
});

it("an execution that goes on leaves what it holds, and opens nothing before it is mended", async () => {
  const file = join(dataDir(), "engine.db");
  const holds = strategyCode("if (market.position == 0) this.buy(1.0); else if (market.price > 150) this.sell(1.0);");
  const first = await Paper.open({ strategies: [{ id: ID, code: holds }], file, shared: true });
  await first.start(ID);
  await first.feed(path("BTCUSD", 100, 1.001, 5));
  await first.until(() => first.trades.length === 1);
  await first.settled();
  await first.close();
  await storeLimit(file, 2.5);
  const paper = await Paper.open({ strategies: [], file, stored: true, autoResume: true });
  await paper.until(() => paper.heard.some(([event]) => event === "resumed"));
  expect(troubles(paper)).toContain(SENTENCE);
  await paper.feed(path("BTCUSD", 160, 1.001, 3));
  await paper.until(() => paper.trades.length === 1);
  expect(paper.trades[0]?.side).toBe("SELL");
  await paper.feed(path("BTCUSD", 100, 1.001, 5));
  await paper.settled();
  expect(paper.manage.executions.active()).toMatchObject([{ status: "running", tradeCount: 2, openPositions: 0 }]);
  const mended = await paper.manage.registry.update(ID, { riskLimits: { max_trades_per_day: null } }, "test");
  expect(mended.ok).toBe(true);
  await paper.until(() => paper.manage.registry.lastError(ID) === null);
  // Its thread reads the new limits between two ticks, maybe behind the first ones that come now.
  const traded = async (): Promise<number> => {
    await paper.feed(path("BTCUSD", 100, 1.001, 5));
    await paper.settled();
    return paper.trades.length;
  };
  await eventually(traded, (count) => count >= 2);
  expect(paper.trades.map(({ side }) => side)).toEqual(["SELL", "BUY"]);
});
