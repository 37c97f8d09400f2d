// Columns as small numbers for training trees: a value's bin is the number of cuts below it, so that "x <= cut b" and
// "bin <= b" say the same. Cuts lie in the middle between two values, at even shares of the training rows: what a live
// input differs in by rounding does not change its side. A missing value has a bin of its own behind the others.

export const BINS_MAX = 64;

/** Cuts from the values of the training rows. */
export function cutsOf(values: Float64Array, bins: number): Float64Array {
  const sorted = values.filter(Number.isFinite).sort();
  const cuts: number[] = [];
  for (let cut = 1; cut < bins; cut++) {
    const place = Math.floor((sorted.length * cut) / bins);
    const [below, above] = [sorted[place - 1], nextAbove(sorted, place)];
    if (below === undefined || above === undefined) continue;
    const middle = below + (above - below) / 2;
    if (middle > (cuts.at(-1) ?? -Infinity) && middle < above) cuts.push(middle);
  }
  return Float64Array.from(cuts);
}

/** The first value from this place on that is larger than the one before it. */
function nextAbove(sorted: Float64Array, place: number): number | undefined {
  const below = sorted[place - 1] ?? Number.NaN;
  for (let at = place; at < sorted.length; at++) if ((sorted[at] ?? 0) > below) return sorted[at];
  return undefined;
}

export function binned(values: Float64Array, cuts: Float64Array): Uint8Array {
  return Uint8Array.from(values, (value) => (Number.isNaN(value) ? cuts.length + 1 : below(cuts, value)));
}

/** Number of cuts below the value. */
function below(cuts: Float64Array, value: number): number {
  let [low, high] = [0, cuts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cuts[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
