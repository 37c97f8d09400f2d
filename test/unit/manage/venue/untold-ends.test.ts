// An order whose end a venue tells without how much of it was filled: it is asked for, and over when that is known.
import { describe, expect, it } from "vitest";
import { VenueAway } from "../../../../src/manage/venue/port.ts";
import { gatewayDesk as desk } from "../../../support/venue/gateway-desk.ts";
import { buyOrder } from "../../../support/venue/orders.ts";

describe("an order whose end is told without how much of it was filled", () => {
  const ended = { kind: "order", clientOrderId: "ord_1", venueOrderId: null, filled: null, reason: null } as const;
  const told = ({ booked }: Awaited<ReturnType<typeof desk>>) => booked.map(({ state, fill }) => [state, fill]);

  const fills = [{ fillId: "f1", quantity: 1, price: 100, fee: 0, time: 5 }];

  it.each(["cancelled", "expired"] as const)(
    "is %s behind the fills that the venue knows of, told or not",
    async (state) => {
      const made = await desk();
      const { venue, gateway, until } = made;
      await until(() => gateway.refusal() === null);
      await gateway.place(buyOrder("ord_1"));
      venue.knows("ord_1", { state, filled: 1, fills });
      venue.tell({ ...ended, state });
      await until(() => told(made).at(-1)?.[0] === state);
      venue.fill("ord_1", "f1", 1);
      expect(told(made)).toEqual([
        ["partially_filled", "f1"],
        [state, null],
      ]);
    },
  );

  it("is asked for again where the answer is of before its end: more of it may have been filled until then", async () => {
    const made = await desk();
    const { venue, gateway, until } = made;
    await until(() => gateway.refusal() === null);
    await gateway.place(buyOrder("ord_1"));
    venue.knows("ord_1");
    venue.tell({ ...ended, state: "cancelled" });
    let asked = 0;
    const find = venue.find.bind(venue);
    venue.find = (order) => {
      if (++asked === 2) venue.knows("ord_1", { state: "cancelled", filled: 1, fills });
      return find(order);
    };
    await until(() => told(made).at(-1)?.[0] === "cancelled");
    expect(told(made).filter(([, fill]) => fill !== null)).toEqual([["partially_filled", "f1"]]);
  });

  it("is asked for again where the question failed, long before all is compared", async () => {
    const made = await desk();
    const { venue, gateway, until } = made;
    await until(() => gateway.refusal() === null);
    await gateway.place(buyOrder("ord_1"));
    venue.tell({ ...ended, filled: 0, state: "working" });
    venue.knows("ord_1", { state: "cancelled", filled: 1, fills });
    const find = venue.find.bind(venue);
    let failures = 2;
    venue.find = (order) => (failures-- > 0 ? Promise.reject(new VenueAway("no answer in time")) : find(order));
    venue.tell({ ...ended, state: "cancelled" });
    await until(() => told(made).at(-1)?.[0] === "cancelled");
    expect(gateway.status().disputes).toEqual([]);
  });

  it("is a dispute where no question for it is answered", async () => {
    const { venue, gateway, booked, until } = await desk();
    await until(() => gateway.refusal() === null);
    await gateway.place(buyOrder("ord_1"));
    venue.find = () => Promise.reject(new VenueAway("no answer in time"));
    venue.tell({ ...ended, state: "cancelled" });
    await until(() => gateway.status().state === "dispute");
    expect(gateway.status().disputes[0]).toContain("does not say how much of it was filled");
    expect(booked).toEqual([]);
  });

  it("is not over while an operator's decision is stored: its fills come before its end", async () => {
    const made = await desk();
    const { venue, gateway, until } = made;
    await until(() => gateway.refusal() === null);
    await gateway.place(buyOrder("ord_1"));
    venue.knows("ord_1");
    await gateway.reconcile();
    const find = venue.find.bind(venue);
    let answer = (): void => undefined;
    venue.find = (order) => new Promise((resolve) => (answer = () => resolve(find(order))));
    venue.tell({ ...ended, state: "cancelled" });
    expect(
      await gateway.acceptVenue("ops", async () => {
        venue.find = find;
        venue.knows("ord_1", { state: "cancelled", filled: 1, fills });
        venue.held.set("BTCUSD", 1);
        answer();
        await new Promise((resolve) => setImmediate(resolve)); // it is heard meanwhile
        return true;
      }),
    ).toBeNull();
    await until(() => told(made).at(-1)?.[0] === "cancelled");
    expect(told(made).slice(-2)).toEqual([
      ["partially_filled", "f1"],
      ["cancelled", null],
    ]);
  });

  it("is over as it was told where the venue does not know it any more", async () => {
    const made = await desk();
    const { venue, gateway, until } = made;
    await until(() => gateway.refusal() === null);
    await gateway.place(buyOrder("ord_1"));
    venue.tell({ ...ended, filled: 0, state: "working" });
    venue.tell({ ...ended, state: "cancelled" });
    await until(() => told(made).at(-1)?.[0] === "cancelled");
    expect([gateway.refusal(), gateway.status().disputes]).toEqual([null, []]);
  });
});
