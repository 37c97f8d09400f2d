// The dashboard's frame, as somebody uses it: a real engine, a real browser.
import { gzipSync } from "node:zlib";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accessibilityFaults } from "../../support/dashboard/accessible.ts";
import { DEPLOYMENTS, EXECUTIONS, fillDesk, idOf, STRATEGIES } from "../../support/dashboard/full-desk.ts";
import { inBrowser, openPage, type OpenPage } from "../../support/dashboard/browser-page.ts";
import { EngineProcess } from "../../support/engine-process.ts";
import { freePort } from "../../support/redis-server.ts";
import { startServer } from "../../support/server/start.ts";
import { approvedBuys } from "../../support/signals.ts";

inBrowser();

const GZIP_MAX = 150 * 1_024;
const PAGES =
  "overview signals strategies strategies/momentum_rider editor pipelines executions research risk learning system".split(
    " ",
  );

describe("the dashboard", () => {
  const folder = mkdtempSync(join(tmpdir(), "dashboard-"));
  let engine: EngineProcess;
  let pages: OpenPage;

  beforeAll(async () => {
    await fillDesk(folder, 1_000 * Date.now());
    // Nothing is learnt meanwhile: what the test takes back is what it has approved.
    engine = await EngineProcess.start({ DATA_DIR: folder, DEMO: "on", TIER_LEARNING_MS: "3600000" });
    pages = await openPage(engine.url);
  });
  afterAll(async () => {
    await engine.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("shows live figures and signals of the engine, marked as synthetic, and complains of nothing", async () => {
    const { page, complaints } = await openPage(engine.url);
    await page.getByRole("status").getByText("live", { exact: true }).waitFor();
    await page.getByText("DEMO: synthetic market").waitFor();
    await page.getByRole("region", { name: "Latest signals" }).getByRole("link").first().waitFor();
    await page.getByRole("img", { name: /ticks and .* signals in the last second/ }).waitFor();
    expect(complaints).toEqual([]);
  });

  it.each(PAGES)("is accessible in both colours, and fits a phone, on its page %s", async (name) => {
    const { page, complaints } = pages;
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.evaluate(`location.hash = ${JSON.stringify(`#/${name}`)}`);
    await page.locator(`nav a[aria-current=page][href="#/${name.split("/")[0]}"]`).waitFor();
    await page.getByRole("status").getByText("live", { exact: true }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole("button", { name: /Show in (dark|light) colours/ }).click();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.setViewportSize({ width: 360, height: 740 });
    // Charts follow their boxes behind the next frames.
    const tooWide = () =>
      page.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    await expect.poll(tooWide).toBeLessThanOrEqual(0);
    expect(complaints).toEqual([]);
  });

  it("is reached by the keyboard alone: the first key leads past the navigation", async () => {
    const { page } = await openPage(engine.url);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.tagName")).toBe("MAIN");
  });

  it("filters signals, and holds them still", async () => {
    const { page } = await openPage(`${engine.url}/#/signals`);
    const table = page.getByRole("region", { name: "Signals", exact: true });
    await table.getByRole("row").nth(1).waitFor();
    await page.getByLabel("Symbol").fill("btc");
    await table.getByText("DEMO-BTC/USDT").first().waitFor();
    await page.getByRole("button", { name: "Hold" }).click();
    await page.getByRole("button", { name: "Go on" }).waitFor(); // drawn together with the rows that are held
    const symbols = async () => new Set(await table.getByRole("link").allTextContents());
    await expect.poll(symbols).toEqual(new Set(["DEMO-BTC/USDT"]));
    const rows = await table.getByRole("row").count();
    await page.getByText("btc").count();
    expect(await table.getByRole("row").count()).toBe(rows);
  });

  it("draws the candles of a symbol, live, with entry, stop and target of the signal that is looked at", async () => {
    const { page, complaints } = pages;
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.evaluate("location.hash = '#/signals/DEMO-BTC%2FUSDT'");
    const last = page.getByRole("img", { name: /bars of 5s, the last price/ });
    await last.locator("canvas").first().waitFor();
    const before = await last.getAttribute("aria-label");
    await page.locator(`.candles:not([aria-label=${JSON.stringify(before)}])`).waitFor();
    const panel = page.getByRole("region", { name: "Prices of DEMO-BTC/USDT" });
    const row = page.getByRole("region", { name: "Signals", exact: true }).getByRole("row").nth(1);
    await page.getByRole("button", { name: "Hold" }).click();
    await page.getByRole("button", { name: "Go on" }).waitFor(); // drawn together with the rows that are held
    const [time = "", , , , , entry = "", stop = "", target = ""] = await row.getByRole("cell").allTextContents();
    await row.getByRole("button", { name: "Show" }).click();
    await panel.getByText(`at ${time}: entry ${entry}, stop ${stop}, target ${target}`).waitFor();
    await panel.getByRole("combobox", { name: "Bars" }).selectOption("1m");
    await panel.getByRole("img", { name: /bars of 1m/ }).waitFor();
    expect(complaints).toEqual([]);
  });

  it("sets a limit, says what is wrong before the engine is asked and what the engine says, and takes it out again", async () => {
    const { page, complaints } = pages;
    await page.evaluate("location.hash = '#/risk'");
    const limits = page.locator("section").filter({ has: page.getByRole("heading", { name: "Limits", exact: true }) });
    const sure = page.getByRole("dialog");
    const save = limits.getByRole("button", { name: "Save", exact: true });
    await page.getByRole("button", { name: "Add a limit" }).click();
    await limits.getByLabel("Limit", { exact: true }).fill("5000");
    await limits.getByRole("textbox", { name: /^Warning/ }).fill("6000");
    await limits.getByText("The warning comes before the limit.").waitFor();
    expect(await save.isDisabled()).toBe(true);
    await limits.getByRole("textbox", { name: /^Warning/ }).fill("4000");
    await limits.getByRole("combobox", { name: "Of", exact: true }).selectOption("symbol");
    await limits.getByRole("combobox", { name: "What", exact: true }).selectOption("drawdown");
    await limits.getByLabel("Limit", { exact: true }).fill("-0.5");
    await limits.getByRole("textbox", { name: /^Warning/ }).fill("-0.2");
    await save.click();
    await sure.getByRole("button", { name: "Save", exact: true }).click();
    await limits.getByText(/must be book or family or strategy for drawdown/).waitFor();
    await limits.getByRole("combobox", { name: "Of", exact: true }).selectOption("family");
    await save.click();
    await sure.getByText("each family: drawdown becomes -0.5. In force with the next order.").waitFor();
    await sure.getByRole("button", { name: "Save", exact: true }).click();
    const row = limits.getByRole("row").filter({ hasText: "each family" });
    await row.getByText("-0.2").waitFor();
    expect((await engine.get("/risk/limits"))["limits"]).toContainEqual(
      expect.objectContaining({ scope: "family", metric: "drawdown", limit: -0.5, warn: -0.2, action: "pause" }),
    );
    await row.getByRole("button", { name: "Remove" }).click();
    await sure.getByRole("button", { name: "Remove" }).click();
    await row.waitFor({ state: "detached" });
    expect(complaints).toEqual([]);
  });

  it("says of what it does not know neither that it is well nor that it is ill", async () => {
    const { page, complaints } = pages;
    let answer = (): void => undefined;
    const held = new Promise<void>((resolve) => (answer = resolve));
    await page.evaluate("location.hash = '#/learning'");
    await page.getByRole("heading", { name: "Learning", level: 1 }).waitFor();
    await page.route("**/risk/status", async (route) => {
      await held;
      await route.continue();
    });
    await page.evaluate("location.hash = '#/risk'");
    const passed = page.locator("section").filter({ has: page.getByRole("heading", { name: "Passed limits" }) });
    await passed.getByText("Not known yet.").waitFor();
    expect(await passed.locator(".badge").count()).toBe(0);
    answer();
    await passed.getByText("Not known yet.").waitFor({ state: "detached" });
    await passed.locator(".badge").first().waitFor();
    await page.unroute("**/risk/status");
    expect(complaints).toEqual([]);
  });

  it("changes parameters of a strategy in place, each as what it is", async () => {
    const { page, complaints } = pages;
    const code = "class Quiet:\n    def generate_signal(self, market_data):\n        return 'HOLD'\n";
    const draft = { strategy_name: "quiet", code, parameters: { period: 14, symbols: ["AAA"] } };
    const made = await engine.ask("POST", "/strategies", draft);
    const id = String(made.body["strategy_id"]);
    await page.evaluate(`location.hash = '#/strategies/${id}'`);
    const panel = page.getByRole("region", { name: "Parameters" });
    await panel.getByRole("button", { name: "Change" }).click();
    await panel.getByLabel("period").fill("many");
    await panel.getByText("period is a number, and “many” is none.").waitFor();
    await panel.getByLabel("period").fill("21");
    await panel.getByRole("button", { name: "Save" }).click();
    await page.getByRole("dialog").getByText("period: 14 → 21.").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await panel.getByText("21", { exact: true }).waitFor();
    expect((await engine.get(`/strategies/${id}`))["parameters"]).toEqual({ period: 21, symbols: ["AAA"] });
    expect(complaints).toEqual([]);
  });

  it("turns the pages of lists by the thousand, and finds one of them by name and by state", async () => {
    const { page, complaints } = pages;
    await page.setViewportSize({ width: 1280, height: 900 });
    const lists = [
      ["executions", "Executions", idOf("exec", EXECUTIONS - 1), idOf("exec", EXECUTIONS - 51)],
      ["pipelines", "Deployments", idOf("pipe", DEPLOYMENTS - 1), idOf("pipe", DEPLOYMENTS - 51)],
    ] as const;
    for (const [name, title, newest, older] of lists) {
      await page.evaluate(`location.hash = "#/${name}"`);
      const panel = page.locator("section").filter({ has: page.getByRole("heading", { name: title, level: 2 }) });
      await panel.getByRole("link", { name: newest }).waitFor();
      expect(await panel.getByRole("row").count()).toBe(51);
      await panel.getByRole("button", { name: "Older" }).click();
      await panel.getByRole("link", { name: older }).waitFor();
      expect(await panel.getByRole("link", { name: newest }).count()).toBe(0);
      await panel.getByText("page 2").waitFor();
      await panel.getByRole("button", { name: "Newer" }).click();
      await panel.getByRole("link", { name: newest }).waitFor();
      await panel.getByLabel("Which").selectOption(name === "pipelines" ? "failed" : "error");
      await panel.getByRole("link", { name: newest }).waitFor({ state: "detached" });
      if (name === "pipelines") await panel.getByRole("link", { name: idOf("pipe", 994) }).waitFor();
      else await panel.getByText("None is error.").waitFor();
    }
    await page.evaluate("location.hash = '#/strategies'");
    await page.getByRole("link", { name: `Desk ${STRATEGIES - 1}` }).waitFor();
    await page.getByLabel("Name or id of a strategy").fill("Desk 77");
    await page.getByRole("link", { name: "Desk 77", exact: true }).waitFor();
    await page.getByRole("link", { name: `Desk ${STRATEGIES - 1}` }).waitFor({ state: "detached" });
    expect(complaints).toEqual([]);
  });

  it("approves and rejects what learning proposes, and takes back what it changed", async () => {
    const { page, complaints } = pages;
    await page.evaluate("location.hash = '#/learning'");
    const proposals = page.getByRole("region", { name: "Proposals", exact: true });
    const changes = page.getByRole("region", { name: "Changes", exact: true });
    const sure = page.getByRole("dialog");
    const proposal = (what: string) => proposals.getByRole("row").filter({ hasText: what });
    await proposal("opportunity threshold").getByRole("button", { name: "Reject" }).click();
    await proposal("opportunity threshold").getByText("rejected", { exact: true }).waitFor();
    await proposal("min signal quality").getByRole("button", { name: "Approve" }).click();
    await sure.getByText("The change is carried out, or its pipeline begins.").waitFor();
    await sure.getByRole("button", { name: "Approve" }).click();
    await proposal("min signal quality").getByText("approved", { exact: true }).waitFor();
    const change = changes.getByRole("row").filter({ hasText: "better on 8 of 10 folds" });
    await change.getByRole("button", { name: "Take back" }).click();
    await sure.getByText("momentum rider, min signal quality: it becomes 0.1 again.").waitFor();
    await sure.getByRole("button", { name: "Take back" }).click();
    await change.getByText("taken back", { exact: true }).waitFor();
    const { changes: made } = (await engine.get("/learning/history")) as { readonly changes: readonly object[] };
    expect(made).toContainEqual(expect.objectContaining({ what: "min_signal_quality", from: 0.11, to: 0.1 }));
    expect(complaints).toEqual([]);
  });

  it("shows what the log said, from the level that is wanted on, and how far each thread is behind", async () => {
    const { page, complaints } = pages;
    await page.evaluate("location.hash = '#/system'");
    await page.getByRole("region", { name: "Threads", exact: true }).getByText("journal", { exact: true }).waitFor();
    const log = page.getByRole("region", { name: "Log", exact: true });
    await log.getByText("store opened", { exact: true }).waitFor();
    await page.getByLabel("Least grave level").selectOption("warn");
    await log.getByText("store opened", { exact: true }).waitFor({ state: "detached" });
    expect(complaints).toEqual([]);
  });

  it("draws few rows and seldom, however many signals come", async () => {
    const { http, live, engine: port } = startServer();
    const rare = approvedBuys(90_000, 6, ["RARE", "RARER"]);
    port.archive.append(rare);
    live.onApproved(rare);
    const { page, complaints } = await openPage(`${http}/#/signals`);
    await page.getByRole("status").getByText("live", { exact: true }).waitFor();
    await page.evaluate("window.drawn = 0");
    await page.evaluate(
      "new MutationObserver(() => window.drawn++).observe(document.querySelector('main'), { childList: true, subtree: true })",
    );
    for (let first = 0; first < 5_000; first += 50) {
      live.onApproved(approvedBuys(first, 50, ["AAA", "BBB"]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await page.getByText("500 of the last 1000").or(page.getByText("1000 of the last 1000")).waitFor();
    const table = page.getByRole("region", { name: "Signals", exact: true });
    expect(await table.getByRole("row").count()).toBe(51);
    expect(await page.evaluate<number>("document.querySelectorAll('*').length")).toBeLessThan(2_000);
    expect(await page.evaluate<number>("window.drawn")).toBeLessThan(100);
    await table.getByRole("button", { name: "Show more" }).click();
    await expect.poll(() => table.getByRole("row").count()).toBe(101);
    // Pushed out of what the page holds by the thousands behind them, and not out of what the engine has.
    await page.evaluate("location.hash = '#/signals/RARE'");
    await expect.poll(() => table.getByRole("row").count()).toBe(4);
    expect(complaints).toEqual([]);
  });

  it("weighs little: what a browser loads at first is at most 150 KiB when compressed", async () => {
    const html = await (await fetch(engine.url)).text();
    const names = [...html.matchAll(/(?:src|href)="\.(\/dashboard\/[^"]+)"/g)].map(([, name]) => name ?? "");
    expect(names.length).toBeGreaterThanOrEqual(2);
    const sizes = await Promise.all(
      names.map(async (name) => {
        const answer = await fetch(engine.url + name);
        expect(answer.headers.get("cache-control")).toContain("immutable");
        return gzipSync(Buffer.from(await answer.arrayBuffer())).length;
      }),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(GZIP_MAX);
  });

  it("serves its own files and nothing beside them", async () => {
    for (const name of ["..%2findex.html", "%2e%2e%2f..%2fpackage.json", "index.js%00", "nothing.js"])
      expect((await fetch(`${engine.url}/dashboard/${name}`)).status, name).not.toBe(200);
  });
});

describe("the dashboard's dangerous and fragile moments", () => {
  it("says that it is cut off, keeps what it showed, and goes on by itself when the engine is back", async () => {
    const folder = mkdtempSync(join(tmpdir(), "dashboard-cut-"));
    const port = String(await freePort());
    const first = await EngineProcess.start({ DATA_DIR: folder, DEMO: "on", PORT: port });
    const { page, complaints } = await openPage(first.url);
    await page.getByRole("region", { name: "Latest signals" }).getByRole("link").first().waitFor();
    await first.stop();
    await page.getByText(/No connection to the engine since/).waitFor();
    expect(await page.getByRole("region", { name: "Latest signals" }).getByRole("link").count()).toBeGreaterThan(0);
    const second = await EngineProcess.start({ DATA_DIR: folder, DEMO: "on", PORT: port });
    await page.getByRole("status").getByText("live", { exact: true }).waitFor();
    await page.getByText(/No connection to the engine since/).waitFor({ state: "detached" });
    const notice = page.getByText("The engine was started again");
    await notice.waitFor();
    expect(await page.getByText(/cannot be had any more/).count()).toBe(0);
    await page.getByRole("button", { name: "Read", exact: true }).click();
    await notice.waitFor({ state: "detached" });
    expect(complaints).toEqual([]);
    await second.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("says nothing of a synthetic market that is over, and a dash of what is not known yet", async () => {
    const folder = mkdtempSync(join(tmpdir(), "dashboard-real-"));
    const engine = await EngineProcess.start({ DATA_DIR: folder, DEMO: "on" });
    await expect
      .poll(async () => ((await engine.get("/signals"))["signals"] as readonly unknown[]).length)
      .toBeGreaterThan(0);
    await engine.ask("POST", "/api/strategy_engine/process_market_data", { symbol: "AAA", price: 100 });
    await expect.poll(async () => (await engine.get("/health"))["demo"]).toBe(false);
    const { page } = await openPage(engine.url);
    await page
      .getByRole("region", { name: "Latest signals" })
      .getByText(/^DEMO-/)
      .first()
      .waitFor();
    expect(await page.getByText("DEMO: synthetic market").count()).toBe(0);
    await page.evaluate("location.hash = '#/risk'");
    const figure = page.locator(".figure").filter({ hasText: "Value at risk" });
    await figure.waitFor();
    expect(await figure.locator("dd").innerText()).toBe("–");
    await engine.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("asks for a key where the engine wants one, and hides what a reading key may not do", async () => {
    const folder = mkdtempSync(join(tmpdir(), "dashboard-key-"));
    const engine = await EngineProcess.start({ DATA_DIR: folder, API_KEYS: "reader-key:read,writer-key:write" });
    const { page } = await openPage(engine.url);
    const dialog = page.getByRole("dialog");
    await page.getByText("wants a key", { exact: true }).waitFor();
    await dialog.getByLabel("Key").fill("reader-key");
    await dialog.getByRole("button", { name: "Use this key" }).click();
    await page.getByText("may only read").waitFor();
    expect(await page.getByRole("button", { name: "Emergency stop" }).count()).toBe(0);
    await page.evaluate("location.hash = '#/risk'");
    await page.getByRole("heading", { name: "Passed limits" }).waitFor();
    expect(await page.getByText("Would an order pass?").count()).toBe(0);
    await page.getByRole("button", { name: "Key…" }).click();
    await dialog.getByLabel("Key").fill("writer-key");
    await dialog.getByRole("button", { name: "Use this key" }).click();
    await page.getByRole("button", { name: "Emergency stop" }).waitFor();
    await engine.stop();
    rmSync(folder, { recursive: true, force: true });
  });
});
