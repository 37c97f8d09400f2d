// A process of its own that sends orders to a venue behind a Redis, one after the other, until it is killed:
//   node gateway-run.js <store file> <redis url> <orders in all>
// Ids count on from what the store holds; the last few are handed in once more, as a process does that has lost its place.
// With nothing left to send it says "settled" when every order is. Each line of stdout is JSON.
import { openBus } from "../../../src/bus/bus.ts";
import { Gateway, RedisVenue } from "../../../src/manage/venue/venue.ts";
import { openStore } from "../../../src/store/store.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { buyOrder } from "./orders.ts";

const [file = "", url = "", count = "0"] = process.argv.slice(2);
const AGAIN = 3;
const PAUSE_MS = 4;

const opened = await openStore({ file, log: SILENT_LOG });
if (!opened.ok) throw new Error(opened.failure);
const store = opened.value;
const bus = await openBus(url, SILENT_LOG);
const now = (): number => Date.now() * 1_000;
const venue = new RedisVenue({ bus, now, session: String(process.pid), knockMs: 50, answerMs: 500 });
const options = { venue, store, log: SILENT_LOG, now, patienceMs: 100, compareMs: 200 };
const gateway = new Gateway({ ...options, onDispute: (reason) => say({ dispute: reason }) });
await gateway.start();
const [row] = await store.query("SELECT count(*) AS n FROM venue_orders", []);
let next = Math.max(0, Number(row?.["n"] ?? 0) - AGAIN);
say({ started: next });

while (next < Number(count)) {
  await pause();
  if (gateway.refusal() !== null) continue;
  const id = `ord_run_${String(next).padStart(6, "0")}`;
  const placed = await gateway.place(orderOf(next, id));
  if (placed.ok || placed.failure.includes("before")) next++;
  if (next % 5 === 0) gateway.cancel(`ord_run_${String(next - 3).padStart(6, "0")}`);
}
gateway.cancelAll();
for (;;) {
  await pause();
  const unsettled = await store.query("SELECT count(*) AS n FROM venue_orders WHERE settled = 0", []);
  if (Number(unsettled[0]?.["n"]) === 0 && (await gateway.reconcile()) === null) break;
}
say({ settled: next, status: gateway.status() });
await gateway.close();
await bus.close();
await store.close();

/** Market orders both ways, and every third one a limit that rests. */
function orderOf(at: number, id: string) {
  const side = at % 2 === 0 ? ("buy" as const) : ("sell" as const);
  if (at % 3 !== 0) return buyOrder(id, { side, quantity: 1 + (at % 4) });
  return buyOrder(id, { side, kind: "limit", limit: side === "buy" ? 90 : 110, quantity: 1 });
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
