// Orders, positions and the ledger of executions on the live stream: real threads, real compiler, real store.
import { describe, expect, it } from "vitest";
import type { OrderRecord } from "../../../src/store/orders.ts";
import type { Position } from "../../../src/manage/orders/orders.ts";
import { Paper } from "../../support/manage/paper.ts";
import { strategyCode } from "../../support/strategy-code.ts";

const BUYS = strategyCode("if (market.position == 0) this.buy(0.8);");

function listened(paper: Paper): { orders: OrderRecord[]; positions: Position[] } {
  const heard = { orders: [] as OrderRecord[], positions: [] as Position[] };
  paper.manage.executions.listen({
    onOrder: (order) => heard.orders.push(order),
    onPosition: (position) => heard.positions.push(position),
  });
  return heard;
}

function all(paper: Paper): Promise<readonly OrderRecord[]> {
  return paper.manage.executions.orders.list({ strategyId: null, symbol: null, state: null, before: null, limit: 100 });
}

describe("the orders of an execution", () => {
  it("go from new to filled, with the stop and the target that they bring into force, under ids of its own", async () => {
    const parameters = { stop_loss: -0.05, take_profit: 0.1, fee_bps: 10 };
    const paper = await Paper.open({ strategies: [{ id: "strat_ord001", code: BUYS, parameters }] });
    const heard = listened(paper);
    const { executionId } = await paper.start("strat_ord001");
    await paper.feed([{ symbol: "BTCUSD", price: 100 }]);
    await paper.settled();
    await paper.feed([{ symbol: "BTCUSD", price: 100 }]);
    await paper.until(() => paper.trades.length > 0);
    const orders = await all(paper);
    expect(orders.map(({ purpose, state, side }) => [purpose, state, side])).toEqual([
      ["target", "working", "SELL"],
      ["stop", "working", "SELL"],
      ["signal", "filled", "BUY"],
    ]);
    const part = executionId.slice("exec_".length);
    expect(orders.map(({ orderId }) => orderId)).toEqual([3, 2, 1].map((number) => `ord_${part}0000000${number}`));
    expect(heard.orders.find(({ purpose }) => purpose === "signal")?.state).toBe("new");
    expect(heard.positions).toMatchObject([{ symbol: "BTCUSD", averagePrice: 100, quantity: orders[2]?.quantity }]);
    const [holder] = paper.manage.executions.holders();
    expect(holder?.positions).toMatchObject([{ symbol: "BTCUSD", mark: 100 }]);
  });

  it("are changed and taken back on request, with what the venue says about it", async () => {
    const parameters = { stop_loss: -0.05, take_profit: 0.1 };
    const paper = await Paper.open({ strategies: [{ id: "strat_ord002", code: BUYS, parameters }] });
    await paper.start("strat_ord002");
    await paper.feed([{ symbol: "BTCUSD", price: 100 }]);
    await paper.settled();
    await paper.feed([{ symbol: "BTCUSD", price: 100 }]);
    await paper.until(() => paper.trades.length > 0);
    const [target, stop, entry] = await all(paper);
    const { executions } = paper.manage;
    const entries: string[] = [];
    const noted = (): Promise<void> => {
      entries.push("noted");
      return Promise.resolve();
    };
    const change = (order: OrderRecord | undefined, what: Parameters<typeof executions.changeOrder>[1]) =>
      executions.changeOrder(order?.orderId ?? "", what, noted);
    expect(await change(stop, { stop: 97 })).toMatchObject({ ok: true, value: { stop: 97, state: "working" } });
    expect(await change(target, { stop: 97 })).toMatchObject({ failure: { code: "validation_error" } });
    const refused = async (which: OrderRecord | undefined, what: Parameters<typeof change>[1]): Promise<unknown> => {
      const done = await change(which, what);
      return done.ok || done.failure.code !== "validation_error" ? done : done.failure.issues;
    };
    expect(await refused(target, { limit: 1e300 })).toEqual([
      { field: "price", issue: expect.stringMatching(/^must be a positive finite number/u) as string },
    ]);
    expect(await refused(stop, { stop: 1e300 })).toEqual([
      { field: "stop_price", issue: expect.stringMatching(/^must be a positive finite number/u) as string },
    ]);
    expect(await refused(stop, { quantity: 1e12 })).toEqual([
      { field: "quantity", issue: expect.stringMatching(/^must be at most the .* that it can reduce/u) as string },
    ]);
    paper.pass(7);
    const later = await change(stop, { stop: 97.5 });
    expect(later.ok && stop !== undefined && later.value.updatedAt - stop.updatedAt).toBeGreaterThanOrEqual(7e6);
    expect((await change(stop, { stop: 97 })).ok).toBe(true);
    expect(await change(entry, { quantity: 1 })).toMatchObject({ failure: { code: "invalid_state", state: "filled" } });
    expect(await executions.changeOrder("ord_unknown00000001", null, noted)).toMatchObject({
      failure: { code: "not_found" },
    });
    expect(await change(target, null)).toMatchObject({ ok: true });
    expect(await change(target, null)).toMatchObject({ failure: { code: "invalid_state", state: "cancelled" } });
    // What was refused is not noted.
    expect(entries).toEqual(["noted", "noted", "noted", "noted"]);
    await paper.feed([{ symbol: "BTCUSD", price: 96.5 }]);
    await paper.until(() => paper.trades.some(({ side }) => side === "SELL"));
    expect(paper.trades.find(({ side }) => side === "SELL")?.price).toBe(96.5);
  });
});

describe("the ledger of an execution", () => {
  it("has a balanced entry for each fill, and adds up to what its account holds", async () => {
    const code = strategyCode("if (market.position == 0) this.buy(0.8); else this.sell(0.5);");
    const paper = await Paper.open({ strategies: [{ id: "strat_led001", code, parameters: { fee_bps: 7.3 } }] });
    const { executionId } = await paper.start("strat_led001");
    for (let tick = 0; tick < 40; tick++) {
      await paper.feed([{ symbol: "BTCUSD", price: 100 + Math.sin(tick) * 7.123 }]);
      await paper.settled();
    }
    await paper.until(() => paper.trades.length > 8);
    await paper.manage.desk.stop("strat_led001", "test");
    const { executions } = paper.manage;
    const entries = await executions.postings(executionId, undefined, 500);
    expect(entries.length).toBe(paper.trades.length + 1);
    expect(entries.at(-1)).toMatchObject({ kind: "capital", cash: 100_000e6, capital: -100_000e6 });
    for (const { cash, cost, fees, realised, carry, capital } of entries)
      expect(cash + cost + fees + realised + carry + capital).toBe(0);
    const balances = await executions.balances(executionId);
    const fees = paper.trades.reduce((sum, { fee }) => sum + Math.round(fee * 1e6), 0);
    expect(balances.fees).toBe(fees);
    expect(entries.filter(({ kind }) => kind === "fill").map(({ trade }) => trade)).toEqual(
      paper.trades.map(({ position }) => position).toReversed(),
    );
  });
});
