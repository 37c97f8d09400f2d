// One engine per journal folder. The file `lock` names its holder: process id, and when that process began (Linux), so
// that another process that was given the same id later (in a container, always 1) does not count as the holder.
// Taking over from a dead holder is safe when several try at once: `link` creates the file for one of them only.
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { JournalError } from "./failure.ts";

const LOCK_NAME = "lock";
const ATTEMPTS_MAX = 10;
/** What file systems without hard links answer; there the file is created in two steps, which is nearly as good. */
const NO_LINKS: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);
/** Folders that this process holds: its own id in a lock file may also be a leftover of a former namesake. */
const held = new Set<string>();

export class FolderLock {
  private readonly path: string;
  private readonly content: string;

  private constructor(path: string, content: string) {
    this.path = path;
    this.content = content;
  }

  /** Throws a JournalError while a living process holds the folder. */
  static take(dir: string): FolderLock {
    const path = resolve(dir, LOCK_NAME);
    const content = `${process.pid} ${processStart(process.pid)}\n`;
    const mine = `${path}.${process.pid}.claim`;
    writeFileSync(mine, content);
    try {
      for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        if (link(mine, path)) {
          held.add(path);
          return new FolderLock(path, content);
        }
        const holder = read(path);
        if (holder === null) continue; // released just now
        if (isAlive(holder, path)) throw locked(dir, holder);
        removeStale(path, holder);
      }
    } finally {
      rmSync(mine, { force: true });
    }
    throw locked(dir, "a process that takes it again and again");
  }

  release(): void {
    held.delete(this.path);
    if (read(this.path) === this.content) rmSync(this.path, { force: true });
  }
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    if (!NO_LINKS.has(codeOf(error) ?? "")) throw error;
  }
  try {
    writeFileSync(to, readFileSync(from), { flag: "wx" });
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** Moves the file aside before removing it: if another process has just taken the lock, it gets its file back. */
function removeStale(path: string, stale: string): void {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw error;
  }
  if (read(aside) !== stale) link(aside, path);
  rmSync(aside, { force: true });
}

function isAlive(holder: string, path: string): boolean {
  const [pid = "", start = ""] = holder.trim().split(" ");
  const id = Number(pid);
  if (!Number.isInteger(id) || id <= 0) return false; // torn while the former holder wrote it
  if (id === process.pid) return held.has(path);
  try {
    process.kill(id, 0);
  } catch (error) {
    if (codeOf(error) === "ESRCH") return false;
  }
  if (isZombie(id)) return false;
  return start === "" || start === "?" || processStart(id) === start;
}

/**
 * Ended, but nobody has asked for its exit code yet: a container without an init keeps killed processes like this for
 * ever. While threads of it are left (one may hang in a write), it counts as alive.
 */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat[stat.lastIndexOf(")") + 2] === "Z" && readdirSync(`/proc/${pid}/task`).length === 1;
  } catch {
    return false;
  }
}

/** When a process began, in ticks since boot, with the boot's id; "?" where the system does not say. */
function processStart(pid: number): string {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the name in parentheses and may hold spaces; the start is field 22.
    const ticks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "?";
    return `${boot}:${ticks}`;
  } catch {
    return "?";
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

function locked(dir: string, holder: string): JournalError {
  const pid = holder.split(" ")[0] ?? holder;
  return new JournalError({ code: "journal_locked", dir, holder: /^\d+$/.test(pid) ? `process ${pid}` : holder });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}
