// Frames of the dashboard's page of signals while a thousand signals a second come: a real server and socket, a real
// browser without a graphics card. What is measured is the time from frame to frame, as somebody sees it; the browser, the
// server and the publisher share the machine.
import { chromium, type Page } from "playwright-core";
import { Live } from "../../src/server/live/live.ts";
import { Server } from "../../src/server/server.ts";
import { SILENT_LOG } from "../../src/telemetry/log.ts";
import { fillPort } from "../../test/support/server/engine.ts";
import { approvedBuys } from "../../test/support/signals.ts";
import type { Result } from "../result.ts";

const PROGRAM = "/usr/bin/chromium";
const SIGNALS_PER_SECOND = 1_000;
const EVERY_MS = 20;
const MEASURED_MS = 6_000;
const SYMBOLS = Array.from({ length: 40 }, (_, index) => `SYM${index}`);

/** It needs a browser, and a machine with nothing else to do. */
export const onDemand = true;

export async function run(): Promise<readonly Result[]> {
  const live = new Live({ bufferBytes: 1 << 20, slowMs: 10_000, maxConnections: 10 });
  const options = { host: "127.0.0.1", port: 0, compatPort: 0, corsOrigin: "*", log: SILENT_LOG };
  const server = Server.start(fillPort(), live, options);
  if (!server.ok) throw new Error("no free port");
  const browser = await chromium.launch({ executablePath: PROGRAM, args: ["--no-sandbox", "--disable-gpu"] });
  let published = 0;
  const publisher = setInterval(() => {
    const count = (SIGNALS_PER_SECOND * EVERY_MS) / 1_000;
    live.onApproved(approvedBuys(published, count, SYMBOLS));
    published += count;
  }, EVERY_MS);
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(`http://127.0.0.1:${server.value.ports[0] ?? 0}/#/signals`);
    await page.getByRole("region", { name: "Signals", exact: true }).getByRole("row").nth(50).waitFor();
    const before = published;
    return [resultOf(await framesOf(page), published - before)];
  } finally {
    clearInterval(publisher);
    await browser.close();
    await server.value.close();
  }
}

/** Milliseconds from frame to frame, shortest first. */
async function framesOf(page: Page): Promise<readonly number[]> {
  const frames = await page.evaluate<readonly number[]>(`new Promise((resolve) => {
    const frames = [];
    const begin = performance.now();
    let last = begin;
    const next = (now) => {
      frames.push(now - last);
      last = now;
      if (now - begin < ${MEASURED_MS}) requestAnimationFrame(next);
      else resolve(frames.slice(1));
    };
    requestAnimationFrame(next);
  })`);
  return frames.toSorted((a, b) => a - b);
}

function resultOf(frames: readonly number[], signals: number): Result {
  const nsAt = (share: number): number =>
    1e6 * (frames[Math.min(frames.length - 1, Math.floor(share * frames.length))] ?? 0);
  return {
    name: "dashboard: 1,000 signals a second",
    pairs: [
      { label: "frame", medianNs: nsAt(0.5), p99Ns: nsAt(0.99), maxNs: nsAt(1) },
      { label: "95th of 100 frames", medianNs: nsAt(0.95) },
    ],
    ratio: 1,
    note: `${frames.length} frames in ${MEASURED_MS / 1_000} s, ${signals} signals, 1280 x 900, no graphics card`,
  };
}
