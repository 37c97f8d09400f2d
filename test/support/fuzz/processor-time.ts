// Who has waited too long for a process? A machine that others use as well may give it little of a processor; so a wait is
// over when it lasted by the clock and the process had half as much of the processors, or when it lasted so many times over
// that it must stand still. An engine that is asked for as much as it can answer uses more than half of one processor.
import { readFileSync } from "node:fs";

const SHARE = 0.5;
const STILL = 10;
const MS_PER_TICK = 10; // of Linux, by its fixed unit for /proc

export class ProcessorTime {
  private readonly pid: number;
  /** Since when who waits, and how much the process had used when that was first seen. */
  private readonly waits = new Map<object, { readonly since: number; readonly usedMs: number }>();

  constructor(pid: number) {
    this.pid = pid;
  }

  /** `since`: performance.now() of the request; null: nobody waits. */
  isOver(who: object, since: number | null, patienceMs: number): boolean {
    if (since === null) return false;
    const known = this.waits.get(who);
    if (known?.since !== since) {
      this.waits.set(who, { since, usedMs: this.usedMs() });
      return false;
    }
    const waited = performance.now() - since;
    if (waited < patienceMs) return false;
    return waited >= STILL * patienceMs || this.usedMs() - known.usedMs >= SHARE * patienceMs;
  }

  private usedMs(): number {
    const stat = readFileSync(`/proc/${this.pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK; // utime and stime, the 14th and 15th of all
  }
}
