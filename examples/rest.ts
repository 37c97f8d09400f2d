// Uses the REST side of the engine's own client: every operation by its name, typed, and failures as values.
//
//   npm ci && npm run build && npm start
//   node build/out/examples/rest.js http://localhost:8700
import { createClient, explainFailure } from "strategy-engine/client";

const [url = "http://localhost:8700"] = process.argv.slice(2);
const { rest } = createClient({ url, timeoutMs: 5_000 });

const health = await rest.call("getHealth");
if (!health.ok) throw new Error(explainFailure(health.failure));
console.log(`the engine is ${health.value.status}`);

const sent = await rest.call("processMarketData", {
  body: { market_data: [{ symbol: "BTCUSD", price: 50_000, volume: 1_000 }] },
  idempotencyKey: `example-${Date.now()}`,
});
console.log(sent.ok ? `${sent.value.processed} tick taken` : explainFailure(sent.failure));

const symbol = await rest.call("getSymbol", { params: { symbol: "BTCUSD" } });
if (symbol.ok) console.log(`${symbol.value.symbol} is at ${symbol.value.last_price}`);

const page = await rest.call("listSignals", { query: { family: "trend_following", limit: 3 } });
if (page.ok) for (const { type, action, symbol: name } of page.value.signals) console.log(`${type} ${action} ${name}`);

const missing = await rest.call("getSymbol", { params: { symbol: "NOBODY" } });
if (!missing.ok) console.log(explainFailure(missing.failure));
