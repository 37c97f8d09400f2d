// What operators change while the stream runs: thresholds of every strategy and the cool-down as control events, so that
// workers, replay and a restart know them; lengths of the tiers and the rules of risk on the host, whose work they are
// (every beat is an event of its own, so a replay does not need the lengths).
import * as layout from "../../assembly/layout.ts";
import { SETTING_THRESHOLDS } from "../../assembly/learned-layout.ts";
import { STRATEGIES } from "../domain/strategies.ts";
import type { EpochUs } from "../domain/units.ts";
import type { Beats } from "./beats.ts";
import type { Compute } from "./compute.ts";
import type { Instances } from "./instances.ts";
import type { TierIntervals } from "./kernels/tier-clock.ts";
import type { RiskRules } from "./risk/risk.ts";

export interface Thresholds {
  readonly minSignalQuality: number;
  readonly opportunityThreshold: number;
  readonly volatilityMultiplier: number;
  readonly trendMultiplier: number;
  /** By which a start sees whether the core has them; 0: nobody has numbered them. */
  readonly number: number;
}

/** What is absent stays as it is. */
export interface Tuning {
  readonly thresholds?: Thresholds;
  readonly tiers?: TierIntervals;
  readonly rules?: RiskRules;
}

export interface TunedParts {
  readonly compute: Compute;
  readonly instances: Instances;
  readonly beats: Beats;
  rules: RiskRules;
}

const COLUMNS = [
  [layout.THRESHOLD_QUALITY, "minSignalQuality"],
  [layout.THRESHOLD_OPPORTUNITY, "opportunityThreshold"],
  [layout.THRESHOLD_VOLATILITY, "volatilityMultiplier"],
  [layout.THRESHOLD_TREND, "trendMultiplier"],
] as const;
const EVENTS_MAX = STRATEGIES.length * COLUMNS.length + 2;

/** All of it, or nothing and false when the event ring has no room. */
export function tune(parts: TunedParts, now: EpochUs, { thresholds, tiers, rules }: Tuning): boolean {
  const { ring, writer } = parts.compute.plane;
  if (ring.free() < EVENTS_MAX) return false;
  writer.stamp(now);
  if (thresholds !== undefined) {
    for (const { code } of STRATEGIES) {
      for (const [column, field] of COLUMNS) {
        const payload = [column, thresholds[field], 0];
        writer.write(layout.KIND_CONTROL, code, 0, layout.CONTROL_THRESHOLD, writer.clock, payload);
      }
    }
    parts.instances.set(SETTING_THRESHOLDS, thresholds.number); // behind them: a core that has it has them
  }
  if (rules !== undefined) {
    parts.instances.set(layout.SETTING_COOLDOWN_US, rules.cooldownUs);
    parts.rules = rules;
  }
  if (tiers !== undefined) parts.beats.setIntervals(tiers);
  ring.publish();
  return true;
}
