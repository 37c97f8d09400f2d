// The end of a process that serves, as whoever started it sees it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";

const PROGRAM = fileURLToPath(new URL("../../support/stops-late.js", import.meta.url));

it("a stop is waited for, also where all that it waits for keeps no process", async () => {
  const child = spawn(process.execPath, [PROGRAM], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines: { readonly msg: string }[] = [];
  for await (const line of createInterface(child.stdout)) {
    lines.push(JSON.parse(line) as { msg: string });
    if (lines.length === 1) child.kill("SIGTERM");
  }
  const [code] = child.exitCode === null ? ((await once(child, "exit")) as [number | null]) : [child.exitCode];
  expect(lines.at(-1)).toMatchObject({ msg: "stopped" });
  expect(code).toBe(0);
});
