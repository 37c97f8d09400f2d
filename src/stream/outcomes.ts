// Closed outcomes on their way into the stream, as events that workers and replay know, and what the core has made of
// them: the thresholds that it moved by itself. Main thread only.
import * as layout from "../../assembly/layout.ts";
import * as learned from "../../assembly/learned-layout.ts";
import type { CoreOutcome, CoreThreshold } from "../domain/learned.ts";
import type { Regime } from "../domain/regime.ts";
import { STRATEGIES } from "../domain/strategies.ts";
import type { EpochUs } from "../domain/units.ts";
import type { Compute } from "./compute.ts";

const CLASSES: Readonly<Partial<Record<Regime, number>>> = {
  trending: learned.CLASS_TRENDING,
  volatile: learned.CLASS_VOLATILE,
};
const CODES: ReadonlyMap<string, number> = new Map(STRATEGIES.map(({ name, code }) => [name, code]));

/** One wrong price must not say what losing costs; outcomes in journals of before say 0, and mean what they meant. */
const BOUNDED = 1;

/** All of them, or none and false when the event ring has no room. */
export function tellOutcomes(
  { plane }: Pick<Compute, "plane">,
  now: EpochUs,
  outcomes: readonly CoreOutcome[],
): boolean {
  const { ring, writer } = plane;
  if (ring.free() < outcomes.length) return false;
  writer.stamp(now);
  for (const { strategy, net, confidence, regime } of outcomes) {
    const code = CODES.get(strategy);
    if (code === undefined) continue;
    const payload = [net, confidence, CLASSES[regime] ?? learned.CLASS_OTHER, BOUNDED];
    writer.write(layout.KIND_CONTROL, code, 0, layout.CONTROL_OUTCOME, writer.clock, payload);
  }
  ring.publish();
  return true;
}

/** By CLASS_ code. A class that has not learned anything of its own has the quality of the first. */
export function coreThresholds({ state }: Pick<Compute, "state">, strategy: number): readonly CoreThreshold[] {
  const base = state.threshold(layout.THRESHOLD_QUALITY, strategy);
  return Array.from({ length: learned.CLASSES }, (_, index) => {
    const own = (which: number): number =>
      state.learned(learned.LEARNED_CLASS + (index - 1) * learned.LEARNED_CLASS_COLUMNS + which, strategy);
    const [wins, outcomes] = [0, 1].map((which) => state.learned(learned.LEARNED_LAST + 2 * index + which, strategy));
    return {
      quality: index === learned.CLASS_OTHER ? base : own(0) || base,
      own: index === learned.CLASS_OTHER || own(0) > 0,
      before: base,
      changes: index === learned.CLASS_OTHER ? state.threshold(layout.THRESHOLD_CHANGES, strategy) : own(3),
      wins: wins ?? 0,
      outcomes: outcomes ?? 0,
    };
  });
}
