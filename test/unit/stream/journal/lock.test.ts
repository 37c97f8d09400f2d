// One engine per folder: a living holder is respected, a dead one is not.
import { spawn } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { FolderLock } from "../../../../src/stream/journal/lock.ts";
import { temporaryFolder } from "../../../support/journal.ts";

it("is held until it is released", () => {
  const dir = temporaryFolder();
  const lock = FolderLock.take(dir);
  expect(() => FolderLock.take(dir)).toThrow(`is in use by process ${process.pid}`);
  lock.release();
  FolderLock.take(dir).release();
  expect(readdirSync(dir)).toEqual([]);
});

it("respects another living process and takes over when it is dead", async () => {
  const dir = temporaryFolder();
  const module = new URL("../../../../src/stream/journal/lock.js", import.meta.url).href;
  const code = `const { FolderLock } = await import(${JSON.stringify(module)});
    FolderLock.take(process.argv[1]); console.log("held"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code, dir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  await new Promise((held) => child.stdout.once("data", held));
  expect(() => FolderLock.take(dir)).toThrow(`is in use by process ${child.pid}`);
  const ended = new Promise((exit) => child.once("exit", exit));
  child.kill("SIGKILL");
  await ended;
  FolderLock.take(dir).release();
});

it.runIf(process.platform === "linux")(
  "takes over from a process that has ended and that nobody has waited for",
  async () => {
    const dir = temporaryFolder();
    // `sleep`, which the shell becomes, never asks for the exit code of the shell's child.
    const parent = spawn("sh", ["-c", "sleep 120 & echo $!; exec sleep 120"], { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void parent.kill("SIGKILL"));
    const pid = await new Promise<string>((told) => parent.stdout.once("data", (text) => told(String(text).trim())));
    const states = (of: string | number, state: string) =>
      vi.waitFor(() => expect(readFileSync(`/proc/${of}/stat`, "utf8")).toContain(state), 60_000);
    await states(parent.pid ?? 0, "(sleep)");
    process.kill(Number(pid), "SIGKILL");
    await states(pid, ") Z ");
    writeFileSync(join(dir, "lock"), `${pid} ?\n`);
    FolderLock.take(dir).release();
  },
);

it.runIf(process.platform === "linux")("is not fooled by a later process with the same id", () => {
  const dir = temporaryFolder();
  // Process 1 lives, but began at another time than the holder that this file names.
  writeFileSync(join(dir, "lock"), "1 00000000-0000-0000-0000-000000000000:1\n");
  FolderLock.take(dir).release();
  // In a container, the engine before this one may have had this very id.
  writeFileSync(join(dir, "lock"), `${process.pid} ?\n`);
  FolderLock.take(dir).release();
});

it.each(["", "garbage", "-5 x", "99999999 ?"])("takes over a lock file that says %j", (content) => {
  const dir = temporaryFolder();
  writeFileSync(join(dir, "lock"), content);
  const lock = FolderLock.take(dir);
  expect(readFileSync(join(dir, "lock"), "utf8")).toMatch(new RegExp(`^${process.pid} `));
  lock.release();
});
