// Funding rates of perpetual contracts: figures about one venue, and about the difference of two. Means, deviations and
// compounding are the core's; numbers of rows, extremes and their times describe the column.
import { count, type Adapter, type Question } from "../adapter.ts";
import { fileName } from "../data.ts";
import { momentsOf, performanceOf } from "../moments.ts";

const DAYS = 365;
const RECENT = 30;
/** Of the venues whose difference is taken. */
const SETTLEMENTS_PER_DAY = 3;
const BASIS_POINT = 1e-4;

function venue(question: Question): unknown {
  const { engine, data, golden } = question;
  const rates = data.input(golden, "funding_rate");
  const periods = DAYS * Number(golden.params["settlements_per_day"]);
  const { mean, deviation, total, positive } = performanceOf(engine, rates, periods);
  return {
    n: rates.length,
    mean,
    std: deviation,
    annualised_simple: mean * periods,
    cumulative_simple: mean * rates.length,
    cumulative_compounded: total,
    positive_share: positive,
    max: Math.max(...rates),
    min: Math.min(...rates),
    last30_mean: momentsOf(engine, rates.slice(-RECENT)).mean,
  };
}

function difference({ engine, data, golden }: Question): unknown {
  const [a, b] = [fileName(golden.input["a"]), fileName(golden.input["b"])];
  const columns = ["timestamp_ms", "funding_rate"].map((column) => ({ file: a, column }));
  const [times = [], ones = [], others = []] = data.join([...columns, { file: b, column: "funding_rate" }]);
  const apart = ones.map((rate, row) => rate - (others[row] ?? Number.NaN));
  const sizes = apart.map(Math.abs);
  const { mean, deviation } = momentsOf(engine, apart);
  const max = Math.max(...apart);
  return {
    n: apart.length,
    mean,
    std: deviation,
    max,
    min: Math.min(...apart),
    argmax_ts: times[apart.indexOf(max)],
    count_abs_gt_1bp: sizes.filter((size) => size > BASIS_POINT).length,
    annualised_capture_abs: momentsOf(engine, sizes).mean * SETTLEMENTS_PER_DAY * DAYS,
  };
}

export const funding: readonly Adapter[] = [
  { call: /^plain statistics$/, params: { settlements_per_day: count }, answer: venue },
  { call: /^difference of funding at equal timestamps$/, answer: difference },
];
