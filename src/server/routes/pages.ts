// The two pages a browser may open: `/` and `/docs`. Plain HTML that says where things are; no script, nothing from
// outside. The dashboard and the reference take their places when they exist.
import { getDocs, getHome } from "../contract/pages.ts";
import { text } from "../reply.ts";
import type { Router } from "../router.ts";

const HTML = "text/html; charset=utf-8";

const PLACES: readonly (readonly [path: string, meaning: string])[] = [
  ["/health", "is the engine well"],
  ["/metrics", "figures as JSON; /metrics/prometheus is the text exposition"],
  ["/symbols", "every symbol seen, with its last price"],
  ["/instruments", "tick size, fees, session and references of every symbol; PUT corrects one"],
  ["/signals", "the last approved signals, newest first"],
  ["/strategy-types", "the 18 strategies, their parameters and readiness"],
  ["/api/strategy_engine/summary", "components, tiers and integrations"],
  ["/version", "name, version, platform"],
];

export function pageRoutes(router: Router): void {
  const rows = PLACES.map(([path, meaning]) => `<li><a href="${path}"><code>${path}</code></a>: ${meaning}</li>`);
  const home = page(
    "Strategy Engine",
    `<p>The engine is running. The dashboard comes with a later version; until then:</p><ul>${rows.join("")}</ul>
     <p>Signals arrive live on the WebSocket <code>/ws</code>: send
     <code>{"op":"subscribe","id":1,"channel":"signals","snapshot":true}</code>.</p>
     <p>Ticks go in by <code>POST /api/strategy_engine/process_market_data</code>. <a href="/docs">More</a></p>`,
  );
  const docs = page(
    "Strategy Engine: reference",
    `<p>The full reference comes with a later version. What is there now is listed on the <a href="/">first page</a>;
     paths of the API that are still missing answer 501 and say what they wait for.</p>
     <p>Every failure has one shape: <code>{"status":"error","error":code,"message":text,"request_id":id}</code>.
     Lists take <code>limit</code> (1 to 500) and <code>cursor</code> and answer <code>next_cursor</code>.</p>`,
  );
  router.reply(getHome, () => text(HTML, home));
  router.reply(getDocs, () => text(HTML, docs));
}

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width">
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem}code{font-size:.95em}</style>
</head><body><h1>${title}</h1>${body}</body></html>`;
}
