// Isotonic calibration: what the confidence of a strategy is worth, by its closed outcomes, and how far what was published
// agrees with what came.
//   bins of at least a fourteenth of the outcomes by raw confidence, equal ones together; each the share that won;
//   made non-decreasing by pooling neighbours (Ayer et al. 1955, "pool adjacent violators"); straight lines between them
//   ECE = sum over bins of outcomes / all x |share that won - mean published confidence|   (Naeini et al. 2015)
// A map has at most POINTS points and stays within WORTH_MIN..WORTH_MAX, because confidence is capped. Pure.
import type { Outcome } from "./outcome.ts";

/** A raw confidence and what it is worth; ascending in both. */
export type Point = readonly [raw: number, worth: number];
export type CalibrationMap = readonly Point[];

export const POINTS = 16;
/** Of a fit, so that a step towards it (`towards`) has room for the two ends. */
const FITTED_POINTS = POINTS - 2;
/** Outcomes without which there is no map. */
export const CALIBRATED_FROM = 200;
export const WORTH_MIN = 0.01;
export const WORTH_MAX = 0.9;

type Told = Pick<Outcome, "confidenceRaw" | "confidence" | "net">;

interface Bin {
  raw: number;
  wins: number;
  total: number;
}

/** Null: there are too few outcomes. */
export function fitCalibration(outcomes: readonly Told[], from = CALIBRATED_FROM): CalibrationMap | null {
  if (outcomes.length < from) return null;
  const bins = binned(outcomes);
  const worth = pooled(bins);
  const points = bins.map(({ raw }, index): Point => [raw, worth[index] ?? WORTH_MIN]);
  // Of a level stretch its two ends say everything.
  return points.filter(([, y], index) => index === 0 || y !== points[index - 1]?.[1] || y !== points[index + 1]?.[1]);
}

/** By raw confidence, ascending; no two have the same. */
function binned(outcomes: readonly Told[]): readonly Bin[] {
  const least = Math.ceil(outcomes.length / FITTED_POINTS);
  const sorted = outcomes.toSorted((one, other) => one.confidenceRaw - other.confidenceRaw);
  const bins: Bin[] = [];
  let bin: Bin = { raw: 0, wins: 0, total: 0 };
  for (const [index, { confidenceRaw, net }] of sorted.entries()) {
    bin.raw += confidenceRaw;
    bin.wins += net > 0 ? 1 : 0;
    bin.total += 1;
    const next = sorted[index + 1];
    if (next !== undefined && (bin.total < least || next.confidenceRaw === confidenceRaw)) continue;
    const rest = bins.at(-1);
    // What is left over at the end belongs to the bin before it.
    if (next === undefined && bin.total < least / 2 && rest !== undefined) {
      rest.raw = (rest.raw * rest.total + bin.raw) / (rest.total + bin.total);
      rest.wins += bin.wins;
      rest.total += bin.total;
    } else bins.push({ ...bin, raw: bin.raw / bin.total });
    bin = { raw: 0, wins: 0, total: 0 };
  }
  return bins;
}

/** The non-decreasing shares nearest to those of the bins, in squares weighted by outcomes. */
function pooled(bins: readonly Bin[]): readonly number[] {
  const blocks: { wins: number; total: number; bins: number }[] = [];
  for (const { wins, total } of bins) {
    let block = { wins, total, bins: 1 };
    for (let before = blocks.at(-1); before !== undefined; before = blocks.at(-1)) {
      if (before.wins * block.total < block.wins * before.total) break;
      blocks.pop();
      block = {
        wins: before.wins + block.wins,
        total: before.total + block.total,
        bins: before.bins + block.bins,
      };
    }
    blocks.push(block);
  }
  return blocks.flatMap(({ wins, total, bins: width }) =>
    Array.from({ length: width }, () => Math.min(Math.max(wins / total, WORTH_MIN), WORTH_MAX)),
  );
}

/** As the core reads a map (assembly/learned.ts); null: the raw confidence itself. */
export function calibrated(map: CalibrationMap | null, raw: number): number {
  const [first] = map ?? [];
  if (map === null || first === undefined) return raw;
  let [x, y] = first;
  if (raw <= x) return y;
  for (const [nextX, nextY] of map) {
    if (nextX <= x) continue;
    if (raw <= nextX) return y + ((nextY - y) * (raw - x)) / (nextX - x);
    [x, y] = [nextX, nextY];
  }
  return y;
}

/** How far two maps are apart at most, looked at where either of them bends. */
export function distance(one: CalibrationMap | null, other: CalibrationMap | null): number {
  const places = [...(one ?? []), ...(other ?? []), [0, 0] as const, [1, 1] as const].map(([raw]) => raw);
  return Math.max(...places.map((raw) => Math.abs(calibrated(one, raw) - calibrated(other, raw))));
}

/**
 * The map that is nearest to `wanted` while no confidence moves by more than `step` from what `present` makes of it; null:
 * the raw confidence itself.
 */
export function towards(
  present: CalibrationMap | null,
  wanted: CalibrationMap | null,
  step: number,
): CalibrationMap | null {
  if (distance(present, wanted) <= step) return wanted;
  const raws = [...new Set([0, ...(wanted ?? present ?? []).map(([raw]) => raw), 1])].toSorted(
    (one, other) => one - other,
  );
  // Between the points the maps bend in other places, so the step may have to be a shorter one.
  for (let reach = step; reach > SHORTEST; reach *= 0.8) {
    const points = raws.map((raw): Point => {
      const from = calibrated(present, raw);
      return [raw, Math.min(Math.max(calibrated(wanted, raw), from - reach), from + reach)];
    });
    if (distance(present, points) <= step) return points;
  }
  // Where what is in force is steep between the points of what is wanted, the way leads over the raw confidence.
  return wanted === null ? present : towards(present, null, step);
}
const SHORTEST = 1e-3;

export interface ReliabilityBin {
  /** Mean published confidence of its outcomes. */
  readonly confidence: number;
  readonly wins: number;
  readonly total: number;
}
export interface Reliability {
  /** Tenths of confidence; those that nothing fell into are left out. */
  readonly bins: readonly ReliabilityBin[];
  /** Expected calibration error, 0..1; 0 without outcomes. */
  readonly ece: number;
  readonly outcomes: number;
}

const TENTHS = 10;

export function reliabilityOf(outcomes: readonly Pick<Told, "confidence" | "net">[]): Reliability {
  const sums = Array.from({ length: TENTHS }, () => ({ confidence: 0, wins: 0, total: 0 }));
  for (const { confidence, net } of outcomes) {
    const bin = sums[Math.min(Math.floor(confidence * TENTHS), TENTHS - 1)];
    if (bin === undefined) continue;
    bin.confidence += confidence;
    bin.wins += net > 0 ? 1 : 0;
    bin.total += 1;
  }
  const filled = sums.filter(({ total }) => total > 0);
  const bins = filled.map(({ confidence, wins, total }) => ({ confidence: confidence / total, wins, total }));
  const all = outcomes.length;
  const ece = bins.reduce(
    (sum, { confidence, wins, total }) => sum + (total / all) * Math.abs(wins / total - confidence),
    0,
  );
  return { bins, ece, outcomes: all };
}
