// An order that is over at an exchange, which does not say how much of it was filled, or whose trades come later: it is not
// over here with less than was filled, because what is left of it would be sent once more.
import { describe, expect, it, onTestFinished } from "vitest";
import { CcxtVenue } from "../../../../src/manage/venue/ccxt-venue.ts";
import { Gateway } from "../../../../src/manage/venue/venue.ts";
import { openStore, type Store } from "../../../../src/store/store.ts";
import { SILENT_LOG } from "../../../../src/telemetry/log.ts";
import { eventually } from "../../../support/eventually.ts";
import { endsInPart } from "../../../support/venue/ccxt-desk.ts";
import { FakeExchange } from "../../../support/venue/exchange.ts";
import { LimitedExchange } from "../../../support/venue/limited-exchange.ts";
import { buyOrder } from "../../../support/venue/orders.ts";

const PATIENCE_MS = 40;
/** Questions for trades, of which the last comes well behind the first. */
const MANY = 4;
const UNTOLD = "order ord_1 (BTCUSDT): the venue has ended it and does not say how much of it was filled";

class ArgumentsRequired extends Error {}
class ExchangeError extends Error {}

async function shared(swap = false, contractSize = 1) {
  const exchange = new FakeExchange();
  const limited = new LimitedExchange(exchange, swap, contractSize);
  const store = await openStore({ file: null, log: SILENT_LOG });
  if (!store.ok) throw new Error(store.failure);
  return { exchange, limited, store: store.value };
}
type Shared = Awaited<ReturnType<typeof shared>>;

/** An engine on the exchange and the store; what it has told of settled orders, with what was filled of them by then. */
async function engine({ limited, store }: { readonly limited: LimitedExchange; readonly store: Store }) {
  const venue = new CcxtVenue({ name: "ccxt:limited", exchange: limited, currency: "USDT", pollMs: 20, lateMs: 0 });
  const ended: (readonly [state: string, filled: number])[] = [];
  const disputes: string[] = [];
  const links: string[] = [];
  let filled = 0;
  const gateway = new Gateway({
    venue,
    store,
    log: { ...SILENT_LOG, info: (what) => void (what.startsWith("venue ") && links.push(what)) },
    now: () => Date.now() * 1_000,
    patienceMs: PATIENCE_MS,
    compareMs: 60_000,
    onOrder: ({ state, settled }, fill) => {
      filled += fill?.quantity ?? 0;
      if (settled) ended.push([state, filled]);
    },
    onDispute: (reason) => disputes.push(reason),
  });
  onTestFinished(() => gateway.close());
  await gateway.start();
  return { gateway, ended, disputes, links, filled: () => filled };
}

/** Its order of 1 rests at the exchange, whose trades are hidden. */
async function desk(swap = false, contractSize = 1) {
  const made: Shared = await shared(swap, contractSize);
  const { exchange, limited } = made;
  const started = await engine(made);
  const until = async (holds: () => boolean): Promise<void> => {
    await eventually(holds, (held) => held);
  };
  await until(() => started.gateway.refusal() === null);
  await started.gateway.place(buyOrder("ord_1", { symbol: "BTCUSDT", quantity: 1, kind: "limit", limit: 50 }));
  await until(() => exchange.open().length === 1);
  const order = exchange.orders[0]!;
  limited.hides = () => true;
  /** Until it was asked for its trades again and again, or is over. */
  const askedOften = async (): Promise<void> => {
    const asked = (): number => limited.sent.filter((path) => path === "/trades").length;
    const begun = asked();
    await until(() => asked() - begun >= MANY || started.ended.length > 0);
  };
  /** The exchange fills a part of it and ends it, before anybody has looked at it. */
  const end = (quantity: number): void => {
    exchange.fill(order, quantity, 50);
    exchange.cancel(order);
  };
  /** Until it was looked at what is open there again and again. */
  const polledOften = async (): Promise<void> => {
    const polled = (): number => limited.sent.filter((path) => path === "/open").length;
    const begun = polled();
    await until(() => polled() - begun >= MANY);
  };
  return { ...made, ...started, order, until, askedOften, polledOften, end };
}

describe("an order that the exchange has ended without a word of how much of it was filled", () => {
  it.each(["canceled", "cancelled", "expired", "rejected"])(
    "and calls %s is not over before that is known, however late its trades are",
    async (called) => {
      const { limited, gateway, ended, disputes, until, askedOften, end } = await desk();
      limited.cancelled = called;
      limited.silent = () => true;
      end(0.4);
      await askedOften();
      expect([ended, gateway.status().openOrders]).toEqual([[], 1]);
      limited.hides = () => false;
      limited.silent = () => false;
      await until(() => ended.length > 0);
      expect(ended).toEqual([[called === "expired" ? "expired" : "cancelled", 0.4]]);
      expect([await gateway.reconcile(), disputes]).toEqual([null, []]);
    },
  );

  it("is not over either where it was taken back, and the answer to that is all that is said", async () => {
    const { exchange, limited, gateway, ended, order, until, askedOften } = await desk();
    limited.silent = () => true;
    limited.free = (path) => path !== "/open"; // it is not looked at meanwhile
    await until(() => limited.waiting.length > 0);
    exchange.fill(order, 0.4, 50);
    gateway.cancel("ord_1");
    await until(() => exchange.open().length === 0);
    limited.free = () => true;
    limited.release();
    await askedOften();
    expect([ended, gateway.status().openOrders]).toEqual([[], 1]);
    limited.hides = () => false;
    limited.silent = () => false;
    await until(() => ended.length > 0);
    expect(ended).toEqual([["cancelled", 0.4]]);
  });

  it("is held, and nothing is sent any more, where the exchange never says it; an operator settles it", async () => {
    const { limited, gateway, ended, disputes, until, end } = await desk();
    limited.silent = () => true;
    limited.hides = () => false;
    end(0.4);
    await until(() => disputes.length > 0);
    expect(disputes).toEqual([UNTOLD]);
    expect(gateway.refusal()).toContain(UNTOLD);
    expect(ended).toEqual([]);
    expect(await gateway.acceptVenue("ops", async () => true)).toBeNull();
    await until(() => ended.length > 0);
    expect(ended).toEqual([["expired", 0.4]]);
  });

  it("is filled where its trades come to all of it", async () => {
    const { limited, gateway, ended, disputes, until, end } = await desk();
    limited.silent = () => true;
    end(1);
    limited.hides = () => false;
    await until(() => ended.length > 0);
    expect([ended, disputes]).toEqual([[["filled", 1]], []]);
    expect(await gateway.reconcile()).toBeNull();
  });

  it("is over with what the question for it by its id says, where lists do not", async () => {
    const { limited, ended, until, end } = await desk();
    limited.has["fetchOrder"] = true;
    limited.silent = (path) => path !== "/order";
    end(0.4);
    limited.hides = () => false;
    await until(() => ended.length > 0);
    expect(ended).toEqual([["cancelled", 0.4]]);
  });

  it("is over with what a list says, where the question for it by its id does not", async () => {
    const { limited, ended, until, end } = await desk();
    limited.has["fetchOrder"] = true;
    limited.silent = (path) => path === "/order";
    end(0.4);
    limited.hides = () => false;
    await until(() => ended.length > 0);
    expect(ended).toEqual([["cancelled", 0.4]]);
  });

  it("does not become one that was never there when the exchange lists it no more", async () => {
    const { limited, gateway, ended, disputes, until, askedOften, end } = await desk();
    limited.silent = () => true;
    end(0.4);
    await askedOften();
    limited.forgets = () => true;
    await until(() => disputes.length > 0);
    expect([ended, gateway.status().openOrders]).toEqual([[], 1]);
  });

  it("does not become one either where the answer to its cancellation is the last that is heard of it", async () => {
    const { exchange, limited, gateway, ended, disputes, order, until } = await desk();
    limited.silent = () => true;
    exchange.fill(order, 0.4, 50);
    limited.forgets = ({ status }) => status === "cancelled";
    gateway.cancel("ord_1");
    await until(() => disputes.length > 0 || ended.length > 0);
    expect([ended, gateway.status().openOrders]).toEqual([[], 1]);
  });

  it("is held over a restart as well", async () => {
    const made = await desk();
    const { limited, gateway, askedOften, end, until } = made;
    limited.silent = () => true;
    end(0.4);
    await askedOften();
    await gateway.close();
    const next = await engine(made);
    await until(() => next.disputes.length > 0);
    expect([next.ended, next.gateway.status().openOrders]).toEqual([[], 1]);
    limited.hides = () => false;
    limited.silent = () => false;
    await eventually(
      () => next.gateway.reconcile(),
      (fault) => fault === null,
    );
    expect(next.ended).toEqual([["cancelled", 0.4]]);
  });
});

describe("an order that the exchange says nothing was filled of, and has trades of,", () => {
  it("is not over", async () => {
    const { limited, ended, disputes, until, end } = await desk();
    limited.hides = () => false;
    const shown = limited.fetchClosedOrders.bind(limited);
    limited.fetchClosedOrders = async () => (await shown()).map((told) => ({ ...told, filled: 0 }));
    end(0.4);
    await until(() => disputes.length > 0 || ended.length > 0);
    expect([ended, disputes]).toEqual([[], [UNTOLD]]);
  });

  it("is over with what it says later, where the answer to its cancellation was behind", async () => {
    const { exchange, limited, gateway, ended, order, until } = await desk();
    limited.hides = () => false;
    limited.free = (path) => path !== "/open"; // it is not looked at meanwhile
    await until(() => limited.waiting.length > 0);
    const cancel = limited.cancelOrder.bind(limited);
    limited.cancelOrder = async (id) => ({ ...(await cancel(id)), filled: 0 });
    exchange.fill(order, 0.4, 50);
    gateway.cancel("ord_1");
    await until(() => exchange.open().length === 0);
    limited.free = () => true;
    limited.release();
    await until(() => ended.length > 0);
    expect(ended).toEqual([["cancelled", 0.4]]);
  });
});

describe.each([
  ["wants more than its id", ArgumentsRequired],
  ["has an error of its own", ExchangeError],
])("an order that is in no list, of which the exchange %s,", (_, Refused) => {
  it("stays as it is, and the exchange is there for all others", async () => {
    const { exchange, limited, gateway, ended, disputes, links, order, until, polledOften } = await desk();
    limited.has["fetchOrder"] = true;
    limited.fetchOrder = () => Promise.reject(new Refused("it does not exist"));
    limited.hides = () => false;
    limited.forgets = ({ clientOrderId }) => clientOrderId === "ord_1";
    exchange.fill(order, 1, 50);
    await polledOften();
    await gateway.place(buyOrder("ord_2", { symbol: "BTCUSDT", quantity: 1, kind: "limit", limit: 50 }));
    await until(() => exchange.open().length === 1);
    await polledOften();
    expect([links, ended, disputes]).toEqual([["venue connected"], [], []]);
    limited.forgets = () => false;
    await until(() => ended.length > 0);
    expect([links, ended]).toEqual([["venue connected"], [["filled", 1]]]);
  });
});

it("an exchange is listened to behind an order that it does not tell of", async () => {
  const made = await shared();
  const { exchange, limited } = made;
  const batches: ((told: readonly object[]) => void)[] = [];
  Object.assign(limited, { watchOrders: () => new Promise((resolve) => batches.push(resolve)) });
  const { gateway, links } = await engine(made);
  const until = async (holds: () => boolean): Promise<void> => void (await eventually(holds, (held) => held));
  await until(() => gateway.refusal() === null && batches.length === 1);
  await gateway.place(buyOrder("ord_1", { symbol: "BTCUSDT", quantity: 1, kind: "limit", limit: 50 }));
  const open = limited.fetchOpenOrders.bind(limited);
  limited.fetchOpenOrders = (symbol?: string) =>
    symbol === undefined ? open() : Promise.reject(new ExchangeError("not now"));
  const { clientOrderId, orderId: id } = exchange.orders[0]!;
  batches[0]?.([{ id, clientOrderId, status: "open", filled: 0.4 }]);
  await until(() => batches.length === 2);
  expect(links).toEqual(["venue connected"]);
});

describe("an order whose answer has an id and nothing else", () => {
  /** It is filled in part and ended at once, and in no list: the exchange knows it by that id. */
  async function market() {
    const made = await shared();
    const { exchange, limited } = made;
    exchange.forgetful = true;
    limited.narrow = true;
    limited.has["fetchOrder"] = true;
    exchange.onEvent(({ kind, order }) => {
      if (kind !== "order" || order.status !== "open") return;
      const placed = exchange.byId(order.orderId)!;
      exchange.fill(placed, 0.4, 101);
      exchange.cancel(placed); // the rest found nothing there
    });
    const place = limited.createOrder.bind(limited);
    limited.createOrder = async (...asked) => ({ id: (await place(...asked)).id });
    const started = await engine(made);
    await eventually(started.gateway.refusal.bind(started.gateway), (refusal) => refusal === null);
    return { ...made, ...started };
  }
  const ioc = buyOrder("ord_1", { symbol: "BTCUSDT", quantity: 1, timeInForce: "ioc" });

  it.each([false, true])(
    "is at the exchange, asked for by that, and never sent again; restarted: %s",
    async (restarted) => {
      const made = await market();
      const { exchange, limited, gateway } = made;
      if (restarted) limited.free = (path) => path === "/place"; // nothing is asked behind it
      await gateway.place(ioc);
      if (restarted) await gateway.close();
      limited.free = () => true;
      const { ended, disputes } = restarted ? await engine(made) : made;
      await eventually(() => ended.length, Boolean);
      expect([ended, exchange.orders.length, disputes]).toEqual([[["cancelled", 0.4]], 1, []]);
    },
  );
});

it("an order that rests is asked for no more once its fills are told, whatever a contract is", async () => {
  const { exchange, limited, order, filled, until, polledOften } = await desk(true, 0.1);
  limited.hides = () => false;
  exchange.fill(order, 3, 50);
  await until(() => filled() > 0);
  const begun = limited.sent.length;
  await polledOften();
  expect(limited.sent.slice(begun).filter((path) => path !== "/open")).toEqual([]);
});

it("an order whose end is untold is no longer asked for once that is in dispute", async () => {
  const { limited, disputes, until, polledOften, end } = await desk();
  limited.silent = () => true;
  end(0.4);
  await until(() => disputes.length > 0);
  const begun = limited.sent.length;
  await polledOften();
  expect(limited.sent.slice(begun).filter((path) => path !== "/open")).toEqual([]);
});

it("an order that was ended with more trades than the exchange says were filled is not over before both agree", async () => {
  const { exchange, limited, ended, filled, order, until, askedOften, end } = await desk();
  limited.hides = () => false;
  exchange.fill(order, 0.3, 50);
  await until(() => filled() === 0.3);
  // Its book of orders is behind that of its trades.
  const shown = limited.fetchClosedOrders.bind(limited);
  limited.fetchClosedOrders = async () => (await shown()).map((told) => ({ ...told, filled: 0 }));
  end(0.1);
  await askedOften();
  expect(ended).toEqual([]);
  limited.fetchClosedOrders = shown;
  await until(() => ended.length > 0);
  expect(ended).toEqual([["cancelled", 0.4]]);
});

it("an order whose answer was lost is not sent again where the list of closed orders has only those that were filled", async () => {
  const made = await shared();
  const { exchange, limited } = made;
  limited.has["fetchCanceledOrders"] = true;
  limited.narrow = true;
  const { gateway, ended, disputes } = await engine(made);
  await eventually(
    () => gateway.refusal(),
    (refusal) => refusal === null,
  );
  endsInPart(exchange);
  limited.loses = (path) => path === "/place";
  await gateway.place(buyOrder("ord_1", { symbol: "BTCUSDT", quantity: 1, timeInForce: "ioc" }));
  await eventually(() => ended.length, Boolean);
  expect([ended, exchange.orders.length, disputes]).toEqual([[["cancelled", 0.4]], 1, []]);
});

it("an order is found where the exchange has a list of cancelled orders, and none for this market", async () => {
  class NotSupported extends Error {}
  const { limited, ended, until, end } = await desk();
  limited.has["fetchCanceledOrders"] = true;
  limited.fetchCanceledOrders = () => Promise.reject(new NotSupported("not for this kind of account"));
  limited.hides = () => false;
  end(0.4);
  await until(() => ended.length > 0);
  expect(ended).toEqual([["cancelled", 0.4]]);
});

it("an order is looked for in the lists where the exchange wants more than its id, and is not unknown by that", async () => {
  const { limited, gateway, ended, disputes, until, end } = await desk();
  limited.has["fetchOrder"] = true;
  limited.fetchOrder = () => Promise.reject(new ArgumentsRequired("say that you know"));
  limited.hides = () => false;
  limited.forgets = () => true;
  end(0.4);
  gateway.cancel("ord_1");
  await gateway.reconcile();
  expect([ended, gateway.status().openOrders]).toEqual([[], 1]);
  expect(disputes).toContain("order ord_1: what became of it is not known");
  limited.forgets = () => false;
  await until(() => ended.length > 0);
  expect(ended).toEqual([["cancelled", 0.4]]);
  await gateway.reconcile();
  expect(gateway.status()).toMatchObject({ state: "ready", disputes: [], openOrders: 0 });
});
