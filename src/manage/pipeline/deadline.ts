// The time that something may take, which stands still while somebody holds it: a paused strategy, or a run that waits for
// its turn behind those of others. What users' code is made to wait for the processor is not part of it either. It can be started again and again; who holds it goes on holding. Milliseconds.
export class Deadline {
  private holders = 0;
  private leftMs = 0;
  private since = 0;
  private onLate: (() => void) | null = null;
  private timer: NodeJS.Timeout | null = null;
  /** A count of milliseconds that goes up while users' code is made to wait. */
  private readonly heldBack: () => number;
  private heldSince = 0;

  constructor(heldBack: () => number = () => 0) {
    this.heldBack = heldBack;
  }

  /** `onLate`: called once, unless it is cleared or started again before. */
  start(ms: number, onLate: () => void): void {
    this.clear();
    this.leftMs = ms;
    this.onLate = onLate;
    if (this.holders === 0) this.run();
  }

  clear(): void {
    this.stop();
    this.onLate = null;
  }

  /** Answers how to let go of it; more than once does no harm. */
  hold(): () => void {
    if (this.holders++ === 0) this.stop();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      if (--this.holders === 0) this.run();
    };
  }

  private run(): void {
    const { onLate } = this;
    if (onLate === null) return;
    this.since = performance.now();
    this.heldSince = this.heldBack();
    this.timer = setTimeout(() => {
      this.stop();
      if (this.leftMs > SOON_MS) {
        this.run();
        return;
      }
      this.clear();
      onLate();
    }, this.leftMs);
    this.timer.unref();
  }

  private stop(): void {
    if (this.timer === null) return;
    clearTimeout(this.timer);
    this.timer = null;
    const took = performance.now() - this.since - (this.heldBack() - this.heldSince);
    this.leftMs = Math.max(0, this.leftMs - Math.max(0, took));
  }
}

/** Timers may ring a little early. */
const SOON_MS = 2;
