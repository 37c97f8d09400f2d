// Whose a venue's positions are, over the end of executions, an operator's word and a restart. Each test has a gateway of
// its own, and waits for most of its time until it has compared often enough: they wait at the same time.
import { expect, it, type TestContext } from "vitest";
import { Gateway } from "../../../../src/manage/venue/venue.ts";
import { openStore, type Store } from "../../../../src/store/store.ts";
import { SILENT_LOG } from "../../../../src/telemetry/log.ts";
import { eventually } from "../../../support/eventually.ts";
import { buyOrder } from "../../../support/venue/orders.ts";
import { ScriptedVenue } from "../../../support/venue/scripted-venue.ts";

async function desk(context: TestContext, store: Store, held = 0) {
  const venue = new ScriptedVenue();
  if (held !== 0) venue.held.set("BTCUSD", held);
  const open = new Set<string>(["exec_1", "exec_2"]);
  const gateway = new Gateway({
    venue,
    store,
    log: SILENT_LOG,
    now: () => Date.now() * 1_000,
    compareMs: 60_000,
    isOpen: (executionId) => open.has(executionId),
  });
  context.onTestFinished(() => gateway.close());
  await gateway.start();
  await eventually(
    () => gateway.refusal(),
    (refusal) => refusal === null,
  );
  let [orders, position] = [0, held];
  const trade = async (executionId: string, side: "buy" | "sell", quantity: number): Promise<void> => {
    const id = `ord_${held}_${++orders}`;
    await gateway.place(buyOrder(id, { executionId, side, quantity }));
    position += side === "buy" ? quantity : -quantity;
    venue.held.set("BTCUSD", position);
    venue.fill(id, "f1", quantity);
  };
  return { gateway, venue, open, trade };
}
async function memory(): Promise<Store> {
  const store = await openStore({ file: null, log: SILENT_LOG });
  if (!store.ok) throw new Error(store.failure);
  return store.value;
}
const left = (gateway: Gateway) => Object.fromEntries(gateway.unclaimed);

it.concurrent("what an execution has left is nobody's once it is over; what others have is theirs", async (context) => {
  const { gateway, open, trade } = await desk(context, await memory());
  await trade("exec_1", "buy", 1);
  await trade("exec_2", "buy", 0.3);
  expect(left(gateway)).toEqual({});
  open.delete("exec_1");
  expect(left(gateway)).toEqual({ BTCUSD: 1 });
  await trade("exec_2", "sell", 0.3);
  expect(left(gateway)).toEqual({ BTCUSD: 1 });
});

it.concurrent("an operator's word lets it be, and nothing that is left afterwards", async (context) => {
  const { gateway, open, trade } = await desk(context, await memory());
  await trade("exec_1", "buy", 1);
  await trade("exec_2", "buy", 2);
  open.delete("exec_1");
  expect(await gateway.acceptVenue("ops", () => Promise.resolve(true))).toBeNull();
  expect(left(gateway)).toEqual({});
  open.delete("exec_2");
  expect(left(gateway)).toEqual({ BTCUSD: 2 });
});

it.concurrent(
  "after a restart everything that is held is nobody's, until an operator has said so anew",
  async (context) => {
    const store = await memory();
    const first = await desk(context, store);
    await first.trade("exec_1", "buy", 1);
    await first.gateway.close();
    const { gateway } = await desk(context, store, 1);
    expect(left(gateway)).toEqual({ BTCUSD: 1 });
    expect(await gateway.acceptVenue("ops", () => Promise.resolve(true))).toBeNull();
    expect(left(gateway)).toEqual({});
  },
);

/** What open executions have was sold by hand, and an operator has taken the venue's word. */
async function closedByHand(context: TestContext, quantity: number, other = 1) {
  const store = await memory();
  const scene = await desk(context, store);
  const { gateway, venue, trade } = scene;
  await trade("exec_1", "buy", 1);
  if (other > 0) await trade("exec_2", "buy", other);
  venue.held.set("BTCUSD", 1 + other - quantity);
  expect(await gateway.reconcile()).toContain("position in BTCUSD");
  expect(await gateway.acceptVenue("ops", () => Promise.resolve(true))).toBeNull();
  let orders = 0;
  const leave = (executionId: string, more = {}) => {
    const order = { executionId, side: "sell", quantity: 1, reduceOnly: true, ...more } as const;
    return gateway.place(buyOrder(`leave_${++orders}`, order));
  };
  return { ...scene, leave };
}
const GONE =
  "the venue holds 1 BTCUSD less than open executions have: stop the execution whose position was closed there";

it.concurrent(
  "what a person has closed is not sold once more out of what another execution has, until one of them ends",
  async (context) => {
    const { gateway, venue, open, leave } = await closedByHand(context, 1);
    expect(gateway.missing).toEqual([GONE]);
    const placed = venue.placed.length;
    for (const executionId of ["exec_1", "exec_2"]) {
      expect(await leave(executionId)).toEqual({ ok: false, failure: GONE });
      expect(await leave(executionId, { reduceOnly: false, quantity: 4 })).toEqual({ ok: false, failure: GONE });
    }
    expect(venue.placed).toHaveLength(placed);
    // What opens is no business of that, nor is what others leave who are short.
    expect(await leave("exec_2", { side: "buy", reduceOnly: false })).toMatchObject({ ok: true });
    open.delete("exec_1");
    expect(gateway.missing).toEqual([]);
    expect(await leave("exec_2")).toMatchObject({ ok: true });
  },
);

it.concurrent("what an execution has beyond all that is missing is its own, and may be left", async (context) => {
  const { gateway, venue, open, leave } = await closedByHand(context, 1, 3);
  const { length } = venue.sent;
  const sold = () => venue.sent.slice(length).map(({ executionId, quantity }) => [executionId, quantity]);
  expect(await leave("exec_2", { quantity: 3, reduceOnly: false })).toMatchObject({ ok: false }); // cannot be cut
  expect(await leave("exec_2", { quantity: 0.5 })).toMatchObject({ ok: true });
  expect(await leave("exec_2", { quantity: 3 })).toMatchObject({ ok: true }); // cut to what is not on its way yet
  expect(sold()).toEqual([
    ["exec_2", 0.5],
    ["exec_2", 1.5],
  ]);
  expect(await leave("exec_2", { quantity: 3 })).toEqual({ ok: false, failure: GONE });
  expect(await leave("exec_1")).toEqual({ ok: false, failure: GONE });
  open.delete("exec_1");
  expect(gateway.missing).toEqual([]);
  expect(await leave("exec_2", { quantity: 1 })).toMatchObject({ ok: true });
});

it.concurrent(
  "where a small part is missing, an execution that is alone in its symbol leaves all that is there",
  async (context) => {
    const { venue, leave } = await closedByHand(context, 0.1, 0);
    expect(await leave("exec_1")).toMatchObject({ ok: true });
    expect(venue.sent.at(-1)).toMatchObject({ executionId: "exec_1", quantity: 0.9, reduceOnly: true });
  },
);

it.concurrent(
  "what is missing is nobody's leftover, neither before nor behind the end of the execution whose it was",
  async (context) => {
    const { gateway, venue, open, trade } = await closedByHand(context, 1, 0);
    expect(left(gateway)).toEqual({});
    open.delete("exec_1");
    expect([gateway.missing, left(gateway)]).toEqual([[], {}]);
    // Nor does it hide what another one leaves.
    open.add("exec_3");
    await trade("exec_3", "sell", 1);
    venue.held.set("BTCUSD", -1);
    open.delete("exec_3");
    expect(left(gateway)).toEqual({ BTCUSD: -1 });
  },
);

it.concurrent("what is bought back by hand is missed no longer", async (context) => {
  const { gateway, venue, leave } = await closedByHand(context, 1);
  venue.held.set("BTCUSD", 2);
  expect(await gateway.reconcile()).toContain("position in BTCUSD");
  expect(await gateway.acceptVenue("ops", () => Promise.resolve(true))).toBeNull();
  expect(gateway.missing).toEqual([]);
  expect(await leave("exec_1")).toMatchObject({ ok: true });
});

it.concurrent(
  "what others trade there by hand, and what an execution leaves the other way, holds up no exit",
  async (context) => {
    const { gateway, venue, open, trade } = await desk(context, await memory());
    await trade("exec_1", "buy", 2);
    await trade("exec_2", "sell", 1);
    open.delete("exec_2"); // it leaves 1 short: the venue holds 1, and exec_1 has 2
    expect(await gateway.acceptVenue("ops", () => Promise.resolve(true))).toBeNull();
    expect(gateway.missing).toEqual([]);
    venue.held.set("BTCUSD", 6); // somebody buys for himself
    expect(await gateway.reconcile()).toContain("position in BTCUSD");
    expect(await gateway.acceptVenue("ops", () => Promise.resolve(true))).toBeNull();
    expect(gateway.missing).toEqual([]);
    const order = { side: "sell", quantity: 2, reduceOnly: true } as const;
    expect(await gateway.place(buyOrder("leave_1", order))).toMatchObject({ ok: true });
  },
);

it.concurrent("a short position that a person has bought back is missed in the same way", async (context) => {
  const { gateway, venue, trade } = await desk(context, await memory());
  await trade("exec_1", "sell", 1);
  venue.held.set("BTCUSD", 0);
  expect(await gateway.reconcile()).toContain("position in BTCUSD");
  expect(await gateway.acceptVenue("ops", () => Promise.resolve(true))).toBeNull();
  expect(gateway.missing).toEqual([GONE]);
  expect(await gateway.place(buyOrder("leave_1", { quantity: 1, reduceOnly: true }))).toEqual({
    ok: false,
    failure: GONE,
  });
});
