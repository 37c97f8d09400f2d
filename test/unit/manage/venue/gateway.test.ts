// What the gateway does where the venue, the disk and an operator get in each other's way. Each test has both of its own,
// and waits for most of its time until the gateway has looked often enough: those of one rule wait at the same time.
import { describe, expect, it, type TestContext } from "vitest";
import { failed } from "../../../../src/domain/result.ts";
import type { Store } from "../../../../src/store/store.ts";
import { venueFillTable, venueOrderTable } from "../../../../src/store/venue.ts";
import { gatewayDesk } from "../../../support/venue/gateway-desk.ts";
import { buyOrder } from "../../../support/venue/orders.ts";
import type { ScriptedVenue } from "../../../support/venue/scripted-venue.ts";

/** One of its two units, as the venue tells it when it is asked. */
function filledByOne(venue: ScriptedVenue): void {
  const fills = [{ fillId: "f1", quantity: 1, price: 100, fee: 0, time: 5 }];
  venue.knows("ord_1", { state: "partially_filled", filled: 1, fills });
  venue.held.set("BTCUSD", 1);
}
function desk({ onTestFinished }: TestContext, store: Store | null = null) {
  return gatewayDesk(store, undefined, onTestFinished);
}
const limit = (id: string) => buyOrder(id, { kind: "limit", limit: 90 });

describe.concurrent("an order of which the venue knows nothing", () => {
  it("is not sent again after the venue was away: its decision is old", async (context) => {
    const { venue, gateway, booked, until } = await desk(context);
    await until(() => gateway.refusal() === null);
    await gateway.place(buyOrder("ord_1"));
    venue.link(false);
    venue.link(true);
    await until(() => booked.at(-1)?.state === "expired");
    expect(venue.placed).toEqual(["ord_1"]);
  });

  it("is not sent again while engine and venue disagree", async (context) => {
    const { venue, gateway, booked, until } = await desk(context);
    await until(() => gateway.refusal() === null);
    await gateway.place(buyOrder("ord_1"));
    await gateway.place(buyOrder("ord_2"));
    venue.fill("ord_2", "f1", 50);
    const sent = venue.placed.length;
    await until(() => booked.some(({ id, state }) => id === "ord_1" && state === "expired"));
    expect(venue.placed).toHaveLength(sent);
  });
});

describe.concurrent("what a venue tells", () => {
  it("cannot stop the booking by characters that the store does not take", async (context) => {
    const { venue, gateway, booked, until } = await desk(context);
    await until(() => gateway.refusal() === null);
    await gateway.place(buyOrder("ord_1"));
    await gateway.place(buyOrder("ord_2"));
    const said = { venueOrderId: "x\u0000\ud800", filled: 0, reason: "no\u0000 money \ud800" };
    venue.tell({ kind: "order", clientOrderId: "ord_1", state: "rejected", ...said });
    venue.fill("ord_2", "f1", 2);
    await until(() => booked.some(({ fill }) => fill === "f1"));
    expect(booked[0]).toMatchObject({ id: "ord_1", state: "rejected" });
  });

  it("is booked for all other orders when the store will never take one of them, and nothing is sent any more", async (context) => {
    const { store, venue, gateway, booked, until } = await desk(context);
    await until(() => gateway.refusal() === null);
    await gateway.place(buyOrder("ord_1"));
    await gateway.place(buyOrder("ord_2"));
    const commit = store.commit.bind(store);
    store.commit = (statements) => {
      const bad = statements.some(({ params }) => params.includes("f-bad"));
      return bad ? Promise.resolve(failed({ code: "conflict", issue: "a rule of the tables" })) : commit(statements);
    };
    venue.fill("ord_1", "f-bad", 2);
    venue.fill("ord_2", "f-good", 2);
    await until(() => booked.some(({ fill }) => fill === "f-good"));
    expect(gateway.refusal()).toContain("order ord_1 cannot be stored (conflict)");
  });

  it("ends an order that was at work and is rejected then as cancelled", async (context) => {
    const { store, venue, gateway, booked, until } = await desk(context);
    await until(() => gateway.refusal() === null);
    await gateway.place(limit("ord_1"));
    const order = { kind: "order", clientOrderId: "ord_1", venueOrderId: "x", filled: 0 } as const;
    venue.tell({ ...order, state: "working", reason: null });
    venue.tell({ ...order, state: "rejected", reason: "post only" });
    await until(() => booked.at(-1)?.state === "cancelled");
    expect((await venueOrderTable.load(store))[0]).toMatchObject({ reason: "post only", settled: true });
  });

  it("is stored before the gateway is closed, also what came while it was being closed", async (context) => {
    const { store, venue, gateway, until } = await desk(context);
    await until(() => gateway.refusal() === null);
    await gateway.place(buyOrder("ord_1"));
    venue.fill("ord_1", "f1", 1);
    const closed = gateway.close();
    venue.fill("ord_1", "f2", 1);
    await closed;
    expect((await venueFillTable.load(store)).map(({ fillId }) => fillId)).toEqual(["f1", "f2"]);
  });

  it("keeps a dispute that arises while a comparison waits for the disk", async (context) => {
    const { store, venue, gateway, until } = await desk(context);
    await until(() => gateway.refusal() === null);
    await gateway.place(buyOrder("ord_1"));
    venue.fill("ord_1", "f1", 2);
    venue.held.set("BTCUSD", 2);
    const commit = store.commit.bind(store);
    store.commit = async (statements) => {
      venue.fill("ord_1", "f2", 5); // there is no room for it
      store.commit = commit;
      return commit(statements);
    };
    await gateway.reconcile();
    expect(gateway.status().state).toBe("dispute");
  });

  it("leaves no dust where decimals are added up and taken away again", async (context) => {
    const { venue, gateway, booked, until } = await desk(context);
    await until(() => gateway.refusal() === null);
    const parts = [33_333_333.3, 70_000_000.1, 0.2, 12_345_678.9];
    for (const [at, quantity] of parts.entries()) {
      await gateway.place(buyOrder(`ord_${at}`, { quantity }));
      venue.fill(`ord_${at}`, "f1", quantity);
    }
    await gateway.place(buyOrder("ord_out", { quantity: 115_679_012.5, side: "sell" }));
    venue.fill("ord_out", "f1", 115_679_012.5);
    await until(() => booked.filter(({ fill }) => fill !== null).length === 5);
    expect(await gateway.reconcile()).toBeNull();
  });
});

describe.concurrent("the emergency stop, once it is lifted,", () => {
  it("lets nothing leave before engine and venue were compared", async (context) => {
    const { venue, gateway, until } = await desk(context);
    await until(() => gateway.refusal() === null);
    const before = gateway.status().reconciledAt ?? 0;
    gateway.halt();
    gateway.release();
    expect(gateway.status().state).toBe("reconciling");
    expect(await gateway.place(buyOrder("ord_1"))).toMatchObject({ ok: false });
    await until(() => gateway.status().state === "ready");
    expect(gateway.status().reconciledAt).toBeGreaterThan(before);
    expect(await gateway.place(buyOrder("ord_1"))).toMatchObject({ ok: true });
    expect(venue.placed).toEqual(["ord_1"]);
  });

  it("finds what was closed at the venue meanwhile, also when a comparison had begun before", async (context) => {
    const { venue, gateway, until } = await desk(context);
    await until(() => gateway.refusal() === null);
    gateway.halt();
    let answer = (): void => undefined;
    venue.positions = () => new Promise((resolve) => (answer = () => resolve([]))); // as it was then
    const earlier = gateway.reconcile();
    await until(() => String(answer).includes("resolve"));
    Reflect.deleteProperty(venue, "positions");
    venue.held.set("BTCUSD", -1);
    gateway.release();
    answer();
    expect(await earlier).toContain("position in BTCUSD: 0 here, -1 at the venue");
    expect(gateway.status().state).toBe("dispute");
  });
});

describe.concurrent("an operator's word", () => {
  it("changes nothing when it cannot be stored", async (context) => {
    const { venue, gateway } = await desk(context);
    venue.held.set("ETHUSD", 5);
    expect(await gateway.reconcile()).toContain("disagree");
    expect(await gateway.acceptVenue("ops", () => Promise.resolve(false))).toBe("it could not be stored");
    expect(await gateway.reconcile()).toContain("position in ETHUSD: 0 here, 5 at the venue");
  });

  it("holds up what is placed meanwhile, and leaves orders alone that are at work", async (context) => {
    const { venue, gateway, booked, until } = await desk(context);
    await until(() => gateway.refusal() === null);
    await gateway.place(limit("ord_1"));
    venue.knows("ord_1");
    let refused: unknown = null;
    const accepted = await gateway.acceptVenue("ops", async () => {
      refused = await gateway.place(limit("ord_2"));
      return true;
    });
    expect(accepted).toBeNull();
    expect(refused).toMatchObject({ ok: false });
    await until(() => booked.some(({ id }) => id === "ord_1"));
    expect(booked.at(-1)).toMatchObject({ id: "ord_1", state: "working" });
    expect(gateway.status().openOrders).toBe(1);
  });

  it("does not undo a cancellation that is asked for while it is being stored", async (context) => {
    const { store, venue, gateway, until } = await desk(context);
    await until(() => gateway.refusal() === null);
    await gateway.place(limit("ord_1"));
    venue.knows("ord_1");
    const accepted = await gateway.acceptVenue("ops", async (statements) => {
      gateway.cancel("ord_1");
      return (await store.commit(statements)).ok;
    });
    expect(accepted).toBeNull();
    await gateway.close();
    expect((await venueOrderTable.load(store))[0]).toMatchObject({ cancelling: true, state: "working" });
  });

  it("counts a fill once that is told before the venue's positions", async (context) => {
    const { venue, gateway, until } = await desk(context);
    await until(() => gateway.refusal() === null);
    await gateway.place(limit("ord_1"));
    venue.knows("ord_1");
    venue.beforePositions = () => {
      venue.beforePositions = () => Promise.resolve();
      filledByOne(venue);
      venue.fill("ord_1", "f1", 1);
      return Promise.resolve();
    };
    expect(await gateway.acceptVenue("ops", () => Promise.resolve(true))).toBeNull();
    expect(gateway.status().state).toBe("ready");
  });

  it("counts a fill once that is in the venue's positions and told only after them", async (context) => {
    const { venue, gateway, until } = await desk(context);
    await until(() => gateway.refusal() === null);
    await gateway.place(limit("ord_1"));
    venue.knows("ord_1");
    venue.beforePositions = () => {
      filledByOne(venue);
      return Promise.resolve();
    };
    const accepted = await gateway.acceptVenue("ops", () => {
      venue.fill("ord_1", "f1", 1);
      return Promise.resolve(true);
    });
    expect(accepted).toBeNull();
    expect(gateway.status().state).toBe("ready");
  });

  it("counts a fill that is made while it is being stored, whether it is told or found", async (context) => {
    const { venue, gateway, until } = await desk(context);
    await until(() => gateway.refusal() === null);
    await gateway.place(limit("ord_1"));
    await gateway.place(limit("ord_2"));
    venue.knows("ord_1");
    venue.knows("ord_2");
    await gateway.reconcile();
    const accepted = await gateway.acceptVenue("ops", async () => {
      venue.fill("ord_2", "f2", 1);
      filledByOne(venue);
      venue.held.set("BTCUSD", 2);
      // The cancellation gets no answer, so the order is asked for.
      let found = false;
      const find = venue.find.bind(venue);
      venue.cancel = () => Promise.reject(new Error("no answer"));
      venue.find = async (order) => {
        const state = await find(order);
        found ||= order.clientOrderId === "ord_1";
        return state;
      };
      gateway.cancel("ord_1");
      await until(() => found);
      return true;
    });
    expect(accepted).toBeNull();
    expect(gateway.status().state).toBe("ready");
  });

  it("is not taken while orders are filled all the time", async (context) => {
    const { venue, gateway, until } = await desk(context);
    await until(() => gateway.refusal() === null);
    await gateway.place(limit("ord_1"));
    venue.knows("ord_1");
    let fills = 0;
    venue.beforePositions = () => {
      venue.fill("ord_1", `f${++fills}`, 1e-3);
      return Promise.resolve();
    };
    const recorded: unknown[] = [];
    const accepted = await gateway.acceptVenue("ops", (statements) => {
      recorded.push(statements);
      return Promise.resolve(true);
    });
    expect(accepted).toContain("being filled all the time");
    expect(recorded).toEqual([]);
  });

  it("settles also orders of which nobody can say what became of them", async (context) => {
    const first = await desk(context);
    await first.until(() => first.gateway.refusal() === null);
    await first.gateway.place(limit("ord_1"));
    await first.gateway.close();
    const { venue, gateway } = await desk(context, first.store);
    venue.knows("ord_1", { filled: Number.NaN });
    expect(await gateway.reconcile()).toContain("disagree");
    venue.knows("ord_1");
    expect(await gateway.acceptVenue("ops", () => Promise.resolve(true))).toBeNull();
  });
});
