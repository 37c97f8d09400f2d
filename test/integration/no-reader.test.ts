// Nobody reads what a command prints any more, as behind `| head -1`: what it was asked for is done all the same, and its exit
// code says how that went; who only follows an engine ends. Nothing ends because nobody reads what is said beside the output.
import type { ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, it, onTestFinished } from "vitest";
import { runCommand, startCommand } from "../support/command.ts";
import { dataDir, referenceTrend, startEngine } from "../support/manage/engine.ts";

const HEAD = "timestamp,open,high,low,close,volume";
const ROWS = Array.from({ length: 50 }, (_, minute) => `${1_700_000_000 + 60 * minute},1,2,0.5,1.5,10`);

/** Its stdout is closed before it can say anything. */
function unread(
  folder: string,
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly err: string }> {
  const { child, ended } = startCommand(folder, args);
  child.stdout?.destroy();
  return ended;
}

it("import stores every file, and tells of the one that is broken", async () => {
  const dir = dataDir();
  for (const name of ["AAAUSD", "BBBUSD", "CCCUSD"])
    writeFileSync(join(dir, `${name}.csv`), [HEAD, ...ROWS, ""].join("\n"));
  writeFileSync(join(dir, "broken.csv"), "nothing\n");
  expect(await unread(dir, ["import", "AAAUSD.csv", "BBBUSD.csv"])).toMatchObject({ code: 0, err: "" });
  const { code, err } = await unread(dir, ["import", "broken.csv", "CCCUSD.csv"]);
  expect([code, err]).toEqual([1, expect.stringContaining("broken.csv")]);
  const { out } = await runCommand(dir, ["data", "list", "--json"]);
  const { datasets } = JSON.parse(out) as { readonly datasets: readonly { readonly symbol: string }[] };
  expect(datasets.map(({ symbol }) => symbol)).toEqual(["AAAUSD", "BBBUSD", "CCCUSD"]);
});

it("who follows reads on where nobody reads what is said beside", async () => {
  const engine = await startEngine();
  await engine.post(JSON.stringify({ market_data: referenceTrend("BTCUSD") }));
  for (const command of ["signals", "tail"]) {
    const { child, ended } = startCommand(dataDir(), [command, "--snapshot", "--count", "1", "--url", engine.url]);
    child.stderr?.destroy();
    const { code, out } = await ended;
    expect([code, out]).toEqual([0, expect.stringContaining("BTCUSD")]);
  }
});

it("the engine serves and stops in order where nobody reads its stderr", async () => {
  const { child, ended } = startCommand(dataDir(), ["serve"], { PORT: "0", COMPAT_PORT: "0", DEMO: "off" });
  onTestFinished(() => void child.kill("SIGKILL"));
  child.stderr?.destroy();
  const ready = await lineOf(child, "ready");
  expect((await fetch(`http://127.0.0.1:${String((ready["ports"] as number[])[0])}/health`)).status).toBe(200);
  child.kill("SIGTERM");
  expect((await ended).code).toBe(0);
});

/** The first line of its log with this message. */
async function lineOf({ stdout }: ChildProcess, message: string): Promise<Readonly<Record<string, unknown>>> {
  for await (const text of createInterface(stdout!)) {
    const line = JSON.parse(text) as Readonly<Record<string, unknown>>;
    if (line["msg"] === message) return line;
  }
  throw new Error(`it ended before it said ${message}`);
}

it("signals and tail end", async () => {
  const engine = await startEngine();
  await engine.post(JSON.stringify({ market_data: referenceTrend("BTCUSD") }));
  for (const command of ["signals", "tail"])
    expect((await unread(dataDir(), [command, "--snapshot", "--url", engine.url])).code).toBe(0);
});
