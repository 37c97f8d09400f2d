// Who waits for a process that gets no processor has not waited too long yet; for one that has it, or stands still, they have.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { expect, it, onTestFinished } from "vitest";
import { Patience } from "../support/fuzz/patience.ts";

const LONG_MS = 100_000;
const BUSY = "console.log('up'); for (;;);";
const IDLE = "console.log('up'); setInterval(() => 0, 1e6);";

async function processOf(program: string, ...before: readonly string[]): Promise<ChildProcess> {
  const words = [...before, process.execPath, "-e", program];
  const child = spawn("env", words, { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return child;
}

it("a wait is over for a process that stands still, and none begins before somebody waits", async () => {
  const patience = new Patience((await processOf(IDLE)).pid ?? 0);
  const since = performance.now() - LONG_MS;
  const who = {};
  expect(patience.isOver(who, since, LONG_MS / 2)).toBe(false); // seen for the first time
  expect(patience.isOver(who, since, LONG_MS / 2)).toBe(true);
  expect(patience.isOver(who, since, 2 * LONG_MS)).toBe(false);
  expect(patience.isOver(who, null, 0)).toBe(false);
  expect(patience.isOver(who, performance.now(), 0)).toBe(false); // another request
});

it("a wait is not over for a process that would run and may not, until it lasted ten times as long", async () => {
  const core = String(availableParallelism() - 1);
  const pinned = ["taskset", "-c", core] as const;
  const [starved, rival, idle] = await Promise.all([
    processOf(BUSY, ...pinned, "nice", "-n", "19"),
    processOf(BUSY, ...pinned),
    processOf(IDLE),
  ]);
  expect(rival.exitCode).toBeNull();
  const since = performance.now();
  const [some, other] = [new Patience(starved.pid ?? 0), new Patience(idle.pid ?? 0)];
  some.isOver(some, since, 2_000);
  other.isOver(other, since, 2_000);
  await expect.poll(() => other.isOver(other, since, 2_000)).toBe(true);
  expect(some.isOver(some, since, 2_000)).toBe(false);
  await expect.poll(() => some.isOver(some, since, 200), { timeout: 30_000 }).toBe(true);
});
