// The end of a process that serves, as whoever started it sees it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";

const PROGRAM = fileURLToPath(new URL("../../support/stops-late.js", import.meta.url));

it("a stop is waited for, also where all that it waits for keeps no process", async () => {
  const { code, messages } = await stopped();
  expect(messages.at(-1)).toBe("stopped");
  expect(code).toBe(0);
});

it("a process that something keeps behind its stop is ended at the limit, and says so", async () => {
  const { code, messages } = await stopped("held");
  expect(messages.slice(-2)).toEqual(["stopped", "ended without an orderly stop"]);
  expect(code).toBe(1);
});

/** What it said, and how it ended: told to stop when it is ready. */
async function stopped(...words: readonly string[]): Promise<{ code: number | null; messages: readonly string[] }> {
  const child = spawn(process.execPath, [PROGRAM, ...words], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const messages: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    messages.push((JSON.parse(line) as { msg: string }).msg);
    if (messages.length === 1) child.kill("SIGTERM");
  }
  const [code] = child.exitCode === null ? ((await once(child, "exit")) as [number | null]) : [child.exitCode];
  return { code, messages };
}
