// Frames of the dashboard while a thousand signals a second come, on the page that lists them and on the overview: a real
// server and socket, a real browser without a graphics card. What is judged is the processor time that a frame takes of the
// renderer's main thread (frame-trace.ts), because the browser, the server and the publisher share the machine with
// everything else; beside it stands the time from frame to frame, as somebody sees it.
import { chromium, type Browser, type Page } from "playwright-core";
import { Live } from "../../src/server/live/live.ts";
import { Server } from "../../src/server/server.ts";
import { SILENT_LOG } from "../../src/telemetry/log.ts";
import { fillPort } from "../../test/support/server/engine.ts";
import { approvedBuys } from "../../test/support/signals.ts";
import { CATEGORIES, type FrameCost, frameCosts, type TraceEvent } from "./frame-trace.ts";
import type { Result } from "../result.ts";

const PROGRAM = "/usr/bin/chromium";
const SIGNALS_PER_SECOND = 1_000;
const EVERY_MS = 20;
const WARMUP_MS = 2_000;
const MEASURED_MS = 5_000;
const FRAMES_LEAST = 30;
const QUIET = {
  deployments_per_hour: 0,
  pipelines_per_hour: 0,
  success_rate: 1,
  total_strategies: 0,
  total_deployments: 0,
  total_pipelines: 0,
  active_executions: 0,
  eval_p50_ms: 0.5,
  eval_p99_ms: 1,
  ws_connections: 1,
};
const SYMBOLS = Array.from({ length: 40 }, (_, index) => `SYM${index}`);
const PAGES = [
  { name: "signals", table: "Signals", rows: 50 },
  { name: "overview", table: "Latest signals", rows: 8 },
] as const;

/** It needs a browser. */
export const onDemand = true;

export async function run(): Promise<readonly Result[]> {
  const live = new Live({ bufferBytes: 1 << 20, slowMs: 10_000, maxConnections: 10 });
  const options = { host: "127.0.0.1", port: 0, compatPort: 0, corsOrigin: "*", log: SILENT_LOG };
  const server = Server.start(fillPort(), live, options);
  if (!server.ok) throw new Error("no free port");
  const market = new Market(live);
  const browser = await chromium.launch({ executablePath: PROGRAM, args: ["--no-sandbox", "--disable-gpu"] });
  try {
    const results: Result[] = [];
    for (const { name, table, rows } of PAGES) {
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
      await page.goto(`http://127.0.0.1:${server.value.ports[0] ?? 0}/#/${name}`);
      await page.getByRole("region", { name: table, exact: true }).getByRole("row").nth(rows).waitFor();
      await framesOf(page, WARMUP_MS);
      results.push(await measured(browser, page, name, market));
      await page.close();
    }
    const { dropped } = live.stats();
    if (dropped > 0) throw new Error(`the page was too slow for ${dropped} signals, which it did not get`);
    return results;
  } finally {
    market.close();
    await browser.close();
    await server.value.close();
  }
}

/** Publishes by the clock: what a late timer has missed comes with the next one, so the rate is what it says. */
class Market {
  published = 0;
  private readonly began = performance.now();
  private readonly timer: NodeJS.Timeout;

  constructor(live: Live) {
    live.startMetrics(() => ({ ...QUIET, signals_per_second: SIGNALS_PER_SECOND, ticks_per_second: 10_000 }));
    this.timer = setInterval(() => {
      const due = Math.floor(((performance.now() - this.began) * SIGNALS_PER_SECOND) / 1_000);
      live.onApproved(approvedBuys(this.published, due - this.published, SYMBOLS));
      this.published = due;
    }, EVERY_MS);
  }

  close(): void {
    clearInterval(this.timer);
  }
}

async function measured(browser: Browser, page: Page, name: string, market: Market): Promise<Result> {
  const session = await browser.newBrowserCDPSession();
  const events: TraceEvent[] = [];
  session.on("Tracing.dataCollected", ({ value }) => {
    for (const one of value) events.push(one as unknown as TraceEvent);
  });
  const complete = new Promise<void>((resolve) => session.once("Tracing.tracingComplete", () => resolve()));
  const traceConfig = { includedCategories: [...CATEGORIES], excludedCategories: ["*"] };
  await session.send("Tracing.start", { transferMode: "ReportEvents", traceConfig });
  const before = market.published;
  const begin = performance.now();
  const seen = await framesOf(page, MEASURED_MS);
  const rate = (1e3 * (market.published - before)) / (performance.now() - begin);
  await session.send("Tracing.end");
  await complete;
  await session.detach();
  const costs = frameCosts(events);
  if (costs.length < FRAMES_LEAST) throw new Error(`${costs.length} frames were traced, ${FRAMES_LEAST} are needed`);
  if (rate < 0.98 * SIGNALS_PER_SECOND) throw new Error(`only ${rate.toFixed(0)} signals a second were published`);
  return resultOf(name, costs, seen, rate);
}

/** Milliseconds from frame to frame. */
function framesOf(page: Page, ms: number): Promise<readonly number[]> {
  return page.evaluate<readonly number[]>(`new Promise((resolve) => {
    const frames = [];
    const begin = performance.now();
    let last = begin;
    const next = (now) => {
      frames.push(now - last);
      last = now;
      if (now - begin < ${ms}) requestAnimationFrame(next);
      else resolve(frames.slice(1));
    };
    requestAnimationFrame(next);
  })`);
}

function resultOf(name: string, costs: readonly FrameCost[], seenMs: readonly number[], rate: number): Result {
  const main = costs.map(({ mainNs }) => mainNs);
  const whole = costs.map(({ rendererNs }) => rendererNs);
  const seen = seenMs.map((ms) => 1e6 * ms);
  return {
    name: `dashboard: 1,000 signals a second on the page ${name}`,
    pairs: [
      { label: "processor time of a frame, 95th of 100", medianNs: at(main, 0.95) },
      { label: "processor time of a frame", medianNs: at(main, 0.5), p99Ns: at(main, 0.99), maxNs: at(main, 1) },
      { label: "all threads of the renderer, 95th of 100", medianNs: at(whole, 0.95) },
      { label: "frame to frame, 95th of 100", medianNs: at(seen, 0.95) },
      { label: "frame to frame", medianNs: at(seen, 0.5), p99Ns: at(seen, 0.99), maxNs: at(seen, 1) },
    ],
    ratio: 1,
    note: `${costs.length} frames in ${MEASURED_MS / 1e3} s, ${rate.toFixed(0)} signals a second, 1280 x 900, no graphics card`,
  };
}

function at(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
