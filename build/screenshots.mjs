// Pictures of the dashboard for the documents: a real engine on its synthetic market, a strategy that is deployed and
// trades on paper, a real browser. Writes docs/pictures; a picture that is too large stops it.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PICTURES = join(ROOT, "docs/pictures");
const BYTES_MAX = 150_000;
/** The market needs a while for candles and signals. */
const MARKET_MS = 40_000;
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
  const id = await trade(url);
  await pause(MARKET_MS);
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu"],
  });
  mkdirSync(PICTURES, { recursive: true });
  const { executions } = await ask(url, "GET", "/executions");
  for (const [name, page, scheme] of [
    ["overview", "overview", "dark"],
    ["signals", "signals/DEMO-BTC%2FUSDT", "dark"],
    ["execution", `executions/${executions[0].execution_id}`, "light"],
    ["deployment", "pipelines", "light"],
    ["risk", "risk", "dark"],
    ["strategy", `strategies/${id}`, "light"],
  ])
    await shoot(browser, `${url}/#/${page}`, name, scheme);
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

async function trade(url) {
  const parameters = { symbols: ["DEMO-BTC/USDT", "DEMO-ETH/USDT"], position_size: 0.1 };
  const draft = { strategy_name: "Follow", code: CODE, parameters, risk_limits: { max_drawdown: -0.3 } };
  const { strategy_id: id } = await ask(url, "POST", "/strategies", draft);
  const { pipeline_id: pipeline } = await ask(url, "POST", `/strategies/${id}/deploy`, { deployment_type: "canary" });
  for (;;) {
    const { status, error } = await ask(url, "GET", `/deployments/${pipeline}/status`);
    if (status === "completed") break;
    if (status === "failed") throw new Error(error);
    await pause(300);
  }
  await ask(url, "POST", `/strategies/${id}/start`, {});
  return id;
}

async function shoot(browser, url, name, colorScheme) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme });
  await page.goto(url);
  await page.getByRole("status").getByText("live", { exact: true }).waitFor();
  await pause(3_000);
  const path = join(PICTURES, `${name}.png`);
  await page.screenshot({ path });
  await page.close();
  const { size } = statSync(path);
  if (size > BYTES_MAX) throw new Error(`${path} has ${size} bytes, at most ${BYTES_MAX} are wanted`);
  process.stdout.write(`${name}.png ${size}\n`);
}
