// The ccxt adapter against an exchange of our own on loopback, through a module of ccxt's shape.
import { describe, expect, it, onTestFinished } from "vitest";
import { EmbeddedBus } from "../../../src/bus/embedded-bus.ts";
import { Gateway, openVenue, type VenueSettings } from "../../../src/manage/venue/venue.ts";
import { CcxtVenue } from "../../../src/manage/venue/ccxt-venue.ts";
import { openExchange } from "../../../src/manage/venue/ccxt.ts";
import { openStore } from "../../../src/store/store.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { eventually } from "../../support/eventually.ts";
import { otherThreads, ownTime } from "../../support/own-time.ts";
import { FakeExchange } from "../../support/venue/exchange.ts";
import { ExchangeServer } from "../../support/venue/exchange-server.ts";
import { fakeCcxt, type Manners } from "../../support/venue/fake-ccxt.ts";
import { buyOrder } from "../../support/venue/orders.ts";

const now = (): number => Date.now() * 1_000;
const KEYS = { apiKey: "key-of-the-test", secret: "secret-of-the-test", password: null };
const SETTINGS: VenueSettings = {
  liveTrading: true,
  venue: "ccxt:fake",
  venueCurrency: "USDT",
  venueSandbox: true,
  venueApiKey: KEYS.apiKey,
  venueApiSecret: KEYS.secret,
  venueApiPassword: null,
};

/** Its exchange keeps a clock of its own, on which each fill is a millisecond behind the one before. */
async function desk(features: Readonly<Record<string, unknown>> = {}, pollMs = 30, manners: Manners = {}) {
  let clock = Date.now();
  const exchange = new FakeExchange(() => ++clock);
  exchange.forgetful = true;
  exchange.quote("BTC/USDT", 99, 101);
  const server = await ExchangeServer.open(exchange);
  const module = fakeCcxt(server.address, features, manners);
  const opened = await openExchange("fake", KEYS, true, () => Promise.resolve(module));
  if (!opened.ok) throw new Error(opened.failure);
  const venue = new CcxtVenue({ name: "ccxt:fake", exchange: opened.value, currency: "USDT", pollMs });
  const store = await openStore({ file: null, log: SILENT_LOG });
  if (!store.ok) throw new Error(store.failure);
  const booked: { readonly id: string; readonly state: string; readonly fill: string | null }[] = [];
  const disputes: string[] = [];
  const gateway = new Gateway({
    venue,
    store: store.value,
    log: SILENT_LOG,
    now,
    patienceMs: 200,
    compareMs: 60_000,
    onOrder: ({ clientOrderId: id, state }, fill) => booked.push({ id, state, fill: fill?.fillId ?? null }),
    onDispute: (reason) => disputes.push(reason),
  });
  onTestFinished(async () => {
    await gateway.close();
    await server.close();
    await store.value.close();
  });
  const until = async (holds: () => boolean): Promise<void> => {
    await eventually(holds, (held) => held);
  };
  await gateway.start();
  await until(() => gateway.refusal() === null);
  const over = (id: string): string | undefined =>
    booked.findLast((one) => one.id === id && /filled$|cancelled|rejected|expired/.test(one.state))?.state;
  return { exchange, server, gateway, booked, disputes, until, over };
}

const btc = (id: string, more = {}) => buyOrder(id, { symbol: "BTCUSDT", ...more });

describe("a venue behind ccxt", () => {
  it("places an order, books its partial fills once each, and agrees with the exchange", async () => {
    const { exchange, gateway, booked, until, server } = await desk();
    Object.assign(server.weather, { doubled: 0.5, late: 0.5, latencyMs: 5 });
    exchange.quote("BTC/USDT", 99, 101, 1.5);
    await gateway.place(btc("ord_1", { quantity: 4 }));
    await until(() => booked.some(({ state }) => state === "partially_filled"));
    exchange.quote("BTC/USDT", 99, 102, 1.5);
    exchange.quote("BTC/USDT", 99, 103);
    await until(() => booked.at(-1)?.state === "filled");
    expect(booked.filter(({ fill }) => fill !== null)).toHaveLength(3);
    expect(await gateway.reconcile()).toBeNull();
  });

  it.each([
    ["is listened to", {}],
    ["is only asked", { watchOrders: false }],
  ])("hears of a resting order that is filled later, where the exchange %s", async (_, features) => {
    const { exchange, gateway, booked, until } = await desk(features);
    await gateway.place(btc("ord_1", { kind: "limit", limit: 95 }));
    await until(() => booked.some(({ state }) => state === "working"));
    exchange.quote("BTC/USDT", 93, 94);
    await until(() => booked.at(-1)?.state === "filled");
  });

  it("is ready where an exchange is asked for all open orders only on purpose", async () => {
    const { exchange, gateway, booked, until } = await desk({}, 30, { picky: true });
    await gateway.place(btc("ord_1", { kind: "limit", limit: 95 }));
    await until(() => exchange.open().length === 1);
    exchange.quote("BTC/USDT", 93, 94);
    await until(() => booked.at(-1)?.state === "filled");
    expect(await gateway.reconcile()).toBeNull();
  });

  it.each([
    ["oldest", false],
    ["newest", true],
  ])("books every fill of an order where trades come a few at a time, the %s first", async (_, newestFirst) => {
    const manners = { page: 7, newestFirst };
    const { exchange, gateway, booked, disputes, until, over } = await desk({ watchOrders: false }, 30, manners);
    const strange = (count: number): void => {
      const order = { clientOrderId: null, symbol: "BTC/USDT", type: "market", side: "BUY", quantity: 1, price: null };
      for (let at = 0; at < count; at++) exchange.place({ ...order, side: at % 2 === 0 ? "BUY" : "SELL" } as never);
    };
    strange(20);
    await gateway.place(btc("ord_1", { kind: "limit", limit: 95, quantity: 30 }));
    await until(() => exchange.open().length === 1);
    const [order] = exchange.open();
    if (order === undefined) throw new Error("there is no order");
    for (let part = 0; part < 30; part++) {
      exchange.fill(order, 1, 95);
      strange(2);
    }
    strange(40);
    await until(() => over("ord_1") === "filled");
    await until(() => booked.filter(({ fill }) => fill !== null).length === 30);
    expect(new Set(booked.flatMap(({ fill }) => fill ?? [])).size).toBe(30);
    expect(await gateway.reconcile()).toBeNull();
    expect(disputes).toEqual([]);
  });

  it("ends an order that the exchange refuses as rejected, with its reason", async () => {
    const { exchange, gateway, over, until } = await desk();
    exchange.judge = ({ quantity }) => (quantity > 3 ? "too large" : null);
    await gateway.place(btc("ord_1", { quantity: 5 }));
    await until(() => over("ord_1") !== undefined);
    expect(over("ord_1")).toBe("rejected");
    await gateway.place(buyOrder("ord_2", { symbol: "DOGEUSDT" }));
    await until(() => over("ord_2") === "rejected");
  });

  it("sends no order twice when answers are lost, the exchange is slow, and refuses beyond its rate", async () => {
    const { exchange, server, gateway, over, until, disputes } = await desk();
    Object.assign(server.weather, { lost: 0.5, latencyMs: 20, rate: 150 });
    const ids = Array.from({ length: 30 }, (_, at) => `ord_${at}`);
    for (const id of ids) {
      await until(() => gateway.refusal() === null);
      await gateway.place(btc(id, { quantity: 1 }));
    }
    await until(() => ids.every((id) => over(id) !== undefined));
    expect(exchange.doubled()).toEqual([]);
    const filled = ids.filter((id) => over(id) === "filled");
    expect(exchange.orders).toHaveLength(filled.length);
    expect(disputes).toEqual([]);
  });

  it("refuses new orders in an outage and knows afterwards what was filled in it", async () => {
    const { exchange, server, gateway, over, until } = await desk();
    await gateway.place(btc("ord_1", { kind: "limit", limit: 95 }));
    await until(() => exchange.open().length === 1);
    server.weather.out = true;
    await until(() => gateway.refusal() !== null);
    expect(await gateway.place(btc("ord_2"))).toMatchObject({ ok: false });
    exchange.quote("BTC/USDT", 90, 91);
    server.weather.out = false;
    await until(() => gateway.refusal() === null);
    expect(over("ord_1")).toBe("filled");
    expect(exchange.orders).toHaveLength(1);
  });

  it("cancels 200 open orders within a second of the emergency stop", async () => {
    const { exchange, gateway, until } = await desk({}, 1_000);
    const orders = Array.from({ length: 200 }, (_, at) => btc(`ord_${at}`, { kind: "limit", limit: 50 }));
    for (const order of orders) await gateway.place(order);
    await until(() => exchange.open().length === 200);
    const took = ownTime(otherThreads); // that of the store is one of them
    expect(gateway.halt()).toBe(200);
    await until(() => exchange.open().length === 0);
    expect(took()).toBeLessThan(1_000);
  });
});

describe("what VENUE names", () => {
  const parts = { bus: new EmbeddedBus(), now };

  it("is not looked at without LIVE_TRADING", async () => {
    const load = (): Promise<unknown> => Promise.reject(new Error("must not be loaded"));
    expect(await openVenue({ ...SETTINGS, liveTrading: false }, { ...parts, load })).toEqual({ ok: true, value: null });
  });

  it("needs the package ccxt, and the start says how to get it", async () => {
    expect(await openVenue(SETTINGS, parts)).toEqual({
      ok: false,
      failure:
        "VENUE=ccxt:fake needs the package ccxt, which is not installed; npm install ccxt beside the engine, " +
        "or choose another VENUE",
    });
  });

  it("needs an exchange that ccxt has, that can be asked for orders that are over, and with a test market", async () => {
    const load = (module: object) => () => Promise.resolve({ default: module });
    const fault = async (module: object): Promise<string> => {
      const opened = await openVenue(SETTINGS, { ...parts, load: load(module) });
      return opened.ok ? "" : opened.failure;
    };
    expect(await fault({})).toContain("names an exchange that the installed ccxt does not have");
    expect(await fault(fakeCcxt("127.0.0.1:1", { fetchClosedOrders: false }))).toContain("cannot be asked");
    const without = fakeCcxt("127.0.0.1:1");
    without.fake.prototype.setSandboxMode = () => {
      throw new Error(`no test market for ${KEYS.secret}`);
    };
    const message = await fault(without);
    expect(message).toContain("has no test market");
    expect(message).not.toContain(KEYS.secret);
    expect(without.made[0]).toMatchObject({ apiKey: KEYS.apiKey, secret: KEYS.secret });
  });

  it("needs a Redis for the execution engine of the platform", async () => {
    expect(await openVenue({ ...SETTINGS, venue: "redis" }, parts)).toMatchObject({ ok: false });
  });
});
