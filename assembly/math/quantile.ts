// Order statistics of a column of numbers: heapsort in place (no extra memory, never worse than n log n) and quantiles.

/** Sorts into rising order. The values must be numbers: the place of a NaN would be undefined. */
export function sortColumn(x: usize, count: u32): void {
  for (let start = i32(count >> 1) - 1; start >= 0; start--) sink(x, u32(start), count);
  for (let end = count; end > 1; end--) {
    const last = x + ((end - 1) << 3);
    const top = load<f64>(x);
    store<f64>(x, load<f64>(last));
    store<f64>(last, top);
    sink(x, 0, end - 1);
  }
}
/** Restores the heap below `place`: a parent is never smaller than its children. */
function sink(x: usize, place: u32, count: u32): void {
  const value = load<f64>(x + (place << 3));
  let child: u32 = 2 * place + 1;
  while (child < count) {
    if (child + 1 < count && load<f64>(x + ((child + 1) << 3)) > load<f64>(x + (child << 3))) child++;
    if (!(load<f64>(x + (child << 3)) > value)) break;
    store<f64>(x + (place << 3), load<f64>(x + (child << 3)));
    place = child;
    child = 2 * place + 1;
  }
  store<f64>(x + (place << 3), value);
}

/** The value at share p in [0, 1] of a sorted column, between two values in proportion; NaN of an empty one. */
export function quantileSorted(x: usize, count: u32, p: f64): f64 {
  if (count == 0 || !(p >= 0 && p <= 1)) return NaN;
  const place = p * <f64>(count - 1);
  const below = u32(place);
  const low = load<f64>(x + (below << 3));
  if (below + 1 >= count) return low;
  return low + (load<f64>(x + ((below + 1) << 3)) - low) * (place - <f64>below);
}
