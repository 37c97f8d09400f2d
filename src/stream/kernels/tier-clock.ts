// Which tiers are due between two looks at a clock: a tier is due when a multiple of its interval was passed. Pure, so
// that live (wall time) and replay (journaled beats) share it; the timer is the caller's.
import * as layout from "../../../assembly/layout.ts";
import type { EpochUs } from "../../domain/units.ts";

export interface TierIntervals {
  readonly fastMs: number;
  readonly tacticalMs: number;
  readonly strategicMs: number;
  readonly learningMs: number;
}

/** Bits of the tiers that are due at `now` when the last beat was at `before`. */
export function dueTiers(before: EpochUs, now: EpochUs, intervals: TierIntervals): number {
  const passed = (ms: number): boolean => Math.floor(now / (ms * 1000)) > Math.floor(before / (ms * 1000));
  return (
    (passed(intervals.fastMs) ? layout.TIER_FAST : 0) |
    (passed(intervals.tacticalMs) ? layout.TIER_TACTICAL : 0) |
    (passed(intervals.strategicMs) ? layout.TIER_STRATEGIC : 0) |
    (passed(intervals.learningMs) ? layout.TIER_LEARNING : 0)
  );
}

/** Beats of a tier that were missed because the host was late: whole intervals beyond the one that is due. */
export function missedBeats(before: EpochUs, now: EpochUs, intervalMs: number): number {
  const passed = Math.floor(now / (intervalMs * 1000)) - Math.floor(before / (intervalMs * 1000));
  return Math.max(0, passed - 1);
}
