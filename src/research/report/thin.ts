// Thins a curve for drawing so that nothing is hidden: of each stretch its first, lowest, highest and last value are kept,
// in their order. A curve of at most `most` values stays whole; values that are not a number are left out.

/** Indices of the values to draw, ascending; at most `most` (4 at least) of them. */
export function thinned(values: Float64Array, most: number): Int32Array {
  const count = values.length;
  const kept: number[] = [];
  if (count <= most) {
    for (let index = 0; index < count; index++) if (Number.isFinite(values[index])) kept.push(index);
    return Int32Array.from(kept);
  }
  const stretches = Math.max(1, Math.floor(most / 4));
  for (let stretch = 0; stretch < stretches; stretch++) {
    const [from, to] = [Math.floor((count * stretch) / stretches), Math.floor((count * (stretch + 1)) / stretches)];
    let [first, lowest, highest, last] = [-1, -1, -1, -1];
    for (let index = from; index < to; index++) {
      const value = values[index] ?? Number.NaN;
      if (!Number.isFinite(value)) continue;
      if (first < 0) first = index;
      if (lowest < 0 || value < (values[lowest] ?? 0)) lowest = index;
      if (highest < 0 || value > (values[highest] ?? 0)) highest = index;
      last = index;
    }
    if (first >= 0) kept.push(...new Set([first, lowest, highest, last].sort((a, b) => a - b)));
  }
  return Int32Array.from(kept);
}
