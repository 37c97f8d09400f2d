// What an operator has decided about an order stays decided: what the venue has said before it, or says once more, does not
// bring the dispute back. And nothing is decided of an order that is on its way.
import { describe, expect, it } from "vitest";
import { VenueAway } from "../../../../src/manage/venue/port.ts";
import { gatewayDesk } from "../../../support/venue/gateway-desk.ts";
import { buyOrder } from "../../../support/venue/orders.ts";

const yes = (): Promise<boolean> => Promise.resolve(true);
const told = { kind: "order", clientOrderId: "ord_1", venueOrderId: "x-ord_1", filled: null, reason: null } as const;
const SILENT = new VenueAway("it does not tell of the order by its id");

async function ready() {
  const made = await gatewayDesk();
  await made.until(() => made.gateway.refusal() === null);
  return made;
}

describe("an order that is open at the venue, which says that more of it is filled than it tells fills of,", () => {
  /** Of its 2 the venue says that 1 is filled, and an operator has taken its word. */
  async function accepted(
    find: (typeof gatewayDesk extends () => infer M ? Awaited<M> : never)["venue"]["find"] | null,
  ) {
    const made = await ready();
    const { venue, gateway } = made;
    await gateway.place(buyOrder("ord_1", { kind: "limit", limit: 90 }));
    venue.knows("ord_1", { state: "partially_filled", filled: 1 });
    venue.held.set("BTCUSD", 1);
    if (find !== null) venue.find = find;
    expect(await gateway.reconcile()).toContain("disagree");
    expect(await gateway.acceptVenue("ops", yes)).toBeNull();
    expect([await gateway.reconcile(), gateway.status().openOrders]).toEqual([null, 1]);
    return made;
  }

  it.each([
    ["answers no question for it", () => Promise.reject(SILENT)],
    ["answers", null],
  ] as const)(
    "is no dispute behind an operator's decision, where the venue %s; it ends with what is told from then on",
    async (_, find) => {
      const { venue, gateway, booked, alerts, until } = await accepted(find);
      const known = alerts.length;
      venue.tell({ ...told, state: "partially_filled", filled: 1 });
      venue.held.set("BTCUSD", 2);
      venue.knows("ord_1", { state: "filled", filled: 2 });
      venue.tell({ ...told, state: "filled", filled: 2 });
      venue.fill("ord_1", "f2", 1);
      await until(() => booked.at(-1)?.fill === "f2");
      expect([booked.at(-1)?.state, gateway.status().openOrders, await gateway.reconcile()]).toEqual([
        "filled",
        0,
        null,
      ]);
      expect(alerts).toHaveLength(known);
    },
  );

  it("is waited for again as far as fills come that were not waited for", async () => {
    const { venue, alerts, booked, until } = await accepted(null);
    const known = alerts.length;
    venue.fill("ord_1", "f1", 1);
    venue.tell({ ...told, state: "partially_filled", filled: 1 });
    venue.knows("ord_1", { state: "cancelled", filled: 1.5, fills: [] });
    venue.tell({ ...told, state: "cancelled", filled: 1.5 });
    await until(() => alerts.length > known);
    expect(alerts.at(-1)).toBe("order ord_1 (BTCUSD): fills of 0.5 are missing");
    expect(booked.at(-1)?.fill).toBeNull();
  });
});

it("a question that is under way while an operator decides brings no dispute back", async () => {
  const { venue, gateway, alerts, until } = await ready();
  await gateway.place(buyOrder("ord_1"));
  venue.knows("ord_1");
  await gateway.reconcile();
  const answers: (() => void)[] = [];
  let asked = 0;
  venue.find = () => {
    asked++;
    return new Promise((answer) =>
      answers.push(() => answer({ ...venue.orders.get("ord_1")!, state: "cancelled", filled: null })),
    );
  };
  venue.tell({ ...told, state: "cancelled" });
  await until(() => answers.length === 1);
  expect(await gateway.acceptVenue("ops", yes)).toBeNull();
  answers[0]?.();
  // The beats of this order are those of the other, which is cancelled again and again.
  const other = await ready();
  await other.gateway.place(buyOrder("ord_2", { kind: "limit", limit: 90 }));
  other.venue.knows("ord_2");
  other.gateway.halt();
  await other.until(() => other.venue.cancelled.length > 4);
  expect([alerts, asked]).toEqual([[], 1]);
});

it("nothing is decided while an order has left and is not answered: the venue may still take it", async () => {
  const { venue, gateway, booked, until } = await ready();
  let answer = (): void => undefined;
  venue.place = (order, stays) => {
    stays();
    venue.placed.push(order.clientOrderId);
    return new Promise((resolve) => (answer = () => resolve({ kind: "sent" })));
  };
  void gateway.place(buyOrder("ord_1"));
  await until(() => venue.placed.length === 1);
  expect(await gateway.acceptVenue("ops", yes)).toContain("on its way");
  expect(booked).toEqual([]);
  venue.knows("ord_1");
  answer();
  expect(await gateway.acceptVenue("ops", yes)).toBeNull();
  expect(gateway.status().openOrders).toBe(1);
});

it("an order that was just taken is no dispute where the venue knows it a moment later", async () => {
  const { venue, gateway, alerts, until } = await ready();
  await gateway.place(buyOrder("ord_1"));
  venue.tell({ ...told, state: "new" });
  const find = venue.find.bind(venue);
  let asked = 0;
  venue.find = async (order) => {
    const found = await find(order);
    if (++asked === 1) venue.knows("ord_1");
    return found;
  };
  expect(await gateway.reconcile()).toBeNull();
  await until(() => asked > 0);
  expect(alerts).toEqual([]);
});

it("an order that goes on however often it is cancelled is told, once, and holds nothing up", async () => {
  const { venue, gateway, alerts, unheeded, until } = await ready();
  await gateway.place(buyOrder("ord_1", { kind: "limit", limit: 90 }));
  venue.knows("ord_1");
  venue.cancel = ({ clientOrderId }) => {
    venue.cancelled.push(clientOrderId);
    venue.tell({ ...told, state: "cancelled" }); // it has taken the request, and no more
    return Promise.resolve();
  };
  gateway.cancel("ord_1");
  await until(() => venue.cancelled.length > 20);
  expect(unheeded).toEqual(["order ord_1 (BTCUSD) was cancelled 15 times and is not over: cancel it there"]);
  expect([alerts, gateway.refusal()]).toEqual([[], null]);
});
