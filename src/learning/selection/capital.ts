// Weights that obey their limits: the nearest ones to those wanted, by squares, that keep a floor, a cap and a largest sum.
// Their form is clamp(wanted - shift), and the shift, never below 0, is found exactly: the sum falls along straight lines
// between the places where a clamp begins or ends. Pure and deterministic.

export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** Every bound is finite, low <= high. The lowest weights that there may be when even those add up to more than `total`. */
export function atMost(wanted: readonly number[], bounds: readonly Bounds[], total: number): number[] {
  const at = (shift: number): number[] =>
    bounds.map(({ low, high }, place) => Math.min(high, Math.max(low, (wanted[place] ?? 0) - shift)));
  if (sum(at(0)) <= total) return at(0);
  const corners = bounds
    .flatMap(({ low, high }, place) => [(wanted[place] ?? 0) - high, (wanted[place] ?? 0) - low])
    .filter((shift) => shift > 0)
    .toSorted((a, b) => a - b);
  let left = 0;
  for (const right of corners) {
    const [above, below] = [sum(at(left)), sum(at(right))];
    if (below <= total) return at(left + ((above - total) / (above - below)) * (right - left));
    left = right;
  }
  return bounds.map(({ low }) => low);
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
