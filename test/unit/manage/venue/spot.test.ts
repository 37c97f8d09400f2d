// On a spot market nothing is sold that the execution has not bought itself; where there are contracts it may be short.
import { expect, it, onTestFinished } from "vitest";
import { CcxtVenue } from "../../../../src/manage/venue/ccxt-venue.ts";
import { Gateway } from "../../../../src/manage/venue/venue.ts";
import { openStore } from "../../../../src/store/store.ts";
import { SILENT_LOG } from "../../../../src/telemetry/log.ts";
import { eventually } from "../../../support/eventually.ts";
import { FakeExchange } from "../../../support/venue/exchange.ts";
import { LimitedExchange } from "../../../support/venue/limited-exchange.ts";
import { buyOrder } from "../../../support/venue/orders.ts";

async function desk(swap: boolean, contractSize = 1) {
  const exchange = new FakeExchange();
  exchange.quote("BTC/USDT", 99, 101);
  const limited = new LimitedExchange(exchange, swap, contractSize);
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
  return { exchange, gateway, ended, until, order };
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
