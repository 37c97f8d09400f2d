// The main job, done inside the finished image by its own user and Node (build/prove-image.mjs puts it there and starts
// it): the engine starts by ENTRYPOINT and CMD, its HEALTHCHECK passes, ticks become signals, a strategy is compiled,
// SIGTERM ends it with 0, and a second start remembers. The argument: those words of the Dockerfile, as JSON.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

const { entry, health } = JSON.parse(process.argv[2] ?? "{}");
const ENGINE = "http://127.0.0.1:8700";
const READY_MS = 120_000;
const SIGNAL_MS = 30_000;
// Nobody but this job reaches it, and whoever starts an image on an open address without keys has to say that.
Object.assign(process.env, { ALLOW_INSECURE: "true", DEMO: "off" });
const say = (/** @type {string} */ text) => console.log(`job: ${text}`);

function must(/** @type {unknown} */ held, /** @type {string} */ what) {
  if (!held) throw new Error(what);
  say(what);
}

async function start() {
  const child = spawn(entry[0], entry.slice(1), { stdio: ["ignore", "pipe", "inherit"] });
  const late = setTimeout(() => child.kill("SIGKILL"), READY_MS);
  for await (const line of createInterface({ input: child.stdout })) {
    if (JSON.parse(line).msg !== "ready") continue;
    clearTimeout(late);
    child.stdout.resume();
    return child;
  }
  throw new Error("the engine ended before it was ready");
}
async function stop(/** @type {import("node:child_process").ChildProcess} */ child) {
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  return (await ended)[0];
}
const get = async (/** @type {string} */ path) => (await fetch(`${ENGINE}${path}`)).json();

function posted(/** @type {unknown} */ value) {
  return { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}

async function signals() {
  const market_data = Array.from({ length: 120 }, (_, index) => {
    return { symbol: "BTCUSD", price: 100 * 1.002 ** index, volume: 1000 + index * 8 };
  });
  await fetch(`${ENGINE}/api/strategy_engine/process_market_data`, posted({ market_data }));
  for (const until = Date.now() + SIGNAL_MS; Date.now() < until;) {
    const { signals: found } = await get("/signals?symbol=BTCUSD");
    if (found?.length > 0) return found.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return 0;
}

must(process.getuid?.() === 10_001, `runs as user ${process.getuid?.()}`);
const [node = "", ...script] = entry
  .slice(0, -1)
  .map((/** @type {string} */ word) => (existsSync(word) ? resolve(word) : word));
const command = (/** @type {string[]} */ words) =>
  execFileSync(node, [...script, ...words], { cwd: tmpdir(), encoding: "utf8" });
const found = JSON.parse(command(["doctor", "--json"]));
const faults = found.filter((/** @type {{ level: string }} */ one) => one.level === "fail");
if (faults.length > 0) console.error(faults);
must(faults.length === 0, `doctor finds no fault in ${found.length} checks`);
command(["new", "crossing"]);
const [tested] = /\d+ of \d+ tests passed/.exec(command(["test", "crossing"])) ?? [];
must(tested, `a strategy in AssemblyScript is compiled: ${tested}`);

const began = performance.now();
const first = await start();
say(`ready after ${Math.round(performance.now() - began)} ms`);
execFileSync("sh", ["-c", health]);
must(true, "its own health check passes");
must(
  (await fetch(`${ENGINE}/`)).ok && (await fetch("http://127.0.0.1:8000/health")).ok,
  "both ports and the dashboard answer",
);
const strange = await (await fetch(`${ENGINE}/risk/resume`, posted("Größe µ"))).text();
must(strange.includes("Größe µ"), "text beyond ASCII is UTF-8");
const count = await signals();
must(count > 0, `120 ticks gave ${count} signals`);
const { last_price: price } = await get("/symbols/BTCUSD");
must((await stop(first)) === 0, "SIGTERM ends it with exit code 0");
const second = await start();
must((await get("/symbols/BTCUSD")).last_price === price, `started again it remembers the price ${price}`);
must((await stop(second)) === 0, "and ends again");
