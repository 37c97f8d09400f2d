// What the documents tell people to type: every curl command of docs/api.md, then every fenced block of it, of README,
// docs/commands.md and docs/guides, in the order of reading, against one real engine with a real Redis. A `json` or `text` block directly behind
// one that was run is compared with what that said.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { OPERATIONS } from "../../src/client/client.ts";
import { COMPILED } from "../support/compiled.ts";
import { type Block, blocksOf, firstLine, lacking, unsaid } from "../support/docs/blocks.ts";
import { type Ran, Reader } from "../support/docs/reader.ts";
import { CLI, EngineProcess } from "../support/engine-process.ts";
import { Program, pythonWith } from "../support/program.ts";
import { freePort, RedisServer } from "../support/redis-server.ts";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const ADDRESS = "localhost:8700";
const COMMANDS_MIN = 30;
const BARS = 3_000;
const FEED_MS = 200;
const run = promisify(execFile);

const GUIDES = [
  "first-ten-minutes",
  "connect-a-feed",
  "subscribe-to-signals",
  "write-a-strategy",
  "deploy-and-roll-back",
  "backtest-honestly",
  "run-in-production",
  "tune-for-arm64",
].map((name) => `docs/guides/${name}.md`);
const DOCUMENTS = ["README.md", "docs/api.md", "docs/commands.md", ...GUIDES];

/** Blocks that are not run here, by document and first line, and why. */
const NOT_RUN: Readonly<Record<string, string>> = {
  "README.md: npm ci && npm start": "installs anew; test/integration/client/package.test.ts installs what is packed",
  "README.md: npm ci && npm test": "runs this test",
  "docs/commands.md: strategy-engine new my-strategy": "two guides do the same with a strategy of their own",
  "docs/guides/first-ten-minutes.md: npm ci && npm start": "the engine of this test stands for it",
  "docs/guides/run-in-production.md: docker compose up": "there is no container engine where tests run",
  "docs/guides/tune-for-arm64.md: npm run bench:m4": "benchmarks want the machine for themselves",
  "docs/guides/tune-for-arm64.md: npm run gates": "benchmarks want the machine for themselves; CI runs the gates",
};

/** Programs of the README that listen for ever. */
const ENDLESS = ['README.md: import { createClient } from "strategy-engine/client";'];

let folder = "";
let engine: EngineProcess;
let redis: RedisServer;
let reader: Reader;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "docs-"));
  redis = await RedisServer.create();
  engine = await EngineProcess.start({ DATA_DIR: join(folder, "data"), MAX_SYMBOLS: "64", REDIS_URL: redis.url });
  await engine.onBus();
  furnish();
  const ports: Readonly<Record<string, number>> = {
    "8700": engine.port,
    "8701": await freePort(),
    "8702": await freePort(),
    "6379": redis.port,
  };
  reader = new Reader({
    folder,
    python: pythonWith("redis", "msgpack", "websockets"),
    env: {
      PATH: [join(folder, "bin"), process.env["PATH"] ?? ""].join(delimiter),
      HOME: folder,
      STRATEGY_ENGINE_URL: engine.url,
      STRATEGY_COMPILED_DIR: COMPILED,
      STRATEGY_COMPILER_WARM: "false",
      REDIS_URL: redis.url,
      DEMO: "off",
    },
    rewrite: (text) => text.replaceAll(/\b(8700|8701|8702|6379)\b/g, (port) => String(ports[port])),
  });
});
afterAll(async () => {
  await reader.end();
  await engine.kill();
  await redis.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** What the documents take for granted: the command, its packages, some bars. */
function furnish(): void {
  mkdirSync(join(folder, "bin"));
  shim("strategy-engine", `${process.execPath} ${CLI}`);
  shim("redis-cli", `/usr/bin/env -S PATH=${process.env["PATH"]} redis-cli -p ${redis.port}`);
  writeFileSync(join(folder, ".curlrc"), 'silent\nshow-error\nwrite-out = "\\n"\n');
  mkdirSync(join(folder, "node_modules"));
  for (const name of ["ws", "ioredis", "msgpackr"])
    symlinkSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
  symlinkSync(ROOT, join(folder, "node_modules", "strategy-engine"));
  symlinkSync(join(ROOT, "build"), join(folder, "build"));
  const rows = Array.from({ length: BARS }, (_, n) => {
    const middle = 50_000 * (1 + 0.05 * Math.sin(n / 90) + 0.01 * Math.sin(n / 7));
    const prices = [middle, middle * 1.002, middle * 0.998, middle * 1.0005].map((price) => price.toFixed(2));
    return [new Date(Date.UTC(2025, 0, 1, n)).toISOString(), ...prices, 100 + (n % 17)].join(",");
  });
  const bars = ["timestamp,open,high,low,close,volume", ...rows, ""].join("\n");
  writeFileSync(join(folder, "bars.csv"), bars);
  writeFileSync(join(folder, "bars.csv.gz"), gzipSync(bars));
}

function shim(name: string, command: string): void {
  writeFileSync(join(folder, "bin", name), `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
}

describe("README and guides", () => {
  it("every curl command of docs/api.md works, and most of what works is shown", async () => {
    const commands = curlCommands(readFileSync(join(ROOT, "docs/api.md"), "utf8"));
    expect(commands.length).toBeGreaterThan(COMMANDS_MIN);
    const faults: string[] = [];
    const shown = new Set<string>();
    let id = "";
    for (const command of commands) {
      const [where = ""] = new RegExp(`${ADDRESS}[^\\s'"]*`).exec(command) ?? [];
      const silent = command.replace(
        "curl ",
        `curl --silent --show-error --max-time 20 --write-out '\\n%{http_code}' `,
      );
      const text = silent.replaceAll(ADDRESS, engine.url.replace("http://", ""));
      const { stdout } = await run("sh", ["-c", text], { env: { ...process.env, ID: id } });
      const end = stdout.lastIndexOf("\n");
      const [body, status] = [stdout.slice(0, end), stdout.slice(end + 1)];
      if (status !== "200") faults.push(`${command}: ${status} ${body}`);
      if (/--json|-X POST/.test(command)) id = /"strategy_id":"(\w+)"/.exec(body)?.[1] ?? id;
      const method = /-X (\w+)/.exec(command)?.[1] ?? (/ --json | -d /.test(command) ? "POST" : "GET");
      const operation = operationAt(method, where.slice(ADDRESS.length).split("?")[0] ?? "");
      if (operation === null) faults.push(`${command}: no such operation`);
      else shown.add(operation);
    }
    expect(faults).toEqual([]);
    expect(shown.size).toBeGreaterThanOrEqual(COMMANDS_MIN);
  });

  it("every block does what it says, or is listed here with the reason why it is not run", async () => {
    const skipped = new Set<string>();
    const endless: Block[] = [];
    for (const document of DOCUMENTS) {
      let last: Ran | null = null;
      const blocks = blocksOf(document, readFileSync(join(ROOT, document), "utf8"));
      for (const [index, block] of blocks.entries()) {
        const name = `${document}: ${firstLine(block)}`;
        if (ENDLESS.includes(name)) endless.push(block);
        else if (NOT_RUN[name] === undefined)
          last = await follow(block, block.follows ? last : null, blocks[index + 1]);
        else {
          skipped.add(name);
          last = null;
        }
      }
    }
    expect(endless).toHaveLength(ENDLESS.length);
    for (const { text } of endless) await listening(text); // its feed would change what the guides are told
    expect([...skipped].toSorted()).toEqual(Object.keys(NOT_RUN).toSorted());
  });
});

/** Runs or compares one block; what it said, for the block behind it. */
async function follow(block: Block, before: Ran | null, next?: Block): Promise<Ran | null> {
  const { file, line, language, text, target } = block;
  const place = `${file}:${line}`;
  if (target !== null) {
    reader.write(target, text);
    return null;
  }
  switch (language) {
    case "json": {
      const expected = JSON.parse(text) as Record<string, unknown>;
      if (before !== null) expect(lacking(expected, lastJson(before.output)), `${place}\n${before.output}`).toEqual([]);
      else expect(await answerTo(expected), place).not.toBe("error");
      return before;
    }
    case "text":
      expect(before, `${place}: nothing was run before it`).not.toBeNull();
      expect(unsaid(text, before?.output ?? ""), `${place}\n${before?.output}`).toEqual([]);
      return before;
    case "sh":
    case "js":
    case "ts":
    case "python": {
      const ran = await reader.run(language, text);
      const refused = /"status": ?"error"/.test(ran.output) && next?.text.includes('"error"') !== true;
      expect(ran.ok && !refused, `${place}\n${text}\n${ran.output}`).toBe(true);
      return ran;
    }
    default:
      throw new Error(`${place}: nobody knows how to follow a block in ${JSON.stringify(language)}`);
  }
}

/** The last line that is JSON. */
function lastJson(output: string): unknown {
  const line = output.split("\n").findLast((one) => one.startsWith("{"));
  return line === undefined ? undefined : (JSON.parse(line) as unknown);
}

/** A message of the WebSocket protocol is sent; the type of its answer. */
async function answerTo(message: Readonly<Record<string, unknown>>): Promise<string> {
  const socket = new WebSocket(`${engine.url.replace("http", "ws")}/ws`);
  onTestFinished(() => socket.terminate());
  return new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.on("message", (bytes: Buffer) => {
      const { type } = JSON.parse(bytes.toString()) as { readonly type: string };
      if (type === "welcome") socket.send(JSON.stringify(message));
      else resolve(type);
    });
  });
}

/** Listens for ever: it has done what it says when it has printed a signal. */
async function listening(text: string): Promise<void> {
  reader.write("listening.mjs", text);
  const program = new Program(process.execPath, [join(folder, "listening.mjs")]);
  const begin = Date.now() / 1_000;
  let price = 50_000;
  for (let turn = 0; !program.out.includes("BTCUSD"); turn++) {
    const ticks = Array.from({ length: 120 }, (_, n) => {
      price *= 1 + (turn % 2 === 0 ? 1 : -1) * (n % 2 === 0 ? 0.0025 : 0.0015);
      return { symbol: "BTCUSD", price, volume: 1_000 + 9 * n, timestamp: begin + 120 * turn + n };
    });
    await engine.post(JSON.stringify({ market_data: ticks }));
    await Promise.race([program.says("BTCUSD"), new Promise((resolve) => setTimeout(resolve, FEED_MS))]);
  }
}

/** In code blocks (a backslash joins lines) and in tables. */
function curlCommands(text: string): readonly string[] {
  const joined = text.replaceAll(/\\\n\s*/g, "");
  return [...joined.matchAll(/^(curl .*)$|\| `(curl [^`]*)`/gm)].map(([, block, cell]) => (block ?? cell ?? "").trim());
}

function operationAt(method: string, path: string): string | null {
  const known = Object.entries(OPERATIONS).find(([, one]) => {
    const [itsMethod, itsPath = ""] = one.split(" ");
    return itsMethod === method && new RegExp(`^${itsPath.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path);
  });
  return known?.[0] ?? null;
}
