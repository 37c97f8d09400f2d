// The time that a live stream goes by: the wall clock, as long as the engine clock is not ahead of it. The engine clock
// never falls (ADR 11), so it is ahead where the wall clock is put back, or was ahead once and is right again, also in an
// earlier life. By up to STANDS_US it stands still until it is caught up. By more it goes on from where it is, with the
// monotonic clock and a little slower, so that it is caught up in the end: cool-downs, holding times, marks and snapshots
// go on meanwhile. Events bear what came of it, so a replay does not ask here. Main thread only.
import { CLOCK_AHEAD } from "../domain/clock-words.ts";
import { US_PER_MS, type EpochUs } from "../domain/units.ts";

/** Told why times are not those of the wall clock, null: they are. First as a stream finds it, then what changes. */
export type OnClock = (trouble: string | null) => void;

export interface EngineClockDeps {
  readonly wall: () => EpochUs;
  /** Has the engine clock. */
  readonly writer: { readonly clock: EpochUs };
  readonly onClock?: OnClock | undefined;
  /** Milliseconds; never falls. */
  readonly monotonicMs: () => number;
}

const STANDS_US = 1_000_000;
/** Of each second while it is ahead: an hour ahead is caught up within 16. */
const PACE = 15 / 16;
const US_PER_S = 1_000_000;

export class EngineClock {
  private readonly deps: EngineClockDeps;
  /** Where it went on by itself, and when; null: it follows the wall clock. */
  private course: { readonly from: EpochUs; readonly atMs: number } | null = null;
  /** Whether it was said to be ahead; null: nothing was said yet. */
  private told: boolean | null = null;

  constructor(deps: EngineClockDeps) {
    this.deps = deps;
  }

  /** For what comes in now. */
  readonly now = (): EpochUs => {
    const wall = this.deps.wall();
    const { clock } = this.deps.writer;
    if (this.course === null && clock - wall <= STANDS_US) return wall;
    const atMs = this.deps.monotonicMs();
    this.course ??= { from: clock, atMs };
    const now = Math.floor(this.course.from + (atMs - this.course.atMs) * US_PER_MS * PACE);
    if (now - wall > STANDS_US) return now;
    this.course = null;
    return wall;
  };

  /** Why times are not those of the wall clock; null: they are. */
  get trouble(): string | null {
    if (this.course === null) return null;
    const seconds = Math.round((this.deps.writer.clock - this.deps.wall()) / US_PER_S);
    return (
      `${CLOCK_AHEAD} ${seconds} s ahead of the wall clock, which was ahead before; ` +
      "signals bear its times and what comes in looks older by as much, until it is caught up: it goes a little slower"
    );
  }

  /** Says once how it is, and then what has changed; with every beat, because nobody may be told while a message is taken in. */
  tell(): void {
    const { trouble } = this;
    if ((trouble !== null) === this.told) return;
    this.told = trouble !== null;
    this.deps.onClock?.(trouble);
  }
}
