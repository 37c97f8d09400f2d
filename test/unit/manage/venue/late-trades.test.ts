// An order whose answer was lost at an exchange that lists only what was filled, and tells trades later: until they would
// have been told it is neither never there nor in dispute, because nothing but a trade may tell of it.
import { describe, expect, it } from "vitest";
import { NotKnownYet } from "../../../../src/manage/venue/port.ts";
import type { Store } from "../../../../src/store/store.ts";
import { ccxtDesk, endsInPart } from "../../../support/venue/ccxt-desk.ts";
import { FakeExchange } from "../../../support/venue/exchange.ts";
import { gatewayDesk } from "../../../support/venue/gateway-desk.ts";
import type { LimitedExchange } from "../../../support/venue/limited-exchange.ts";
import { buyOrder } from "../../../support/venue/orders.ts";

const ONE = { symbol: "BTCUSDT", quantity: 1 } as const;
const LATE_MS = 1_000;
/** Within it, and behind many questions. */
const TOLD_MS = 400;
const yes = (): Promise<boolean> => Promise.resolve(true);

const desk = (exchange: FakeExchange, store: Store | null = null, lateMs = LATE_MS) =>
  ccxtDesk(exchange, 20, { narrow: true }, store, lateMs);
const stays = (): null => null;
const asked = ({ sent }: LimitedExchange): number => sent.filter((path) => path === "/trades").length;

describe("an order whose answer was lost", () => {
  it("is not sent again where it was filled in part and ended, and its trades come later", async () => {
    const exchange = new FakeExchange();
    exchange.forgetful = true;
    endsInPart(exchange);
    const { limited, gateway, ended, disputes, until } = await desk(exchange);
    limited.hides = ({ time }) => Date.now() < time + TOLD_MS;
    limited.loses = (path) => path === "/place";
    await gateway.place(buyOrder("ord_1", ONE));
    await until(() => exchange.orders.length > 0 && Date.now() > exchange.orders[0]!.fills[0]!.time + 2 * LATE_MS);
    const begun = asked(limited);
    await until(() => asked(limited) > begun + 3 || exchange.orders.length > 1 || ended.length > 0);
    expect([exchange.orders.length, ended]).toEqual([1, []]);
    await gateway.reconcile();
    expect(disputes.join()).toContain("what became of it is not known");
    expect(await gateway.acceptVenue("ops", yes)).toBeNull();
  });

  it("is sent again where it did not get there, once its trades would have been told", async () => {
    const exchange = new FakeExchange();
    exchange.quote("BTC/USDT", 99, 101);
    const { limited, gateway, ended, disputes, until } = await desk(exchange);
    let attempts = 0;
    limited.drops = (path) => path === "/place" && ++attempts === 1;
    const begun = performance.now();
    await gateway.place(buyOrder("ord_1", ONE));
    await until(() => ended.length > 0);
    expect([ended, attempts, disputes]).toEqual([["filled"], 2, []]);
    expect(performance.now() - begun).toBeGreaterThan(LATE_MS);
  });

  it("is looked for behind a restart until they would have been told, longer than a difference may last", async () => {
    const exchange = new FakeExchange();
    const first = await desk(exchange);
    first.limited.drops = (path) => path === "/place";
    await first.gateway.place(buyOrder("ord_1", ONE));
    await first.gateway.close();
    // A comparison that finds a difference looks for two and a half seconds at most.
    const second = await desk(exchange, first.store, 4_000);
    await second.until(() => second.ended.length > 0 || second.disputes.length > 0);
    expect([second.ended, second.disputes, second.gateway.refusal()]).toEqual([["expired"], [], null]);
  });

  it("is no dispute where it was sent by this process, which goes on trading", async () => {
    const { venue, gateway, alerts, until } = await gatewayDesk();
    await until(() => gateway.refusal() === null);
    venue.place = (_, stays) => Promise.resolve({ kind: "unsure", reason: stays() ?? "no answer" });
    let answer: Error = new NotKnownYet("trades come later");
    venue.find = () => Promise.reject(answer);
    await gateway.place(buyOrder("ord_1"));
    expect([await gateway.reconcile(), gateway.refusal(), alerts]).toEqual([null, null, []]);
    answer = new Error("it does not tell of the order by its id");
    expect(await gateway.reconcile()).toContain("what became of it is not known");
  });

  it("is waited for anew behind each time that it is sent", async () => {
    const exchange = new FakeExchange();
    const { limited, venue } = await desk(exchange, null, 50);
    const order = { ...buyOrder("ord_1", ONE), createdAt: Date.now() * 1_000 };
    const look = () => venue.find(order, null).catch((error: unknown) => error);
    expect(await look()).toBeInstanceOf(NotKnownYet);
    await expect.poll(look).toBeNull();
    limited.drops = (path) => path === "/place";
    await venue.place(order, stays, () => false);
    expect(await look()).toBeInstanceOf(NotKnownYet);
  });

  it("is not decided about by an operator before they would have been told", async () => {
    const { limited, gateway, ended, until } = await desk(new FakeExchange(), null, 60_000);
    limited.drops = (path) => path === "/place";
    await gateway.place(buyOrder("ord_1", ONE));
    await until(() => asked(limited) > 0);
    expect(await gateway.acceptVenue("ops", yes)).toContain("ask again in half a minute");
    expect([ended, gateway.refusal()]).toEqual([[], null]);
  });

  it("is known by its id from when it is found to be cancelled, whether that is answered or not", async () => {
    const exchange = new FakeExchange();
    const { limited, venue } = await ccxtDesk(exchange, 60_000, { narrow: true });
    const told: unknown[] = [];
    venue.onUpdate((update) => told.push(update.kind === "order" && update.venueOrderId));
    const order = { ...buyOrder("ord_1", { ...ONE, kind: "limit", limit: 50 }), createdAt: Date.now() * 1_000 };
    limited.loses = (path) => path === "/place" || path === "/cancel";
    await venue.place(order, stays, () => false);
    await venue.cancel(order, null).catch(() => undefined);
    expect([exchange.orders[0]?.status, told[0]]).toEqual(["cancelled", exchange.orders[0]?.orderId]);
  });
});
