// The first page, `/`: says where things are. No script, nothing from outside. The dashboard takes its place.
import { getHome } from "../contract/pages.ts";
import { page } from "../page.ts";
import type { Router } from "../router.ts";

const PLACES: readonly (readonly [path: string, meaning: string])[] = [
  ["/docs", "the reference of this API: every path with its fields; requests can be tried there"],
  ["/openapi.json", "the same for programs: an OpenAPI 3.1 document"],
  ["/health", "is the engine well"],
  ["/metrics", "figures as JSON; /metrics/prometheus is the text exposition"],
  ["/symbols", "every symbol seen, with its last price"],
  ["/instruments", "tick size, fees, session and references of every symbol; PUT corrects one"],
  ["/signals", "the last approved signals, newest first"],
  ["/strategy-types", "the 18 strategies, their parameters and readiness"],
  ["/api/strategy_engine/summary", "components, tiers and integrations"],
  ["/version", "name, version, platform"],
];

export function pageRoutes(router: Router, version: string): void {
  const rows = PLACES.map(([path, meaning]) => `<li><a href="${path}"><code>${path}</code></a>: ${meaning}</li>`);
  const home = page(
    "Strategy Engine",
    `<main><h1>Strategy Engine</h1>
     <p>The engine is running. The dashboard comes with a later version; until then:</p><ul>${rows.join("")}</ul>
     <p>Signals arrive live on the WebSocket <code>/ws</code>: send
     <code>{"op":"subscribe","id":1,"channel":"signals","snapshot":true}</code>.</p>
     <p>Ticks go in by <code>POST /api/strategy_engine/process_market_data</code>.</p></main>`,
    { styles: [`/docs/page.css?v=${version}`], scripts: [] },
  );
  router.reply(getHome, () => home);
}
