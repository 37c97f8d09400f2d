// On a spot market nothing is sold that the execution has not bought itself; where there are contracts it may be short.
import { describe, expect, it, onTestFinished } from "vitest";
import { CcxtVenue } from "../../../../src/manage/venue/ccxt-venue.ts";
import { Gateway } from "../../../../src/manage/venue/venue.ts";
import { openStore } from "../../../../src/store/store.ts";
import { SILENT_LOG } from "../../../../src/telemetry/log.ts";
import { eventually } from "../../../support/eventually.ts";
import { FakeExchange } from "../../../support/venue/exchange.ts";
import { LimitedExchange } from "../../../support/venue/limited-exchange.ts";
import { buyOrder } from "../../../support/venue/orders.ts";

async function desk(swap: boolean, contractSize = 1, lot = 0) {
  const exchange = new FakeExchange();
  exchange.quote("BTC/USDT", 99, 101);
  const limited = new LimitedExchange(exchange, swap, contractSize);
  limited.lot = lot;
  const venue = new CcxtVenue({ name: "ccxt:limited", exchange: limited, currency: "USDT", pollMs: 20 });
  const store = await openStore({ file: null, log: SILENT_LOG });
  if (!store.ok) throw new Error(store.failure);
  const ended = new Map<string, string>();
  const gateway = new Gateway({
    venue,
    store: store.value,
    log: SILENT_LOG,
    now: () => Date.now() * 1_000,
    compareMs: 60_000,
    onOrder: ({ clientOrderId, state, settled }) => void (settled && ended.set(clientOrderId, state)),
  });
  onTestFinished(async () => {
    await gateway.close();
    await store.value.close();
  });
  const until = async (holds: () => boolean): Promise<void> => {
    await eventually(holds, (held) => held);
  };
  await gateway.start();
  await until(() => gateway.refusal() === null);
  const order = (at: number, side: "buy" | "sell", quantity: number, more = {}) =>
    gateway.place(buyOrder(`ord_${at}`, { symbol: "BTCUSDT", side, quantity, ...more }));
  return { exchange, limited, gateway, ended, until, order };
}

it("a sale that opens a short position is refused on a spot market, whoever has the coins, and leaves nothing there", async () => {
  const { exchange, gateway, ended, until, order } = await desk(false);
  await order(1, "buy", 2, { executionId: "exec_2" });
  await order(2, "buy", 1);
  await until(() => ended.size === 2);
  const refused = await order(3, "sell", 1.5);
  expect(refused).toEqual({
    ok: false,
    failure:
      "BTCUSDT is a spot market, where selling 1.5 with 1 held opens a short position of coins that are not the " +
      "execution's; trade it without allow_short, or where it has contracts",
  });
  expect(exchange.orders).toHaveLength(2);
  expect(await gateway.reconcile()).toBeNull();
});

it("what an execution has bought itself it sells there, once", async () => {
  const { exchange, ended, until, order } = await desk(false);
  await order(1, "buy", 1);
  await until(() => ended.size === 1);
  expect(await order(2, "sell", 0.75, { kind: "limit", limit: 150 })).toMatchObject({ ok: true });
  await until(() => exchange.open().length === 1);
  // What rests there may be sold by then.
  expect(await order(3, "sell", 0.5)).toMatchObject({ ok: false });
  expect(await order(4, "sell", 0.25)).toMatchObject({ ok: true });
  await until(() => ended.get("ord_4") === "filled");
});

it("where the market has contracts a sale may open a short position", async () => {
  const { exchange, order } = await desk(true);
  expect(await order(1, "sell", 1.5)).toMatchObject({ ok: true });
  expect(exchange.positions.get("BTC/USDT")).toBe(-1.5);
});

it("as many contracts are asked for as a position has, where their size divides it with a rest of rounding", async () => {
  const { exchange, ended, until, order } = await desk(true, 0.01);
  expect(0.29 / 0.01).toBeLessThan(29); // and an exchange cuts amounts to whole contracts
  await order(1, "buy", 0.29);
  await order(2, "buy", 0.07);
  await until(() => ended.size === 2);
  expect(exchange.orders.map(({ quantity }) => quantity)).toEqual([29, 7]);
});

it("what is left of a position is asked for in whole lots, where adding up has left a little less than them", async () => {
  const { exchange, ended, until, order } = await desk(true, 1, 0.1);
  expect(1_000 - 999.7).toBeLessThan(0.3);
  await order(1, "buy", 0.3);
  await until(() => ended.size === 1);
  await order(2, "sell", 1_000 - 999.7, { reduceOnly: true });
  await until(() => ended.size === 2);
  expect(exchange.positions.get("BTC/USDT")).toBe(0);
});

it("an order that is called filled without a word of how much is not over before its trades are there", async () => {
  const { limited, ended, gateway, until, order } = await desk(false);
  limited.silent = () => true;
  limited.hides = () => true;
  await order(1, "buy", 2);
  await until(() => gateway.status().openOrders === 0);
  expect(ended.size).toBe(0);
  limited.hides = () => false;
  await until(() => ended.get("ord_1") === "filled");
  expect(await gateway.reconcile()).toBeNull();
});

it("an amount of more decimals than a division leaves is asked for as it is: never more than there is", async () => {
  const { exchange, ended, until, order } = await desk(false);
  const many = 60_000.12345678;
  await order(1, "buy", many);
  await until(() => ended.size === 1);
  await order(2, "sell", many, { reduceOnly: true });
  await until(() => ended.size === 2);
  expect(exchange.orders.map(({ quantity }) => quantity)).toEqual([many, many]);
});

it("an order that was cancelled is asked for where the exchange does not say what was filled of it until then", async () => {
  const { exchange, limited, gateway, ended, until, order } = await desk(false);
  await order(1, "buy", 1, { kind: "limit", limit: 50 });
  await until(() => exchange.open().length === 1);
  limited.silent = (path) => path === "/cancel";
  limited.free = (path) => path !== "/open";
  await until(() => limited.waiting.length > 0); // it is not looked at meanwhile
  const [resting] = exchange.open();
  exchange.fill(exchange.byId(resting?.orderId ?? "")!, 0.4, 50);
  gateway.cancel("ord_1");
  await until(() => exchange.open().length === 0);
  limited.free = () => true;
  limited.release();
  await until(() => ended.get("ord_1") === "cancelled");
  expect(await gateway.reconcile()).toBeNull();
  expect(gateway.unclaimed).toEqual(new Map());
});

describe("an exit where another execution holds the other way in the same account", () => {
  it.each([
    [1, 1],
    [2, 1],
    [1, 2],
  ])("leaves all that its own has: %s long beside %s short", async (long, short) => {
    const { exchange, ended, until, order } = await desk(true);
    await order(1, "buy", long);
    await order(2, "sell", short, { executionId: "exec_2" });
    await until(() => ended.size === 2);
    await order(3, "sell", long, { reduceOnly: true });
    await until(() => ended.size === 3);
    expect([ended.get("ord_3"), exchange.positions.get("BTC/USDT")]).toEqual(["filled", -short]);
    await order(4, "buy", short, { reduceOnly: true, executionId: "exec_2" });
    await until(() => ended.size === 4);
    expect([ended.get("ord_4"), exchange.positions.get("BTC/USDT")]).toEqual(["filled", 0]);
  });

  it("counts what is on its way: two parts of one are not both cut to what the account has", async () => {
    const { exchange, ended, limited, until, order } = await desk(true);
    await order(1, "buy", 3);
    await order(2, "sell", 1, { executionId: "exec_2" });
    await until(() => ended.size === 2);
    limited.free = (path) => path !== "/place";
    const parts = [order(3, "sell", 1.5, { reduceOnly: true }), order(4, "sell", 1.5, { reduceOnly: true })];
    await until(() => limited.waiting.length === 2);
    limited.release();
    await Promise.all(parts);
    await until(() => ended.size === 4);
    expect(exchange.positions.get("BTC/USDT")).toBe(-1);
  });
});

it("an exit that is said to reduce is not cut by what another execution sells behind it and gets there first", async () => {
  const { exchange, ended, limited, until, order } = await desk(true);
  await order(1, "buy", 2);
  await until(() => ended.size === 1);
  limited.free = (path) => path !== "/place";
  const all = [order(2, "sell", 2, { reduceOnly: true })];
  await until(() => limited.waiting.length === 1);
  all.push(order(3, "sell", 1, { executionId: "exec_2" }), order(4, "buy", 0.5, { executionId: "exec_3" }));
  await until(() => limited.waiting.length === 2);
  limited.free = () => true;
  limited.waiting.reverse();
  limited.release();
  await Promise.all(all);
  await until(() => ended.size === 4);
  const exit = exchange.byClient("ord_2");
  expect([exit?.quantity, exit?.filled, exchange.positions.get("BTC/USDT")]).toEqual([2, 2, -0.5]);
});

it("an exit that is alone in its account only reduces, so that it opens nothing where the engine is wrong", async () => {
  const { exchange, ended, until, order } = await desk(true);
  await order(1, "buy", 2);
  await until(() => ended.size === 1);
  exchange.positions.set("BTC/USDT", 0.5);
  await order(2, "sell", 2, { reduceOnly: true });
  await until(() => ended.size === 2);
  expect(exchange.positions.get("BTC/USDT")).toBe(0);
});
