// How a process that serves ends: with an exit code, or by its own hand where a call to a folder has not come back, because
// an exit would wait for that. The folder is a pipe that nobody writes.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { EngineProcess } from "../support/engine-process.ts";
import { type Scene, SERVED_PROCESS } from "../support/served-process.ts";

let dir = "";
let pipe = "";
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "process-life-"));
  pipe = join(dir, "pipe");
  execFileSync("mkfifo", [pipe]);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function launch(scene: Scene, waits: boolean): EngineProcess {
  const env = { SCENE: scene, ...(waits ? { PIPE: pipe } : {}) };
  const served = EngineProcess.launch(env, { cli: SERVED_PROCESS });
  onTestFinished(() => served.kill());
  return served;
}

it("a start that fails ends with 1, also when it is because somebody did not answer", async () => {
  const served = launch("refused", false);
  expect(await served.ended()).toBe(1);
  expect(served.stderr.join("")).toContain("connect ETIMEDOUT");
});

it("a start whose folder does not answer is killed", async () => {
  const served = launch("silent", true);
  expect(await served.ended()).toBeNull();
  expect(served.stderr.join("")).toContain("it does not answer");
});

describe.each([
  { waits: false, call: "no call to a folder is out", code: 1 },
  { waits: true, call: "a call to a folder has not come back", code: null },
])("while $call", ({ waits, code }) => {
  it("it ends in order on a signal", async () => {
    const served = launch("stops", waits);
    await served.line("ready");
    expect(await served.stop()).toBe(waits ? null : 0);
  });

  it("a second signal ends it at once", async () => {
    const served = launch("hangs", waits);
    await served.line("ready");
    const pressing = setInterval(() => void served.stop(), 100); // one press for a second
    onTestFinished(() => clearInterval(pressing));
    expect(await served.ended()).toBe(code);
    if (!waits) expect(served.lines).toContainEqual(expect.objectContaining({ reason: "SIGTERM again" }));
  });

  it("what nobody expected ends it at once", async () => {
    const served = launch("breaks", waits);
    expect(await served.ended()).toBe(code);
    if (!waits) expect(served.lines).toContainEqual(expect.objectContaining({ reason: "unexpected" }));
  });
});
