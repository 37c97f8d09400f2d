// An order whose end is told and not answered for: it is cancelled on, nothing that was known of it is lost, and an
// operator gets out of whatever it is held by.
import { describe, expect, it } from "vitest";
import { venueOrderTable } from "../../../../src/store/venue.ts";
import { VenueAway } from "../../../../src/manage/venue/port.ts";
import { gatewayDesk } from "../../../support/venue/gateway-desk.ts";
import { buyOrder } from "../../../support/venue/orders.ts";
import type { ScriptedVenue } from "../../../support/venue/scripted-venue.ts";

const end = { kind: "order", clientOrderId: "ord_1", venueOrderId: null, filled: null, reason: null } as const;
const ENDED = { ...end, state: "cancelled" } as const;
const SILENT = new VenueAway("it does not tell of the order by its id");
/** Of one end that is told: at once, and as often as before a dispute. */
const QUESTIONS = 6;
const yes = (): Promise<boolean> => Promise.resolve(true);

/** With one order that is open here and there. */
async function working(patienceMs = 40) {
  const made = await gatewayDesk(null, patienceMs);
  const { venue, gateway, until } = made;
  await until(() => gateway.refusal() === null);
  await gateway.place(buyOrder("ord_1"));
  venue.knows("ord_1");
  await gateway.reconcile();
  return { ...made, asked: counted(venue) };
}

/** How often the venue was asked for an order since. */
function counted(venue: ScriptedVenue): () => number {
  let asked = 0;
  const find = venue.find.bind(venue);
  venue.find = (order) => {
    asked++;
    return find(order);
  };
  return () => asked;
}

function endsWithoutWord(venue: ScriptedVenue): void {
  const find = venue.find.bind(venue);
  venue.find = async (order) => {
    const found = await find(order);
    return found === null ? null : { ...found, state: "cancelled", filled: null };
  };
}

describe("a cancellation", () => {
  it("is repeated while the venue answers each with an end, and the order is open there", async () => {
    const { venue, gateway, booked, until } = await working();
    venue.cancel = ({ clientOrderId }) => {
      venue.cancelled.push(clientOrderId);
      if (venue.cancelled.length === 4) venue.knows("ord_1", { state: "cancelled" });
      venue.tell(ENDED);
      return Promise.resolve();
    };
    gateway.halt();
    await until(() => booked.at(-1)?.state === "cancelled");
    expect(venue.cancelled).toHaveLength(4);
  });

  it("is repeated where the venue says that the order is over, and not how much of it was filled", async () => {
    const { venue, gateway, until } = await working();
    endsWithoutWord(venue);
    gateway.halt();
    venue.tell(ENDED);
    await until(() => venue.cancelled.length === 8);
    expect(gateway.status().openOrders).toBe(1);
  });

  it("is repeated where the request is lost behind an end that was told", async () => {
    const { venue, gateway, booked, until } = await working();
    venue.tell(ENDED);
    let requests = 0;
    venue.cancel = () => {
      if (++requests === 1) return Promise.reject(new VenueAway("lost"));
      venue.knows("ord_1", { state: "cancelled" });
      venue.tell({ ...ENDED, filled: 0 });
      return Promise.resolve();
    };
    gateway.halt();
    await until(() => booked.at(-1)?.state === "cancelled");
    expect(requests).toBe(2);
  });

  it("is not repeated before the order is asked for behind its end: those of many would keep all from being asked", async () => {
    const { venue, gateway, until } = await working();
    let answer = (): void => undefined;
    const find = venue.find.bind(venue);
    venue.find = (order) => new Promise((resolve) => (answer = () => resolve(find(order))));
    venue.tell(ENDED);
    gateway.halt();
    await until(() => String(answer).includes("resolve"));
    // The beats of this order are those of the other, which is cancelled again and again.
    const other = await gatewayDesk();
    await other.until(() => other.gateway.refusal() === null);
    await other.gateway.place(buyOrder("ord_2", { kind: "limit", limit: 90 }));
    other.venue.knows("ord_2");
    other.gateway.halt();
    await other.until(() => other.venue.cancelled.length > 4);
    expect(venue.cancelled).toEqual(["ord_1"]);
    answer();
    await until(() => venue.cancelled.length > 1);
  });
});

describe("an end that is told of an order which goes on at the venue", () => {
  it("counts for nothing once the venue has said so as often as it is asked before a dispute", async () => {
    const { venue, gateway, alerts, asked, until } = await working();
    venue.tell(ENDED);
    await until(() => asked() >= QUESTIONS || alerts.length > 0);
    venue.tell(ENDED); // what is asked for now is counted anew
    await until(() => asked() >= 2 * QUESTIONS || alerts.length > 0);
    expect([alerts, gateway.refusal()]).toEqual([[], null]);
  });

  it("is asked for again at once where a question was under way: that one may be of before", async () => {
    const { venue, booked, until } = await working(3_600_000);
    let answer = (): void => undefined;
    const before = await venue.find({ clientOrderId: "ord_1" } as never);
    const find = venue.find.bind(venue);
    venue.find = () => {
      venue.find = find;
      return new Promise((resolve) => (answer = () => resolve(before)));
    };
    venue.tell({ kind: "unreadable", clientOrderId: "ord_1", issue: "no json" });
    await until(() => String(answer).includes("before"));
    venue.knows("ord_1", { state: "cancelled" });
    venue.tell(ENDED);
    answer();
    await until(() => booked.at(-1)?.state === "cancelled");
  });

  it("holds no more once the venue, asked again in a comparison, says that the order is at work", async () => {
    const { venue, gateway, alerts, until } = await working();
    const find = venue.find.bind(venue);
    venue.find = () => Promise.reject(SILENT);
    venue.tell(ENDED);
    await until(() => alerts.length > 0);
    venue.find = find;
    expect(await gateway.reconcile()).toBeNull();
  });

  it("is decided by an operator where no question for it is answered", async () => {
    const { venue, gateway, alerts, until } = await working();
    venue.find = () => Promise.reject(SILENT);
    venue.tell(ENDED);
    await until(() => alerts.length > 0);
    expect(await gateway.acceptVenue("ops", yes)).toBeNull();
    expect([alerts.length, gateway.status().openOrders]).toEqual([1, 1]);
  });

  it("is one alert until an operator decides, however often all is compared, and none behind that", async () => {
    const { venue, gateway, alerts, asked, until } = await working();
    endsWithoutWord(venue);
    venue.tell(ENDED);
    await until(() => alerts.length > 0);
    await gateway.reconcile();
    expect(await gateway.reconcile()).toContain("does not say how much of it was filled");
    expect(alerts).toHaveLength(1);
    expect(await gateway.acceptVenue("ops", yes)).toBeNull();
    const before = asked();
    expect(await gateway.reconcile()).toBeNull();
    expect([alerts.length, asked()]).toEqual([1, before]);
  });
});

describe("an order that the venue has called over without a word of its fills", () => {
  it("is not over as it was told where the venue does not know it behind that", async () => {
    const { venue, gateway, booked, until } = await working();
    endsWithoutWord(venue);
    const find = venue.find.bind(venue);
    venue.find = async (order) => {
      const found = await find(order);
      venue.orders.clear();
      return found;
    };
    venue.tell(ENDED);
    await until(() => gateway.status().disputes.length > 0);
    expect(gateway.status().disputes[0]).toContain("does not know it any more");
    expect(booked.map(({ state }) => state)).not.toContain("cancelled");
  });

  it("was at the venue, also for the next process, where the end had the venue's id for it", async () => {
    const first = await gatewayDesk();
    await first.until(() => first.gateway.refusal() === null);
    first.venue.find = () => new Promise(() => undefined); // the process ends before the answer
    await first.gateway.place(buyOrder("ord_1"));
    first.venue.tell({ ...ENDED, venueOrderId: "x1" });
    await first.gateway.close();
    expect((await venueOrderTable.load(first.store))[0]).toMatchObject({ acknowledged: true, venueOrderId: "x1" });
    const { venue, gateway, booked } = await gatewayDesk(first.store);
    expect(await gateway.reconcile()).toContain("disagree");
    expect([booked, venue.placed]).toEqual([[], []]);
    expect(gateway.status().disputes[0]).toContain("does not know it any more");
  });
});

describe("an order for which no question is answered", () => {
  it("is a dispute, which an operator settles", async () => {
    const { venue, gateway, booked, until } = await working();
    venue.orders.clear();
    venue.find = () => Promise.reject(SILENT);
    venue.held.set("BTCUSD", 2);
    expect(await gateway.reconcile()).toContain("disagree");
    expect(gateway.status().disputes).toContain("order ord_1: what became of it is not known");
    expect(await gateway.acceptVenue("ops", yes)).toBeNull();
    await until(() => booked.at(-1)?.state === "expired");
    expect(gateway.status().state).toBe("ready");
  });

  it("is none where the venue is away: all is compared again when it is back", async () => {
    const { venue, gateway, alerts, until } = await working();
    venue.orders.clear();
    venue.find = () => {
      venue.connected = false;
      return Promise.reject(new VenueAway("the line is cut"));
    };
    await gateway.reconcile();
    expect([alerts, gateway.status().state]).toEqual([[], "away"]);
    Reflect.deleteProperty(venue, "find");
    venue.knows("ord_1");
    venue.link(true);
    await until(() => gateway.refusal() === null);
  });

  it("is none where many wait for their turn: a venue that takes few questions at once refuses none of them", async () => {
    const { venue, gateway, booked, alerts, until } = await gatewayDesk();
    const MANY = 300;
    const MOST = 40;
    await until(() => gateway.refusal() === null);
    const ids = Array.from({ length: MANY }, (_, at) => `ord_${at}`);
    await Promise.all(ids.map((id) => gateway.place(buyOrder(id))));
    for (const id of ids) venue.knows(id, { state: "cancelled" });
    let asking = 0;
    const find = venue.find.bind(venue);
    venue.find = async (order) => {
      if (asking >= MOST) throw new VenueAway(`${MOST} questions wait for the exchange already`);
      asking++;
      await new Promise((resolve) => setImmediate(resolve));
      asking--;
      return find(order);
    };
    let refused = 0;
    const counting = venue.find;
    venue.find = (order) => {
      const answer = counting(order);
      answer.catch(() => refused++);
      return answer;
    };
    for (const id of ids) venue.tell({ ...ENDED, clientOrderId: id });
    await until(() => booked.filter(({ state }) => state === "cancelled").length === MANY);
    expect([refused, alerts]).toEqual([0, []]);
  });
});
