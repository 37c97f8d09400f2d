// How series of returns move together, as far as few observations can tell.
//
// Each series is put on its own mean and deviation, so that nothing that follows depends on its scale; what is missing
// (no finite number, or beyond RETURN_MAX) stands at the mean. Their correlation matrix S is then drawn towards the identity by
//   shrunk = (1 - d) S + d I,   d = min(1, b / D),
//   D = sum((S - I)^2),  b = sum over observations of sum((x x' - S)^2) / observations^2
// after Ledoit & Wolf (2004), "A well-conditioned estimator for large-dimensional covariance matrices", on standardised
// series, where their target is the identity. At least SHRINKAGE_MIN, so that the matrix is positive definite whatever
// comes in. A series without OBSERVATIONS_MIN observations, or that does not move, is not measured.
// Sums, products and square roots only: the same bits anywhere. Any thread.

export const OBSERVATIONS_MIN = 20;
export const SHRINKAGE_MIN = 1e-4;
const RETURN_MAX = 1e3;
/** Deviations below this share of the mean size of the returns are the rounding of a constant. */
const ROUNDING = 1e-12;

export interface Measured {
  /** Places of the series that are measured, in their order; what follows is by this order. */
  readonly places: readonly number[];
  readonly deviations: readonly number[];
  /** Shrunk, 1 on the diagonal. */
  readonly correlations: readonly (readonly number[])[];
  readonly shrinkage: number;
  /** By place of those that are not: why. */
  readonly unmeasured: ReadonlyMap<number, string>;
}

export function measure(series: readonly (readonly number[])[]): Measured {
  const unmeasured = new Map<number, string>();
  const length = Math.max(0, ...series.map((returns) => returns.length));
  const places: number[] = [];
  const deviations: number[] = [];
  const columns: Float64Array[] = [];
  for (const [place, returns] of series.entries()) {
    const found = standardised(returns, length);
    if (typeof found === "string") {
      unmeasured.set(place, found);
      continue;
    }
    places.push(place);
    deviations.push(found.deviation);
    columns.push(found.column);
  }
  const { correlations, shrinkage } = shrunk(columns, length);
  return { places, deviations, correlations, shrinkage, unmeasured };
}

function isReturn(value: number | undefined): value is number {
  return value !== undefined && Math.abs(value) <= RETURN_MAX;
}

/** The newest observations stand last: shorter series are filled up in front. */
function standardised(returns: readonly number[], length: number) {
  const known = returns.filter(isReturn);
  const count = known.length;
  if (count < OBSERVATIONS_MIN) return `${count} of ${OBSERVATIONS_MIN} observations`;
  const mean = known.reduce((sum, value) => sum + value, 0) / count;
  const size = known.reduce((sum, value) => sum + Math.abs(value), 0) / count;
  const squares = known.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  const deviation = Math.sqrt(squares / count);
  if (!(deviation > ROUNDING * size) || !(squares > 0)) return "does not move";
  const column = new Float64Array(length);
  // Over all rows, those at the mean too: the diagonal of the matrix is 1.
  const scale = Math.sqrt(squares / length);
  for (const [at, value] of returns.entries())
    if (isReturn(value)) column[length - returns.length + at] = (value - mean) / scale;
  return { deviation, column };
}

function shrunk(columns: readonly Float64Array[], length: number) {
  const dot = (a: Float64Array, b: Float64Array): number => {
    let sum = 0;
    for (let row = 0; row < length; row++) sum += (a[row] ?? 0) * (b[row] ?? 0);
    return sum;
  };
  const sample = columns.map((a, i) => columns.map((b, j) => (i === j ? 1 : clamp(dot(a, b) / length))));
  // The sum of the squares of x x' - S over all observations is that of the squared lengths less length * sum(S^2).
  let [lengths, squares] = [0, 0];
  for (let row = 0; row < length; row++) {
    const own = columns.reduce((sum, column) => sum + (column[row] ?? 0) * (column[row] ?? 0), 0);
    lengths += own * own;
  }
  for (const row of sample) for (const value of row) squares += value * value;
  const distance = squares - columns.length;
  const noise = Math.max(0, lengths / length - squares) / length;
  const found = distance > 0 ? Math.min(1, noise / distance) : 1;
  const shrinkage = columns.length < 2 ? 0 : Math.max(SHRINKAGE_MIN, found);
  const correlations = sample.map((row, i) => row.map((value, j) => (i === j ? 1 : (1 - shrinkage) * value)));
  return { correlations, shrinkage };
}

function clamp(correlation: number): number {
  return Math.min(1, Math.max(-1, correlation));
}
