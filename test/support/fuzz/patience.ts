// Who has waited too long for a process? What its threads would have liked to run and had no processor is the machine's
// time, not theirs: a machine that others use as well may give them little. A wait is over when it lasted without that, or
// when it lasted so many times over that something else must be wrong.
import { ownTime, threadsOf } from "../own-time.ts";

const STILL = 10;

interface Wait {
  readonly since: number;
  /** Milliseconds that had passed when the wait was first seen; they all count. */
  readonly before: number;
  readonly took: () => number;
}

export class Patience {
  private readonly pid: number;
  private readonly waits = new Map<object, Wait>();

  constructor(pid: number) {
    this.pid = pid;
  }

  /** `since`: performance.now() of the request; null: nobody waits. */
  isOver(who: object, since: number | null, patienceMs: number): boolean {
    if (since === null) return false;
    const waited = performance.now() - since;
    const known = this.waits.get(who);
    if (known?.since !== since) {
      this.waits.set(who, { since, before: waited, took: ownTime(threadsOf(this.pid)) });
      return false;
    }
    return waited >= STILL * patienceMs || known.before + known.took() >= patienceMs;
  }
}
