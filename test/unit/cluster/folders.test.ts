// The folders of a shard with real files: what a new owner begins with, and that whoever still holds the old folder
// changes nothing in the new one.
import {
  appendFileSync,
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import {
  closedSegments,
  epochsOf,
  makeEpoch,
  removeBelowSource,
  removeOlder,
  shardFolder,
} from "../../../src/cluster/folders.ts";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "folders-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const segment = (first: number): string => `journal/${String(first).padStart(20, "0")}.journal`;
const snapshot = (at: number): string => `journal/${String(at).padStart(20, "0")}.snapshot`;

function put(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

/** Every file below a folder with what it holds. */
function contents(root: string): Readonly<Record<string, string>> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(paths.toSorted().map((path) => [path.slice(root.length + 1), readFileSync(path, "utf8")]));
}

const ENGINE = {
  [segment(0)]: "first events",
  [segment(10)]: "further events",
  [segment(20)]: "events before the last start".padEnd(5 << 20, "."),
  [segment(30)]: "newest events",
  [snapshot(15)]: "state",
  "engine.db": "pages",
  "engine.db-wal": "log of pages",
  "signals/signals-a.ndjson": "{}\n",
  "notes/made-by-hand.txt": "whatever",
};

it("the first owner begins with an empty folder", async () => {
  const made = await makeEpoch(dir, 3, 1);
  expect(made).toBe(join(shardFolder(dir, 3), "epoch-1"));
  expect(contents(made)).toEqual({});
});

it("the next owner begins with everything that the one before had, except what is a process's own", async () => {
  const first = await makeEpoch(dir, 0, 1);
  const own = {
    "journal/lock": "4711",
    "journal/lock.held": "",
    "engine.db-shm": "index",
    "engine.db.whole": "mark",
    "journal/x.snapshot.tmp": "half",
  };
  put(first, { ...ENGINE, ...own });
  const second = await makeEpoch(dir, 0, 2);
  expect(contents(second)).toEqual(ENGINE);
});

it("links what is never written again and copies the rest", async () => {
  const first = await makeEpoch(dir, 0, 1);
  put(first, ENGINE);
  const second = await makeEpoch(dir, 0, 2);
  const shared = Object.keys(ENGINE).filter(
    (path) => statSync(join(first, path)).ino === statSync(join(second, path)).ino,
  );
  expect(shared.toSorted()).toEqual([segment(0), segment(10), snapshot(15)].toSorted());
});

it("whatever the old owner writes where it still may changes nothing in the new folder", async () => {
  const at = fc.nat({ max: 40 });
  const write = fc.record({
    path: fc.constantFrom(
      segment(30),
      segment(20),
      "engine.db",
      "engine.db-wal",
      "signals/signals-a.ndjson",
      segment(40),
    ),
    how: fc.constantFrom("append", "overwrite", "truncate", "replace", "remove"),
    at,
  });
  await fc.assert(
    fc.asyncProperty(fc.array(write, { minLength: 1, maxLength: 30 }), fc.nat({ max: 30 }), async (writes, before) => {
      const root = mkdtempSync(join(dir, "run-"));
      const first = await makeEpoch(root, 0, 1);
      put(first, ENGINE);
      const held = new Map<string, number>();
      // Another segment begins only when the one before is whole, so it is then that the older ones are no longer written.
      const early = writes.slice(0, before).filter(({ path }) => path !== segment(40));
      for (const one of early) scribble(first, one, held);
      const second = await makeEpoch(root, 0, 2);
      const taken = contents(second);
      for (const one of writes.slice(before)) scribble(first, one, held);
      for (const fd of held.values()) closeSync(fd);
      expect(contents(second)).toEqual(taken);
    }),
    { numRuns: 30 },
  );
});

/** By a file that is held open, as an engine does it, so that a removed name does not help either. */
function scribble(
  root: string,
  { path, how, at }: { readonly path: string; readonly how: string; readonly at: number },
  held: Map<string, number>,
): void {
  const file = join(root, path);
  if (how === "remove") return rmSync(file, { force: true });
  if (how === "append") return appendFileSync(file, "more");
  if (how === "replace") {
    writeFileSync(`${file}.tmp`, "another");
    rmSync(file, { force: true });
    return writeFileSync(file, "another");
  }
  const fd = held.get(path) ?? openSync(file, existsSync(file) ? "r+" : "w+");
  held.set(path, fd);
  if (how === "truncate") ftruncateSync(fd, Math.min(at, 5));
  else writeSync(fd, "zombie", at);
}

it("a folder that was never finished is not begun from, and goes with the older ones", async () => {
  const first = await makeEpoch(dir, 0, 1);
  put(first, ENGINE);
  mkdirSync(join(shardFolder(dir, 0), "making-2-0badcafe"));
  put(join(shardFolder(dir, 0), "making-2-0badcafe"), { "engine.db": "half" });
  const third = await makeEpoch(dir, 0, 3);
  expect(contents(third)).toEqual(ENGINE);
  await removeOlder(dir, 0, 3);
  expect(readdirSync(shardFolder(dir, 0))).toEqual(["epoch-3"]);
  expect(await epochsOf(dir, 0)).toEqual([3]);
});

it("starts that fail one after the other leave two folders: the newest and the one that it was made from", async () => {
  put(await makeEpoch(dir, 0, 1), ENGINE);
  for (const epoch of [2, 5, 6]) {
    await makeEpoch(dir, 0, epoch);
    await removeBelowSource(dir, 0, epoch);
  }
  expect(await epochsOf(dir, 0)).toEqual([5, 6]);
  expect(contents(join(shardFolder(dir, 0), "epoch-6"))).toEqual(ENGINE);
});

it("epochs are numbers: the newest is not the one that sorts last", async () => {
  for (const epoch of [2, 9, 10]) put(await makeEpoch(dir, 0, epoch), { told: String(epoch) });
  expect(await epochsOf(dir, 0)).toEqual([2, 9, 10]);
  expect(readFileSync(join(await makeEpoch(dir, 0, 11), "told"), "utf8")).toBe("10");
});

it("an epoch that is not newer than what is there is refused, and nothing is left of it", async () => {
  await makeEpoch(dir, 0, 5);
  await expect(makeEpoch(dir, 0, 5)).rejects.toThrow("has epoch-5 already");
  await expect(makeEpoch(dir, 0, 4)).rejects.toThrow("has epoch-5 already");
  expect(readdirSync(shardFolder(dir, 0))).toEqual(["epoch-5"]);
});

it("of two who make the same epoch at once one succeeds", async () => {
  put(await makeEpoch(dir, 0, 1), ENGINE);
  const outcomes = await Promise.allSettled([makeEpoch(dir, 0, 2), makeEpoch(dir, 0, 2)]);
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect(contents(join(shardFolder(dir, 0), "epoch-2"))).toEqual(ENGINE);
  expect(readdirSync(shardFolder(dir, 0)).toSorted()).toEqual(["epoch-1", "epoch-2"]);
});

it("a source whose files go while it is read is read again", async () => {
  const first = await makeEpoch(dir, 0, 1);
  put(first, ENGINE);
  const making = makeEpoch(dir, 0, 2);
  rmSync(join(first, snapshot(15)));
  rmSync(join(first, segment(0)));
  const { [snapshot(15)]: _, [segment(0)]: __, ...left } = ENGINE;
  expect(contents(await making)).toEqual(left);
});

it("only segments behind which more came than a start may cut back are shared", () => {
  const mib = 1024 * 1024;
  const sizes = (...all: readonly number[]): (readonly [string, number])[] =>
    all.map((bytes, index) => [segment(index), bytes * mib] as const);
  expect(closedSegments(sizes(1, 1, 1))).toEqual(new Set());
  expect(closedSegments(sizes(256, 256, 1))).toEqual(new Set([segment(0)]));
  expect(closedSegments(sizes(1, 1, 1, 1, 1, 1, 1))).toEqual(new Set([segment(0), segment(1)]));
  expect(closedSegments(sizes(256))).toEqual(new Set());
});
