// Orders that wait for an exchange's rate: what may no longer leave stays here, whoever holds it.
import { describe, expect, it, onTestFinished } from "vitest";
import { CcxtLane } from "../../../../src/manage/venue/ccxt-lane.ts";
import { CcxtVenue } from "../../../../src/manage/venue/ccxt-venue.ts";
import { Gateway } from "../../../../src/manage/venue/venue.ts";
import { openStore } from "../../../../src/store/store.ts";
import { SILENT_LOG } from "../../../../src/telemetry/log.ts";
import { eventually } from "../../../support/eventually.ts";
import { FakeExchange } from "../../../support/venue/exchange.ts";
import { LimitedExchange } from "../../../support/venue/limited-exchange.ts";
import { buyOrder } from "../../../support/venue/orders.ts";

const BEGIN_US = Date.UTC(2026, 10, 18) * 1_000;
/** What ccxt has at a time, of orders. */
const FEW = 2;

/** Orders are held up before they go out; questions and cancellations are not. */
async function desk() {
  const clock = { us: BEGIN_US };
  const exchange = new FakeExchange(() => clock.us / 1_000);
  exchange.quote("BTC/USDT", 99, 101);
  const limited = new LimitedExchange(exchange);
  const venue = new CcxtVenue({ name: "ccxt:limited", exchange: limited, currency: "USDT", pollMs: 20 });
  const store = await openStore({ file: null, log: SILENT_LOG });
  if (!store.ok) throw new Error(store.failure);
  const ended = new Map<string, readonly [state: string, reason: string | null]>();
  const gateway = new Gateway({
    venue,
    store: store.value,
    log: SILENT_LOG,
    now: () => clock.us,
    patienceMs: 40,
    compareMs: 60_000,
    onOrder: ({ clientOrderId, state, settled, reason }) => void (settled && ended.set(clientOrderId, [state, reason])),
  });
  onTestFinished(async () => {
    limited.release();
    await gateway.close();
    await store.value.close();
  });
  const until = async (holds: () => boolean): Promise<void> => {
    await eventually(holds, (held) => held);
  };
  await gateway.start();
  await until(() => gateway.refusal() === null);
  limited.free = (path) => path !== "/place";
  /** All are stored; ccxt has a few of them. */
  const wait = async (orders: readonly ReturnType<typeof btc>[]): Promise<void> => {
    for (const order of orders) void gateway.place(order);
    const few = Math.min(FEW, orders.length);
    await until(() => gateway.status().openOrders >= orders.length && limited.waiting.length >= few);
  };
  return { clock, exchange, limited, gateway, ended, until, wait };
}
const btc = (at: number, more = {}) => {
  return buyOrder(`ord_exec0000000${String(at).padStart(2, "0")}`, { symbol: "BTCUSDT", quantity: 1, ...more });
};
const many = (count: number, more = {}) => Array.from({ length: count }, (_, at) => btc(at, more));
const FREE = { stays: () => null, reduces: () => false };
const placed = (limited: LimitedExchange): number => limited.sent.filter((path) => path === "/place").length;

describe("orders for an exchange", () => {
  it("are handed to ccxt a few at a time, those that leave positions first, and all get there", async () => {
    const { exchange, limited, gateway, ended, until, wait } = await desk();
    const exits = [10, 11].map((at) => btc(at, { side: "sell", reduceOnly: true }));
    exchange.positions.set("BTC/USDT", 2);
    await gateway.acceptVenue("ops", () => Promise.resolve(true));
    await wait([...many(10), ...exits]);
    expect(limited.waiting.map(({ path }) => path)).toEqual(["/place", "/place"]);
    limited.release();
    await until(() => limited.waiting.length === FEW);
    limited.free = () => true;
    limited.release();
    await until(() => ended.size === 12);
    const order = exchange.orders.map(({ clientOrderId }) => Number(clientOrderId?.slice(-2)));
    expect(order).toEqual([0, 1, 10, 11, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([...ended.values()].every(([state]) => state === "filled")).toBe(true);
  });

  it("do not leave behind the emergency stop: neither those that wait here nor those that wait in ccxt", async () => {
    const { exchange, limited, gateway, ended, until, wait } = await desk();
    await wait(many(40));
    expect(gateway.halt()).toBe(40);
    // Nothing moves in ccxt, and they are over nevertheless.
    await until(() => ended.size === 40 - FEW);
    limited.free = () => true;
    limited.release();
    await until(() => ended.size === 40);
    const ends = new Set([...ended.values()].map((end) => end.join(": ")));
    expect([...ends]).toEqual(["cancelled: it was cancelled before it was sent"]);
    expect([exchange.orders, placed(limited)]).toEqual([[], 0]);
  });

  it("that may open something do not leave behind a pause of their execution; those of others do", async () => {
    const { exchange, limited, gateway, ended, until, wait } = await desk();
    const other = [20, 21].map((at) => btc(at, { executionId: "exec_2" }));
    await wait([...many(8), ...other]);
    gateway.cancelAll({ executionId: "exec_1", entries: true });
    limited.free = () => true;
    limited.release();
    await until(() => ended.size === 10);
    expect(exchange.orders.map(({ clientOrderId }) => clientOrderId?.slice(-2))).toEqual(["20", "21"]);
  });

  it("do not leave in a dispute, and say so", async () => {
    const { exchange, limited, gateway, ended, until, wait } = await desk();
    await wait(many(6));
    exchange.positions.set("BTC/USDT", 7);
    await gateway.reconcile();
    expect(gateway.status().state).toBe("dispute");
    limited.free = () => true;
    limited.release();
    await until(() => ended.size === 6);
    const [, reason] = ended.get(btc(5).clientOrderId) ?? [];
    expect(reason).toContain("position in BTCUSDT: 0 here, 7 at the venue");
    expect(exchange.orders).toEqual([]);
  });

  it("do not leave more than ten seconds after they were decided, but those that leave positions do", async () => {
    const { clock, exchange, limited, gateway, ended, until, wait } = await desk();
    const exits = [10, 11].map((at) => btc(at, { side: "sell", reduceOnly: true }));
    exchange.positions.set("BTC/USDT", 2);
    await gateway.acceptVenue("ops", () => Promise.resolve(true));
    await wait([...many(6), ...exits]);
    clock.us += 10_000_001;
    limited.free = () => true;
    limited.release();
    await until(() => ended.size === 8);
    const states = [...ended.values()].map(([state]) => state);
    expect(states.toSorted()).toEqual([...Array.from({ length: 6 }, () => "expired"), "filled", "filled"]);
    expect(exchange.orders.map(({ clientOrderId }) => clientOrderId?.slice(-2))).toEqual(["10", "11"]);
  });

  it("are taken back in front of those that wait, and before more is asked", async () => {
    const { exchange, limited, gateway, ended, until, wait } = await desk();
    limited.free = () => true;
    const resting = [30, 31, 32].map((at) => btc(at, { kind: "limit", limit: 50 }));
    for (const order of resting) await gateway.place(order);
    await until(() => exchange.open().length === 3);
    limited.free = (path) => path !== "/place" && path !== "/cancel";
    await wait(many(10));
    for (const { clientOrderId } of resting) gateway.cancel(clientOrderId);
    await until(() => limited.waiting.filter(({ path }) => path === "/cancel").length === 3);
    // Those that ccxt had before are behind their cancellation by no more than a few.
    expect(limited.waiting.filter(({ path }) => path === "/place")).toHaveLength(FEW);
    limited.free = () => true;
    limited.release();
    await until(() => ended.size === 13);
    const cancels = limited.sent.flatMap((path, at) => (path === "/cancel" ? [at] : []));
    const places = limited.sent.flatMap((path, at) => (path === "/place" ? [at] : []));
    expect(places.filter((at) => at > Math.max(...cancels))).toHaveLength(10 - FEW);
  });

  it("count as answered only when ccxt has answered: until then they are neither sent again nor over", async () => {
    const { exchange, limited, gateway, ended, until, wait } = await desk();
    await wait([btc(0)]);
    const begun = limited.sent.length;
    // It is asked for all the time, and the exchange does not know it.
    await until(() => limited.sent.length - begun >= 60 || limited.waiting.length > 1 || ended.size > 0);
    expect([placed(limited), limited.waiting.length, ended.size]).toEqual([0, 1, 0]);
    limited.release();
    await until(() => ended.size === 1);
    expect(ended.get(btc(0).clientOrderId)?.[0]).toBe("filled");
    expect([exchange.orders.length, placed(limited)]).toEqual([1, 1]);
    expect(await gateway.reconcile()).toBeNull();
  });
});

describe("cancellations", () => {
  it("go before orders and questions that wait, and nothing else begins while one waits", async () => {
    const lane = new CcxtLane(new LimitedExchange(new FakeExchange()));
    const begun: string[] = [];
    const ends: (() => void)[] = [];
    const call = (name: string) => (): Promise<void> => {
      begun.push(name);
      return new Promise((resolve) => ends.push(resolve));
    };
    const all = ["c1", "c2", "c3", "c4", "c5", "c6"].map((name) => lane.ask(call(name), "cancel"));
    const order = { ...btc(1), createdAt: BEGIN_US };
    all.push(lane.send(order, FREE, call("order")), lane.ask(call("question")));
    const settled = async (count: number): Promise<void> => {
      await eventually(() => begun.length >= count, Boolean);
    };
    await settled(4);
    ends[0]?.();
    await settled(5);
    expect(begun).toEqual(["c1", "c2", "c3", "c4", "c5"]);
    ends[1]?.();
    await settled(8);
    expect(begun.slice(5)).toEqual(["c6", "order", "question"]);
    for (const end of ends) end();
    await Promise.all(all);
  });
});

/** Sales that begin when the lane lets them, and end when the test says so; how often it was asked whether they reduce. */
function sales() {
  const lane = new CcxtLane(new LimitedExchange(new FakeExchange()));
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const asked = { times: 0 };
  const send = (at: number, reduces: boolean, more = {}): Promise<void> => {
    const order = { ...btc(at, { side: "sell", ...more }), createdAt: BEGIN_US };
    const say = (): boolean => (asked.times++, reduces);
    return lane.send(order, { stays: () => null, reduces: say }, (said) => {
      begun.push(`${at}${said ? " reduces" : ""}`);
      return new Promise((resolve) => ends.set(String(at), resolve));
    });
  };
  const begins = async (count: number): Promise<void> => {
    await eventually(() => begun.length >= count, Boolean);
  };
  return { lane, begun, ends, asked, send, begins };
}

describe("behind an order that is said to reduce", () => {
  it("nothing of its symbol and side leaves before it is answered that does not reduce as well; all else does", async () => {
    const { begun, ends, send, begins } = sales();
    const all = [send(1, true), send(4, true)];
    await begins(2);
    all.push(send(2, false), send(3, false, { side: "buy" }), send(5, false, { symbol: "ETHUSDT" }));
    ends.get("4")?.();
    await begins(3);
    ends.get("3")?.();
    await begins(4);
    expect(begun).toEqual(["1 reduces", "4 reduces", "3", "5"]);
    ends.get("5")?.();
    ends.get("1")?.();
    await begins(5);
    expect(begun.at(-1)).toBe("2");
    ends.get("2")?.();
    await Promise.all(all);
  });

  it("one that has to wait is passed by none of its symbol and side, or those that reduce would keep it there for ever", async () => {
    const { begun, ends, send, begins } = sales();
    const all = [send(1, true), send(2, false), send(3, true), send(4, false, { symbol: "ETHUSDT" })];
    await begins(2);
    expect(begun).toEqual(["1 reduces", "4"]);
    ends.get("1")?.();
    await begins(3);
    ends.get("4")?.();
    await begins(4);
    expect(begun.slice(2)).toEqual(["2", "3 reduces"]);
    for (const end of ends.values()) end();
    await Promise.all(all);
  });

  it("it is asked of one that waits whether it reduces, and not of all that wait behind that", async () => {
    const { lane, ends, asked, send, begins } = sales();
    const first = send(1, true);
    await begins(1);
    const stay = Array.from({ length: 50 }, (_, at) => send(10 + at, false));
    asked.times = 0;
    for (let at = 0; at < 10; at++) await lane.ask(() => Promise.resolve());
    // When a question comes, and when it is answered.
    expect(asked.times).toBeLessThanOrEqual(20);
    ends.get("1")?.();
    for (let at = 0; at < stay.length; at++) {
      await begins(at + 2);
      ends.get(String(10 + at))?.();
    }
    await Promise.all([first, ...stay]);
  });
});
