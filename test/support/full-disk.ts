// A folder whose disk a test fills to the last sector, and empties. Only where a small file system can be mounted.
import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";

/** A folder on a file system of 48 MB of its own, until the test is over. */
export function smallDisk(): { readonly dir: string; readonly fill: () => void; readonly free: () => void } {
  const root = mkdtempSync(join(tmpdir(), "small-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=48m", "tmpfs", root]);
  onTestFinished(() => {
    execFileSync("umount", ["-l", root]);
    rmSync(root, { recursive: true });
  });
  const [dir, filler] = [join(root, "data"), join(root, "filler")];
  mkdirSync(dir);
  /** Takes all the room that is left, to the last sector. */
  const fill = (): void => {
    const file = openSync(filler, "a");
    for (const bytes of [1 << 16, 512])
      expect(() => {
        for (;;) writeSync(file, Buffer.alloc(bytes));
      }).toThrow("ENOSPC");
    closeSync(file);
  };
  return { dir, fill, free: () => rmSync(filler) };
}
