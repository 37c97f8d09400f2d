// The clock of a run over history: which clock events stand between two moments of the tape. Live, the host writes one at
// every multiple of TIER_FAST_MS; a tape of weeks would consist of little else. So a gap of up to DENSE beats has all of
// them, and a longer one only those at which something can happen: the first (tiers that the last event made due), the
// first tactical one behind the end of a bar that the instance may hold open, and, where ticks are about, the last before
// the next event, so that whatever depends on time has been looked at. Each bears the tiers that are due since the beat
// before it, as a beat that live comes late. Depends on the times of the events alone. Microseconds.
import type { EpochUs } from "../domain/units.ts";
import { dueTiers, type TierIntervals } from "../stream/solo-plane.ts";

/** The intervals that the engine starts with. */
export const TIERS: TierIntervals = { fastMs: 100, tacticalMs: 1_000, strategicMs: 10_000, learningMs: 60_000 };
const DENSE = 16;

export interface BeatOptions {
  readonly tiers: TierIntervals;
  /** Lengths of the bars that the instance builds; 0 is none. */
  readonly barsMs: readonly number[];
  /** The tape has more than bars. */
  readonly ticks: boolean;
}

export type WriteBeat = (tiers: number, clock: EpochUs) => void;

export class TapeClock {
  private readonly options: BeatOptions;
  private readonly write: WriteBeat;
  private readonly fastUs: number;
  private readonly tacticalUs: number;
  private readonly barsUs: readonly number[];
  private now: EpochUs = -1;
  private beaten: EpochUs = -1;

  constructor(options: BeatOptions, write: WriteBeat) {
    this.options = options;
    this.write = write;
    this.fastUs = options.tiers.fastMs * 1000;
    this.tacticalUs = options.tiers.tacticalMs * 1000;
    this.barsUs = [...new Set(options.barsMs)].filter((ms) => ms > 0).map((ms) => ms * 1000);
  }

  /** Writes the beats up to and without `known`, the time of the next event. */
  advance(known: EpochUs): void {
    const { now } = this;
    if (known <= now) return;
    if (now < 0) this.beaten = known - this.fastUs;
    else if (known - now <= DENSE * this.fastUs) this.all(now, known);
    else this.few(now, known);
    this.now = known;
  }

  private all(from: EpochUs, to: EpochUs): void {
    for (let at = ceilTo(from, this.fastUs); at < to; at += this.fastUs) this.beat(at);
  }

  private few(from: EpochUs, to: EpochUs): void {
    this.beat(ceilTo(from, this.fastUs));
    let ends: number[] | null = null;
    for (const bar of this.barsUs) {
      // A trade opens the bar that it falls into; a bar of the tape belongs to the one that it closes.
      const end = ceilTo(this.options.ticks ? (Math.floor(from / bar) + 1) * bar : ceilTo(from, bar), this.tacticalUs);
      if (end < to) (ends ??= []).push(end);
    }
    ends?.sort((one, other) => one - other);
    if (ends) for (const end of ends) this.beat(end);
    if (this.options.ticks) this.beat(ceilTo(to, this.fastUs) - this.fastUs);
  }

  private beat(at: EpochUs): void {
    if (at <= this.beaten) return;
    const tiers = dueTiers(this.beaten, at, this.options.tiers);
    if (tiers === 0) return;
    this.beaten = at;
    this.write(tiers, at);
  }
}

function ceilTo(time: EpochUs, step: number): EpochUs {
  return Math.ceil(time / step) * step;
}
