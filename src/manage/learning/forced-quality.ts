// What an adaptation that was asked for does to min_signal_quality, beside the set of the regime: the rule of the learning
// cycle, at once. Share of wins among the outcomes since it was last moved so above 0.8: x 0.95; below 0.5: x 1.05; from
// 0.01 to 0.95. Nothing with fewer than 20 of them, or when they came to the contrary: few wins that pay for the losses
// are no reason to let less through, and many that do not pay none to let more through. Pure.
import type { Move } from "../../learning/adaptation.ts";

const OUTCOMES_MIN = 20;
const [WELL, BADLY] = [0.8, 0.5];
const [LOWER, HIGHER] = [0.95, 1.05];
const [QUALITY_MIN, QUALITY_MAX] = [0.01, 0.95];

export function forcedQuality(nets: readonly number[], from: number | null): Move | null {
  if (from === null || nets.length < OUTCOMES_MIN) return null;
  const success = nets.filter((net) => net > 0).length / nets.length;
  const total = nets.reduce((sum, net) => sum + net, 0);
  const step = success > WELL && total > 0 ? LOWER : success < BADLY && total <= 0 ? HIGHER : 1;
  const to = Math.max(QUALITY_MIN, Math.min(QUALITY_MAX, from * step));
  // No factor of a regime: it stays when the next set comes.
  return to === from ? null : { name: "min_signal_quality", from, to, factor: 1 };
}
