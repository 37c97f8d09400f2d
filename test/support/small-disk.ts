// Small file systems for tests of a full disk. They need the right to mount, which a container may lack.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Why a small file system cannot be mounted here, or null. */
export function mountProblem(): string | null {
  return problemOf((dir) => {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", dir], { stdio: "pipe" });
    execFileSync("umount", [dir]);
  });
}

/** What is said of a try to mount something in a folder of its own; null: it can be done here. */
export function problemOf(mount: (dir: string) => void): string | null {
  if (process.platform !== "linux") return "this is done with file systems of Linux";
  const dir = mkdtempSync(join(tmpdir(), "mount-"));
  try {
    mount(dir);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message.trim() : String(error);
  } finally {
    rmSync(dir, { recursive: true });
  }
}
