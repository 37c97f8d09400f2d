// What an exchange behind ccxt is asked: no less than is to be known, and not for ever what it does not answer.
import { describe, expect, it } from "vitest";
import { ccxtDesk } from "../../../support/venue/ccxt-desk.ts";
import { FakeExchange } from "../../../support/venue/exchange.ts";
import { buyOrder } from "../../../support/venue/orders.ts";

const yes = (): Promise<boolean> => Promise.resolve(true);

describe("an exchange behind ccxt", () => {
  async function desk(more: object = {}) {
    let clock = Date.now();
    const made = await ccxtDesk(new FakeExchange(() => ++clock), 5, more); // each fill is behind the one before
    const { limited, until } = made;
    const count = (path: string): number => limited.sent.filter((one) => one === path).length;
    /** How often it is asked for orders that are over in so many polls. */
    const asked = async (polls: number): Promise<number> => {
      const [open, over] = [count("/open"), count("/closed")];
      await until(() => count("/open") - open >= polls);
      return count("/closed") - over;
    };
    return { ...made, asked };
  }

  it("that goes on saying what is missing of an order does not bring the dispute back, and is asked less and less", async () => {
    const { exchange, limited, gateway, ended, disputes, until, asked } = await desk();
    await gateway.place(buyOrder("ord_1", { symbol: "BTCUSDT", quantity: 1, kind: "limit", limit: 50 }));
    await until(() => exchange.open().length === 1);
    limited.hides = () => true;
    exchange.fill(exchange.orders[0]!, 0.4, 50);
    exchange.cancel(exchange.orders[0]!);
    await until(() => disputes.length > 0);
    expect(await gateway.acceptVenue("ops", yes)).toBeNull();
    expect(ended).toEqual(["cancelled"]);
    const known = disputes.length;
    const often = await asked(200);
    expect([await gateway.reconcile(), disputes.length, ended]).toEqual([null, known, ["cancelled"]]);
    expect(often).toBeLessThan(20);
  });

  it("is asked less and less for an order that never got there", async () => {
    const { limited, gateway, ended, until, asked } = await desk();
    class RequestTimeout extends Error {}
    limited.createOrder = () => Promise.reject(new RequestTimeout("no answer"));
    await gateway.place(buyOrder("ord_1", { symbol: "BTCUSDT", quantity: 1 }));
    await until(() => ended.length > 0);
    expect(ended).toEqual(["expired"]);
    expect(await asked(200)).toBeLessThan(20);
  });

  it("is there while more questions wait than it is asked at once: the account's own come nevertheless", async () => {
    const { limited, venue, links, until, asked } = await desk();
    limited.free = (path) => path !== "/closed" && path !== "/open";
    const order = { ...buyOrder("ord_9", { symbol: "BTCUSDT" }), createdAt: Date.now() * 1_000 };
    const answers = Array.from({ length: 1_100 }, () =>
      venue.find(order, null).catch((error: unknown) => String(error)),
    );
    await until(() => limited.waiting.length >= 4);
    limited.free = (path) => path !== "/closed";
    for (const { go } of limited.waiting.splice(0)) go();
    await asked(20);
    expect([links, venue.connected]).toEqual([["venue connected"], true]);
    limited.free = () => true;
    const released = setInterval(() => limited.release(), 1);
    const said = await Promise.all(answers);
    clearInterval(released);
    expect(said.filter((answer) => typeof answer === "string").length).toBeGreaterThan(0);
  });

  it("that says nothing was filled of an order, and has trades of it behind many others, has not ended it with nothing", async () => {
    const { exchange, limited, gateway, ended, disputes, until } = await desk();
    await gateway.place(buyOrder("ord_1", { symbol: "BTCUSDT", quantity: 1, kind: "limit", limit: 50 }));
    await until(() => exchange.open().length === 1);
    const [order] = exchange.open();
    exchange.quote("BTC/USDT", 99, 101);
    const strange = { clientOrderId: null, symbol: "BTC/USDT", type: "market", quantity: 1, price: null } as const;
    for (let at = 0; at < 20; at++) exchange.place({ ...strange, side: at % 2 === 0 ? "BUY" : "SELL" });
    const trades = limited.fetchMyTrades.bind(limited);
    Object.assign(limited, {
      // Seven at once, the oldest first.
      fetchMyTrades: async (_: string, since: number, _limit: number, { until: last = Infinity }: { until?: number }) =>
        (await trades())
          .filter(({ timestamp: time }) => time! >= since && time! <= last)
          .toSorted((one, other) => one.timestamp! - other.timestamp!)
          .slice(0, 7),
    });
    const shown = limited.fetchClosedOrders.bind(limited);
    limited.fetchClosedOrders = async () => (await shown()).map((told) => ({ ...told, filled: 0 }));
    exchange.fill(order!, 0.4, 50);
    exchange.cancel(order!);
    await until(() => disputes.length > 0 || ended.length > 0);
    expect(ended).toEqual([]);
    limited.fetchClosedOrders = shown;
    await gateway.reconcile();
    expect(ended).toEqual(["cancelled"]);
  });

  it("that has called an order cancelled which goes on is asked for its fills as before", async () => {
    const batches: ((told: readonly object[]) => void)[] = [];
    const { exchange, venue, gateway, filled, until } = await desk({
      watchOrders: () => new Promise((resolve) => batches.push(resolve)),
    });
    await gateway.place(buyOrder("ord_1", { symbol: "BTCUSDT", quantity: 1, kind: "limit", limit: 50 }));
    await until(() => exchange.open().length === 1 && batches.length === 1);
    const order = exchange.orders[0]!;
    let answers = 0;
    const find = venue.find.bind(venue);
    venue.find = (...asked) => find(...asked).finally(() => answers++);
    batches[0]?.([{ id: order.orderId, clientOrderId: "ord_1", status: "canceled" }]);
    await until(() => batches.length === 2);
    exchange.fill(order, 0.4, 50);
    await until(() => filled() === 0.4);
    // The end counts for nothing behind so many answers: nobody asks any more but who looks at what is open.
    await until(() => answers >= 6);
    exchange.fill(order, 0.2, 50);
    await until(() => filled() > 0.4);
    expect(gateway.status().disputes).toEqual([]);
  });
});
