// Johansen's trace and maximum-eigenvalue statistics, of a pair and of a whole panel.
import { count, Missing, oneOf, type Adapter, type Question } from "../adapter.ts";
import { GoldenError } from "../format.ts";

// Limits of assembly/math/johansen.ts, which a release build does not check.
const SERIES_MAX = 12;
const COLUMNS_MAX = 128;

interface Johansen {
  readonly eig: readonly number[];
  readonly trace: readonly number[];
  readonly maxeig: readonly number[];
  /** First eigenvector. */
  readonly beta: readonly number[];
}

function johansen({ engine: { core, arena }, data, golden }: Question): Johansen {
  const columns = data.inputs(golden);
  const n = columns.length;
  const rows = columns[0]?.length ?? 0;
  const y = arena.take(n * rows);
  columns.forEach((column, index) => arena.f.set(column, y / 8 + index * rows));
  const lags = Number(golden.params["k_ar_diff"]);
  if (n > SERIES_MAX || n * (lags + 2) > COLUMNS_MAX) throw new Missing(`${n} series with ${lags} lags at once`);
  const scratch = arena.take(core.johansenScratch(n, rows, lags) / 8 + 1);
  const out = arena.take(n * (n + 3));
  const done = core.johansen(y, rows * 8, n, rows, Number(golden.params["det_order"]), lags, out, scratch);
  if (done !== 1) throw new GoldenError("the engine refuses this panel: a column is a combination of the others");
  const part = (index: number): number[] => arena.read(out + index * n * 8, n);
  return { eig: part(0), trace: part(1), maxeig: part(2), beta: part(3) };
}

function pair(question: Question): unknown {
  const { core } = question.engine;
  const { eig, trace, maxeig, beta } = johansen(question);
  const terms = Number(question.golden.params["det_order"]);
  const table = (critical: (terms: number, left: number, percent: number) => number): number[][] =>
    eig.map((_, row) => [90, 95, 99].map((percent) => critical(terms, eig.length - row, percent)));
  return {
    trace_r0: trace[0],
    trace_r1: trace[1],
    maxeig_r0: maxeig[0],
    maxeig_r1: maxeig[1],
    eig1: eig[0],
    eig2: eig[1],
    beta_on_b: (beta[1] ?? Number.NaN) / (beta[0] ?? Number.NaN),
    cvt: table(core.traceCritical),
    cvm: table(core.maxEigenCritical),
  };
}

const params = { det_order: oneOf(-1, 0, 1), k_ar_diff: count };

export const johansenTests: readonly Adapter[] = [
  { call: /^coint_johansen\(np\.column_stack\(\[y,\s*x\]\)/, params, answer: pair },
  {
    call: /^coint_johansen\(all log prices/,
    params,
    answer: johansen,
  },
];
