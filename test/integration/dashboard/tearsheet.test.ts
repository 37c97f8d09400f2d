// The tearsheet as somebody downloads it who has a key that may only read, and opens it later: without an engine, without a
// network, in both colours and on a phone.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accessibilityFaults } from "../../support/dashboard/accessible.ts";
import { inBrowser, openPage, type OpenPage } from "../../support/dashboard/browser-page.ts";
import { EngineProcess } from "../../support/engine-process.ts";
import { eventually } from "../../support/eventually.ts";

inBrowser();

type Message = Readonly<Record<string, unknown>>;

describe("the tearsheet of a backtest", () => {
  let engine: EngineProcess;
  let opened: OpenPage;
  let folder: string;
  let file: string;
  let id: string;
  let result: Message;

  const ask = async (key: string, method: string, path: string, body?: object): Promise<Message> => {
    const headers = { "x-api-key": key, "content-type": "application/json" };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    return (await (await fetch(`${engine.url}${path}`, { method, headers, ...sent })).json()) as Message;
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "tearsheet-"));
    engine = await EngineProcess.start({ DATA_DIR: folder, API_KEYS: "reader-key:read,writer-key:write" });
    const run = { strategy_type: "momentum_rider", duration_days: 40 };
    id = String((await ask("writer-key", "POST", "/backtests", run))["backtest_id"]);
    const done = await eventually(
      () => ask("reader-key", "GET", `/backtests/${id}`),
      ({ status }) => status === "completed",
      240_000,
    );
    result = done["result"] as Message;
    file = join(folder, "kept.html");
    opened = await openPage(`${engine.url}/#/research/${id}`);
  });
  afterAll(async () => {
    await engine.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const download = (page: Page) => page.getByRole("button", { name: "Download the tearsheet" });

  it("is downloaded with the key that the page was given", async () => {
    const { page, complaints } = opened;
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Key").fill("reader-key");
    await dialog.getByRole("button", { name: "Use this key" }).click();
    const coming = page.waitForEvent("download");
    await download(page).click();
    const got = await coming;
    expect(got.suggestedFilename()).toBe(`${id}.html`);
    await got.saveAs(file);
    const text = readFileSync(file, "utf8");
    expect(text.startsWith("<!doctype html>") && text.trimEnd().endsWith("</html>")).toBe(true);
    expect(complaints).toEqual([]);
  });

  it("tells why, in the engine's words, where it cannot be had", async () => {
    const { page } = opened;
    const again = "the same request sent again has one, unless the log says why none could be made";
    const refused = `no tearsheet was kept of backtest ${id}; ${again}`;
    await page.route("**/tearsheet", (route) =>
      route.fulfill({ status: 409, json: { error: "conflict", message: refused, details: [], request_id: "r" } }),
    );
    await download(page).click();
    await page.getByRole("alert").getByText(refused).waitFor();
    await page.unroute("**/tearsheet");
  });

  it("opens without an engine and a network, asks for nothing, and shows the figures of the answer", async () => {
    await engine.stop();
    const browser = opened.page.context().browser();
    const context = await browser?.newContext({ offline: true, viewport: { width: 1_280, height: 900 } });
    const page = await context?.newPage();
    if (context === undefined || page === undefined) throw new Error("the browser is gone");
    const complaints: string[] = [];
    const asked: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => asked.push(request.url()));
    const address = pathToFileURL(file).href;
    await page.goto(address);
    await page.getByRole("heading", { name: "Is it to be believed?" }).waitFor();
    await page.getByText("momentum_rider on ").first().waitFor();
    const count = Number(result["trade_count"]).toLocaleString("en-US");
    await page.getByText("closed trades", { exact: true }).locator("..").getByText(count, { exact: true }).waitFor();
    expect(await page.locator("#trades tbody tr").count()).toBe(Math.min(300, Number(result["trade_count"])));
    expect(await page.locator("svg").count()).toBeGreaterThan(4);
    for (const colorScheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await accessibilityFaults(page), colorScheme).toEqual([]);
    }
    await page.setViewportSize({ width: 360, height: 740 });
    const tooWide = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
    expect(await page.evaluate<number>(tooWide)).toBeLessThanOrEqual(0);
    expect(asked.filter((url) => url !== address && !url.startsWith("data:"))).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  });
});
