// Who holds a journal folder, as the file `lock` says it to people and to other engines: process id, when that process
// began, the space in which the id means something (a container has its own), host, and since when. Where such a space is
// the reader's own, it can be seen whether the process lives.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

const UNKNOWN = "?";
const FIELDS = 5;

/** The line of this process. */
export function ownLine(): string {
  const since = new Date(performance.timeOrigin).toISOString();
  return `${process.pid} ${processStart(process.pid)} ${pidSpace()} ${hostname()} ${since}\n`;
}

/** Of what a lock file says; null: nobody, it is torn or empty. */
export function describe(line: string): string | null {
  const [pid = "", , space = UNKNOWN, host = UNKNOWN, since = UNKNOWN] = line.trim().split(" ");
  if (!/^[1-9]\d*$/.test(pid)) return null;
  const own = space === UNKNOWN || (space === pidSpace() && host === hostname());
  if (own) return `process ${pid}`;
  const where = host === hostname() ? "of another container on this machine" : `of host or container ${host}`;
  return `process ${pid} ${where} (running since ${since})`;
}

/** Whether another process of this very space lives and is the one that the line names. */
export function livesHere(line: string): boolean {
  const [pid = "", start = "", space = UNKNOWN] = line.trim().split(" ", FIELDS);
  const id = Number(pid);
  if (!Number.isInteger(id) || id <= 0 || id === process.pid) return false;
  if (space !== UNKNOWN && space !== pidSpace()) return false;
  try {
    process.kill(id, 0);
  } catch (error) {
    if (error instanceof Error && (error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  if (isZombie(id)) return false;
  return start === "" || start === UNKNOWN || processStart(id) === start;
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
    const ticks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? UNKNOWN;
    return `${boot}:${ticks}`;
  } catch {
    return UNKNOWN;
  }
}

/** Processes of one space know each other by their ids. */
function pidSpace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return UNKNOWN;
  }
}
