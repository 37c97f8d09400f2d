// What updates of a venue make of an order: once, twice, late, out of order, or impossible.
import { describe, expect, it } from "vitest";
import type { VenueUpdate } from "../../../../src/manage/venue/venue.ts";
import { Ticket } from "../../../../src/manage/venue/ticket.ts";
import { buyOrder, recordOf } from "../../../support/venue/orders.ts";

const ID = "ord_1";
const ticket = (): Ticket => new Ticket(recordOf(buyOrder(ID)), []);
const fill = (fillId: string, quantity: number, price = 100): VenueUpdate => {
  return { kind: "fill", clientOrderId: ID, fill: { fillId, quantity, price, fee: 0.1, time: 5 } };
};
const order = (state: "working" | "filled" | "cancelled" | "rejected", filled: number | null = null): VenueUpdate => {
  return { kind: "order", clientOrderId: ID, venueOrderId: "x1", state, filled, reason: "said so" };
};

describe("an order at a venue", () => {
  it("counts a fill once, however often it is told", () => {
    const one = ticket();
    expect(one.apply(fill("f1", 0.5), 2).fill).not.toBeNull();
    expect(one.apply(fill("f1", 0.5), 3)).toEqual({ changed: false, fill: null, dispute: null });
    expect(one.filled).toBe(0.5);
    expect(one.record.state).toBe("partially_filled");
  });

  it("was known to the venue where that says so, and not where it never came there", () => {
    const ends = (["rejected", "expired", "cancelled"] as const).map((state) => {
      const one = ticket();
      one.end(state, "as it is", 2);
      return [one.record.state, one.settled, one.record.acknowledged];
    });
    expect(ends).toEqual([
      ["rejected", true, true],
      ["expired", true, false],
      ["cancelled", true, false],
    ]);
    const there = ticket();
    there.apply(order("cancelled"), 2);
    expect([there.over, there.record.acknowledged]).toEqual([true, true]);
  });

  it("is settled only when it is over and its fills come to what the venue says", () => {
    const one = ticket();
    one.apply(order("filled", 2), 2);
    expect([one.over, one.settled, one.owed]).toEqual([true, false, 2]);
    one.apply(fill("f1", 1.5), 3);
    expect(one.settled).toBe(false);
    one.apply(fill("f2", 0.5), 4);
    expect([one.settled, one.owed]).toEqual([true, 0]);
  });

  it("never goes back: an old message changes nothing", () => {
    const one = ticket();
    one.apply(fill("f1", 2), 2);
    expect(one.record.state).toBe("filled");
    for (const state of ["working", "cancelled", "rejected"] as const)
      expect(one.apply(order(state, 0), 3).dispute).toBeNull();
    expect(one.record.state).toBe("filled");
  });

  it("takes a fill that was made before its cancellation and is told after it", () => {
    const one = ticket();
    one.apply(order("cancelled", 0.5), 2);
    expect(one.settled).toBe(false);
    expect(one.apply(fill("f1", 0.5), 3).fill).not.toBeNull();
    expect([one.record.state, one.settled]).toEqual(["cancelled", true]);
  });

  it("that an operator has let be and that is filled behind that is filled by the venue, not settled by the operator", () => {
    const one = ticket();
    one.apply(order("working"), 2);
    one.record = one.waived(true, 3);
    expect(one.record.reason).toBe("settled by an operator");
    one.apply(fill("f1", 2), 4);
    expect(one.record).toMatchObject({ state: "filled", settled: true, reason: null });
  });

  it("books a fill at the latest when it was told: a venue's clock that is ahead moves nothing into the future", () => {
    const one = ticket();
    const told = 1_750_000_000_000_000;
    const filled = (fillId: string, time: number) => {
      const fill = { fillId, quantity: 0.5, price: 100, fee: 0, time };
      return one.apply({ kind: "fill", clientOrderId: ID, fill }, told);
    };
    expect(filled("f1", told + 3_600_000_000)).toMatchObject({ dispute: null, fill: { time: told } });
    expect(filled("f2", told - 40).fill?.time).toBe(told - 40);
    const state = { clientOrderId: ID, venueOrderId: "x1", symbol: "BTCUSD", state: "filled", filled: 2, reason: null };
    const fills = [{ fillId: "f3", quantity: 1, price: 100, fee: 0, time: 8e18 }];
    const [adopted] = [...one.adopt({ ...state, state: "filled", fills }, told)];
    expect(adopted?.fill?.time).toBe(told);
  });

  it("refuses a fill that it has no room for, and puts that in dispute", () => {
    const one = ticket();
    one.apply(fill("f1", 1.5), 2);
    const { fill: counted, dispute } = one.apply(fill("f2", 0.6), 3);
    expect(counted).toBeNull();
    expect(dispute).toContain("fill f2 of 0.6 is more than the order has left");
    expect(one.filled).toBe(1.5);
  });

  it.each([
    ["quantity", fill("f1", Number.NaN)],
    ["quantity", fill("f1", -1)],
    ["quantity", fill("f1", 0)],
    ["price", fill("f1", 1, Number.NaN)],
    ["price", fill("f1", 1, -3)],
    ["price", fill("f1", 1, Number.POSITIVE_INFINITY)],
    ["id", fill("", 1)],
    ["filled", order("working", Number.NaN)],
    ["filled", order("working", 2.1)],
    ["filled", order("working", -1)],
  ])("puts a wrong %s in dispute and counts nothing", (what, update) => {
    const one = ticket();
    const applied = one.apply(update, 2);
    expect(applied.dispute).toContain(what);
    expect([applied.changed, one.filled, one.record.state]).toEqual([false, 0, "new"]);
  });

  it("disputes a fill of an order that the venue has rejected", () => {
    const one = ticket();
    one.apply(order("rejected"), 2);
    expect(one.apply(fill("f1", 1), 3).dispute).toContain("rejected");
  });

  it("that is filled in part and rejected then was cancelled: its fills may be told behind that", () => {
    const one = ticket();
    one.apply(order("rejected", 0.5), 2);
    expect([one.record.state, one.settled]).toEqual(["cancelled", false]);
    expect(one.apply(fill("f1", 0.5), 3)).toMatchObject({ dispute: null, fill: { fillId: "f1" } });
    expect(one.settled).toBe(true);
  });

  it("is not over by an end of which the venue does not say how much was filled until then", () => {
    for (const state of ["cancelled", "expired", "rejected"] as const) {
      const one = ticket();
      const found = { clientOrderId: ID, venueOrderId: "x1", symbol: "BTCUSD", reason: null, state };
      const fills = [{ fillId: "f1", quantity: 0.5, price: 100, fee: 0, time: 5 }];
      for (const applied of one.adopt({ ...found, filled: null, fills }, 2)) expect(applied.dispute).toBeNull();
      expect([one.record.state, one.record.acknowledged, one.settled]).toEqual(["partially_filled", true, false]);
      expect([...one.adopt({ ...found, filled: 0.5, fills }, 3)].some(({ changed }) => changed)).toBe(true);
      expect([one.over, one.settled]).toEqual([true, true]);
    }
  });

  it("knows its fills again after a restart", () => {
    const one = new Ticket(recordOf(buyOrder(ID)), [{ fillId: "f1", quantity: 1, price: 100, fee: 0, time: 1 }]);
    expect(one.apply(fill("f1", 1), 2).fill).toBeNull();
    expect(one.filled).toBe(1);
  });
});
