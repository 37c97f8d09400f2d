import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeFolder } from "../../../src/store/folder.ts";

it("folders that the engine makes are open to their owner only", () => {
  const parent = mkdtempSync(join(tmpdir(), "folder-"));
  const folder = join(parent, "one", "two");
  makeFolder(folder);
  for (const path of [join(parent, "one"), folder]) expect(statSync(path).mode & 0o077).toBe(0);
  rmSync(parent, { recursive: true });
});
