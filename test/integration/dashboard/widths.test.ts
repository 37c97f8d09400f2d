// What fits a desk: an execution that trades, a real engine, a real browser. No table of a page is cut where there is room.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { inBrowser, openPage } from "../../support/dashboard/browser-page.ts";
import { EngineProcess } from "../../support/engine-process.ts";
import { eventually } from "../../support/eventually.ts";

inBrowser();

const FOLLOW = `class Follow:
    def generate_signal(self, market_data):
        prices = market_data["prices"]
        if len(prices) < 10:
            return "HOLD"
        return "BUY" if sum(prices[-3:]) / 3 > sum(prices[-10:]) / 10 else "SELL"
`;
/** Tables that are wider inside than outside, and by how much. */
const CUT = `[...document.querySelectorAll(".scroll")].filter((box) => box.scrollWidth > box.clientWidth)
  .map((box) => (box.closest("section")?.querySelector("h2")?.textContent ?? "?") + " " + box.scrollWidth + " in " + box.clientWidth)`;

/** As long as a name may be, without a place to break it. */
const LONG = "Follow".padEnd(128, "w");

const folder = mkdtempSync(join(tmpdir(), "widths-"));
let engine: EngineProcess;
let execution = "";
beforeAll(async () => {
  engine = await EngineProcess.start({ DATA_DIR: folder, DEMO: "on" });
  const draft = { strategy_name: LONG, code: FOLLOW, parameters: { symbols: ["DEMO-BTC/USDT", "DEMO-ETH/USDT"] } };
  const { strategy_id: id } = (await engine.ask("POST", "/strategies", draft)).body;
  const { pipeline_id: pipeline } = (await engine.ask("POST", `/strategies/${String(id)}/deploy`, {})).body;
  const state = async () => (await engine.get(`/deployments/${String(pipeline)}/status`))["status"];
  await eventually(state, (seen) => seen === "completed");
  execution = String((await engine.ask("POST", `/strategies/${String(id)}/start`, {})).body["execution_id"]);
  const trades = async () => (await engine.get(`/executions/${execution}/trades?limit=5`))["count"];
  await eventually(trades, (seen) => seen === 5);
});
afterAll(async () => {
  await engine.stop();
  rmSync(folder, { recursive: true, force: true });
});

it.each([1_024, 1_280, 1_920])("an execution shows whole tables on a page of %i points", async (width) => {
  const { page, complaints } = await openPage(engine.url);
  await page.setViewportSize({ width, height: 900 });
  await page.evaluate(`location.hash = "#/executions/${execution}"`);
  await page.getByRole("region", { name: "Trades" }).getByRole("row").nth(5).waitFor();
  expect(await page.evaluate<readonly string[]>(CUT)).toEqual([]);
  expect(complaints).toEqual([]);
});

it("signals show whole rows on a page of 1024 points, with the id of who is one of several", async () => {
  const made = await engine.ask("POST", "/api/strategy/register", { strategy_type: "momentum_rider" });
  const { page } = await openPage(engine.url);
  await page.setViewportSize({ width: 1_024, height: 900 });
  await page.evaluate('location.hash = "#/signals"');
  const rows = page.getByRole("region", { name: "Signals" }).getByRole("row");
  await rows.nth(5).waitFor();
  await rows.getByText(String(made.body["strategy_id"]), { exact: true }).first().waitFor();
  // Whoever speaks, of whatever: the longest words and figures that a row of this market has.
  const row = { Symbol: "DEMO-STETH/USDT", Strategy: "cointegration model", Tier: "strategic", Confidence: "100 %" };
  const figures = { Entry: "72,404.45", Stop: "0.4536991", Target: "72,404.45", Raw: "0.753" };
  const widest = `for (const [head, text] of Object.entries(${JSON.stringify({ ...row, ...figures })}))
    document.querySelector('td[data-head="' + head + '"]').textContent = text;`;
  expect(await page.evaluate<readonly string[]>(`${widest} ${CUT}`)).toEqual([]);
});

it.each(["executions", "pipelines", "strategies"])("the list of %s shows whole rows, with names", async (list) => {
  const { page, complaints } = await openPage(engine.url);
  await page.setViewportSize({ width: 1_024, height: 900 });
  await page.evaluate(`location.hash = "#/${list}"`);
  await page.getByRole("link", { name: LONG }).waitFor();
  expect(await page.evaluate<readonly string[]>(CUT)).toEqual([]);
  await page.getByRole("link", { name: LONG }).click();
  await page.getByRole("heading", { name: "Parameters" }).waitFor();
  expect(complaints).toEqual([]);
});
