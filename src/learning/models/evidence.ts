// Whether a model's foresight on rows it never saw is more than luck. Bets are taken one after the other, never two at a
// time, wherever the model says at least `enter`; their returns are net of costs.
//   ranking    z = (auc - 1/2) / sqrt((a + b + 1) / (12 a b)), a and b being the rows that came true and that did not, each
//              divided by the bars that a label lasts, because labels that overlap are not news of their own
//   deflated   the deflated Sharpe ratio of the bets against the best of all models tried on this data
// Both have to hold: each alone lets one noise in twenty or in a hundred through.
import { deflatedSharpe, momentsOf } from "../../research/research.ts";
import type { Labels } from "./labels.ts";
import { auc } from "./scores.ts";

export const EVIDENCE = {
  /** Probability that the bets' true Sharpe ratio is above the best that luck gives. */
  deflated: 0.95,
  /** Standard errors of the ranking above chance: one in a hundred. */
  ranking: 2.33,
  bets: 30,
} as const;

export interface Foretold {
  readonly rows: Int32Array;
  readonly given: Float64Array;
  /** Probability from which on a bet pays, by row. */
  readonly enter: Float64Array;
}

export interface Evidence {
  readonly rows: number;
  readonly auc: number | null;
  readonly ranking: number | null;
  readonly bets: number;
  readonly winRate: number | null;
  /** Mean return of a bet, net. */
  readonly meanNet: number | null;
  /** Of one bet. */
  readonly sharpe: number | null;
  readonly deflated: number | null;
  readonly trials: number;
  readonly holds: boolean;
  /** For people: what holds or what is missing. */
  readonly sentence: string;
}

/** `trials`: models tried on this data, this one among them. */
export function evidenceOf(labels: Labels, { rows, given, enter }: Foretold, trials: number): Evidence {
  const own = Float64Array.from(rows, (row) => labels.label[row] ?? Number.NaN);
  const bets = betsOf(labels, { rows, given, enter });
  const area = auc(own, given);
  const ranking = area === null ? null : rankingOf(labels, rows, own, area);
  const moments = bets.length < 2 ? null : momentsOf(bets);
  const variance = bets.length < 2 ? 0 : 1 / (bets.length - 1);
  const deflated = moments === null ? null : deflatedSharpe(moments, trials, variance);
  const found = {
    rows: rows.length,
    auc: area,
    ranking,
    bets: bets.length,
    winRate: bets.length === 0 ? null : bets.filter((net) => net > 0).length / bets.length,
    meanNet: bets.length === 0 ? null : bets.reduce((sum, net) => sum + net, 0) / bets.length,
    sharpe: moments?.sharpe ?? null,
    deflated,
    trials,
  };
  const missing = missingOf(found);
  const sentence = missing.length === 0 ? proven(found) : `not proven: ${missing.join("; ")}`;
  return { ...found, holds: missing.length === 0, sentence };
}

type Found = Omit<Evidence, "holds" | "sentence">;

function missingOf({ bets, ranking, deflated }: Found): readonly string[] {
  const said = (value: number | null): string => (value === null ? "unknown" : value.toFixed(3));
  return [
    ...(bets >= EVIDENCE.bets ? [] : [`${bets} bets out of sample, at least ${EVIDENCE.bets} are needed`]),
    ...((ranking ?? -Infinity) >= EVIDENCE.ranking
      ? []
      : [`its ranking lies ${said(ranking)} standard errors above chance, at least ${EVIDENCE.ranking} are needed`]),
    ...((deflated ?? 0) >= EVIDENCE.deflated
      ? []
      : [`its deflated Sharpe ratio is ${said(deflated)}, at least ${EVIDENCE.deflated} is needed`]),
  ];
}

function proven({ bets, auc: area, deflated, trials }: Found): string {
  return (
    `${bets} bets out of sample, area under the curve ${(area ?? 0).toFixed(3)}, deflated Sharpe ratio ` +
    `${(deflated ?? 0).toFixed(3)} against the best of ${trials} tried`
  );
}

function betsOf(labels: Labels, { rows, given, enter }: Foretold): Float64Array {
  const bets: number[] = [];
  let busy = -1;
  rows.forEach((row, place) => {
    if (row <= busy || !((given[place] ?? 0) >= (enter[place] ?? 1))) return;
    bets.push(labels.net[row] ?? 0);
    busy = labels.end[row] ?? row;
  });
  return Float64Array.from(bets);
}

function rankingOf(labels: Labels, rows: Int32Array, own: Float64Array, area: number): number {
  let [bars, ones] = [0, 0];
  rows.forEach((row) => (bars += (labels.end[row] ?? row) - row));
  own.forEach((label) => (ones += label));
  const span = Math.max(1, bars / rows.length);
  const [a, b] = [ones / span, (rows.length - ones) / span];
  return (area - 0.5) / Math.sqrt((a + b + 1) / (12 * a * b));
}
