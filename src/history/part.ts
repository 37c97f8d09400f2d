// The temporary name under which a process writes a dataset: <id>.<process>.part. It tells others that an import is going
// on; what a dead process left behind is removed.
import { closeSync, openSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { failed, ok, type Result } from "../domain/result.ts";
import { TEMPORARY_SUFFIX } from "./file-writer.ts";

/** Creates the empty file; its path, or who else is writing. */
export function claimPart(folder: string, id: string): Result<string, string> {
  const path = join(folder, `${id}.${process.pid}${TEMPORARY_SUFFIX}`);
  closeSync(openSync(path, "w"));
  for (const name of readdirSync(folder)) {
    const match = /^(.+)\.(\d+)\.part$/.exec(name);
    const owner = Number(match?.[2]);
    if (!match || owner === process.pid) continue;
    const alive = isAlive(owner);
    if (alive && match[1] !== id) continue;
    if (alive) {
      rmSync(path, { force: true });
      return failed(`process ${owner} is writing ${id} at this moment; import again when it has ended`);
    }
    rmSync(join(folder, name), { force: true });
  }
  return ok(path);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
