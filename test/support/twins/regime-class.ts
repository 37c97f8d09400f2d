// The regimes in words, slow and obvious: a five by five chain written out as a matrix, run lengths that are never pruned,
// volumes from the whole list, and the hysteresis as one rule per bar.
import type { Regime } from "../../../src/domain/regime.ts";
import { changePointTwin } from "./change-point.ts";
import { densityTwin } from "./filters.ts";

const [WARM, QUIET, FAR, REFERENCE] = [50, 25, 8, 500];
const CHAIN = { mean: [0.45, -0.45, 0, 0, 0], sigma: [0.9, 0.9, 0.9, 2, 0.45], move: [] };
const MOVE = 1 / REFERENCE / 4;

export interface NamedBar {
  readonly regime: Regime;
  /** Of trending, ranging, volatile, calm. */
  readonly p: readonly number[];
}
const WORDS = ["trending", "ranging", "volatile", "calm"] as const;

/** One row per bar from the 76th return on. */
export function namedTwin(closes: readonly number[], volumes: readonly number[]): NamedBar[] {
  const near = (value: number): number => Math.max(-FAR, Math.min(FAR, value));
  const sums = { up: 0, down: 0, at: -Infinity, side: 0 };
  let [mean, square] = [0, 0];
  const [x, lifted]: [number[], number[]] = [[], []];
  closes.slice(1).forEach((close, index) => {
    const r = Math.log(close) - Math.log(closes[index]!);
    const before = near((r - mean) / Math.max(Math.sqrt(Math.max(square - mean * mean, 0)), 1e-12));
    const weight = 1 / Math.min(index + 1, REFERENCE);
    mean += weight * (r - mean);
    square += weight * (r * r - square);
    if (index < WARM) return;
    x.push(before);
    lifted.push(near(before + mean / Math.sqrt(square - mean * mean)));
  });
  const young = changePointTwin(x, { hazard: 0.004, mean: 0, kappa: 1, alpha: 1, beta: 1 }).map((run) => run.young);
  let filtered = [0.2, 0.2, 0.2, 0.2, 0.2];
  let [regime, candidate, streak]: [Regime, Regime, number] = ["unknown", "unknown", 0];
  return x.flatMap((value, t) => {
    [sums.up, sums.down] = [Math.max(0, sums.up + value - 0.5), Math.max(0, sums.down - value - 0.5)];
    const alarm = sums.up > 5 ? 1 : sums.down > 5 ? -1 : 0;
    if (alarm !== 0) Object.assign(sums, { up: 0, down: 0 });
    if (t < QUIET) return [];
    if (alarm !== 0) Object.assign(sums, { at: t, side: alarm });
    const mass = filtered.map((_, j) => {
      const predicted = filtered.reduce((sum, p, i) => sum + p * (i === j ? 1 - 4 * MOVE : MOVE), 0);
      return predicted * (0.98 * densityTwin(CHAIN, j, lifted[t]!) + 0.02 / 16);
    });
    const total = mass.reduce((sum, one) => sum + one, 0);
    filtered = mass.map((one) => one / total);
    const [up, down, ...others] = filtered as [number, number, ...number[]];
    const p = [up + down, ...others];
    const best = WORDS[p.indexOf(Math.max(...p))]!;
    if (best === regime || Math.max(...p) <= 0.7) streak = 0;
    else {
      streak = best === candidate ? streak + 1 : 1;
      candidate = best;
      const alarmed = t - sums.at < 30;
      const cusum =
        best === "trending" ? alarmed && sums.side === (up >= down ? 1 : -1) : alarmed === (best === "volatile");
      const speaking = [cusum, young[t]! > 0.5, volumeSpeaks(best, volumes.slice(1, t + WARM + 2))].filter(Boolean);
      if (streak >= Math.max(2, 12 - 4 * speaking.length)) [regime, streak] = [best, 0];
    }
    return [{ regime, p }];
  });
}

/** Exponential means of the volumes so far, equal weights at first. */
function volumeSpeaks(regime: Regime, volumes: readonly number[]): boolean {
  const mean = (span: number): number =>
    volumes.reduce((so, volume, index) => so + (volume - so) / Math.min(index + 1, span), 0);
  const [now, usual] = [mean(10), mean(REFERENCE)];
  return regime !== "ranging" && (regime === "calm" ? now < 0.8 * usual : now > 1.2 * usual);
}
