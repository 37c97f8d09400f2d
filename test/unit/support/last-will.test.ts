import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterEach, expect, test } from "vitest";
import { runs } from "../../support/cluster/node-process.ts";
import { eventually } from "../../support/eventually.ts";

const WILL = new URL("../../support/last-will.js", import.meta.url).href;
const started: number[] = [];

afterEach(() => {
  for (const pid of started.splice(0)) if (runs(pid)) process.kill(pid, "SIGKILL");
});

/** A process that starts another one, names it in its will, does `then`, and stays; with the other one's id. */
async function testator(then: string): Promise<{ readonly process: ChildProcess; readonly named: number }> {
  const program = `
    const { spawn } = await import("node:child_process");
    const { LastWill } = await import(${JSON.stringify(WILL)});
    const will = new LastWill();
    const other = spawn("sleep", ["600"], { stdio: "ignore" });
    will.add(other.pid);
    ${then}
    console.log(other.pid);
    setInterval(() => undefined, 1_000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  started.push(child.pid ?? 0);
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  started.push(Number(line));
  return { process: child, named: Number(line) };
}

test("who is killed leaves nobody behind whom the will names", async () => {
  const { process: child, named } = await testator("");
  expect(runs(named)).toBe(true);
  child.kill("SIGKILL");
  expect(
    await eventually(
      () => runs(named),
      (alive) => !alive,
    ),
  ).toBe(false);
});

test("a will that was revoked ends nobody", async () => {
  const { process: child, named } = await testator(
    'will.revoke(); await new Promise((done) => will.heir.once("exit", done));',
  );
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
  expect(runs(named)).toBe(true);
});
