// Updates of a venue in any order, any number of times: the order comes to the same end, and every fill counts once.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { VenueUpdate } from "../../src/manage/venue/venue.ts";
import { Ticket } from "../../src/manage/venue/ticket.ts";
import { buyOrder, recordOf } from "../support/venue/orders.ts";

const ID = "ord_1";
const PARTS = 8;

/** What a venue tells of an order whose quantity is `PARTS`, filled up to `filled`, and how it ended. */
function story(fills: readonly number[], end: "filled" | "cancelled" | "expired"): readonly VenueUpdate[] {
  const order = (state: "working" | "partially_filled" | typeof end, filled: number): VenueUpdate => {
    return { kind: "order", clientOrderId: ID, venueOrderId: "x1", state, filled, reason: null };
  };
  const told: VenueUpdate[] = [order("working", 0)];
  let filled = 0;
  for (const [at, quantity] of fills.entries()) {
    filled += quantity;
    told.push({
      kind: "fill",
      clientOrderId: ID,
      fill: { fillId: `f${at}`, quantity, price: 10 + at, fee: 0, time: 1 },
    });
    told.push(order("partially_filled", filled));
  }
  told.push(order(end, filled));
  return told;
}

const parts = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 5 }).map((list) => {
  let left = PARTS;
  return list.map((part) => Math.min(part, left)).filter((part) => (left -= part) >= 0 && part > 0);
});

describe("updates of a venue", () => {
  it("come to the same end in every order, doubled or not, with a restart anywhere between two of them", () => {
    const seen = fc.record({
      fills: parts,
      cancelled: fc.constantFrom("cancelled" as const, "expired" as const),
      picks: fc.array(fc.nat(), { minLength: 60, maxLength: 60 }),
      restarts: fc.array(fc.nat({ max: 60 }), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(seen, ({ fills, cancelled, picks, restarts }) => {
        const whole = fills.reduce((sum, part) => sum + part, 0);
        const told = story(fills, whole === PARTS ? "filled" : cancelled);
        // Every message at least once, in an order that the picks decide, with doubles in between.
        const queue = [...told];
        const order: VenueUpdate[] = [];
        for (const pick of picks) {
          if (queue.length > 0 && pick % 3 !== 0) order.push(...queue.splice(pick % queue.length, 1));
          else order.push(told[pick % told.length] as VenueUpdate);
        }
        order.push(...queue);
        let ticket = new Ticket(recordOf(buyOrder(ID, { quantity: PARTS })), []);
        const counted: { fillId: string; quantity: number; price: number; fee: number; time: number }[] = [];
        let ended: string | null = null;
        const faults: string[] = [];
        for (const [at, update] of order.entries()) {
          if (restarts.includes(at)) ticket = new Ticket(ticket.record, counted);
          const { fill, dispute } = ticket.apply(update, at);
          if (fill !== null) counted.push(fill);
          if (dispute !== null || ticket.filled > PARTS) faults.push(dispute ?? `${ticket.filled} filled`);
          if (ended !== null && ticket.record.state !== ended) faults.push(`${ended} became ${ticket.record.state}`);
          if (ticket.over) ended = ticket.record.state;
        }
        expect(faults).toEqual([]);
        expect(new Set(counted.map(({ fillId }) => fillId)).size).toBe(counted.length);
        expect(ticket.filled).toBe(whole);
        expect(ticket.settled).toBe(true);
        expect(ticket.record.state).toBe(whole === PARTS ? "filled" : cancelled);
      }),
      { numRuns: 300 },
    );
  });
});
