// Executions whose orders leave for an exchange: a strategy decides in its thread, and what the exchange does is what
// counts.
import { describe, expect, it, onTestFinished } from "vitest";
import { CcxtVenue } from "../../../src/manage/venue/ccxt-venue.ts";
import { openExchange } from "../../../src/manage/venue/ccxt.ts";
import { eventually } from "../../support/eventually.ts";
import { Paper, type PaperOptions } from "../../support/manage/paper.ts";
import { otherThreads, ownTime } from "../../support/own-time.ts";
import { strategyCode } from "../../support/strategy-code.ts";
import { FakeExchange } from "../../support/venue/exchange.ts";
import { ExchangeServer } from "../../support/venue/exchange-server.ts";
import { fakeCcxt } from "../../support/venue/fake-ccxt.ts";

const BUYS = strategyCode("if (market.position == 0) this.buy(0.8);");
const ID = "strat_live01";
const LIVE = { mode: "live" };

async function desk(parameters: Readonly<Record<string, unknown>> = {}, more: Partial<PaperOptions> = {}) {
  const exchange = new FakeExchange();
  exchange.forgetful = true;
  const server = await ExchangeServer.open(exchange);
  onTestFinished(() => server.close());
  const opened = await openExchange("fake", { apiKey: "k", secret: "s", password: null }, true, () =>
    Promise.resolve(fakeCcxt(server.address)),
  );
  if (!opened.ok) throw new Error(opened.failure);
  const venue = new CcxtVenue({ name: "ccxt:fake", exchange: opened.value, currency: "USDT", pollMs: 30 });
  const strategies = [{ id: ID, code: BUYS, parameters: { symbols: ["BTCUSDT"], ...parameters } }];
  const paper = await Paper.open({ strategies, venue, ...more });
  const { manage } = paper;
  const until = async (holds: () => boolean): Promise<void> => {
    await eventually(holds, (held) => held);
  };
  await until(() => manage.venue.refusal() === null);
  return { exchange, server, paper, manage, until };
}
const tick = (price: number) => ({ symbol: "BTCUSDT", price, volume: 1 });
const agree = async (manage: Paper["manage"]) => {
  const reconciled = await manage.venue.reconcile("test", false);
  return reconciled.ok ? reconciled.value.disputes : reconciled.failure;
};

describe("a live execution", () => {
  it("trades at what the exchange fills, in its parts, with its fees, and leaves by its stop", async () => {
    const { exchange, paper, manage, until } = await desk({ stop_loss: -0.05 });
    exchange.quote("BTC/USDT", 99, 101, 60);
    const { executionId } = await paper.start(ID, LIVE);
    await paper.feed([tick(100)]);
    await until(() => paper.trades.length === 1);
    exchange.quote("BTC/USDT", 100, 102, 60);
    await until(() => paper.trades.length === 2);
    const [first, second] = paper.trades;
    expect([first, second]).toMatchObject([
      { side: "BUY", quantity: 60, price: 101, fee: 6.06 },
      { side: "BUY", quantity: 40, price: 102, fee: 4.08 },
    ]);
    expect(exchange.orders).toHaveLength(1);
    expect(await agree(manage)).toEqual([]);
    exchange.quote("BTC/USDT", 89, 91);
    await paper.feed([tick(90)]);
    await until(() => paper.trades.length === 3);
    expect(paper.trades[2]).toMatchObject({ side: "SELL", quantity: 100, price: 89 });
    await until(() => exchange.positions.get("BTC/USDT") === 0);
    expect(await agree(manage)).toEqual([]);
    const stopped = await manage.desk.stop(ID, "test");
    if (!stopped.ok || stopped.value === null) throw new Error("it did not run");
    expect(stopped.value.pnl).toBeCloseTo(89 * 100 - (60 * 101 + 40 * 102) - 6.06 - 4.08 - 8.9, 6);
    const stored = await manage.executions.trades(executionId, null, undefined, 500);
    expect(stored.map(({ side }) => side)).toEqual(["SELL", "BUY", "BUY"]);
    expect(exchange.doubled()).toEqual([]);
  });

  it("takes its target back before its stop leaves, so that no position is left twice", async () => {
    const { exchange, paper, until } = await desk({ stop_loss: -0.05, take_profit: 0.04 });
    exchange.quote("BTC/USDT", 99, 100);
    await paper.start(ID, LIVE);
    await paper.feed([tick(100)]);
    await until(() => paper.trades.length === 1);
    await paper.feed([tick(105)]);
    await until(() => exchange.open().length === 1); // the target rests: nobody bids so much
    expect(exchange.open()[0]).toMatchObject({ side: "SELL", price: 104 });
    await paper.feed([tick(90)]);
    await until(() => exchange.orders[1]?.status === "cancelled");
    await until(() => paper.manage.venue.status().openOrders === 0);
    await paper.settled();
    // Its thread may hear of the end of the target behind the next tick: then the stop leaves at the one after that.
    const left = async (): Promise<number> => {
      await paper.feed([tick(89)]);
      await paper.settled();
      return paper.trades.length;
    };
    await eventually(left, (count) => count >= 2);
    expect(paper.trades[1]).toMatchObject({ side: "SELL", price: 99, quantity: paper.trades[0]?.quantity });
    await until(() => exchange.orders.length >= 3);
    expect(exchange.orders[2]).toMatchObject({ side: "SELL", price: null, status: "filled" });
  });

  it("watches a stop on that the exchange refuses, says so, and sends it again", async () => {
    const { exchange, paper, manage, until } = await desk({ stop_loss: -0.05 });
    exchange.quote("BTC/USDT", 99, 100);
    const { executionId } = await paper.start(ID, LIVE);
    await paper.feed([tick(100)]);
    await until(() => paper.trades.length === 1);
    exchange.judge = ({ side }) => (side === "SELL" ? "less than the least order" : null);
    exchange.quote("BTC/USDT", 89, 91);
    await paper.feed([tick(90)]);
    const alerts = () => manage.alerts.open().filter(({ message }) => message.includes(executionId));
    await until(() => alerts().length > 0);
    expect(alerts()).toMatchObject([{ level: "critical", symbol: "BTCUSDT", strategyId: ID }]);
    expect(alerts()[0]?.message).toMatch(
      /^the stop .*\(sell 100 BTCUSDT\) was not executed at the venue: .*; it is watched and sent again$/,
    );
    const all = await manage.executions.orders.list({
      strategyId: ID,
      symbol: null,
      state: null,
      before: null,
      limit: 9,
    });
    expect(all.map(({ purpose, state, filled }) => [purpose, state, filled])).toEqual([
      ["stop", "working", 0],
      ["signal", "filled", 100],
    ]);
    exchange.judge = () => null;
    const left = async (): Promise<number> => {
      paper.pass(1);
      await paper.feed([tick(90)]);
      await paper.settled();
      return paper.trades.length;
    };
    await eventually(left, (count) => count >= 2);
    expect(paper.trades[1]).toMatchObject({ side: "SELL", price: 89, quantity: 100 });
    expect(exchange.doubled()).toEqual([]);
  });

  it("sends nothing to the exchange where its mode is paper", async () => {
    const { exchange, paper, until } = await desk();
    await paper.start(ID);
    await paper.feed([tick(100), tick(101)]);
    await until(() => paper.trades.length > 0);
    expect(exchange.orders).toEqual([]);
  });

  it("learns that the exchange refuses, and decides again at an event behind a pause", async () => {
    const { exchange, paper, manage, until } = await desk();
    exchange.judge = () => "no money";
    exchange.quote("BTC/USDT", 99, 101);
    await paper.start(ID, LIVE);
    await paper.feed([tick(100)]);
    await until(() => exchange.orders.length === 1 && manage.venue.status().openOrders === 0);
    exchange.judge = () => null;
    await paper.settled();
    const traded = async (): Promise<number> => {
      paper.pass(1);
      await paper.feed([tick(100)]);
      await new Promise((resolve) => setTimeout(resolve, 20));
      return paper.trades.length;
    };
    await eventually(traded, (count) => count > 0);
    expect(exchange.positions.get("BTC/USDT")).toBe(100);
  });

  it("takes its open orders back when it is stopped, and by the emergency stop", async () => {
    for (const stop of ["stop", "halt"] as const) {
      const { exchange, paper, manage, until } = await desk();
      await paper.start(ID, LIVE);
      await paper.feed([tick(100)]); // nobody offers anything there
      await until(() => exchange.open().length === 1);
      const took = ownTime(otherThreads); // that of the store is one of them
      if (stop === "stop") await manage.desk.stop(ID, "test");
      else manage.halt();
      await until(() => exchange.open().length === 0);
      expect(took()).toBeLessThan(1_000);
      expect(exchange.orders[0]?.status).toBe("cancelled");
    }
  });

  it("takes back what would open a position when it is paused", async () => {
    const { exchange, paper, manage, until } = await desk();
    await paper.start(ID, LIVE);
    await paper.feed([tick(100)]);
    await until(() => exchange.open().length === 1);
    await manage.registry.move(ID, "pause", { actor: "test" });
    await until(() => exchange.open().length === 0);
    expect(manage.executions.active()[0]?.status).toBe("paused");
  });

  it("takes back what would open a position once only orders pass that make positions smaller", async () => {
    const { exchange, paper, manage, until } = await desk({ stop_loss: -0.5 });
    exchange.quote("BTC/USDT", 99, 101, 60);
    await paper.start(ID, LIVE);
    await paper.feed([tick(100)]);
    await until(() => paper.trades.length === 1);
    expect(exchange.open()).toHaveLength(1);
    const { orders } = manage.executions;
    const told: (string | null)[] = [];
    manage.executions.listen({ onOrder: ({ state, reason }) => void (state === "cancelled" && told.push(reason)) });
    // No further event of the market comes.
    await manage.risk.putLimits([{ scope: "book", metric: "gross_exposure", limit: 5_000 }], "test");
    await until(() => exchange.open().length === 0);
    await until(() => told.length === 1);
    expect(told).toEqual(["only orders that make a position smaller are let through"]);
    const all = await orders.list({ strategyId: ID, symbol: null, state: null, before: null, limit: 9 });
    expect(all.map(({ purpose, state, filled }) => [purpose, state, filled])).toEqual([
      ["stop", "working", 0],
      ["signal", "cancelled", 60],
    ]);
    expect(await agree(manage)).toEqual([]);
  });

  it("is refused while engine and exchange disagree, with the reason", async () => {
    const { exchange, manage } = await desk();
    exchange.positions.set("BTC/USDT", 3);
    await agree(manage);
    const started = await manage.desk.start(ID, LIVE, "test");
    expect(started).toMatchObject({ ok: false, failure: { code: "conflict" } });
    expect(JSON.stringify(started)).toContain("position in BTCUSDT: 0 here, 3 at the venue");
  });

  it("raises an alert when the exchange fills an order of an execution that is over", async () => {
    const { exchange, paper, manage, until } = await desk();
    await paper.start(ID, LIVE);
    await paper.feed([tick(100)]);
    await until(() => exchange.open().length === 1);
    const [order] = exchange.orders;
    if (order === undefined) throw new Error("no order came");
    exchange.cancel = () => false; // it is too late there
    await manage.desk.stop(ID, "test");
    exchange.fill(order, 100, 100);
    await until(() => manage.alerts.open().some(({ message }) => message.includes("of an execution that is over")));
  });
});
