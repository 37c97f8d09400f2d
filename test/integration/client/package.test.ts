// The package as somebody else has it: npm installs the tarball of `npm pack` into an empty folder, and nothing else is
// there. `npx strategy-engine` starts it, its compiler works, and a program compiles strictly against the client's types,
// those of libraries checked as well, and runs against that engine. What is installed comes from npm's cache, which
// `npm ci` has filled; where that has lost something, from the registry.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";

const ROOT = fileURLToPath(new URL("../../../../../", import.meta.url));
const PROGRAM = `
import { createClient, explainFailure, type WireSignal } from "strategy-engine/client";
import { WebSocket } from "ws";
const say = (globalThis as unknown as { console: { log(...what: unknown[]): void } }).console;
const { argv } = (globalThis as unknown as { process: { argv: string[] } }).process;
const engine = createClient({ url: argv[2] ?? "", WebSocket });
const version = await engine.rest.call("getVersion");
if (!version.ok) throw new Error(explainFailure(version.failure));
const live = engine.live({ encoding: "msgpack" });
const first: WireSignal[] = [];
const price = (index: number): number => 100 * 1.002 ** index;
const market_data = Array.from({ length: 120 }, (_, index) => ({ symbol: "BTCUSD", price: price(index), volume: 1000 + index * 8 }));
for await (const item of live.subscribe("signals", { filter: { symbols: ["BTCUSD"] }, snapshot: true })) {
  if (item.kind === "snapshot") {
    const sent = await engine.rest.call("processMarketData", { body: { market_data } });
    if (!sent.ok) throw new Error(explainFailure(sent.failure));
  }
  if (item.kind !== "update") continue;
  const symbol: string = item.data.symbol;
  first.push(item.data);
  say.log(version.value.name, symbol);
  break;
}
live.close();
`;
const WRONG = `
import { createClient } from "strategy-engine/client";
const engine = createClient({ url: "" });
void engine.rest.call("noSuchOperation");
void engine.rest.call("getSymbol", {});
void engine.live().subscribe("signals", { filter: { colour: [] } });
`;

/** Of the tarball; the uncompressed content is a good three times that. */
const PACKED_BYTES_MAX = 3 << 20;

let folder = "";
let packedBytes = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "consumer-"));
  const packed = ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder];
  const tarball = execFileSync("npm", packed, { cwd: ROOT, encoding: "utf8" }).trim().split("\n").at(-1) ?? "";
  packedBytes = statSync(join(folder, tarball)).size;
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  // Scripts stay off, as in this repository: no dependency needs one.
  const quick = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"];
  execFileSync("npm", ["install", "--silent", ...quick, `./${tarball}`], { cwd: folder });
  // The package ws has its types in another one, which is not there.
  writeFileSync(join(folder, "ws.d.ts"), SOCKET_TYPES);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const SOCKET_TYPES = `
declare module "ws" {
  export const WebSocket: import("strategy-engine/client").SocketClass;
}
`;

function compile(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  const options = "--strict --noUncheckedIndexedAccess --exactOptionalPropertyTypes --skipLibCheck false";
  const target = "--target es2023 --module nodenext --outDir out --rootDir .";
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  try {
    const args = [tsc, ...options.split(" "), ...target.split(" "), "ws.d.ts", name];
    return execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    return (error as { readonly stdout: string }).stdout;
  }
}

const env = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", NO_COLOR: "1" };

/** The address of an engine that runs from the tarball. */
async function startPacked(): Promise<string> {
  const quiet = { PORT: "0", COMPAT_PORT: "0", DEMO: "off", DATA_DIR: "" };
  const child = spawn("npx", ["--no-install", "strategy-engine"], {
    cwd: folder,
    env: { ...env, ...quiet },
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  // The group: npx has the engine as a child of its own.
  onTestFinished(() => void process.kill(-(child.pid ?? 0), "SIGKILL"));
  for await (const line of createInterface(child.stdout)) {
    const { msg, ports } = JSON.parse(line) as { readonly msg: string; readonly ports?: readonly number[] };
    if (msg === "ready") return `http://127.0.0.1:${ports?.[0] ?? 0}`;
  }
  throw new Error("the engine ended before it was ready");
}

it("compiles against the package's own types and runs against an engine from the same tarball", async () => {
  expect(compile("program.ts", PROGRAM)).toBe("");
  const child = spawn(process.execPath, [join(folder, "out/program.js"), await startPacked()], { stdio: "pipe" });
  const said: string[] = [];
  child.stdout.on("data", (bytes: Buffer) => said.push(bytes.toString()));
  child.stderr.on("data", (bytes: Buffer) => said.push(bytes.toString()));
  const code = await new Promise((resolve) => child.once("exit", resolve));
  expect([said.join(""), code]).toEqual(["strategy-engine BTCUSD\n", 0]);
});

it("its types refuse an operation that does not exist, a missing parameter and a filter that no channel has", () => {
  const faults = compile("wrong.ts", WRONG);
  expect(faults.match(/error TS/g)).toHaveLength(3);
  expect(faults).toMatch(/noSuchOperation/);
  expect(faults).toMatch(/params/);
  expect(faults).toMatch(/colour/);
});

it("compiles a strategy with the compiler and the SDK that came with it", () => {
  const command = join(folder, "node_modules/.bin/strategy-engine");
  const said = (...words: readonly string[]): string =>
    execFileSync(command, words, { cwd: folder, env, encoding: "utf8" });
  said("new", "crossing");
  expect(said("test", "crossing")).toMatch(/(\d+) of \1 tests passed/);
});

it("holds what runs, what is read and what is deployed, and no test, bench, debug core or source", () => {
  const installed = join(folder, "node_modules/strategy-engine");
  const out = readdirSync(join(installed, "build/out"));
  expect(out.sort()).toEqual(["assembly", "core.wasm", "dashboard", "run", "src", "swagger-ui"]);
  const top = ["assembly", "build", "deploy", "docs", "examples"];
  const pages = ["ARCHITECTURE.md", "CHANGELOG.md", "README.md", "SECURITY.md", "package.json"];
  expect(readdirSync(installed).sort()).toEqual([...pages, ...top].sort());
  expect(readdirSync(join(installed, "assembly")).sort()).toEqual(["lanes.ts", "layout.ts", "math", "sdk"]);
  expect(packedBytes).toBeLessThan(PACKED_BYTES_MAX);
});
