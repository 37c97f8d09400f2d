// Whether a thread of executions hangs: it has not moved for so many looks. One at which it was ready and had next to
// nothing of the processor since the look before does not count: its priority is low, so a busy machine may keep it
// waiting for seconds, and what it would do then is no less sound. In the end it is given up all the same.
import type { ThreadState } from "../../sandbox/sandbox.ts";

/** So many times as many looks, counted or not. */
export const PATIENCE = 12;
/** With less of the time than this share it is not the thread that stands still. */
const STARVED = 0.05;
const NS_PER_MS = 1e6;

export class Stillness {
  private beat: number;
  private counted = 0;
  private looks = 0;
  private before: { readonly usedNs: number; readonly atMs: number } | null = null;

  constructor(beat: number) {
    this.beat = beat;
  }

  /** Called at intervals; `state` is asked only of one that has not moved. Null: it cannot be told. */
  look(beat: number, atMs: number, state: () => ThreadState | null): void {
    if (beat !== this.beat) {
      this.beat = beat;
      this.counted = this.looks = 0;
      this.before = null;
      return;
    }
    const { before } = this;
    const now = state();
    this.before = now === null ? null : { usedNs: now.usedNs, atMs };
    this.looks++;
    const starved =
      now?.ready === true && before !== null && now.usedNs - before.usedNs < STARVED * NS_PER_MS * (atMs - before.atMs);
    if (!starved) this.counted++;
  }

  /** `most`: looks that count. */
  hangs(most: number): boolean {
    return this.counted >= most || this.looks >= PATIENCE * most;
  }
}
