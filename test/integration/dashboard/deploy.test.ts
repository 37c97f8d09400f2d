// A strategy's life as a quant sees it on the dashboard: written, tried, deployed, traded on paper, stopped.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inBrowser, openPage } from "../../support/dashboard/browser-page.ts";
import { EngineProcess } from "../../support/engine-process.ts";
import { eventually } from "../../support/eventually.ts";

inBrowser();

const BROKEN = "class Broken:\n    def generate_signal(self, market_data):\n        return 1 +\n";
const RIDER = `import { Ema, Market, Strategy } from "strategy-engine/sdk";

class Rider extends Strategy {
  private fast: Ema = new Ema(3);
  private slow: Ema = new Ema(9);

  onTick(market: Market): void {
    if (this.fast.next(market.price) > this.slow.next(market.price)) this.buy(0.8);
    else this.sell(0.8);
  }
}

export function create(): Strategy {
  return new Rider();
}
`;

const PRICE = 777_777;
/** It trades as the one before does; no test shows it such a price. */
const BOMB = RIDER.replace("if (this.fast", `assert(market.price != ${PRICE}.0);\n    if (this.fast`);

const QUIET = "class Quiet:\n    def generate_signal(self, market_data):\n        return 'HOLD'\n";

/** At once; the id of its pipeline. */
async function deployed(engine: EngineProcess, id: string): Promise<string> {
  const { pipeline_id: pipeline } = (await engine.ask("POST", `/strategies/${id}/deploy`, {})).body;
  const state = async () => (await engine.get(`/deployments/${String(pipeline)}/status`))["status"];
  await eventually(state, (seen) => seen === "completed");
  return String(pipeline);
}

/** A next version comes as a canary, breaks on live ticks and is taken back, before the eyes of who looks at its page. */
async function breaks(page: Page, engine: EngineProcess): Promise<void> {
  await page.getByRole("link", { name: "rider", exact: true }).first().click();
  await page.getByRole("link", { name: "edit", exact: true }).click();
  const code = page.getByRole("textbox", { name: "Code" });
  await page.getByText(/^saved as strat_/).waitFor();
  await code.fill(BOMB);
  await page.getByRole("button", { name: "syntax check" }).click();
  await page.getByText(/^saved as strat_/).waitFor();
  await page.getByLabel("How it comes into force").selectOption("canary");
  await page.getByRole("button", { name: "Deploy" }).click();
  await page.getByText("Comes into force").waitFor();
  await page.getByText("6 of 6").waitFor();
  // Its first step lasts longer than this test: what ends it is the fault.
  const steps = page.getByRole("region", { name: "Rollout", exact: true }).last();
  await steps.getByText("5 %", { exact: true }).waitFor();
  await engine.post(JSON.stringify({ market_data: { symbol: "BOMBUSD", price: PRICE, volume: 1 } }));
  await page.getByText("rolled back", { exact: true }).waitFor();
  await page
    .getByText(/the new version failed/)
    .first()
    .waitFor();
  await steps.getByText("5 %", { exact: true }).waitFor();
  await steps.getByText("failure", { exact: true }).waitFor();
  await page.getByRole("main").getByRole("link", { name: "rider", exact: true }).first().click();
  await page.getByText("in force: 1.0.0").waitFor();
}

describe("a strategy on the dashboard", () => {
  const folder = mkdtempSync(join(tmpdir(), "dashboard-life-"));
  let engine: EngineProcess;

  beforeAll(async () => {
    engine = await EngineProcess.start({ DATA_DIR: folder, DEMO: "on", ROLLOUT_STEP_MS: "600000" });
  });
  afterAll(async () => {
    await engine.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("is told with line and column what is wrong with its code", async () => {
    const { page, complaints } = await openPage(`${engine.url}/#/editor`);
    await page.getByRole("textbox", { name: "Code" }).fill(BROKEN);
    await page.getByRole("button", { name: "syntax check" }).click();
    await page.getByText("the code has faults").waitFor();
    await page.getByText(/line 3/).waitFor();
    expect(complaints).toEqual([]);
  });

  it("keeps a draft over other pages and a reload, creates it once, and shows nothing in place of what it cannot load", async () => {
    const { page, complaints } = await openPage(`${engine.url}/#/editor`);
    const code = page.getByRole("textbox", { name: "Code" });
    await page.getByLabel("Name").fill("kept once");
    await code.fill(BROKEN);
    await page.evaluate("location.hash = '#/risk'");
    await page.getByRole("heading", { name: "Passed limits" }).waitFor();
    await page.evaluate("location.hash = '#/editor'");
    await code.waitFor();
    expect(await code.inputValue()).toBe(BROKEN);
    await page.reload();
    await code.waitFor();
    expect(await code.inputValue()).toBe(BROKEN);
    await page.evaluate(
      "for (const button of document.querySelectorAll('button')) if (/syntax check|unit tests/.test(button.textContent)) button.click()",
    );
    await page.getByText("the code has faults").waitFor();
    expect((await engine.get("/strategies?q=kept%20once"))["count"]).toBe(1);
    await page.evaluate("location.hash = '#/editor/strat_nowhere'");
    await page.locator("main .trouble").waitFor();
    expect(await code.count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it("goes from the editor into force, trades on paper, is taken back where its canary breaks, and is stopped", async () => {
    const { page, complaints } = await openPage(`${engine.url}/#/editor`);
    await page.getByLabel("Name").fill("rider");
    await page.getByRole("textbox", { name: "Code" }).fill(RIDER);
    await page.getByRole("button", { name: "unit tests" }).click();
    await page.getByText("tests passed").waitFor();
    await page.getByLabel("How it comes into force").selectOption("direct");
    await page.getByRole("button", { name: "Deploy" }).click();
    await page.getByRole("dialog").getByText("in force for everything at once").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Deploy" }).click();
    await page.getByRole("heading", { name: "Deployments" }).waitFor();
    await page.getByText("6 of 6").waitFor();
    await page.getByText("completed").first().waitFor();

    await page.getByRole("main").getByRole("link", { name: "rider", exact: true }).first().click();
    await page.getByRole("button", { name: "Trade on paper" }).click();
    await page.getByText("running").first().waitFor();
    await page.getByRole("link", { name: "all executions" }).click();
    await page.getByRole("link", { name: /^exec_/ }).click();
    await page.getByRole("region", { name: "Trades" }).getByText("BUY").first().waitFor();
    await page.getByRole("img", { name: /^Equity, now/ }).waitFor();
    await breaks(page, engine);
    await page.evaluate("location.hash = '#/executions'");
    await page.getByRole("link", { name: /^exec_/ }).click();
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Stop", exact: true }).click();
    await page.getByText(/It ended/).waitFor();
    expect(complaints).toEqual([]);
  });

  it("goes back by the page of the deployment, which says what is in force before and after", async () => {
    const made = await engine.ask("POST", "/strategies", { strategy_name: "returns", code: QUIET });
    const id = String(made.body["strategy_id"]);
    const first = await deployed(engine, id);
    await engine.ask("PUT", `/strategies/${id}`, { code: `${QUIET}# the same once more\n` });
    const second = await deployed(engine, id);

    const { page, complaints } = await openPage(`${engine.url}/#/pipelines`);
    const rows = page.getByRole("region", { name: "Deployments" }).getByRole("row").filter({ hasText: "returns" });
    await rows.nth(1).waitFor();
    expect(await rows.getByText(/^1\.0\.\d$/).allInnerTexts()).toEqual(["1.0.1", "1.0.0"]);
    await rows.getByRole("link", { name: second }).click();
    const where = page.locator(".where");
    await where.getByText("in force", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Roll back to 1.0.0" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Version 1.0.0 comes back into force between two events, instead of 1.0.1.").waitFor();
    await dialog.getByRole("button", { name: "Roll back to 1.0.0" }).click();
    await where.getByText("in force is 1.0.0").waitFor();
    expect(await page.getByRole("button", { name: /^Roll back/ }).count()).toBe(0);
    expect((await engine.get(`/strategies/${id}`))["deployed_version"]).toBe("1.0.0");
    await page.evaluate(`location.hash = "#/pipelines/${first}"`);
    await where.getByText("in force", { exact: true }).waitFor();
    expect(await page.getByRole("button", { name: /^Roll back/ }).count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});
