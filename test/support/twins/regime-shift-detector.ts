// regime_shift_detector, slow and obvious: standardised returns from the whole list, the batch twins of the filter and of
// the run lengths over all of them, then the votes one sample after the other. Nothing is pruned.
import { changePointTwin } from "./change-point.ts";
import { hamiltonTwin } from "./filters.ts";

const [WARM, QUIET, FAR] = [50, 25, 8];

export interface RegimeRow {
  /** Posterior of the second of two states. */
  readonly second: number;
  readonly recent: number;
  readonly drift: number;
  readonly votes: number;
  readonly shift: boolean;
  readonly regime: number;
}

/** Mean and variance before each return: equal weights up to `reference` returns, 1 / reference from then on. */
export function standardised(returns: readonly number[], reference = 500): { x: number[]; scaled: number[] } {
  const near = (value: number): number => Math.max(-FAR, Math.min(FAR, value));
  let [mean, square] = [0, 0];
  const [x, scaled]: [number[], number[]] = [[], []];
  returns.forEach((r, index) => {
    const sigma = Math.max(Math.sqrt(Math.max(square - mean * mean, 0)), 1e-12);
    if (index >= WARM) {
      x.push(near((r - mean) / sigma));
      scaled.push(near(r / sigma));
    }
    const weight = 1 / Math.min(index + 1, reference);
    mean += weight * (r - mean);
    square += weight * (r * r - square);
  });
  return { x, scaled };
}

export function regimeTwin(closes: readonly number[]): RegimeRow[] {
  const { x, scaled } = standardised(closes.slice(1).map((close, index) => Math.log(close) - Math.log(closes[index]!)));
  const move = [
    [0.995, 0.005],
    [0.02, 0.98],
  ];
  const { filtered } = hamiltonTwin({ mean: [0, 0], sigma: [0.9, 2], move }, x);
  const runs = changePointTwin(x, { hazard: 0.004, mean: 0, kappa: 1, alpha: 1, beta: 1 });
  let [up, down, drift, regime] = [0, 0, 0, -1];
  let ages = [Infinity, Infinity, Infinity];
  return x.map((value, t) => {
    const second = filtered[t]?.[1] ?? Number.NaN;
    const recent = runs[t]?.recent ?? Number.NaN;
    const best = second > 0.5 ? 1 : 0;
    const sure = Math.max(second, 1 - second) > 0.8;
    const moved = sure && regime >= 0 && regime !== best;
    if (sure || regime < 0) regime = best;
    [up, down] = [Math.max(0, up + value - 0.5), Math.max(0, down - value - 0.5)];
    const alarm = up > 5 || down > 5;
    if (alarm) [up, down] = [0, 0];
    drift = 0.9 * drift + 0.1 * (scaled[t] ?? 0);
    if (t < QUIET) return { second, recent, drift, votes: 0, shift: false, regime };
    ages = [moved, alarm, recent > 0.5].map((cast, which) => (cast ? 0 : (ages[which] ?? 0) + 1));
    const votes = ages.filter((age) => age < 10).length;
    if (votes < 2) return { second, recent, drift, votes, shift: false, regime };
    ages = [Infinity, Infinity, Infinity];
    [up, down, regime] = [0, 0, best];
    return { second, recent, drift, votes, shift: true, regime };
  });
}
