// The learning beat: every learner gets a slice of work in turn, at most SLICE_MS each; one that says that there is more
// is asked again after a pause, so that all of it together stays within the share of the processor that learning may have.
// A learner that fails is told of in the log and has its turn again at the next beat; the others go on. Beats that come
// while the round before is not over are counted and left out. Main thread only.
import { Random } from "../../domain/random.ts";
import type { Outcome } from "../../learning/outcome.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Learner, LearningContext } from "./learner.ts";

export interface RoundsOptions {
  readonly learners: readonly Learner[];
  /** What a learner is given at a beat. */
  readonly contextFor: (name: string, frame: Frame) => LearningContext;
  /** Share of one processor, 0 < x <= 1. */
  readonly share: number;
  readonly log: Log;
}
export type Frame = Pick<LearningContext, "now" | "budgetMs" | "random">;

export interface LearnerFigures {
  readonly name: string;
  cycles: number;
  /** Slices that took longer than SLICE_MS. */
  overruns: number;
  faults: number;
  /** Of the processor, on the main thread. */
  busyMs: number;
  lastError: string | null;
}

export const SLICE_MS = 5;
/** A learner that has more is asked so often in one round at most. */
const SLICES_MAX = 1_000;
/** FNV-1a. */
const [BASIS, PRIME] = [0x811c9dc5, 0x01000193];

export class Rounds {
  readonly figures: readonly LearnerFigures[];
  beats = 0;
  /** Beats at which the round before was not over. */
  skipped = 0;
  private readonly options: RoundsOptions;
  private running: Promise<void> | null = null;
  private closed = false;
  /** Ends the pause that a learner is in. */
  private wake: () => void = () => undefined;

  constructor(options: RoundsOptions) {
    this.options = options;
    this.figures = options.learners.map(({ name }) => {
      return { name, cycles: 0, overruns: 0, faults: 0, busyMs: 0, lastError: null };
    });
  }

  outcome(outcome: Outcome): void {
    for (const [index, learner] of this.options.learners.entries()) {
      try {
        learner.onOutcome?.(outcome);
      } catch (error) {
        this.failed(index, error);
      }
    }
  }

  /** `now`: engine clock. Returns at once. */
  beat(now: number): void {
    this.beats += 1;
    if (this.closed) return;
    if (this.running !== null) {
      this.skipped += 1;
      return;
    }
    // Not within the beat itself: fast work comes first.
    this.running = new Promise((resolve) => setImmediate(resolve))
      .then(() => this.round(now))
      .finally(() => {
        this.running = null;
      });
  }

  /** Resolves when the round that is under way is over. */
  idle(): Promise<void> {
    return this.running ?? Promise.resolve();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.wake();
    await this.running;
  }

  private async round(now: number): Promise<void> {
    for (const [index, learner] of this.options.learners.entries()) {
      const frame = { now, budgetMs: SLICE_MS, random: new Random(seedOf(learner.name, now)) };
      const context = this.options.contextFor(learner.name, frame);
      for (let slices = 0; slices < SLICES_MAX && !this.closed; slices++) {
        const begun = performance.now();
        const more = await this.slice(index, learner, context);
        const tookMs = performance.now() - begun;
        if (more !== "more") break;
        if (!this.closed) await this.pause(tookMs * (1 / this.options.share - 1));
      }
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms).unref();
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private async slice(index: number, learner: Learner, context: LearningContext): Promise<unknown> {
    const figures = this.figures[index];
    const begun = performance.now();
    try {
      const answer = learner.cycle?.(context);
      // What it waits for afterwards is not its own work.
      const busyMs = performance.now() - begun;
      if (figures !== undefined) {
        figures.cycles += 1;
        figures.busyMs += busyMs;
        if (busyMs > SLICE_MS) figures.overruns += 1;
      }
      return await answer;
    } catch (error) {
      this.failed(index, error);
      return undefined;
    }
  }

  private failed(index: number, error: unknown): void {
    const figures = this.figures[index];
    if (figures === undefined) return;
    figures.faults += 1;
    figures.lastError = error instanceof Error ? error.message : String(error);
    this.options.log.error("a learner failed; it has its turn again at the next beat", {
      learner: figures.name,
      error,
    });
  }
}

function seedOf(name: string, now: number): number {
  let hash = BASIS;
  for (const letter of `${name}:${now}`) hash = Math.imul(hash ^ letter.charCodeAt(0), PRIME);
  return hash >>> 0;
}
