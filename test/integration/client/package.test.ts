// The package as somebody else has it: the tarball of `npm pack` in an empty folder, with what it depends on and with
// TypeScript beside it, nothing else. A program compiles strictly against the client's types, those of libraries checked
// as well, and runs against an engine that was started from the tarball.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
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

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "consumer-"));
  const packed = ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder];
  const tarball = execFileSync("npm", packed, { cwd: ROOT, encoding: "utf8" }).trim().split("\n").at(-1) ?? "";
  const installed = join(folder, "node_modules/strategy-engine");
  mkdirSync(installed, { recursive: true });
  execFileSync("tar", ["-xzf", join(folder, tarball), "-C", installed, "--strip-components=1"]);
  const { dependencies } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  for (const name of Object.keys(dependencies)) {
    mkdirSync(dirname(join(folder, "node_modules", name)), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
  }
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
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

/** The address of an engine that runs from the tarball. */
async function startPacked(): Promise<string> {
  const cli = join(folder, "node_modules/strategy-engine/build/out/src/cli/cli.js");
  const env = { PATH: process.env["PATH"] ?? "", PORT: "0", COMPAT_PORT: "0", DEMO: "off", DATA_DIR: "" };
  const child = spawn(process.execPath, [cli, "serve"], { cwd: folder, env, stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
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

it("holds what runs and no test, bench, debug core or source", () => {
  const out = readdirSync(join(folder, "node_modules/strategy-engine/build/out"));
  expect(out.sort()).toEqual(["assembly", "core.wasm", "src", "swagger-ui"]);
  const top = readdirSync(join(folder, "node_modules/strategy-engine"));
  expect(top).not.toEqual(expect.arrayContaining(["src"]));
  expect(top).not.toEqual(expect.arrayContaining(["test"]));
});
