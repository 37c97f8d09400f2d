// The engine's heart-beat while live: every TIER_FAST_MS a clock event with the tiers that are due, and behind it the
// deadline meter: how long after its beat a tier's work was done. A beat is a deadline and a heartbeat, never a delay:
// fast strategies are evaluated when their event arrives.
import * as layout from "../../assembly/layout.ts";
import { TIERS, type Tier } from "../domain/strategies.ts";
import type { EpochUs } from "../domain/units.ts";
import { LatencyHistogram } from "../telemetry/histogram.ts";
import { dueTiers, missedBeats, type TierIntervals } from "./kernels/tier-clock.ts";

export interface TierMeter {
  intervalMs: number;
  cycles: number;
  /** Passes that ended after their interval, and beats that the host was too late to give. */
  overruns: number;
  readonly latencyUs: LatencyHistogram;
}

export interface BeatsDeps {
  readonly intervals: TierIntervals;
  /** Meters to go on with; none: new ones. */
  readonly meters?: Readonly<Record<Tier, TierMeter>>;
  readonly now: () => EpochUs;
  /** Writes the clock event and publishes; false when the ring is full. */
  readonly beat: (tiers: number, now: EpochUs) => boolean;
  /** Resolves when everything published so far was evaluated. */
  readonly evaluated: () => Promise<void>;
}

const BITS: Readonly<Record<Tier, number>> = {
  fast: layout.TIER_FAST,
  tactical: layout.TIER_TACTICAL,
  strategic: layout.TIER_STRATEGIC,
  learning: layout.TIER_LEARNING,
};

export class Beats {
  readonly meters: Readonly<Record<Tier, TierMeter>>;
  private readonly deps: BeatsDeps;
  private intervals: TierIntervals;
  private timer: NodeJS.Timeout | null = null;
  private last: EpochUs;

  constructor(deps: BeatsDeps) {
    this.deps = deps;
    this.intervals = deps.intervals;
    this.last = deps.now();
    const { fastMs, tacticalMs, strategicMs, learningMs } = deps.intervals;
    const meter = (intervalMs: number): TierMeter => {
      return { intervalMs, cycles: 0, overruns: 0, latencyUs: new LatencyHistogram() };
    };
    this.meters = deps.meters ?? {
      fast: meter(fastMs),
      tactical: meter(tacticalMs),
      strategic: meter(strategicMs),
      learning: meter(learningMs),
    };
  }

  start(): void {
    this.last = this.deps.now();
    this.timer = setInterval(() => this.tick(), this.intervals.fastMs);
  }

  /** From the next beat on. */
  setIntervals(intervals: TierIntervals): void {
    this.intervals = intervals;
    this.meters.fast.intervalMs = intervals.fastMs;
    this.meters.tactical.intervalMs = intervals.tacticalMs;
    this.meters.strategic.intervalMs = intervals.strategicMs;
    this.meters.learning.intervalMs = intervals.learningMs;
    if (this.timer === null) return;
    clearInterval(this.timer);
    this.timer = setInterval(() => this.tick(), intervals.fastMs);
  }

  stop(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
  }

  /** One look at the clock; the timer's work, callable by tests. */
  tick(): void {
    const now = this.deps.now();
    if (now < this.last) this.last = now; // the wall clock was put back: go on from there
    const due = dueTiers(this.last, now, this.intervals);
    if (due === 0 || !this.deps.beat(due, now)) return;
    const before = this.last;
    this.last = now;
    const begin = performance.now();
    for (const tier of TIERS) {
      if ((due & BITS[tier]) !== 0)
        this.meters[tier].overruns += missedBeats(before, now, this.meters[tier].intervalMs);
    }
    const measured = (): void => this.measure(due, (performance.now() - begin) * 1000);
    this.deps.evaluated().then(measured, () => undefined); // a failed worker is told by the stream
  }

  private measure(due: number, latencyUs: number): void {
    for (const tier of TIERS) {
      if ((due & BITS[tier]) === 0) continue;
      const meter = this.meters[tier];
      meter.cycles++;
      meter.latencyUs.record(latencyUs);
      if (latencyUs > meter.intervalMs * 1000) meter.overruns++;
    }
  }
}
