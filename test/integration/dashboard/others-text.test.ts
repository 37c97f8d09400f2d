// What people wrote, on every page: names, parameters, reasons and messages that hold characters of direction turn nothing
// beside them, because such text stands nowhere but where it is set apart. A name that changes is told on the page that is
// open, and what has a name that nobody can see can be clicked all the same. A real engine, a real browser.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openStore } from "../../../src/store/store.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { inBrowser, openPage } from "../../support/dashboard/browser-page.ts";
import { EngineProcess } from "../../support/engine-process.ts";
import { eventually } from "../../support/eventually.ts";

inBrowser();

const TURNED = "\u202eowl";
const PRICE = 777_777;
const RAISES = `class Odd:
    def generate_signal(self, market_data):
        if market_data["price"] == ${PRICE}:
            raise ValueError("${TURNED} raised")
        return "BUY"
`;
/** Text of others that stands beside words of the page, and how much of it is set apart. */
const LOOK = `(() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const [apart, loose] = [[], []];
  while (walker.nextNode()) {
    const { data, parentElement: around } = walker.currentNode;
    if (data.includes("\\u202e")) (around.closest("bdi, pre, textarea") === null ? loose : apart).push(data);
  }
  return { apart: apart.length, loose };
})()`;

const folder = mkdtempSync(join(tmpdir(), "others-text-"));
let engine: EngineProcess;
const ids = { trades: "", fails: "", blank: "", execution: "", pipeline: "", backtest: "" };

async function idOf(path: string, body: object, name: string): Promise<string> {
  const answer = await engine.ask("POST", path, body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return String(answer.body[name]);
}

async function ends(path: string, name: string, wanted: RegExp): Promise<void> {
  await eventually(
    async () => String((await engine.get(path))[name]),
    (seen) => wanted.test(seen),
    120_000,
  );
}

beforeAll(async () => {
  engine = await EngineProcess.start({ DATA_DIR: folder, DEMO: "on" });
  ids.blank = await idOf("/strategies", { strategy_name: "Night owl", code: RAISES }, "strategy_id");
  await engine.stop();
  const store = await openStore({ file: join(folder, "engine.db"), log: SILENT_LOG });
  if (!store.ok) throw new Error(store.failure);
  const params = ["\u200b \u202e", ids.blank];
  await store.value.commit([{ sql: "UPDATE strategies SET strategy_name = ? WHERE strategy_id = ?", params }]);
  await store.value.close();

  engine = await EngineProcess.start({ DATA_DIR: folder, DEMO: "on" });
  const parameters = { symbols: ["ODDUSD"], [`${TURNED} period`]: `${TURNED} long`, list: [{ [TURNED]: TURNED }] };
  const odd = { strategy_name: `Night ${TURNED}`, code: RAISES, parameters };
  ids.trades = await idOf("/strategies", odd, "strategy_id");
  const fails = { ...odd, code: RAISES.replace('return "BUY"', `raise ValueError("${TURNED}")`) };
  ids.fails = await idOf("/strategies", fails, "strategy_id");
  await idOf(`/strategies/${ids.trades}/deploy`, {}, "pipeline_id");
  ids.pipeline = await idOf(`/strategies/${ids.fails}/deploy`, {}, "pipeline_id");
  ids.backtest = await idOf("/backtests", { strategy_id: ids.trades, duration_days: 2 }, "backtest_id");
  await ends(`/strategies/${ids.trades}`, "status", /deployed/);
  await ends(`/strategies/${ids.fails}`, "status", /error/);
  await ends(`/backtests/${ids.backtest}`, "status", /completed|failed/);
  ids.execution = await idOf(`/strategies/${ids.trades}/start`, {}, "execution_id");
  await eventually(
    async () => {
      await engine.post(JSON.stringify({ symbol: "ODDUSD", price: PRICE, volume: 1 }));
      return (await engine.get(`/executions/${ids.execution}`))["status"];
    },
    (seen) => seen === "error",
    60_000,
  );
  const limits = [{ scope: "strategy", name: ids.trades, metric: "gross_exposure", limit: 1 }];
  expect((await engine.ask("PUT", "/risk/limits", { limits })).status).toBe(200);
  for (const path of ["/risk/emergency-stop", "/risk/resume"])
    expect((await engine.ask("POST", path, { reason: `${TURNED} said so` })).status).toBe(200);
});
afterAll(async () => {
  await engine.stop();
  rmSync(folder, { recursive: true, force: true });
});

it("stands set apart on every page that shows it", async () => {
  const { page, complaints } = await openPage(engine.url);
  const places: readonly (readonly [string, number])[] = [
    ["overview", 3],
    ["strategies", 3],
    [`strategies/${ids.trades}`, 4],
    [`strategies/${ids.fails}`, 5],
    ["pipelines", 3],
    [`pipelines/${ids.pipeline}`, 4],
    ["executions", 1],
    [`executions/${ids.execution}`, 2],
    ["research", 0],
    [`research/${ids.backtest}`, 1],
    ["risk", 1],
    ["learning", 0],
    ["system", 4],
    [`editor/${ids.trades}`, 0],
  ];
  for (const [place, least] of places) {
    await page.evaluate(`location.hash = ${JSON.stringify(`#/${place}`)}`);
    const look = () => page.evaluate<{ readonly apart: number; readonly loose: readonly string[] }>(LOOK);
    await expect
      .poll(async () => (await look()).apart, { timeout: 30_000, message: place })
      .toBeGreaterThanOrEqual(least);
    expect((await look()).loose, place).toEqual([]);
  }
  expect(complaints).toEqual([]);
});

it("may be a name that nobody sees, which has a link by its id, and is told on the open page when it changes", async () => {
  const { page, complaints } = await openPage(`${engine.url}/#/strategies`);
  await page.getByRole("link", { name: ids.blank, exact: true }).click();
  await page.getByRole("heading", { name: "Limits" }).waitFor();
  expect(await page.locator(".where strong").innerText()).toBe(ids.blank);
  expect((await engine.ask("PUT", `/strategies/${ids.blank}`, { strategy_name: "Wren" })).status).toBe(200);
  await page.locator(".where strong").getByText("Wren", { exact: true }).waitFor();
  await page.getByRole("link", { name: "edit", exact: true }).click();
  const name = page.getByRole("textbox", { name: "Name" });
  await expect.poll(() => name.inputValue()).toBe("Wren");
  expect((await engine.ask("PUT", `/strategies/${ids.blank}`, { strategy_name: "Robin" })).status).toBe(200);
  await expect.poll(() => name.inputValue(), { timeout: 30_000 }).toBe("Robin");
  expect(complaints).toEqual([]);
});

it("of an alert is the name of now, on the page that was open before it changed", async () => {
  const { page, complaints } = await openPage(engine.url);
  const alerts = page.getByRole("region", { name: "Wants attention" });
  await alerts
    .getByRole("link", { name: `Night ${TURNED}` })
    .first()
    .waitFor();
  for (const id of [ids.trades, ids.fails])
    expect((await engine.ask("PUT", `/strategies/${id}`, { strategy_name: "Lark" })).status).toBe(200);
  await alerts.getByRole("link", { name: "Lark", exact: true }).first().waitFor();
  await expect.poll(() => alerts.getByRole("link", { name: `Night ${TURNED}` }).count(), { timeout: 30_000 }).toBe(0);
  expect(complaints).toEqual([]);
});

/** For so long names of others change. */
const OTHERS_MS = 3_000;

it("of others changes without a question of the page that edits another one, and is offered to who chooses one", async () => {
  const { page, complaints } = await openPage(`${engine.url}/#/editor/${ids.blank}`);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url().slice(engine.url.length)));
  const rename = async (id: string, strategy_name: string): Promise<void> =>
    expect((await engine.ask("PUT", `/strategies/${id}`, { strategy_name })).status).toBe(200);
  const name = page.getByRole("textbox", { name: "Name" });
  await page.getByRole("status").getByText("live", { exact: true }).waitFor();
  await rename(ids.blank, "Finch");
  await expect.poll(() => name.inputValue(), { timeout: 30_000 }).toBe("Finch");
  asked.length = 0;
  const until = performance.now() + OTHERS_MS;
  for (let n = 0; performance.now() < until; n++) await rename(ids.trades, `Lark ${n}`);
  await rename(ids.blank, "Swift");
  await expect.poll(() => name.inputValue(), { timeout: 30_000 }).toBe("Swift");
  // Once for its own name, and once more where the name before was told while it was looked at.
  expect(asked.filter((path) => path.endsWith(`/strategies/${ids.blank}`)).length).toBeLessThanOrEqual(2);

  asked.length = 0;
  await page.evaluate("location.hash = '#/risk'");
  const strategy = page.getByRole("combobox", { name: "Strategy", exact: true });
  await strategy.waitFor();
  await expect.poll(() => asked.some((path) => path.endsWith("/risk/limits"))).toBe(true);
  const lists = () => asked.filter((path) => path.includes("/strategies?")).length;
  expect(lists()).toBe(0);
  await strategy.focus();
  await page.locator(`#strategies-known option[value=${ids.blank}]`).waitFor({ state: "attached" });
  expect(lists()).toBe(1);
  expect(complaints).toEqual([]);
});
