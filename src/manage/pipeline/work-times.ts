// How long the work of a stage took, wherever it was done: its run or trial may have begun while an earlier stage was under
// way, and may have waited for a thread. Milliseconds of a clock that only goes forward.
import type { StageName } from "./stage.ts";
import type { Queued } from "./words.ts";

interface Times {
  readonly askedMs: number;
  beganMs: number | null;
  endedMs: number | null;
}

export class WorkTimes {
  private readonly times = new Map<StageName, Times>();
  private readonly idleMs = new Map<StageName, number>();
  private readonly queued: Queued;
  private readonly clock: () => number;

  constructor(queued: Queued, clock: () => number = () => performance.now()) {
    this.queued = queued;
    this.clock = clock;
  }

  /** Work that waits for a thread and then begins; null: it is no stage's own. */
  timed<T>(stage: StageName | null, work: (onStart: () => void) => Promise<T>): Promise<T> {
    const [begins, time] = [this.queued(), stage === null ? null : this.asked(stage)];
    const onStart = (): void => {
      begins();
      time?.began();
    };
    return work(onStart).finally(() => {
      begins();
      time?.ended();
    });
  }

  /** What a stage rests on is asked for. */
  asked(stage: StageName): { readonly began: () => void; readonly ended: () => void } {
    const times: Times = { askedMs: this.clock(), beganMs: null, endedMs: null };
    this.times.set(stage, times);
    return {
      began: () => {
        times.beganMs ??= this.clock();
      },
      ended: () => {
        times.endedMs ??= this.clock();
      },
    };
  }

  /** The stage stood still for so long. */
  idle(stage: StageName, ms: number): void {
    this.idleMs.set(stage, (this.idleMs.get(stage) ?? 0) + ms);
  }

  /** Of a stage that was under way from `fromMs` until now. */
  spent(stage: StageName, fromMs: number): number {
    const untilMs = this.clock();
    const { askedMs, beganMs, endedMs } = this.times.get(stage) ?? { askedMs: untilMs, beganMs: null, endedMs: null };
    const ahead = beganMs === null ? 0 : Math.max(0, Math.min(fromMs, endedMs ?? fromMs) - beganMs);
    const queued = Math.max(0, (beganMs ?? endedMs ?? untilMs) - Math.max(fromMs, askedMs));
    return Math.max(0, untilMs - fromMs + ahead - queued - (this.idleMs.get(stage) ?? 0));
  }
}
