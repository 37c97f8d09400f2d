// Training of the logistic model: the core's FTRL-proximal (assembly/math/models/ftrl.ts) over the training rows in order of
// time, some passes long. Means and scales are those of the training rows, so nothing of what is judged is in them.
import { chosen, type LogisticWeights } from "./weights.ts";
import type { Workbench } from "./workbench.ts";

export interface FtrlSettings {
  readonly alpha: number;
  readonly beta: number;
  readonly l1: number;
  readonly l2: number;
  readonly passes: number;
}
export const FTRL: FtrlSettings = { alpha: 0.05, beta: 1, l1: 2, l2: 1, passes: 3 };

/** Clears the workbench. */
export function trainLogistic(
  bench: Workbench,
  columns: readonly Float64Array[],
  label: Float64Array,
  rows: Int32Array,
  settings: FtrlSettings = FTRL,
): LogisticWeights {
  const own = chosen(columns, rows);
  const values = new Float64Array(3 * columns.length + 1);
  own.forEach((column, input) => {
    const { mean, scale } = scaling(column);
    values[3 * input] = mean;
    values[3 * input + 1] = scale;
  });
  bench.clear();
  const { address, stride } = bench.putColumns(own);
  const [labels] = chosen([label], rows);
  const model = bench.put(values);
  const state = bench.put(new Float64Array(2 * columns.length + 2));
  const y = bench.put(labels ?? new Float64Array(0));
  const shares = bench.put(new Float64Array(rows.length).fill(1));
  const out = bench.take(rows.length);
  const { alpha, beta, l1, l2, passes } = settings;
  for (let pass = 0; pass < passes; pass++) {
    bench.core.ftrlLearn(
      model,
      state,
      columns.length,
      address,
      stride,
      rows.length,
      y,
      shares,
      alpha,
      beta,
      l1,
      l2,
      out,
    );
  }
  return { kind: "logistic", values: bench.read(model, values.length) };
}

/** Of the values that are finite; a column that stands still has no scale and so no say. */
function scaling(column: Float64Array): { readonly mean: number; readonly scale: number } {
  const finite = column.filter(Number.isFinite);
  if (finite.length < 2) return { mean: 0, scale: 0 };
  const mean = finite.reduce((sum, x) => sum + x, 0) / finite.length;
  const spread = Math.sqrt(finite.reduce((sum, x) => sum + (x - mean) * (x - mean), 0) / (finite.length - 1));
  return { mean, scale: spread > 1e-12 * Math.max(1, Math.abs(mean)) ? 1 / spread : 0 };
}
