// Trades at an exchange that lists only what was filled: the engine's own orders are known to it behind a restart as well,
// and what is filled of one behind its end is found.
import { describe, expect, it, onTestFinished } from "vitest";
import type { CcxtOrder } from "../../../../src/manage/venue/ccxt.ts";
import { CcxtVenue } from "../../../../src/manage/venue/ccxt-venue.ts";
import type { NamedOrder } from "../../../../src/manage/venue/port.ts";
import type { Store } from "../../../../src/store/store.ts";
import { ccxtDesk, endsInPart } from "../../../support/venue/ccxt-desk.ts";
import { eventually } from "../../../support/eventually.ts";
import { FakeExchange } from "../../../support/venue/exchange.ts";
import { LimitedExchange } from "../../../support/venue/limited-exchange.ts";
import { buyOrder } from "../../../support/venue/orders.ts";

const ONE = { symbol: "BTCUSDT", quantity: 1 } as const;

describe("an order that did not get to an exchange that lists only what was filled, behind a restart,", () => {
  async function engine(exchange: FakeExchange, store: Store | null) {
    const made = await ccxtDesk(exchange, 20, { narrow: true }, store);
    const { limited, gateway } = made;
    /** Its order does not get there, and nobody has asked for it when the engine ends. */
    const lose = async (): Promise<void> => {
      limited.drops = (path) => path === "/place";
      await gateway.place(buyOrder("ord_9", ONE));
      await gateway.close();
    };
    return { ...made, lose };
  }

  it.each([
    ["filled", (exchange: FakeExchange): void => exchange.quote("BTC/USDT", 99, 101)],
    ["filled in part", endsInPart],
  ])("is over where the trades are those of an own order that was %s", async (_, happens) => {
    const exchange = new FakeExchange();
    happens(exchange);
    const first = await engine(exchange, null);
    await first.gateway.place(buyOrder("ord_1", ONE));
    await first.until(() => first.ended.length === 1);
    await first.lose();
    const second = await engine(exchange, first.store);
    await second.until(() => second.ended.length === 1);
    expect([second.ended, second.disputes, second.gateway.refusal()]).toEqual([["expired"], [], null]);
  });

  it("is over where they are those of an own order of which an engine in between has first heard", async () => {
    const exchange = new FakeExchange();
    exchange.quote("BTC/USDT", 99, 101);
    const first = await engine(exchange, null);
    first.limited.loses = (path) => path === "/place";
    first.limited.free = first.limited.loses; // nothing is heard of it
    await first.gateway.place(buyOrder("ord_1", ONE));
    await first.gateway.close();
    const second = await engine(exchange, first.store);
    expect([second.ended, second.filled()]).toEqual([["filled"], 1]);
    await second.lose();
    const third = await engine(exchange, first.store);
    await third.until(() => third.ended.length === 1);
    expect([third.ended, third.disputes]).toEqual([["expired"], []]);
  });

  it("is a dispute where they are of an order that is not the engine's", async () => {
    const exchange = new FakeExchange();
    exchange.quote("BTC/USDT", 99, 101);
    const first = await engine(exchange, null);
    await first.gateway.place(buyOrder("ord_1", ONE));
    await first.until(() => first.ended.length === 1);
    const strange = { clientOrderId: null, symbol: "BTC/USDT", type: "market", price: null } as const;
    exchange.place({ ...strange, side: "BUY", quantity: 1 });
    exchange.place({ ...strange, side: "SELL", quantity: 1 });
    await first.lose();
    const second = await engine(exchange, first.store);
    expect([second.ended, second.disputes]).toEqual([[], ["order ord_9: what became of it is not known"]]);
  });
});

const sent = (id: string) => ({ ...buyOrder(id, ONE), createdAt: Date.now() * 1_000 });

async function started(exchange: FakeExchange, named: readonly NamedOrder[] = []) {
  const limited = Object.assign(new LimitedExchange(exchange), { narrow: true });
  const venue = new CcxtVenue({ name: "ccxt:limited", exchange: limited, currency: "USDT", pollMs: 20, lateMs: 0 });
  onTestFinished(() => venue.close());
  await venue.start(named);
  await eventually(
    () => venue.connected,
    (up) => up,
  );
  return { limited, venue };
}

it("the id of an order is told before its fills, also where it is found when it is looked for by itself", async () => {
  const exchange = new FakeExchange();
  exchange.quote("BTC/USDT", 99, 101);
  const { limited, venue } = await started(exchange);
  const told: unknown[] = [];
  venue.onUpdate((update) => told.push(update.kind === "order" ? update.venueOrderId : update.kind));
  limited.loses = (path) => path === "/place";
  const lists = limited.fetchClosedOrders.bind(limited);
  let asked = 0;
  limited.fetchClosedOrders = async () => (asked++ % 2 === 0 ? [] : lists());
  await venue.place(
    sent("ord_1"),
    () => null,
    () => true,
  );
  await eventually(
    () => told,
    ({ length }) => length >= 3,
  );
  expect(told).toEqual(["x1", "fill", "x1"]);
});

it("an id is that of an own order in its own symbol alone: some exchanges count anew in each", async () => {
  const exchange = new FakeExchange();
  exchange.quote("BTC/USDT", 99, 101);
  exchange.place({ clientOrderId: null, symbol: "BTC/USDT", type: "market", side: "BUY", quantity: 1, price: null });
  const ask = async (symbol: string) => {
    const { venue } = await started(exchange, [{ symbol, venueOrderId: "x1" }]);
    return venue.find(sent("ord_9"), null);
  };
  expect(await ask("BTCUSDT")).toBeNull();
  await expect(ask("ETHUSDT")).rejects.toThrow("trades of one that nobody knows");
});

describe("an order that is over, of which the exchange says later that more was filled until then,", () => {
  /** It was cancelled with 0.4 filled, and so the exchange has said. */
  async function ended(more: object = {}) {
    const exchange = new FakeExchange();
    const made = await ccxtDesk(exchange, 20, more);
    const { gateway, until } = made;
    await gateway.place(buyOrder("ord_1", { ...ONE, kind: "limit", limit: 50 }));
    await until(() => exchange.open().length === 1);
    exchange.fill(exchange.orders[0]!, 0.4, 50);
    exchange.cancel(exchange.orders[0]!);
    await until(() => made.ended.length === 1);
    exchange.fill(exchange.orders[0]!, 0.2, 50);
    return made;
  }

  it("has these fills as well, where the exchange tells it by itself", async () => {
    const batches: ((told: readonly CcxtOrder[]) => void)[] = [];
    const watchOrders = () => new Promise((resolve) => batches.push(resolve));
    const { exchange, gateway, disputes, filled, until } = await ended({ watchOrders });
    const { orderId: id } = exchange.orders[0]!;
    batches.at(-1)?.([{ id, clientOrderId: "ord_1", status: "canceled", filled: 0.6 }]);
    await until(() => filled() > 0.4);
    expect([await gateway.reconcile(), gateway.status().openOrders, disputes]).toEqual([null, 0, []]);
    expect(filled()).toBeCloseTo(0.6);
  });

  it("has them where it is listed so when another one is asked for", async () => {
    const { exchange, gateway, disputes, filled, until } = await ended();
    exchange.quote("BTC/USDT", 99, 101, 0);
    await gateway.place(buyOrder("ord_2", { ...ONE, kind: "limit", limit: 50 }));
    exchange.cancel(exchange.orders[1]!);
    await until(() => filled() > 0.4);
    expect([await gateway.reconcile(), gateway.status().openOrders, disputes]).toEqual([null, 0, []]);
  });
});

it("an order that comes to no lot at all is refused before it leaves", async () => {
  const exchange = new FakeExchange();
  const { limited, gateway, ended, until } = await ccxtDesk(exchange, 20, { lot: 0.01 });
  await gateway.place(buyOrder("ord_1", { ...ONE, quantity: 1e-9 }));
  await until(() => ended.length === 1);
  expect([ended, limited.sent.includes("/place")]).toEqual([["rejected"], false]);
});
