// The dashboard in a real browser: Chromium without a window. Nothing but this machine is reached; what the page
// complains of, and what it asks for elsewhere, is kept for the test.
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { afterAll } from "vitest";

const PROGRAM = "/usr/bin/chromium";
/** For what hangs: a busy machine draws slowly. */
const WAIT_MS = 60_000;

export interface OpenPage {
  readonly page: Page;
  /** Errors of scripts, of the policy, of loading. An answer of the API that is an error is not one. */
  readonly complaints: readonly string[];
}

let browser: Promise<Browser> | null = null;
afterAll(async () => {
  await (await browser)?.close();
  browser = null;
});

export async function openPage(url: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];
  const reach = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1";
  browser ??= chromium.launch({ executablePath: PROGRAM, args: [...args, reach] });
  const context = await (await browser).newContext(options);
  context.setDefaultTimeout(WAIT_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !answered(message.text())) complaints.push(message.text());
  });
  page.on("request", (request) => {
    if (new URL(request.url()).hostname !== "127.0.0.1") complaints.push(`asks for ${request.url()}`);
  });
  await page.goto(url);
  return { page, complaints };
}

/** The browser's own line about a status above 399, or about an engine that is away. */
function answered(text: string): boolean {
  return /^Failed to load resource: (the server responded with a status|net::ERR_)|^WebSocket connection to/.test(text);
}
