// The page of a backtest tells what the engine's answer tells, and saves it: one engine, one run, one browser.
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accessibilityFaults } from "../../support/dashboard/accessible.ts";
import { inBrowser, openPage, type OpenPage } from "../../support/dashboard/browser-page.ts";
import { EngineProcess } from "../../support/engine-process.ts";
import { eventually } from "../../support/eventually.ts";

inBrowser();

interface Result {
  readonly trade_count: number;
  readonly months: readonly { readonly year: number; readonly total: number }[];
  readonly cost_sums: { readonly gross: number; readonly net: number };
  readonly trades: readonly { readonly symbol: string; readonly pnl: number }[];
  readonly verdict: { readonly judgement: string; readonly sentence: string; readonly checks: readonly object[] };
}

const RUN = { strategy_type: "momentum_rider", duration_days: 40 };

async function saved(page: Page, name: string): Promise<string> {
  const coming = page.waitForEvent("download");
  await page.getByRole("button", { name }).click();
  return readFileSync(await (await coming).path(), "utf8");
}

describe("the page of a backtest", () => {
  let engine: EngineProcess;
  let opened: OpenPage;
  let id: string;
  let result: Result;

  beforeAll(async () => {
    engine = await EngineProcess.start({ DATA_DIR: "" });
    const made = await engine.ask("POST", "/backtests", RUN);
    id = String(made.body["backtest_id"]);
    const done = await eventually(
      () => engine.get(`/backtests/${id}`),
      ({ status }) => status === "completed",
      240_000,
    );
    result = done["result"] as Result;
    opened = await openPage(`${engine.url}/#/research/${id}`);
  });
  afterAll(() => engine.stop());

  const region = (name: string) => opened.page.getByRole("region", { name, exact: true });

  it("says whether it is to be believed, in the engine's words, and shows months, distributions and costs", async () => {
    const { page, complaints } = opened;
    const belief = page.locator("section").filter({ has: page.getByRole("heading", { name: "Is it to be believed" }) });
    await belief.getByText(result.verdict.judgement, { exact: true }).waitFor();
    await belief.getByText(result.verdict.sentence).waitFor();
    expect(await belief.getByRole("row").count()).toBe(1 + result.verdict.checks.length);
    const years = page.getByRole("region", { name: "Returns by month", exact: true }).last();
    expect(await years.getByRole("row").count()).toBe(1 + result.months.length);
    const shares = await years.locator("td[data-head=All]").allTextContents();
    expect(shares.map((text) => parseFloat(text))).toEqual(
      result.months.map(({ total }): unknown => expect.closeTo(100 * total, 0)),
    );
    await page.getByRole("img", { name: /^Steps that moved: \d+ from/ }).waitFor();
    await page.getByRole("img", { name: new RegExp(`^Closed trades: ${result.trade_count} from`) }).waitFor();
    const costs = await region("Costs").last().locator("td[data-head=Amount]").allTextContents();
    const amounts = costs.map((text) => Number(text.replaceAll(",", "")));
    expect(amounts[0]).toBeCloseTo(result.cost_sums.gross, 1);
    expect(amounts.at(-1)).toBeCloseTo(result.cost_sums.net, 1);
    expect(amounts.slice(0, -1).reduce((sum, one) => sum + one, 0)).toBeCloseTo(amounts.at(-1) ?? 0, 0);
    expect(complaints).toEqual([]);
  });

  it("saves the trades as a table and the whole answer, from what it has", async () => {
    const { page, complaints } = opened;
    const lines = (await saved(page, "Save as CSV")).trimEnd().split("\r\n");
    expect(lines).toHaveLength(1 + result.trades.length);
    expect(lines[0]).toMatch(/^symbol,side,quantity,/);
    expect(lines[1]).toContain(String(result.trades[0]?.pnl));
    expect(JSON.parse(await saved(page, "Save the result"))).toEqual(result);
    expect(complaints).toEqual([]);
  });

  it("is accessible in both colours, and fits a phone", async () => {
    const { page, complaints } = opened;
    for (const colours of ["dark", "light"]) {
      await page.evaluate(`document.documentElement.dataset.theme = "${colours}"`);
      expect(await accessibilityFaults(page), colours).toEqual([]);
    }
    await page.setViewportSize({ width: 360, height: 740 });
    const tooWide = () =>
      page.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    await expect.poll(tooWide).toBeLessThanOrEqual(0);
    expect(complaints).toEqual([]);
  });

  it("shows a result of an earlier engine, which told less", async () => {
    const { page, complaints } = opened;
    const { verdict: _v, months: _m, cost_sums: _c, ...less } = result;
    await page.route(`**/backtests/${id}`, async (route) => {
      const answer = { backtest_id: id, status: "completed", progress: 1, result: less, error: null };
      await route.fulfill({ json: answer });
    });
    await page.reload();
    await page.getByText("This result was not judged.").waitFor();
    await page.getByText("No month has a step.").waitFor();
    await page.unroute(`**/backtests/${id}`);
    expect(complaints).toEqual([]);
  });
});
