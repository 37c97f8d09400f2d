// Recorded values that are wrong by more than their tolerance, because the outside program lost digits. Each is replaced
// by the exact value, which test/golden/corrections.test.ts computes anew with whole numbers of any length.
import { isSeries, type GoldenCase } from "./format.ts";

export interface Correction {
  /** Of the golden file. */
  readonly file: string;
  readonly name: string;
  readonly field: string;
  readonly index: number;
  readonly recorded: number;
  readonly exact: number;
}

export const CORRECTIONS: readonly Correction[] = [
  // The peer solves normal equations of log prices that are not centred: alpha is a small difference of large numbers.
  {
    file: "pair_ETH_BTC_1h_2023q3",
    name: "rolling_ols_100",
    field: "alpha",
    index: 812,
    recorded: -0.0417934060096741,
    exact: -0.04179315374448,
  },
];

/** The case with what is known to be wrong put right; a folder that records something else there is left alone. */
export function corrected(file: string, golden: GoldenCase): GoldenCase {
  return correctionsOf(file, golden).reduce(correct, golden);
}

/** Those that apply: the wrong value is recorded. */
export function correctionsOf(file: string, golden: GoldenCase): readonly Correction[] {
  return CORRECTIONS.filter(({ file: own, name, field, index, recorded }) => {
    const series = golden.output[field];
    if (own !== file || name !== golden.name || !isSeries(series)) return false;
    return series.at?.[series.index?.indexOf(index) ?? -1] === recorded;
  });
}

function correct(golden: GoldenCase, { field, index, recorded, exact }: Correction): GoldenCase {
  const series = golden.output[field];
  if (!isSeries(series)) return golden;
  const at = series.at?.map((value, place) => (series.index?.[place] === index && value === recorded ? exact : value));
  return { ...golden, output: { ...golden.output, [field]: { ...series, at } } };
}
