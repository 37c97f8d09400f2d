// A gateway over a scripted venue, with what it has told of orders.
import { onTestFinished } from "vitest";
import { Gateway } from "../../../src/manage/venue/venue.ts";
import { openStore, type Store } from "../../../src/store/store.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { eventually } from "../eventually.ts";
import { ScriptedVenue } from "./scripted-venue.ts";

/** `atEnd`: of tests that run at the same time, each hands in its own. */
export async function gatewayDesk(given: Store | null = null, patienceMs = 40, atEnd = onTestFinished) {
  const opened =
    given ?? (await openStore({ file: null, log: SILENT_LOG }).then((made) => (made.ok ? made.value : null)));
  if (opened === null) throw new Error("no store");
  const store: Store = opened;
  const venue = new ScriptedVenue();
  const booked: { readonly id: string; readonly state: string; readonly fill: string | null }[] = [];
  /** As they were told, the same one as often as it was. */
  const alerts: string[] = [];
  const unheeded: string[] = [];
  const gateway = new Gateway({
    venue,
    store,
    log: SILENT_LOG,
    now: () => Date.now() * 1_000,
    patienceMs,
    compareMs: 60_000,
    onOrder: ({ clientOrderId: id, state }, fill) => booked.push({ id, state, fill: fill?.fillId ?? null }),
    onDispute: (reason) => alerts.push(reason),
    onUnheeded: (reason) => unheeded.push(reason),
  });
  atEnd(() => gateway.close());
  const until = async (holds: () => boolean): Promise<void> => {
    await eventually(holds, (held) => held);
  };
  await gateway.start();
  return { store, venue, gateway, booked, alerts, unheeded, until };
}
