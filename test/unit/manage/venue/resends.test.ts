// An order whose answer was lost may be there: what becomes of a second attempt says nothing about the first one, and what
// a list does not have is no proof where the list does not have all.
import { describe, expect, it } from "vitest";
import { ccxtDesk, endsInPart } from "../../../support/venue/ccxt-desk.ts";
import { FakeExchange } from "../../../support/venue/exchange.ts";
import { gatewayDesk } from "../../../support/venue/gateway-desk.ts";
import type { LimitedExchange } from "../../../support/venue/limited-exchange.ts";
import { buyOrder } from "../../../support/venue/orders.ts";

class NotSupported extends Error {}
class InvalidOrder extends Error {}
class DuplicateOrderId extends InvalidOrder {}

const UNSURE = { kind: "unsure", reason: "the connection broke" } as const;
const REST = { kind: "limit", limit: 90 } as const;
const FILLS = [{ fillId: "f1", quantity: 0.5, price: 100, fee: 0, time: 5 }];

/** Its order was sent, the answer was lost, and a second attempt waits until the test says what becomes of it. */
async function waiting() {
  const made = await gatewayDesk();
  const { venue, gateway, until } = made;
  await until(() => gateway.refusal() === null);
  const turns: ((refusal: string | null) => void)[] = [];
  venue.place = async (order, stays) => {
    if (venue.placed.length > 0) {
      const refusal = await new Promise<string | null>((turn) => turns.push(turn));
      if (refusal !== null) return { kind: "refused", reason: refusal };
    }
    const why = stays();
    if (why !== null) return { kind: "withheld", reason: why };
    venue.placed.push(order.clientOrderId);
    return UNSURE;
  };
  void gateway.place(buyOrder("ord_1", REST));
  await until(() => turns.length === 1);
  return { ...made, turn: (refusal: string | null = null) => turns[0]?.(refusal) };
}

describe("a second attempt to send an order", () => {
  it("does not leave where the venue has told meanwhile that the order is there, and changes nothing of that", async () => {
    const { venue, booked, until, turn } = await waiting();
    venue.knows("ord_1");
    const told = { kind: "order", clientOrderId: "ord_1", venueOrderId: "x1", filled: 0, reason: null } as const;
    venue.tell({ ...told, state: "working" });
    turn();
    venue.fill("ord_1", "f1", 0.5);
    await until(() => booked.some(({ fill }) => fill === "f1"));
    expect(venue.placed).toEqual(["ord_1"]);
    expect(booked.map(({ state }) => state)).toEqual(["working", "partially_filled"]);
  });

  it.each([
    ["is withheld behind the emergency stop", null],
    ["is refused", "there is no money left for it"],
  ])("that %s does not end the first one, which is at work", async (_, refusal) => {
    const { venue, gateway, booked, until, turn } = await waiting();
    if (refusal === null) gateway.halt();
    venue.knows("ord_1");
    turn(refusal);
    await until(() => booked.some(({ state }) => state !== "new"));
    expect(booked.at(-1)?.state).toBe("working");
    if (refusal !== null) gateway.halt();
    const cancelled = venue.cancelled.length;
    await until(() => venue.cancelled.length > cancelled);
    venue.knows("ord_1", { state: "cancelled", filled: 0.5, fills: FILLS });
    venue.tell({ kind: "unreadable", clientOrderId: "ord_1", issue: "no json" });
    await until(() => booked.at(-1)?.state === "cancelled");
    expect(booked.map(({ fill }) => fill)).toContain("f1");
  });

  it("that is refused is the last where the venue goes on not knowing the order", async () => {
    const { venue, booked, until, turn } = await waiting();
    venue.place = () => Promise.resolve({ kind: "refused", reason: "there is no money left for it" });
    turn("there is no money left for it");
    await until(() => booked.at(-1)?.state === "expired");
    expect(venue.placed).toEqual(["ord_1"]);
  });
});

/** An exchange that takes an order as often as it comes; its list of closed ones has only those that were filled. */
async function exchanging() {
  const exchange = new FakeExchange();
  exchange.forgetful = true;
  const made = await ccxtDesk(exchange);
  made.limited.narrow = true;
  return made;
}

it("a second attempt that waits in ccxt does not leave where the first one is found meanwhile, which is followed on", async () => {
  const { exchange, limited, gateway, filled, until } = await exchanging();
  limited.fetchOpenOrders = () => Promise.resolve([]); // it is shown later
  limited.loses = (path) => path === "/place";
  limited.free = (path) => path !== "/place" || exchange.orders.length === 0;
  void gateway.place(buyOrder("ord_1", { ...REST, symbol: "BTCUSDT", quantity: 1 }));
  await until(() => limited.waiting.length === 1);
  Reflect.deleteProperty(limited, "fetchOpenOrders");
  exchange.fill(exchange.orders[0]!, 0.4, 90);
  await until(() => filled() === 0.4);
  const open = limited.fetchOpenOrders.bind(limited);
  let failures = 1;
  limited.fetchOpenOrders = (symbol?: string) =>
    symbol !== undefined && failures-- > 0 ? Promise.reject(new NotSupported("not now")) : open();
  limited.free = () => true;
  limited.release();
  await until(() => failures === 0); // it was asked what became of it
  exchange.fill(exchange.orders[0]!, 0.2, 90);
  await until(() => filled() > 0.4);
  expect(exchange.orders).toHaveLength(1);
});

/** Its order is filled in part and ended at once, and the answer is lost. */
async function lost(lists: (limited: LimitedExchange) => void) {
  const made = await exchanging();
  const { exchange, limited, gateway } = made;
  lists(limited);
  endsInPart(exchange);
  limited.loses = (path) => path === "/place";
  await gateway.place(buyOrder("ord_1", { symbol: "BTCUSDT", quantity: 1, timeInForce: "ioc" }));
  return made;
}

const asked = ({ sent }: LimitedExchange): number => sent.filter((path) => path === "/closed").length;

describe("an order whose answer was lost, and which is in no list of the exchange,", () => {
  it.each<readonly [string, (limited: LimitedExchange) => void]>([
    ["has no list of those that were cancelled", () => undefined],
    [
      "has such a list, and not for this market",
      (limited) => {
        limited.has["fetchCanceledOrders"] = true;
        limited.fetchCanceledOrders = () => Promise.reject(new NotSupported("not for this kind of account"));
      },
    ],
  ])("is neither sent again nor over where it %s, and has trades of an order that nobody knows", async (_, lists) => {
    const { exchange, limited, gateway, ended, disputes, until } = await lost(lists);
    const begun = asked(limited);
    await until(() => asked(limited) - begun > 40 || exchange.orders.length > 1 || ended.length > 0);
    expect([exchange.orders.length, ended]).toEqual([1, []]);
    await gateway.reconcile();
    expect(disputes.length).toBeGreaterThan(0);
    expect(await gateway.acceptVenue("ops", () => Promise.resolve(true))).toBeNull();
    expect(ended).toEqual(["expired"]);
  });

  it("is there where the exchange says that it has one of its id", async () => {
    const { exchange, gateway, ended, disputes, until } = await lost((limited) => {
      const place = limited.createOrder.bind(limited);
      limited.createOrder = (...order) =>
        exchange.orders.length > 0 ? Promise.reject(new DuplicateOrderId("used")) : place(...order);
      limited.fetchMyTrades = () => Promise.resolve([]); // they come later
    });
    await until(() => disputes.length > 0 || ended.length > 0);
    expect([ended, gateway.status().openOrders]).toEqual([[], 1]);
    expect(disputes[0]).toContain("does not know it any more");
  });
});
