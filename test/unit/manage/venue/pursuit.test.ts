// What follows from a venue's not knowing an order: nothing as long as it may still be taking it.
import { describe, expect, it, onTestFinished } from "vitest";
import { Gateway } from "../../../../src/manage/venue/venue.ts";
import { openStore } from "../../../../src/store/store.ts";
import { SILENT_LOG } from "../../../../src/telemetry/log.ts";
import { eventually } from "../../../support/eventually.ts";
import { buyOrder } from "../../../support/venue/orders.ts";
import { ScriptedVenue } from "../../../support/venue/scripted-venue.ts";

type Answer = Awaited<ReturnType<ScriptedVenue["place"]>>;

const PATIENCE_MS = 40;
/** Questions of which the last comes several times the patience behind the first: at most one in a quarter of it. */
const MANY = 24;

/** Its venue answers an order when the test says so, and knows none; its clock stands still, so no order grows old. */
async function desk() {
  const store = await openStore({ file: null, log: SILENT_LOG });
  if (!store.ok) throw new Error(store.failure);
  const venue = new ScriptedVenue();
  const answers: ((answer: Answer) => void)[] = [];
  let questions = 0;
  venue.place = ({ clientOrderId }, stays) => {
    expect(stays()).toBeNull();
    venue.placed.push(clientOrderId);
    return new Promise((resolve) => answers.push(resolve));
  };
  const find = venue.find.bind(venue);
  venue.find = (order) => {
    questions++;
    return find(order);
  };
  const ended: string[] = [];
  const gateway = new Gateway({
    venue,
    store: store.value,
    log: SILENT_LOG,
    now: () => 1_000_000,
    patienceMs: PATIENCE_MS,
    compareMs: 60_000,
    onOrder: ({ state, settled }) => void (settled && ended.push(state)),
  });
  onTestFinished(async () => {
    await gateway.close();
    await store.value.close();
  });
  const until = async (holds: () => boolean): Promise<void> => {
    await eventually(holds, (held) => held);
  };
  await gateway.start();
  await until(() => gateway.refusal() === null);
  /** Until it was asked for again and again, or the order was ended or sent anew. */
  const askedOften = async (): Promise<void> => {
    const begun = questions;
    await until(() => questions - begun >= MANY || ended.length > 0 || venue.placed.length > answers.length);
  };
  return { venue, gateway, answers, ended, until, askedOften };
}
const UNSURE = { kind: "unsure", reason: "the connection broke" } as const;

describe("an order that the venue has not answered", () => {
  it("is neither sent again nor ended, however often the venue does not know it", async () => {
    const { venue, gateway, answers, ended, until, askedOften } = await desk();
    const placed = gateway.place(buyOrder("ord_1"));
    await until(() => answers.length === 1);
    await askedOften();
    expect([venue.placed, ended]).toEqual([["ord_1"], []]);
    venue.knows("ord_1", {
      state: "filled",
      filled: 2,
      fills: [{ fillId: "f1", quantity: 2, price: 100, fee: 0, time: 5 }],
    });
    venue.held.set("BTCUSD", 2);
    answers[0]?.({ kind: "sent" });
    await placed;
    await until(() => ended.length === 1);
    expect([venue.placed, ended]).toEqual([["ord_1"], ["filled"]]);
    expect(await gateway.reconcile()).toBeNull();
  });

  it("does not end when it is cancelled meanwhile, but with the answer", async () => {
    const { venue, gateway, answers, ended, until, askedOften } = await desk();
    void gateway.place(buyOrder("ord_1"));
    await until(() => answers.length === 1);
    gateway.cancel("ord_1");
    await askedOften();
    expect(ended).toEqual([]);
    answers[0]?.(UNSURE);
    await until(() => ended.length === 1);
    expect([venue.placed, ended]).toEqual([["ord_1"], ["cancelled"]]);
  });

  it("does not end when the venue was away meanwhile, but with the answer", async () => {
    const { venue, gateway, answers, ended, until, askedOften } = await desk();
    void gateway.place(buyOrder("ord_1"));
    await until(() => answers.length === 1);
    venue.link(false);
    venue.link(true);
    await askedOften();
    expect(ended).toEqual([]);
    answers[0]?.(UNSURE);
    await until(() => ended.length === 1);
    expect([venue.placed, ended]).toEqual([["ord_1"], ["expired"]]);
  });

  it("is sent again once the answer is that nobody knows, and the venue does not know it twice behind that", async () => {
    const { venue, gateway, answers, ended, until } = await desk();
    void gateway.place(buyOrder("ord_1"));
    await until(() => answers.length === 1);
    answers[0]?.(UNSURE);
    await until(() => answers.length === 2);
    expect([venue.placed, ended]).toEqual([["ord_1", "ord_1"], []]);
    answers[1]?.(UNSURE);
    await until(() => answers.length === 3);
    answers[2]?.(UNSURE);
    await until(() => ended.length === 1);
    expect([venue.placed.length, ended]).toEqual([3, ["expired"]]);
  });
});
