// Weighted isotonic regression: the non-decreasing sequence nearest to y in weighted squares, by pooling neighbours that
// violate the order into their common mean (Ayer et al. 1955). O(n).

/**
 * y[0..count) is replaced by its fit; w > 0 are the weights, left as they are. Scratch: 3 count f64. False, and y as it was,
 * when a value or weight is not usable.
 */
export function isotonic(y: usize, w: usize, count: u32, scratch: usize): bool {
  const mean = scratch;
  const weight = mean + (count << 3);
  const length = weight + (count << 3);
  let blocks: u32 = 0;
  for (let k: u32 = 0; k < count; k++) {
    const value = load<f64>(y + (k << 3));
    const own = load<f64>(w + (k << 3));
    if (!(abs(value) < Infinity && own > 0 && own < Infinity)) return false;
    store<f64>(mean + (blocks << 3), value);
    store<f64>(weight + (blocks << 3), own);
    store<f64>(length + (blocks << 3), 1);
    blocks++;
    while (blocks > 1 && load<f64>(mean + ((blocks - 2) << 3)) >= load<f64>(mean + ((blocks - 1) << 3))) {
      blocks--;
      pool(mean + (blocks << 3), weight + (blocks << 3), length + (blocks << 3));
    }
  }
  let place = y;
  for (let block: u32 = 0; block < blocks; block++) {
    const value = load<f64>(mean + (block << 3));
    const end = place + (usize(load<f64>(length + (block << 3))) << 3);
    for (; place < end; place += 8) store<f64>(place, value);
  }
  return true;
}
/** The block at these addresses joins the one before it. */
function pool(mean: usize, weight: usize, length: usize): void {
  const before = load<f64>(weight - 8);
  const own = load<f64>(weight);
  const sum = before + own;
  store<f64>(mean - 8, (load<f64>(mean - 8) * before + load<f64>(mean) * own) / sum);
  store<f64>(weight - 8, sum);
  store<f64>(length - 8, load<f64>(length - 8) + load<f64>(length));
}
