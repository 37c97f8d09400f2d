// Outcomes as they are told to the core, and the qualities that it makes of them.
import * as layout from "../../../assembly/layout.ts";
import * as learning from "../../../assembly/learned-layout.ts";
import type { TestPlane } from "../plane.ts";

const { CLASS_OTHER } = learning;
/** In the bucket of the threshold that every strategy begins with. */
const NEAR = 0.11;

export const quality = (plane: TestPlane, strategy: number): number =>
  plane.state.threshold(layout.THRESHOLD_QUALITY, strategy);
export const qualityIn = (plane: TestPlane, regime: number, strategy: number): number =>
  plane.state.learned(learning.LEARNED_CLASS + (regime - 1) * learning.LEARNED_CLASS_COLUMNS, strategy);

interface Told {
  readonly confidence?: number;
  readonly regime?: number;
  readonly gain?: number;
}

export function outcomes(plane: TestPlane, strategy: number, wins: number, losses: number, told: Told = {}): void {
  const { confidence = NEAR, regime = CLASS_OTHER, gain = 1 } = told;
  for (let index = 0; index < wins + losses; index++) {
    plane.control(layout.CONTROL_OUTCOME, strategy, [index < wins ? gain : -1, confidence, regime]);
  }
  plane.beat(layout.TIER_LEARNING);
  plane.settle();
}

/** Even outcomes of high confidence, without which there is nothing better that a threshold could leave. */
export function better(plane: TestPlane, strategy: number, told: Told = {}): void {
  for (let index = 0; index < 12; index++) {
    const net = index % 2 === 0 ? (told.gain ?? 1) : -1;
    plane.control(layout.CONTROL_OUTCOME, strategy, [net, 0.95, told.regime ?? CLASS_OTHER]);
  }
}
