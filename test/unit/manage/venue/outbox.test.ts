// What a venue has told on its way to a disk that stores it and cannot say so, takes a part of it, or never takes it.
import { describe, expect, it, onTestFinished } from "vitest";
import { failed } from "../../../../src/domain/result.ts";
import { Alerts, Audit } from "../../../../src/manage/oversight/oversight.ts";
import { Outbox } from "../../../../src/manage/venue/outbox.ts";
import type { Ticket } from "../../../../src/manage/venue/ticket.ts";
import { type OrderToPlace, VenueDesk } from "../../../../src/manage/venue/venue.ts";
import type { Store } from "../../../../src/store/store.ts";
import { type VenueFillRecord, venueFillTable, venuePositionTable } from "../../../../src/store/venue.ts";
import { SILENT_LOG } from "../../../../src/telemetry/log.ts";
import { eventually } from "../../../support/eventually.ts";
import { opened } from "../../../support/store/store-files.ts";
import { buyOrder, recordOf } from "../../../support/venue/orders.ts";
import { ScriptedVenue } from "../../../support/venue/scripted-venue.ts";

const now = (): number => Date.now() * 1_000;

/** Fills that were told on, and a way to have one made. */
async function outboxOver(store: Store) {
  const told: VenueFillRecord[] = [];
  const outbox = new Outbox({
    isOpen: () => true,
    store,
    log: SILENT_LOG,
    venue: "test",
    onBooked: (_, fill) => void (fill !== null && told.push(fill)),
    onUnstorable: (reason) => expect.fail(reason),
  });
  onTestFinished(() => outbox.close());
  await outbox.load();
  const insert = async (id: string, quantity: number, more: Partial<OrderToPlace> = {}): Promise<Ticket> => {
    const inserted = await outbox.insert(recordOf(buyOrder(id, { quantity, ...more })));
    if (!inserted.ok) throw new Error(inserted.failure);
    return inserted.value;
  };
  const fill = (ticket: Ticket, fillId: string, quantity: number): void => {
    const counted = { fillId, quantity, price: 100, fee: 0, time: 5 };
    expect(
      ticket.apply({ kind: "fill", clientOrderId: ticket.record.clientOrderId, fill: counted }, now()).fill,
    ).toEqual(counted);
    outbox.keep(ticket, counted);
  };
  return { outbox, told, insert, fill };
}

describe("a fill", () => {
  it("that was stored although the store could not say so is told on, once, before the end of its order", async () => {
    const store = await opened({ file: null });
    const { outbox, told, insert, fill } = await outboxOver(store);
    const ticket = await insert("ord_1", 2);
    const commit = store.commit.bind(store);
    let inDoubt = 2;
    store.commit = async (statements) => {
      const done = await commit(statements);
      return inDoubt-- > 0 ? failed({ code: "storage_unavailable" }) : done;
    };
    fill(ticket, "f1", 0.5);
    fill(ticket, "f2", 1.5);
    await eventually(
      () => told.map(({ fillId }) => fillId),
      (ids) => ids.length > 0,
    );
    expect(told.map(({ fillId }) => fillId)).toEqual(["f1", "f2"]);
    expect(outbox.trouble).toBeNull();
    expect(await outbox.stored()).toBe(true);
    expect((await venueFillTable.load(store)).map(({ fillId }) => fillId)).toEqual(["f1", "f2"]);
    expect(await venuePositionTable.load(store)).toMatchObject([{ symbol: "BTCUSD", quantity: 2 }]);
  });

  it("is on the disk with every position that has it, however many wait", async () => {
    const store = await opened({ file: null });
    const { outbox, told, insert, fill } = await outboxOver(store);
    const ticket = await insert("ord_1", 100);
    const commit = store.commit.bind(store);
    const seen: (readonly [fills: number, position: number])[] = [];
    store.commit = async (statements) => {
      const done = await commit(statements);
      const [fills, [position]] = [await venueFillTable.load(store), await venuePositionTable.load(store)];
      seen.push([fills.length, position?.quantity ?? 0]);
      return done;
    };
    const all = 2_500; // of which one commit takes a thousand
    for (let at = 0; at < all; at++) fill(ticket, `f${at}`, 0.01);
    await eventually(
      () => told.length,
      (count) => count === all,
    );
    expect(seen.length).toBeGreaterThan(1);
    for (const [fills, position] of seen) expect(position).toBeCloseTo(fills * 0.01, 9);
    expect(outbox.positions.get("BTCUSD")).toBe(25);
  });
});

describe("what the store will never take", () => {
  it("is a critical alert, for no order leaves any more", async () => {
    const store = await opened({ file: null });
    const audit = new Audit(store, now, SILENT_LOG);
    const alerts = new Alerts({ store, now, log: SILENT_LOG });
    const venue = new ScriptedVenue();
    const desk = new VenueDesk({ venue, store, now, log: SILENT_LOG, audit, alerts });
    onTestFinished(() => desk.close());
    await desk.load();
    await eventually(
      () => desk.refusal(),
      (refusal) => refusal === null,
    );
    expect(await desk.place(buyOrder("ord_1"))).toMatchObject({ ok: true });
    const commit = store.commit.bind(store);
    store.commit = (statements) => {
      const bad = statements.some(({ params }) => params.includes("f-bad"));
      return bad ? Promise.resolve(failed({ code: "conflict", issue: "a rule of the tables" })) : commit(statements);
    };
    venue.held.set("BTCUSD", 2); // as the engine counts it: they agree
    venue.fill("ord_1", "f-bad", 2);
    const raised = await eventually(
      () => alerts.open(),
      (found) => found.length > 0,
    );
    const message = "no order leaves for test until the engine starts again: order ord_1 cannot be stored (conflict)";
    expect(raised).toMatchObject([{ level: "critical", type: "risk", message }]);
    expect(desk.refusal()).toContain("order ord_1 cannot be stored (conflict)");
  });
});

it("an exit is not said to reduce by what the venue has sold of an order that is over, before its fills are told", async () => {
  const { outbox, insert, fill } = await outboxOver(await opened({ file: null }));
  fill(await insert("ord_1", 2), "f1", 2);
  const short = await insert("ord_2", 1, { executionId: "exec_2", side: "sell" });
  const exit = recordOf(buyOrder("ord_3", { side: "sell", quantity: 2, reduceOnly: true }));
  expect(outbox.lessens(exit)).toBe(false);
  const end = { kind: "order", clientOrderId: "ord_2", venueOrderId: "x2", state: "filled", reason: null } as const;
  short.apply({ ...end, filled: 1 }, now());
  outbox.keep(short);
  expect([short.over, short.owed, outbox.lessens(exit)]).toEqual([true, 1, false]);
  fill(short, "f2", 1);
  expect([outbox.lessens(exit), outbox.lessens({ ...exit, quantity: 1 })]).toEqual([false, true]);
});
