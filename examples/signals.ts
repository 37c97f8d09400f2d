// Listens to signals with the engine's own client: filters, an iteration that ends by itself, gaps that say what is gone.
// Connections that break are made again and what was missed is fetched, without a line of code here.
//
//   npm ci && npm run build && npm start
//   node build/out/examples/signals.js http://localhost:8700 10
import { createClient, explainFailure } from "strategy-engine/client";
import { WebSocket } from "ws"; // Node 22 and browsers have one of their own

const [url = "http://localhost:8700", count = "10"] = process.argv.slice(2);
const live = createClient({ url, WebSocket }).live({ encoding: "msgpack" });
const subscription = live.subscribe("signals", { filter: { tiers: ["fast"], min_confidence: 0.1 } });

const ready = await subscription.ready;
if (!ready.ok) throw new Error(explainFailure(ready.failure));
console.log(`subscribed to ${ready.value.sub}`);

let left = Number(count);
for await (const item of subscription) {
  if (item.kind === "gap") console.log(`missing for good: ${item.fromSeq} to ${item.toSeq ?? "?"} (${item.reason})`);
  if (item.kind !== "update") continue;
  const { type, action, symbol, entry_price, confidence } = item.data;
  console.log(`${item.seq} ${type} ${action} ${symbol} at ${entry_price.toFixed(2)}, ${confidence.toFixed(2)}`);
  left -= 1;
  if (left === 0) break;
}
live.close();
