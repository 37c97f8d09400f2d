// Who waits for a process that got no processor has not waited too long yet; for one that had it, or stands still, they have.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it, onTestFinished } from "vitest";
import { ProcessorTime } from "../support/fuzz/processor-time.ts";

const LONG_MS = 100_000;

it("a wait is over by the clock only when the process had its share, or stands still", async () => {
  const idle = spawn(process.execPath, ["-e", "setInterval(() => 0, 1e6); console.log('up')"]);
  onTestFinished(() => void idle.kill("SIGKILL"));
  await once(idle.stdout, "data");
  const time = new ProcessorTime(idle.pid ?? 0);
  const since = performance.now() - LONG_MS;
  const [some, other] = [{}, {}];
  expect([some, other].map((who) => time.isOver(who, since, LONG_MS / 2))).toEqual([false, false]);
  expect(time.isOver(some, since, LONG_MS / 2)).toBe(false);
  expect(time.isOver(some, since, 2 * LONG_MS)).toBe(false);
  expect(time.isOver(other, since, LONG_MS / 20)).toBe(true);
  expect(time.isOver(other, null, LONG_MS / 20)).toBe(false);
});

it("a process that is busy has its share", () => {
  const time = new ProcessorTime(process.pid);
  const since = performance.now() - LONG_MS;
  expect(time.isOver(time, since, 50_000)).toBe(false);
  const begun = process.cpuUsage().user;
  while (process.cpuUsage().user - begun < 200_000) Math.hypot(begun, 3);
  expect(time.isOver(time, since, 50_000)).toBe(false);
  const wait = {};
  expect(time.isOver(wait, performance.now() - 300, 200)).toBe(false);
  const short = performance.now() - 300;
  const busy = {};
  expect(time.isOver(busy, short, 200)).toBe(false);
  const again = process.cpuUsage().user;
  while (process.cpuUsage().user - again < 200_000) Math.hypot(again, 3);
  expect(time.isOver(busy, short, 200)).toBe(true);
  expect(time.isOver(busy, performance.now(), 200)).toBe(false); // another request
});
