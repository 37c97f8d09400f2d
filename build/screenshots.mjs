// Pictures of the dashboard for the documents: a real engine on its synthetic market, a strategy that is deployed and
// trades on paper, runs over history, a real browser. All ten pages dark, the overview also light and as a phone shows it.
// Writes docs/pictures; a picture that is too large stops it.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { smallerPng } from "./smaller-png.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PICTURES = join(ROOT, "docs/pictures");
const BYTES_MAX = 150_000;
/** The market needs a while for candles and signals. */
const MARKET_MS = 60_000;
const DESK = { width: 1280, height: 800 };
const TALL = { width: 1280, height: 960 };
/** As far as a verdict goes: each of its rows is a long sentence. */
const VERDICT = { width: 1280, height: 820 };
const PHONE = { width: 390, height: 844 };
const CODE = `class Follow:
    def generate_signal(self, market_data):
        prices = market_data['prices']
        if len(prices) < 10:
            return 'HOLD'
        return 'BUY' if sum(prices[-3:]) / 3 > sum(prices[-10:]) / 10 else 'SELL'
`;

const folder = mkdtempSync(join(tmpdir(), "screenshots-"));
const engine = spawn(process.execPath, [join(ROOT, "build/out/run/cli/cli.js"), "serve"], {
  env: { PATH: process.env.PATH, PORT: "0", COMPAT_PORT: "0", DEMO: "on", DATA_DIR: folder },
  stdio: ["ignore", "pipe", "inherit"],
});
const ended = new Promise((resolve) => engine.once("exit", resolve));
try {
  const url = `http://127.0.0.1:${await portOf(engine)}`;
  const { id, pipeline } = await trade(url);
  const backtest = await study(url);
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu"],
  });
  // Their curves begin when they are opened.
  const dark = await open(browser, `${url}/#/overview`, {});
  const light = await open(browser, `${url}/#/overview`, { colorScheme: "light" });
  await pause(MARKET_MS);
  mkdirSync(PICTURES, { recursive: true });
  const { executions } = await ask(url, "GET", "/executions");
  for (const { name, page, how = {} } of [
    { name: "overview", page: "overview", how: { opened: dark } },
    { name: "overview-light", page: "overview", how: { opened: light } },
    { name: "signals", page: "signals/DEMO-BTC%2FUSDT" },
    { name: "strategies", page: `strategies/${id}` },
    { name: "editor", page: "editor", how: { viewport: TALL, act: tryOut } },
    { name: "pipelines", page: `pipelines/${pipeline}` },
    { name: "executions", page: `executions/${executions[0].execution_id}` },
    { name: "research", page: `research/${backtest}`, how: { viewport: VERDICT } },
    { name: "learning", page: "learning" },
    { name: "risk", page: "risk" },
    { name: "system", page: "system" },
    { name: "signals-phone", page: "signals", how: { viewport: PHONE } },
  ])
    await shoot(browser, `${url}/#/${page}`, name, how);
  await browser.close();
} finally {
  engine.kill("SIGTERM");
  await ended;
  rmSync(folder, { recursive: true, force: true });
}

async function portOf({ stdout }) {
  for await (const line of createInterface(stdout)) {
    if (!line.startsWith("{")) continue;
    const { msg, ports } = JSON.parse(line);
    if (msg === "ready") {
      stdout.resume();
      return ports[0];
    }
  }
  throw new Error("the engine did not get ready");
}

async function ask(url, method, path, body) {
  const sent =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const response = await fetch(url + path, { method, ...sent });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${path}: ${answer.message}`);
  return answer;
}

/** A strategy in force that trades, and the pipeline of its second version, which waits for somebody. */
async function trade(url) {
  const parameters = { symbols: ["DEMO-BTC/USDT", "DEMO-ETH/USDT"], position_size: 0.1 };
  const draft = { strategy_name: "Follow", code: CODE, parameters, risk_limits: { max_drawdown: -0.3 } };
  const { strategy_id: id } = await ask(url, "POST", "/strategies", draft);
  await deployed(url, id, { deployment_type: "canary" }, "completed");
  await ask(url, "POST", `/strategies/${id}/start`, {});
  const { limits } = await ask(url, "GET", "/risk/limits");
  const own = { scope: "strategy", name: id, metric: "daily_loss", limit: -2_000, warn: -1_000 };
  await ask(url, "PUT", "/risk/limits", { limits: [...limits, own] });
  await ask(url, "PUT", `/strategies/${id}`, { code: CODE.replace("prices[-10:]) / 10", "prices[-20:]) / 20") });
  const pipeline = await deployed(url, id, { deployment_type: "canary", approval_required: true }, "awaiting_approval");
  return { id, pipeline };
}

async function deployed(url, id, how, wanted) {
  const { pipeline_id: pipeline } = await ask(url, "POST", `/strategies/${id}/deploy`, how);
  await become(url, `/deployments/${pipeline}/status`, wanted);
  return pipeline;
}

async function become(url, path, wanted) {
  for (;;) {
    const { status, error } = await ask(url, "GET", path);
    if (status === wanted) return;
    if (status === "failed") throw new Error(error);
    await pause(300);
  }
}

/** Runs over half a year of the synthetic market. */
async function study(url) {
  const run = { strategy_type: "momentum_rider", symbols: ["DEMO-BTC/USDT"], duration_days: 180 };
  const { sweep_id: sweep } = await ask(url, "POST", "/sweeps", {
    ...run,
    grid: { momentum_threshold: [1, 1.5, 2], horizon_short: [8, 12, 16] },
  });
  const { backtest_id: backtest } = await ask(url, "POST", "/backtests", run);
  await become(url, `/sweeps/${sweep}`, "completed");
  await become(url, `/backtests/${backtest}`, "completed");
  return backtest;
}

/** The example of the editor, tried. */
async function tryOut(page) {
  await page.getByRole("button", { name: "unit tests" }).click();
  await page.getByText("tests passed").waitFor();
}

async function open(browser, url, { viewport = DESK, colorScheme = "dark" }) {
  const page = await browser.newPage({ viewport, colorScheme });
  await page.goto(url);
  await page.getByRole("status").getByText("live", { exact: true }).waitFor();
  return page;
}

async function shoot(browser, url, name, { opened, viewport, act = async () => undefined }) {
  const page = opened ?? (await open(browser, url, { viewport }));
  await act(page);
  // Figures that come once a second.
  await pause(3_000);
  const path = join(PICTURES, `${name}.png`);
  const picture = smallerPng(await page.screenshot());
  writeFileSync(path, picture);
  await page.close();
  const size = picture.length;
  process.stdout.write(`${name}.png ${size}\n`);
  if (size > BYTES_MAX) throw new Error(`${path} has ${size} bytes, at most ${BYTES_MAX} are wanted`);
}
