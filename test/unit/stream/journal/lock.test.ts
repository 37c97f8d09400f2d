// One engine per folder: a living holder is respected wherever it runs, a dead one is not.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, it, onTestFinished, vi } from "vitest";
import { describe, livesHere, ownLine } from "../../../../src/stream/journal/holder.ts";
import { FolderLock } from "../../../../src/stream/journal/lock.ts";
import { temporaryFolder } from "../../../support/journal.ts";

const MODULE = new URL("../../../../src/stream/journal/lock.js", import.meta.url).href;
/** Takes the folder when a line comes, says how that went, and keeps it. */
const TAKER = `const { FolderLock } = await import(${JSON.stringify(MODULE)});
  process.stdin.once("data", () => {
    try { FolderLock.take(process.argv[1]); console.log("held"); } catch (error) { console.log(error.message); }
  });
  console.log("here");
  setInterval(() => {}, 1000);`;
const NODE = [process.execPath, "--input-type=module", "-e", TAKER];
/** As a container: processes of its own, in which the first has the id 1. */
const ALONE = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];
const canUnshare = spawnSync("unshare", [...ALONE.slice(1), "true"]).status === 0;

interface Taker {
  readonly child: ChildProcess;
  take(): Promise<string>;
  /** With SIGKILL, until the system has taken back all that it had. */
  kill(): Promise<void>;
}

async function taker(dir: string, before: readonly string[] = []): Promise<Taker> {
  const [command, ...args] = [...before, ...NODE, dir];
  const child = spawn(command, args, { stdio: ["pipe", "pipe", before.length === 0 ? "inherit" : "ignore"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => String((await lines.next()).value);
  expect(await line()).toBe("here");
  return {
    child,
    take: () => (child.stdin.write("\n"), line()),
    kill: async () => {
      const pid = child.pid ?? 0;
      const own = before.length === 0 ? pid : Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8"));
      const ended = once(child, "exit"); // `unshare` ends when it has waited for its child
      process.kill(own, "SIGKILL");
      await ended;
    },
  };
}

it("is held until it is released", () => {
  const dir = temporaryFolder();
  const lock = FolderLock.take(dir);
  expect(() => FolderLock.take(dir)).toThrow(`is in use by process ${process.pid}; stop that engine or set another`);
  lock.release();
  expect(existsSync(join(dir, "lock"))).toBe(false);
  FolderLock.take(dir).release();
});

it("respects another living process and takes over at once when it is dead", async () => {
  const dir = temporaryFolder();
  const other = await taker(dir);
  expect(await other.take()).toBe("held");
  expect(() => FolderLock.take(dir)).toThrow(`is in use by process ${other.child.pid}`);
  await other.kill();
  FolderLock.take(dir).release();
});

it("is had by one of several that try at the same moment", async () => {
  const dir = temporaryFolder();
  const before = await taker(dir);
  await before.take();
  await before.kill();
  const takers = await Promise.all([taker(dir), taker(dir), taker(dir)]);
  const told = await Promise.all(takers.map((one) => one.take()));
  expect(told.filter((line) => line === "held")).toHaveLength(1);
  expect(told.filter((line) => line.includes("is in use by"))).toHaveLength(2);
});

it.runIf(canUnshare)("is respected between containers, whose process ids are the same", async () => {
  const dir = temporaryFolder();
  const [first, second] = await Promise.all([taker(dir, ALONE), taker(dir, ALONE)]);
  expect(await first.take()).toBe("held");
  expect(readFileSync(join(dir, "lock"), "utf8")).toMatch(/^1 /);
  expect(await second.take()).toContain("is in use by process 1 of another container on this machine (running since");
  expect(() => FolderLock.take(dir)).toThrow("is in use by process 1 of another container on this machine");
});

it.runIf(canUnshare)("a container that was killed starts again at once, whoever has its process id now", async () => {
  const dir = temporaryFolder();
  const first = await taker(dir, ALONE);
  expect(await first.take()).toBe("held");
  await first.kill();
  expect(readFileSync(join(dir, "lock"), "utf8")).toMatch(/^1 /);
  const again = await taker(dir, ALONE);
  expect(await again.take()).toBe("held");
  await again.kill();
  FolderLock.take(dir).release();
});

it("a copy of a folder that is held is free", () => {
  const dir = temporaryFolder();
  const copy = temporaryFolder();
  const lock = FolderLock.take(dir);
  writeFileSync(join(dir, "lock"), ownLine().replace(String(process.pid), "1")); // as another container writes it
  cpSync(dir, copy, { recursive: true });
  FolderLock.take(copy).release();
  lock.release();
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

it.runIf(process.platform === "linux")(
  "respects a living process that it can see where the system's lock says nothing",
  () => {
    const dir = temporaryFolder();
    const line = ownLine()
      .replace(String(process.pid), "1")
      .replace(/:\d+ /, `:${startOf(1)} `);
    expect(livesHere(line)).toBe(true);
    writeFileSync(join(dir, "lock"), line);
    expect(() => FolderLock.take(dir)).toThrow("is in use by process 1; stop that engine");
    // The same id in another space of ids is somebody else.
    expect(livesHere(line.replace(/pid:\[\d+\]/, "pid:[1]"))).toBe(false);
    expect(livesHere(line.replace("1 ", "99999999 "))).toBe(false);
  },
);

it("says where the holder is", () => {
  const line = ownLine();
  expect(describe(line)).toBe(`process ${process.pid}`);
  const since = /\S+Z/.exec(line)?.[0];
  expect(describe(`7 b:1 pid:[1] web-1 ${since}`)).toBe(
    `process 7 of host or container web-1 (running since ${since})`,
  );
  expect(describe(`7 b:1 pid:[1] ${hostname()} ${since}`)).toContain("process 7 of another container on this machine");
  expect(["", "garbage", "-5 x", "0"].map(describe)).toEqual([null, null, null, null]);
});

it("says what is to be done about a folder that cannot be locked", () => {
  const dir = join(temporaryFolder(), "gone");
  expect(() => FolderLock.take(dir)).toThrow(/gone cannot be locked or written \(.+\); check that DATA_DIR/);
});

it.each(["", "garbage", "-5 x", "99999999 ?"])("takes over a lock file that says %j", (content) => {
  const dir = temporaryFolder();
  writeFileSync(join(dir, "lock"), content);
  const lock = FolderLock.take(dir);
  expect(readFileSync(join(dir, "lock"), "utf8")).toMatch(new RegExp(`^${process.pid} `));
  lock.release();
});

function startOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}
