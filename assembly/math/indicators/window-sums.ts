// Sums over every window of n bars, without drift: time is cut into blocks of n bars, and a window is the end of one
// block and the beginning of the next.
//   sum of window t = T[j + 1] of the block before + P[j] of the own block,   j = t modulo n,
//   T[i] = v[i] + .. + v[n - 1] (from the end),   P[j] = v[0] + .. + v[j] (from the start)
// Nothing is ever subtracted, so nothing accumulates, and a NaN reaches exactly the windows that hold it.
// Values are taken relative to the first bar K of the own block, which lies in every window that ends in the block.
// So (mean - K)^2 <= n variance, and a variance from sums about K loses at most a factor n + 1 to cancellation,
// whatever the price level and however long the column; equal prices give exactly zero.
// Two bars at a time: [v0, v0 + v1] is formed first, and only the running total is on the critical path.

/** s[j] = T[j + 1] of the block before `block`, about `shift`, for j < used. */
function endSums(block: usize, n: u32, used: u32, shift: f64, s: usize): void {
  const x = block - (usize(n) << 3);
  const shifts = f64x2.splat(shift);
  const zero = f64x2.splat(0);
  const kept = i32(used);
  let sum = zero;
  let i = i32(n) - 2;
  if (used == n) store<f64>(s + (usize(n - 1) << 3), 0);
  for (; i >= kept; i -= 2) {
    const d = f64x2.sub(v128.load(x + (usize(i) << 3)), shifts);
    const local = f64x2.add(d, v128.shuffle<f64>(d, zero, 1, 3));
    // The bars of the last block that do not exist get nothing; their neighbour of the same pair does.
    if (i == kept) store<f64>(s + (usize(i - 1) << 3), f64x2.extract_lane(f64x2.add(local, sum), 0));
    sum = f64x2.add(sum, v128.shuffle<f64>(local, local, 0, 2));
  }
  for (; i >= 1; i -= 2) {
    const d = f64x2.sub(v128.load(x + (usize(i) << 3)), shifts);
    const local = f64x2.add(d, v128.shuffle<f64>(d, zero, 1, 3));
    v128.store(s + (usize(i - 1) << 3), f64x2.add(local, sum));
    sum = f64x2.add(sum, v128.shuffle<f64>(local, local, 0, 2));
  }
  if (i == 0) store<f64>(s, load<f64>(x, 8) - shift + f64x2.extract_lane(sum, 0));
}

/** As endSums, with the squares in q. */
function endMoments(block: usize, n: u32, used: u32, shift: f64, s: usize, q: usize): void {
  const x = block - (usize(n) << 3);
  const shifts = f64x2.splat(shift);
  const zero = f64x2.splat(0);
  const kept = i32(used);
  let sum = zero;
  let squares = zero;
  let i = i32(n) - 2;
  if (used == n) {
    store<f64>(s + (usize(n - 1) << 3), 0);
    store<f64>(q + (usize(n - 1) << 3), 0);
  }
  for (; i >= 1; i -= 2) {
    const d = f64x2.sub(v128.load(x + (usize(i) << 3)), shifts);
    const e = f64x2.mul(d, d);
    const localD = f64x2.add(d, v128.shuffle<f64>(d, zero, 1, 3));
    const localE = f64x2.add(e, v128.shuffle<f64>(e, zero, 1, 3));
    const place = usize(i - 1) << 3;
    if (i < kept) {
      v128.store(s + place, f64x2.add(localD, sum));
      v128.store(q + place, f64x2.add(localE, squares));
    } else if (i == kept) {
      store<f64>(s + place, f64x2.extract_lane(f64x2.add(localD, sum), 0));
      store<f64>(q + place, f64x2.extract_lane(f64x2.add(localE, squares), 0));
    }
    sum = f64x2.add(sum, v128.shuffle<f64>(localD, localD, 0, 2));
    squares = f64x2.add(squares, v128.shuffle<f64>(localE, localE, 0, 2));
  }
  if (i == 0) {
    const d = load<f64>(x, 8) - shift;
    store<f64>(s, d + f64x2.extract_lane(sum, 0));
    store<f64>(q, d * d + f64x2.extract_lane(squares, 0));
  }
}

/** out[j] = mean of the window that ends at bar j of the block, j < used. `first`: there is no block before. */
export function windowMeans(block: usize, n: u32, used: u32, first: bool, out: usize): void {
  const shift = load<f64>(block);
  if (first) memory.fill(out, 0, usize(used) << 3);
  else endSums(block, n, used, shift, out);
  const shifts = f64x2.splat(shift);
  const zero = f64x2.splat(0);
  const share = 1.0 / <f64>n;
  const shares = f64x2.splat(share);
  let sum = zero;
  let j: u32 = 0;
  for (; j + 2 <= used; j += 2) {
    const place = usize(j) << 3;
    const d = f64x2.sub(v128.load(block + place), shifts);
    const local = f64x2.add(d, v128.shuffle<f64>(zero, d, 0, 2));
    const total = f64x2.add(v128.load(out + place), f64x2.add(local, sum));
    v128.store(out + place, f64x2.add(shifts, f64x2.mul(total, shares)));
    sum = f64x2.add(sum, v128.shuffle<f64>(local, local, 1, 3));
  }
  if (j == used) return;
  const place = usize(j) << 3;
  const total = load<f64>(out + place) + (load<f64>(block + place) - shift + f64x2.extract_lane(sum, 0));
  store<f64>(out + place, shift + total * share);
}

/** s[j], q[j] = sums of x - K and (x - K)^2 over the window that ends at bar j of the block, K its first bar. */
export function windowMoments(block: usize, n: u32, used: u32, first: bool, s: usize, q: usize): void {
  const shift = load<f64>(block);
  if (first) {
    memory.fill(s, 0, usize(used) << 3);
    memory.fill(q, 0, usize(used) << 3);
  } else endMoments(block, n, used, shift, s, q);
  const shifts = f64x2.splat(shift);
  const zero = f64x2.splat(0);
  let sum = zero;
  let squares = zero;
  let j: u32 = 0;
  for (; j + 2 <= used; j += 2) {
    const place = usize(j) << 3;
    const d = f64x2.sub(v128.load(block + place), shifts);
    const e = f64x2.mul(d, d);
    const localD = f64x2.add(d, v128.shuffle<f64>(zero, d, 0, 2));
    const localE = f64x2.add(e, v128.shuffle<f64>(zero, e, 0, 2));
    v128.store(s + place, f64x2.add(v128.load(s + place), f64x2.add(localD, sum)));
    v128.store(q + place, f64x2.add(v128.load(q + place), f64x2.add(localE, squares)));
    sum = f64x2.add(sum, v128.shuffle<f64>(localD, localD, 1, 3));
    squares = f64x2.add(squares, v128.shuffle<f64>(localE, localE, 1, 3));
  }
  if (j == used) return;
  const place = usize(j) << 3;
  const d = load<f64>(block + place) - shift;
  store<f64>(s + place, load<f64>(s + place) + (d + f64x2.extract_lane(sum, 0)));
  store<f64>(q + place, load<f64>(q + place) + (d * d + f64x2.extract_lane(squares, 0)));
}

/**
 * p[j] = sums of (x - K)(y - M) over the window that ends at bar j of the block, K and M the first bars of x and y.
 * One bar at a time: pairs of columns are not the hot path.
 */
export function windowProducts(x: usize, y: usize, n: u32, used: u32, first: bool, p: usize): void {
  const shiftX = load<f64>(x);
  const shiftY = load<f64>(y);
  if (first) memory.fill(p, 0, usize(used) << 3);
  else {
    const before = usize(n) << 3;
    let sum: f64 = 0;
    for (let i = n; i > 0; i--) {
      // sum holds T[i]
      const place = usize(i - 1) << 3;
      if (i <= used) store<f64>(p + place, sum);
      sum += (load<f64>(x - before + place) - shiftX) * (load<f64>(y - before + place) - shiftY);
    }
  }
  let sum: f64 = 0;
  for (let j: u32 = 0; j < used; j++) {
    const place = usize(j) << 3;
    sum += (load<f64>(x + place) - shiftX) * (load<f64>(y + place) - shiftY);
    store<f64>(p + place, load<f64>(p + place) + sum);
  }
}
