// How much of the machine others have had: the time that its processors were busy, less that of a process and all that
// it began. A latency that is measured beside a compiler says something about both.
import { readdirSync, readFileSync } from "node:fs";

const TICKS_PER_SECOND = 100; // USER_HZ, which Linux shows to everybody

export class Others {
  private readonly root: number;
  private last: { readonly at: number; readonly others: number } | null = null;

  constructor(root = process.pid) {
    this.root = root;
  }

  /** Processors that others have had on average since the last call; null: nobody knows. */
  share(): number | null {
    const [before, busy] = [this.last, busySeconds()];
    if (busy === null) return null;
    this.last = { at: performance.now(), others: busy - ownSeconds(this.root) };
    if (before === null) return null;
    const seconds = (this.last.at - before.at) / 1000;
    return Math.max(0, Math.round(((this.last.others - before.others) / seconds) * 100) / 100);
  }
}

/** In programs and in the kernel for them, and what a hypervisor gave to other machines. */
function busySeconds(): number | null {
  try {
    const [user, nice, system, , , , , steal] =
      /^cpu +(.*)$/m.exec(readFileSync("/proc/stat", "utf8"))?.[1]?.split(" ") ?? [];
    return [user, nice, system, steal].reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND;
  } catch {
    return null;
  }
}

/** Of the process and those that it began, also where they have ended: a parent counts those. */
function ownSeconds(root: number): number {
  const processes = readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? statOf(name) : []));
  const own = new Set([root]);
  for (let size = 0; size < own.size;) {
    size = own.size;
    for (const { pid, parent } of processes) if (own.has(parent)) own.add(pid);
  }
  return processes.reduce((sum, { pid, ticks }) => sum + (own.has(pid) ? ticks : 0), 0) / TICKS_PER_SECOND;
}

function statOf(name: string): readonly { readonly pid: number; readonly parent: number; readonly ticks: number }[] {
  try {
    const text = readFileSync(`/proc/${name}/stat`, "utf8");
    const [, parent, ...rest] = text
      .slice(text.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    // user, system, and of children that have ended user and system: fields 14 to 17; `rest` begins with the fifth.
    const ticks = rest.slice(9, 13).reduce((sum, one) => sum + one, 0);
    return [{ pid: Number(name), parent: parent ?? 0, ticks }];
  } catch {
    return []; // it has ended
  }
}
