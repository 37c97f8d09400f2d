// Orders, positions, portfolio and ledger as a client sees them, over REST and on the bus of a real Redis, and what is left
// of them when the engine is killed.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBus, TOPICS } from "../../../src/bus/bus.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import type { EngineProcess } from "../../support/engine-process.ts";
import { eventually } from "../../support/eventually.ts";
import { dataDir, type Message, referenceTrend, register, startEngine } from "../../support/manage/engine.ts";
import { RedisServer } from "../../support/redis-server.ts";
import { FIELDS } from "../../support/topic-payloads.ts";

let redis: RedisServer;
beforeAll(async () => {
  redis = await RedisServer.create();
});
afterAll(() => redis.remove());

/** Neither level is reached here, whichever event of the trend it buys at, and however late its thread sees the others. */
const FAR = { symbols: ["BTCUSD"], stop_percent: 0.5, target_percent: 0.5 };
const RISES = 40;
const LOOK_MS = 1_500;
const AMOUNTS = ["cash", "positions", "fees", "realised", "carry", "capital"];

async function list(engine: EngineProcess, path: string, name: string): Promise<readonly Message[]> {
  return (await engine.get(path))[name] as readonly Message[];
}

/** A position of a built-in strategy, with its stop and its target in the market; the execution's id. */
async function holding(engine: EngineProcess, id: string): Promise<string> {
  const started = await engine.ask("POST", `/strategies/${id}/start`);
  const execution = String(started.body["execution_id"]);
  const trend = referenceTrend("BTCUSD");
  await engine.post(JSON.stringify({ market_data: trend }));
  let price = Number(trend.at(-1)?.["price"]);
  const open = async (): Promise<number> =>
    (await list(engine, `/orders?strategy_id=${id}&status=open`, "orders")).length;
  // What its signal orders is filled by an event that comes after it: the rise goes on until that is seen.
  for (let rise = 1; ; rise++) {
    await tick(engine, (price *= 1.001));
    try {
      await eventually(open, (count) => count === 2, LOOK_MS);
      return execution;
    } catch (error) {
      if (rise === RISES) throw error;
    }
  }
}

async function tick(engine: EngineProcess, price: number): Promise<void> {
  await engine.post(JSON.stringify({ symbol: "BTCUSD", price, volume: 1 }));
}

/** The execution goes on after a restart. */
async function runs(engine: EngineProcess, execution: string): Promise<void> {
  await eventually(
    async () => (await engine.get(`/executions/${execution}`))["status"],
    (status) => status === "running",
  );
}

function balanced(entry: Message): number {
  return AMOUNTS.reduce((sum, name) => sum + Number(entry[name]), 0);
}

function terms(order: Message | undefined): Message {
  const { status, price, quantity, stop_price } = order ?? {};
  return { status, price, quantity, stop_price };
}

/** A target, a stop and the filled entry. */
async function changed(engine: EngineProcess, [target, stop, entry]: readonly Message[]): Promise<void> {
  const moved = await engine.ask("PUT", `/orders/${String(stop?.["order_id"])}`, { stop_price: 1_000 });
  expect(moved).toMatchObject({ status: 200, body: { stop_price: 1_000, status: "open", strategy_name: "Night owl" } });
  expect(await list(engine, "/orders?status=open", "orders")).toMatchObject([{}, { stop_price: 1_000 }]);
  const refusals: readonly (readonly [string, string, object, number])[] = [
    ["PUT", String(target?.["order_id"]), { stop_price: 5 }, 422],
    ["PUT", String(target?.["order_id"]), {}, 422],
    ["PUT", String(target?.["order_id"]), { quantity: 0 }, 422],
    ["PUT", String(entry?.["order_id"]), { quantity: 1 }, 409],
    ["PUT", "ord_nobody00000001", { quantity: 1 }, 404],
  ];
  for (const [method, order, body, status] of refusals)
    expect((await engine.ask(method, `/orders/${order}`, body)).status, JSON.stringify(body)).toBe(status);
  const cancel = `/orders/${String(target?.["order_id"])}/cancel`;
  expect(await engine.ask("POST", cancel)).toMatchObject({ status: 200, body: { status: "cancelled" } });
  expect(await engine.ask("POST", cancel)).toMatchObject({ status: 409, body: { error: "invalid_state" } });
  expect((await list(engine, "/audit?limit=2", "audit")).map(({ action, from, to }) => ({ action, from, to }))).toEqual(
    [
      { action: "order.cancel", from: terms(target), to: { ...terms(target), status: "cancelled" } },
      { action: "order.amend", from: terms(stop), to: { ...terms(stop), stop_price: 1_000 } },
    ],
  );
}

/** By strategy, and by the state of its execution. */
async function narrowed(engine: EngineProcess, id: string, execution: string): Promise<void> {
  expect(await list(engine, `/positions?status=running&strategy_id=${id}&limit=1`, "positions")).toEqual([
    expect.objectContaining({ execution_id: execution }),
  ]);
  expect(await engine.get("/positions?status=paused")).toMatchObject({ positions: [], net: [], count: 0 });
  expect(await engine.get(`/portfolio?strategy_id=${id}&status=running`)).toMatchObject({ executions: 1 });
  expect(await engine.get("/portfolio?status=paused")).toMatchObject({
    executions: 0,
    gross_exposure: 0,
    weights: {},
  });
}

describe("orders over REST", () => {
  it("are shown, changed and taken back, with positions, portfolio and ledger, and told on the bus", async () => {
    const engine = await startEngine({ REDIS_URL: redis.url });
    const bus = await openBus(redis.url, SILENT_LOG);
    const told: Record<string, Message[]> = { [TOPICS.order]: [], [TOPICS.position]: [] };
    for (const topic of [TOPICS.order, TOPICS.position])
      bus.subscribe(topic, (bytes) => {
        told[topic]?.push((JSON.parse(Buffer.from(bytes).toString()) as { payload: Message }).payload);
      });
    if (!bus.connected()) await new Promise<void>((resolve) => bus.onStatus((up) => up && resolve()));
    await engine.onBus();
    const parameters = { ...FAR, fee_bps: 10 };
    const id = await register(engine, { strategy_type: "momentum_rider", parameters, strategy_name: "Night owl" });
    const execution = await holding(engine, id);
    const orders = await list(engine, `/orders?strategy_id=${id}`, "orders");
    expect(orders.map(({ purpose, status }) => [purpose, status])).toEqual([
      ["target", "open"],
      ["stop", "open"],
      ["signal", "filled"],
    ]);
    const [target, stop, entry] = orders;
    const called = { strategy_id: id, strategy_name: "Night owl" };
    for (const order of orders) expect(order).toMatchObject(called);
    const first = await engine.get("/orders?limit=1");
    expect(first).toMatchObject({ count: 1, orders: [{ order_id: target?.["order_id"] }] });
    expect(await engine.get(`/orders?limit=1&cursor=${String(first["next_cursor"])}`)).toMatchObject({
      orders: [{ order_id: stop?.["order_id"] }],
    });
    expect(await list(engine, "/orders?symbol=ETHUSD", "orders")).toEqual([]);

    await changed(engine, orders);
    const [position] = await list(engine, "/positions", "positions");
    expect(position).toMatchObject({ ...called, symbol: "BTCUSD", execution_id: execution });
    expect(position?.["quantity"]).toBeCloseTo(Number(entry?.["filled_quantity"]), 9);
    const book = await engine.get("/portfolio");
    expect(book["gross_exposure"]).toBeCloseTo(Number(position?.["quantity"]) * Number(position?.["mark_price"]), 4);
    await narrowed(engine, id, execution);
    expect(book["allocation"]).toMatchObject({ method: "hierarchical", weights: { [id]: 1 }, actual: { [id]: 1 } });
    const ledger = await engine.get(`/executions/${execution}/ledger`);
    const totals = ledger["totals"] as Message;
    expect([book["fees"], book["realized_pnl"], book["cash"]]).toEqual([
      Number(totals["fees"]) / 1e6,
      0 - Number(totals["realised"]) / 1e6,
      Number(totals["cash"]) / 1e6,
    ]);
    expect((ledger["ledger"] as Message[]).at(-1)).toMatchObject({ kind: "capital", cash: 100_000e6 });
    for (const one of [...(ledger["ledger"] as Message[]), ledger["totals"] as Message]) expect(balanced(one)).toBe(0);

    const stateOf = (which: Message | undefined) =>
      told[TOPICS.order]?.filter((order) => order["order_id"] === which?.["order_id"]).map(({ status }) => status);
    await expect.poll(() => stateOf(target)?.at(-1)).toBe("cancelled");
    expect(stateOf(entry)?.at(-1)).toBe("filled");
    for (const topic of [TOPICS.order, TOPICS.position] as const)
      for (const field of FIELDS[topic].split(" ")) expect(told[topic]?.[0], topic).toHaveProperty(field);
    for (const topic of [TOPICS.order, TOPICS.position]) expect(told[topic]?.[0], topic).toMatchObject(called);
    await engine.ask("POST", `/strategies/${id}/stop`);
    await expect.poll(() => told[TOPICS.position]?.at(-1)).toMatchObject({ quantity: 0, symbol: "BTCUSD" });
    expect(await list(engine, "/orders?status=open", "orders")).toEqual([]);
    expect(await list(engine, "/positions", "positions")).toEqual([]);
    await bus.close();
  });
});

describe("an engine that is killed", () => {
  it("has the same orders, fills and ledger afterwards, each once, and goes on with them", async () => {
    const env = { DATA_DIR: dataDir(), AUTO_RESUME: "true" };
    let engine = await startEngine(env);
    const id = await register(engine, {
      strategy_type: "momentum_rider",
      parameters: { ...FAR, fee_bps: 10 },
    });
    const execution = await holding(engine, id);
    const seen = async () => ({
      orders: await list(engine, `/orders?strategy_id=${id}&limit=500`, "orders"),
      trades: await list(engine, `/executions/${execution}/trades?limit=500`, "trades"),
      ledger: await engine.get(`/executions/${execution}/ledger?limit=500`),
    });
    const target = (await list(engine, "/orders?status=open", "orders")).find(({ purpose }) => purpose === "target");
    // What is answered was told; a change of the strategy is stored behind it, so everything before it is stored as well.
    await engine.ask("POST", `/orders/${String(target?.["order_id"])}/cancel`);
    await engine.ask("PUT", `/strategies/${id}`, { strategy_name: "Stored behind it" });
    const before = await seen();
    for (const order of before.orders) expect(order).toMatchObject({ strategy_name: "Stored behind it" });
    await engine.kill();
    engine = await startEngine(env);
    await runs(engine, execution);
    expect(await seen()).toEqual(before);
    expect(before.orders.slice(0, 3).map(({ purpose, status }) => [purpose, status])).toEqual([
      ["target", "cancelled"],
      ["stop", "open"],
      ["signal", "filled"],
    ]);
    // The stop of before is in the market again and closes the position, once.
    const [, stop, entry] = before.orders;
    const price = Number(stop?.["stop_price"]) * 0.99;
    // Events count from where its thread has taken it over.
    const sale = async (): Promise<readonly Message[]> => {
      await tick(engine, price);
      return (await seen()).trades;
    };
    await eventually(sale, (trades) => trades.length > before.trades.length);
    const after = await seen();
    expect(after.orders.find((order) => order["order_id"] === stop?.["order_id"])).toMatchObject({ status: "filled" });
    const [sold] = after.trades.slice(after.trades.length - before.trades.length - 1);
    expect(sold?.["side"]).toBe("SELL");
    expect(sold?.["quantity"]).toBeCloseTo(Number(entry?.["filled_quantity"]), 9);
    expect(after.trades.length).toBe(
      (after.ledger["ledger"] as Message[]).filter(({ kind }) => kind === "fill").length,
    );
    expect(new Set(after.orders.map(({ order_id: order }) => order)).size).toBe(after.orders.length);
    for (const one of [...(after.ledger["ledger"] as Message[]), after.ledger["totals"] as Message])
      expect(balanced(one)).toBe(0);
  });

  it("has every change of an order that it answered, with its entry in the audit trail", async () => {
    const env = { DATA_DIR: dataDir(), AUTO_RESUME: "true" };
    let engine = await startEngine(env);
    const id = await register(engine, { strategy_type: "momentum_rider", parameters: FAR });
    const execution = await holding(engine, id);
    const open = () => list(engine, `/orders?strategy_id=${id}&status=open`, "orders");
    const again = async () => {
      await engine.kill();
      engine = await startEngine(env);
      await runs(engine, execution);
    };
    const actions = async () =>
      (await list(engine, "/audit?limit=50", "audit")).map(({ action, target }) => [action, target]);
    const [target, stop] = (await open()).map(({ order_id: order }) => String(order));
    expect(await engine.ask("PUT", `/orders/${String(stop)}`, { stop_price: 1_000 })).toMatchObject({ status: 200 });
    await again();
    await expect.poll(open).toHaveLength(2); // it is running before its orders are taken up
    expect(await open()).toMatchObject([{ order_id: target }, { order_id: stop, stop_price: 1_000 }]);
    expect(await actions()).toContainEqual(["order.amend", stop]);
    expect(await engine.ask("POST", `/orders/${String(target)}/cancel`)).toMatchObject({ status: 200 });
    await again();
    await expect.poll(open).not.toHaveLength(0);
    expect(await open()).toMatchObject([{ order_id: stop, stop_price: 1_000 }]);
    expect(await actions()).toContainEqual(["order.cancel", target]);
  });
});
