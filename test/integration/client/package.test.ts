// The client as somebody else's program has it: through the package's `exports`, with its types, under plain node.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { startServer } from "../../support/server/start.ts";
import { approvedBuys } from "../../support/signals.ts";
import { spawn } from "node:child_process";

const ROOT = fileURLToPath(new URL("../../../../../", import.meta.url));
const PROGRAM = `
import { createClient, explainFailure, type WireSignal } from "strategy-engine/client";
import { WebSocket } from "ws";
const engine = createClient({ url: process.argv[2] ?? "", WebSocket });
const version = await engine.rest.call("getVersion");
if (!version.ok) throw new Error(explainFailure(version.failure));
const live = engine.live({ encoding: "msgpack" });
const first: WireSignal[] = [];
for await (const item of live.subscribe("signals", { after: { seq: 0, epoch: process.argv[3] ?? "" } })) {
  if (item.kind !== "update") continue;
  const symbol: string = item.data.symbol;
  first.push(item.data);
  console.log(version.value.name, item.seq, symbol);
  if (first.length === 2) break;
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

function project(): string {
  const folder = mkdtempSync(join(tmpdir(), "consumer-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "node_modules/@types"), { recursive: true });
  symlinkSync(ROOT, join(folder, "node_modules/strategy-engine"));
  for (const name of ["ws", "@types/ws", "@types/node"])
    symlinkSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
  const compilerOptions = {
    target: "es2023",
    module: "nodenext",
    strict: true,
    types: ["node"],
    outDir: "out",
    rootDir: ".",
    preserveSymlinks: false,
  };
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  return folder;
}

function compile(folder: string): string {
  try {
    return execFileSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", folder], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

it("compiles against the package's own types, libraries checked as well, and runs", async () => {
  const { http, live } = startServer();
  live.onApproved(approvedBuys(1, 2, ["AAA", "BBB"]));
  const folder = project();
  writeFileSync(join(folder, "program.ts"), PROGRAM);
  expect(compile(folder)).toBe("");
  const child = spawn(process.execPath, [join(folder, "out/program.js"), http, live.epoch], { stdio: "pipe" });
  const said: string[] = [];
  child.stdout.on("data", (bytes: Buffer) => said.push(bytes.toString()));
  child.stderr.on("data", (bytes: Buffer) => said.push(bytes.toString()));
  const code = await new Promise((resolve) => child.once("exit", resolve));
  expect([said.join(""), code]).toEqual(["strategy-engine 1 BBB\nstrategy-engine 2 AAA\n", 0]);
});

it("its types refuse an operation that does not exist, a missing parameter and a filter that no channel has", () => {
  const folder = project();
  writeFileSync(join(folder, "wrong.ts"), WRONG);
  const faults = compile(folder);
  expect(faults.match(/error TS/g)).toHaveLength(3);
  expect(faults).toMatch(/noSuchOperation/);
  expect(faults).toMatch(/params/);
  expect(faults).toMatch(/colour/);
});
