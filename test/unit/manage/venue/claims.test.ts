// Whose a venue's positions are, over the end of executions, an operator's word and a restart.
import { expect, it, onTestFinished } from "vitest";
import { Gateway } from "../../../../src/manage/venue/venue.ts";
import { openStore, type Store } from "../../../../src/store/store.ts";
import { SILENT_LOG } from "../../../../src/telemetry/log.ts";
import { eventually } from "../../../support/eventually.ts";
import { buyOrder } from "../../../support/venue/orders.ts";
import { ScriptedVenue } from "../../../support/venue/scripted-venue.ts";

async function desk(store: Store, held = 0) {
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
  onTestFinished(() => gateway.close());
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

it("what an execution has left is nobody's once it is over; what others have is theirs", async () => {
  const { gateway, open, trade } = await desk(await memory());
  await trade("exec_1", "buy", 1);
  await trade("exec_2", "buy", 0.3);
  expect(left(gateway)).toEqual({});
  open.delete("exec_1");
  expect(left(gateway)).toEqual({ BTCUSD: 1 });
  await trade("exec_2", "sell", 0.3);
  expect(left(gateway)).toEqual({ BTCUSD: 1 });
});

it("an operator's word lets it be, and nothing that is left afterwards", async () => {
  const { gateway, open, trade } = await desk(await memory());
  await trade("exec_1", "buy", 1);
  await trade("exec_2", "buy", 2);
  open.delete("exec_1");
  expect(await gateway.acceptVenue("ops", () => Promise.resolve(true))).toBeNull();
  expect(left(gateway)).toEqual({});
  open.delete("exec_2");
  expect(left(gateway)).toEqual({ BTCUSD: 2 });
});

it("after a restart everything that is held is nobody's, until an operator has said so anew", async () => {
  const store = await memory();
  const first = await desk(store);
  await first.trade("exec_1", "buy", 1);
  await first.gateway.close();
  const { gateway } = await desk(store, 1);
  expect(left(gateway)).toEqual({ BTCUSD: 1 });
  expect(await gateway.acceptVenue("ops", () => Promise.resolve(true))).toBeNull();
  expect(left(gateway)).toEqual({});
});
