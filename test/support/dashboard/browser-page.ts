// The dashboard in a real browser: Chromium without a window, one for each file of tests, which says at its top that it wants
// one. Nothing but this machine is reached; what the page complains of, and what it asks for elsewhere, is kept for the
// test. A page that a test opens is closed behind it; where CI is set, what it showed at its end lies in
// build/out/screenshots.
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";

const PROGRAM = "/usr/bin/chromium";
/** For what hangs: a busy machine draws slowly. */
const WAIT_MS = 60_000;

export interface OpenPage {
  readonly page: Page;
  /** Errors of scripts, of the policy, of loading. An answer of the API that is an error is not one. */
  readonly complaints: readonly string[];
}

interface Titled {
  readonly name: string;
  readonly file: { readonly name: string };
}

const SHOTS = fileURLToPath(new URL("../../../screenshots", import.meta.url));
const NAME_LONGEST = 80;

let browser: Promise<Browser> | null = null;
/** Whether the file that runs has said that it opens pages: modules, and so this, outlive it. */
let wanted = false;
let inTest = false;
/** Opened by the test that runs. */
let own: Page[] = [];
/** Opened before all tests of the file. */
let shared: Page[] = [];

/** Once in each file of tests, outside its tests: from here on it may open pages, and ends with them closed. */
export function inBrowser(): void {
  beforeAll(() => {
    wanted = true;
  });
  beforeEach(() => {
    inTest = true;
  });
  afterEach(async ({ task }) => {
    inTest = false;
    const done = own;
    own = [];
    if (process.env["CI"]) await keep(done.length > 0 ? done : shared, task);
    for (const page of done) await page.context().close();
  });
  afterAll(async () => {
    const ended = browser;
    [browser, wanted, shared] = [null, false, []];
    await (await ended)?.close();
  });
}

/** What they show at the end of a test. */
async function keep(pages: readonly Page[], { name: title, file }: Titled): Promise<void> {
  const name = title.replaceAll(/[^a-z0-9]+/gi, "-").slice(0, NAME_LONGEST);
  const folder = join(SHOTS, basename(file.name).replace(/\.test\.js$/, ""));
  for (const [index, page] of pages.filter((one) => !one.isClosed()).entries())
    await page.screenshot({ path: join(folder, `${name}${index === 0 ? "" : `-${index + 1}`}.png`) });
}

export async function openPage(url: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
  if (!wanted) throw new Error("say inBrowser() at the top of the file of tests");
  const args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];
  const reach = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1";
  browser ??= chromium.launch({ executablePath: PROGRAM, args: [...args, reach] });
  const context = await (await browser).newContext(options);
  context.setDefaultTimeout(WAIT_MS);
  const page = await context.newPage();
  (inTest ? own : shared).push(page);
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
