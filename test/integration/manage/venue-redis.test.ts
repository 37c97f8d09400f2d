// Orders at a venue behind a real Redis: what is told twice, late or wrongly, who is away, and a process that is killed
// with orders on their way.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { openBus } from "../../../src/bus/bus.ts";
import { Random } from "../../../src/domain/random.ts";
import { Gateway, RedisVenue } from "../../../src/manage/venue/venue.ts";
import { openStore, type Store } from "../../../src/store/store.ts";
import { venueFillTable, venueOrderTable, venuePositionTable } from "../../../src/store/venue.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { eventually } from "../../support/eventually.ts";
import { firstThread, otherThreads, ownTime } from "../../support/own-time.ts";
import { RedisServer } from "../../support/redis-server.ts";
import { ExecutionEngine, type Unreliable } from "../../support/venue/execution-engine.ts";
import { FakeExchange } from "../../support/venue/exchange.ts";
import { buyOrder } from "../../support/venue/orders.ts";

const RUN = fileURLToPath(new URL("../../support/venue/gateway-run.js", import.meta.url));
const KILLS = 20;
const now = (): number => Date.now() * 1_000;

interface Desk {
  readonly redis: RedisServer;
  readonly exchange: FakeExchange;
  readonly engine: ExecutionEngine;
  readonly gateway: Gateway;
  readonly store: Store;
  readonly booked: { readonly id: string; readonly state: string; readonly fill: string | null }[];
  readonly disputes: string[];
  /** Looked at whenever something was booked, and every few milliseconds for what has no event. */
  until(holds: () => boolean): Promise<void>;
}

async function desk(unreliable: Unreliable = {}): Promise<Desk> {
  const redis = await RedisServer.create();
  const exchange = new FakeExchange();
  exchange.quote("BTCUSD", 99, 101);
  const engine = await ExecutionEngine.open(exchange, redis.url, unreliable);
  const bus = await openBus(redis.url, SILENT_LOG);
  const opened = await openStore({ file: null, log: SILENT_LOG });
  if (!opened.ok) throw new Error(opened.failure);
  const store = opened.value;
  const booked: Desk["booked"][number][] = [];
  const disputes: string[] = [];
  const venue = new RedisVenue({ bus, now, session: "test", knockMs: 50, answerMs: 300 });
  const gateway = new Gateway({
    venue,
    store,
    log: SILENT_LOG,
    now,
    patienceMs: 100,
    compareMs: 60_000,
    onOrder: ({ clientOrderId: id, state }, fill) => booked.push({ id, state, fill: fill?.fillId ?? null }),
    onDispute: (reason) => disputes.push(reason),
  });
  onTestFinished(async () => {
    await gateway.close();
    await Promise.all([engine.close(), bus.close(), store.close()]);
    await redis.remove();
  });
  const until = async (holds: () => boolean): Promise<void> => {
    await eventually(holds, (held) => held);
  };
  await gateway.start();
  await until(() => gateway.refusal() === null);
  return { redis, exchange, engine, gateway, store, booked, disputes, until };
}

const count = async (store: Store, what: string): Promise<number> =>
  Number((await store.query(`SELECT count(*) AS n FROM ${what}`, []))[0]?.["n"]);

describe("a venue behind Redis", () => {
  it("fills an order that was stored before it was sent, and books each of its fills once", async () => {
    const { gateway, exchange, booked, store, until } = await desk({ doubled: 0.5, late: 0.5 });
    for (let at = 0; at < 40; at++) expect((await gateway.place(buyOrder(`ord_a_${at}`))).ok).toBe(true);
    await until(() => new Set(booked.filter(({ state }) => state === "filled").map(({ id }) => id)).size === 40);
    await until(() => booked.filter(({ fill }) => fill !== null).length === 40);
    expect(exchange.orders).toHaveLength(40);
    expect(exchange.positions.get("BTCUSD")).toBe(80);
    expect(await gateway.reconcile()).toBeNull();
    expect(await count(store, "venue_fills")).toBe(40);
    expect(await store.query("SELECT symbol, quantity FROM venue_positions", [])).toEqual([
      { symbol: "BTCUSD", quantity: 80 },
    ]);
  });

  it("is told that an order reduces where the account has that much, whatever its execution has", async () => {
    const { gateway, engine, booked, until } = await desk();
    const orders = [
      { side: "buy", quantity: 2 },
      { side: "sell", quantity: 1, executionId: "exec_2" },
      { side: "sell", quantity: 2, reduceOnly: true },
      { side: "buy", quantity: 1, executionId: "exec_2", reduceOnly: true },
    ] as const;
    for (const [at, order] of orders.entries()) {
      await gateway.place(buyOrder(`ord_r_${at}`, order));
      await until(() => booked.some(({ id, state }) => id === `ord_r_${at}` && state === "filled"));
    }
    const placed = engine.requests.filter(({ action }) => action === "place");
    expect(placed.map((request) => request["reduce_only"])).toEqual([false, false, false, true]);
    expect(await gateway.reconcile()).toBeNull();
  });

  it("places an id once, however often it is handed in", async () => {
    const { gateway, exchange } = await desk();
    exchange.forgetful = true;
    const placed = await Promise.all([1, 2, 3].map(() => gateway.place(buyOrder("ord_same"))));
    expect(placed.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await gateway.reconcile()).toBeNull();
    expect(exchange.orders).toHaveLength(1);
  });

  it("asks for an order of which it hears nothing, and sends it again only when the venue does not know it", async () => {
    const { gateway, exchange, engine, booked, until } = await desk({ lost: 0.6, seed: 3 });
    exchange.forgetful = true;
    for (let at = 0; at < 10; at++) await gateway.place(buyOrder(`ord_l_${at}`, { quantity: 1 }));
    await until(
      () => new Set(booked.filter(({ state }) => /filled|expired/.test(state)).map(({ id }) => id)).size === 10,
    );
    expect(await gateway.reconcile()).toBeNull();
    expect(exchange.doubled()).toEqual([]);
    expect(engine.requests.filter(({ action }) => action === "place").length).toBeGreaterThan(10);
    const filled = booked.filter(({ fill }) => fill !== null).length;
    expect(exchange.orders).toHaveLength(filled);
    expect(booked.filter(({ state }) => state === "expired")).toHaveLength(10 - filled);
  });

  it("refuses new orders while Redis is away, and catches up with what happened meanwhile", async () => {
    const { redis, gateway, exchange, booked, until } = await desk();
    await gateway.place(buyOrder("ord_r_1", { kind: "limit", limit: 90 }));
    await until(() => booked.some(({ state }) => state === "working"));
    await redis.kill();
    await until(() => gateway.refusal() !== null);
    expect(await gateway.place(buyOrder("ord_r_2"))).toEqual({
      ok: false,
      failure: expect.stringContaining("away") as string,
    });
    exchange.quote("BTCUSD", 88, 89); // it is filled while nobody can hear it
    await redis.start();
    await until(() => gateway.refusal() === null);
    expect(booked.at(-1)).toEqual({ id: "ord_r_1", state: "filled", fill: "f1" });
    expect(exchange.orders).toHaveLength(1);
  });

  it("counts as away when Redis is there and nobody answers", async () => {
    const { gateway, engine, until } = await desk();
    engine.deaf = true;
    await until(() => gateway.status().state === "away");
    expect(gateway.refusal()).toContain("does not answer");
    engine.deaf = false;
    await until(() => gateway.refusal() === null);
  });

  it("comes into dispute by a fill that cannot be, and out of it by an operator's word alone", async () => {
    const { gateway, exchange, engine, disputes, until } = await desk();
    await gateway.place(buyOrder("ord_d_1"));
    await until(() => exchange.positions.get("BTCUSD") === 2);
    const [order] = exchange.orders;
    if (order === undefined) throw new Error("no order came");
    exchange.fill(order, 5, 101); // more than was ordered
    await until(() => disputes.length > 0);
    expect(gateway.refusal()).toContain("disagree");
    expect((await gateway.place(buyOrder("ord_d_2"))).ok).toBe(false);
    expect(await gateway.reconcile()).toContain("disagree");
    expect(gateway.status().disputes.join()).toContain("position in BTCUSD: 2 here, 7 at the venue");
    expect(await gateway.acceptVenue("ops", () => Promise.resolve(true))).toBeNull();
    expect(gateway.status().state).toBe("ready");
    engine.say({ type: "fill", client_order_id: "ord_d_1", fill_id: "f9", quantity: "3", price: 1, timestamp: "x" });
    await until(() => gateway.status().state === "dispute");
    // The venue's own state agrees with ours: what it said was wrong, and is over with the next comparison.
    expect(await gateway.reconcile()).toBeNull();
  });

  it("does not trade beside foreign orders and positions before somebody has accepted them", async () => {
    const { gateway, exchange } = await desk();
    const foreign = {
      clientOrderId: null,
      symbol: "ETHUSD",
      side: "BUY",
      type: "limit",
      quantity: 1,
      price: 5,
    } as const;
    exchange.place(foreign);
    exchange.positions.set("SOLUSD", -4);
    expect(await gateway.reconcile()).toContain("disagree");
    expect(gateway.status().disputes).toEqual([
      "order x1 (ETHUSD) is open at the venue and not one of this engine",
      "position in SOLUSD: 0 here, -4 at the venue",
    ]);
    expect(await gateway.acceptVenue("ops", () => Promise.resolve(true))).toBeNull();
    expect(exchange.open()).toHaveLength(1);
  });

  it("ignores and counts what is of nobody's order or cannot be read", async () => {
    const { gateway, engine, until } = await desk();
    engine.say({ type: "fill", client_order_id: "ord_unknown", fill_id: "f1", quantity: 1, price: 1, timestamp: "x" });
    engine.say({ type: "order", client_order_id: "ord_unknown", status: "filled" });
    engine.say({ type: "nonsense" });
    await until(() => gateway.status().ignored === 3);
    expect(gateway.status().state).toBe("ready");
  });

  it("cancels 200 open orders within a second of the emergency stop", async () => {
    const { gateway, exchange, redis, until } = await desk();
    const orders = Array.from({ length: 200 }, (_, at) => buyOrder(`ord_h_${at}`, { kind: "limit", limit: 90 }));
    await Promise.all(orders.map((order) => gateway.place(order)));
    await until(() => exchange.open().length === 200);
    const took = ownTime(otherThreads, firstThread(redis.pid)); // the store's thread is one of them
    expect(gateway.halt()).toBe(200);
    await until(() => exchange.open().length === 0);
    expect(took()).toBeLessThan(1_000);
    expect(await gateway.place(buyOrder("ord_h_x"))).toMatchObject({ ok: false });
    gateway.release();
    await until(() => gateway.status().openOrders === 0 && gateway.status().state === "ready");
    expect((await gateway.place(buyOrder("ord_h_y"))).ok).toBe(true);
  });

  it("cancels what opens positions and leaves what closes them, at a pause", async () => {
    const { gateway, exchange, until } = await desk();
    await gateway.place(buyOrder("ord_p_1", { kind: "limit", limit: 90 }));
    await gateway.place(buyOrder("ord_p_2", { kind: "limit", limit: 120, side: "sell", reduceOnly: true }));
    await gateway.place(buyOrder("ord_p_3", { kind: "limit", limit: 91, executionId: "exec_2" }));
    await until(() => exchange.open().length === 3);
    expect(gateway.cancelAll({ executionId: "exec_1", entries: true })).toBe(1);
    await until(() => exchange.open().length === 2);
    expect(exchange.open().map(({ clientOrderId }) => clientOrderId)).toEqual(["ord_p_2", "ord_p_3"]);
  });
});

describe("a process that sends orders and is killed", () => {
  it("has sent none twice and forgotten none, after twenty kills at random moments", { timeout: 240_000 }, async () => {
    const redis = await RedisServer.create();
    const folder = await mkdtemp(join(tmpdir(), "venue-"));
    const exchange = new FakeExchange();
    exchange.forgetful = true;
    exchange.quote("BTCUSD", 99, 101);
    const engine = await ExecutionEngine.open(exchange, redis.url, { doubled: 0.2, late: 0.5 });
    const file = join(folder, "engine.db");
    onTestFinished(async () => {
      await engine.close();
      await redis.remove();
      await rm(folder, { recursive: true, force: true });
    });
    const run = (orders: number) => spawned(file, redis.url, orders);
    const random = new Random(11);
    for (let kill = 0; kill < KILLS; kill++) {
      const sent = exchange.orders.length;
      const { child, exit } = run(1_000_000);
      // At a random number of orders and then at a random moment between two of them.
      const most = sent + 1 + Math.floor(random.between(0, 25));
      await eventually(
        () => exchange.orders.length,
        (count) => count >= most,
      );
      await new Promise((resolve) => setTimeout(resolve, random.between(0, 30)));
      child.kill("SIGKILL");
      await exit;
    }
    // Each kill may have left one that was stored and not sent. Where nothing is left to send everything is cancelled at
    // once, also what the last kill has left and would expire.
    const { lines, exit } = run(exchange.orders.length + KILLS + 5);
    expect((await exit)[0]).toBe(0);
    expect(lines.filter((line) => line.startsWith('{"dispute"'))).toEqual([]);
    expect(exchange.doubled()).toEqual([]);
    expect(exchange.open()).toEqual([]);
    const kept = await keptIn(file);
    // What is here and not there never reached the venue, and says so.
    const there = new Map(exchange.orders.map((order) => [order.clientOrderId, order.status as string]));
    for (const [id, state] of kept.orders) expect([id, state]).toEqual([id, there.get(id) ?? "expired"]);
    expect(kept.orders.filter(([, state]) => state !== "expired")).toHaveLength(exchange.orders.length);
    const made = exchange.orders.flatMap(({ clientOrderId, fills }) =>
      fills.map(({ fillId, quantity, price, fee }) => JSON.stringify([clientOrderId, fillId, quantity, price, fee])),
    );
    expect(kept.fills.toSorted()).toEqual(made.toSorted());
    expect(kept.positions).toEqual(
      Object.fromEntries([...exchange.positions].filter(([, quantity]) => quantity !== 0)),
    );
  });
});

function spawned(file: string, url: string, orders: number) {
  const stdio = ["ignore", "pipe", "inherit"] as const;
  const child = spawn(process.execPath, [RUN, file, url, String(orders)], { stdio: [...stdio] });
  const lines: string[] = [];
  if (child.stdout !== null) createInterface(child.stdout).on("line", (line) => lines.push(line));
  return { child, lines, exit: once(child, "exit") };
}

/** What the store of a process holds that is gone. */
async function keptIn(file: string) {
  const opened = await openStore({ file, log: SILENT_LOG });
  if (!opened.ok) throw new Error(opened.failure);
  const { value: store } = opened;
  const orders = await venueOrderTable.load(store, "ORDER BY client_order_id");
  const fills = await venueFillTable.load(store);
  const positions = await venuePositionTable.load(store, "WHERE quantity <> 0");
  await store.close();
  return {
    orders: orders.map(({ clientOrderId, state }) => [clientOrderId, state as string] as const),
    fills: fills.map(({ clientOrderId, fillId, quantity, price, fee }) =>
      JSON.stringify([clientOrderId, fillId, quantity, price, fee]),
    ),
    positions: Object.fromEntries(positions.map(({ symbol, quantity }) => [symbol, quantity])),
  };
}
