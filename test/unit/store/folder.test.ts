import { createHook } from "node:async_hooks";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeFolder, makeFolderAside } from "../../../src/store/folder.ts";

let parent = "";
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "folder-"));
});
afterEach(() => rmSync(parent, { recursive: true }));

const WAYS = [
  { name: "at once", make: (folder: string) => new Promise<void>((resolve) => resolve(makeFolder(folder))) },
  { name: "in another thread", make: makeFolderAside },
];

describe.each(WAYS)("folders that the engine makes $name", ({ make }) => {
  it("are open to their owner only", async () => {
    const folder = join(parent, "one", "two");
    await make(folder);
    await make(folder); // it is there
    for (const path of [join(parent, "one"), folder]) expect(statSync(path).mode & 0o077).toBe(0);
  });

  it("are refused where there can be none", async () => {
    writeFileSync(join(parent, "file"), "");
    await expect(make("/proc/nope/deeper")).rejects.toThrow("ENOENT");
    await expect(make(join(parent, "file", "below"))).rejects.toThrow("ENOTDIR");
  });
});

it("who has one made in another thread asks the system for nothing in this one", async () => {
  let asked = 0;
  const hook = createHook({ init: (_id, type) => void (asked += type === "FSREQPROMISE" ? 1 : 0) }).enable();
  await makeFolderAside(join(parent, "one"));
  hook.disable();
  expect(existsSync(join(parent, "one"))).toBe(true);
  expect(asked).toBe(3); // it is not there, its parent is, it is made
});
