// What the README tells people to type: every curl command of it, in its order, against one real engine.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { OPERATIONS } from "../../src/client/client.ts";
import { EngineProcess } from "../support/engine-process.ts";

const README = fileURLToPath(new URL("../../../../README.md", import.meta.url));
const ADDRESS = "localhost:8700";
const COMMANDS_MIN = 30;
const run = promisify(execFile);

/** In code blocks (a backslash joins lines) and in tables. */
function curlCommands(text: string): readonly string[] {
  const joined = text.replaceAll(/\\\n\s*/g, "");
  return [...joined.matchAll(/^(curl .*)$|\| `(curl [^`]*)`/gm)].map(([, block, cell]) => (block ?? cell ?? "").trim());
}

it("every curl command works, and most of what works is shown", async () => {
  const engine = await EngineProcess.start({ DATA_DIR: "", MAX_SYMBOLS: "64", MAX_INSTANCES: "64" });
  onTestFinished(() => engine.kill());
  const commands = curlCommands(readFileSync(README, "utf8"));
  expect(commands.length).toBeGreaterThan(COMMANDS_MIN);
  const faults: string[] = [];
  const shown = new Set<string>();
  let id = "";
  for (const command of commands) {
    const [where = ""] = new RegExp(`${ADDRESS}[^\\s'"]*`).exec(command) ?? [];
    const silent = command.replace("curl ", `curl --silent --show-error --max-time 20 --write-out '\\n%{http_code}' `);
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

function operationAt(method: string, path: string): string | null {
  const known = Object.entries(OPERATIONS).find(([, one]) => {
    const [itsMethod, itsPath = ""] = one.split(" ");
    return itsMethod === method && new RegExp(`^${itsPath.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path);
  });
  return known?.[0] ?? null;
}
