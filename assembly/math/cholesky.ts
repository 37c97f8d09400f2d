// Cholesky factor of a symmetric matrix, in place: A = L L'. Only the lower triangle is read and written.
// Matrices are row-major f64; `stride` is the number of elements between two rows.
// A pivot not above PIVOT of its own diagonal means that the column depends on the earlier ones (or is constant, or not
// a number): the factor then does not exist and the caller has nothing to say about these data.
const PIVOT: f64 = 1e-12;

export function cholesky(a: usize, stride: u32, order: u32): bool {
  for (let i: u32 = 0; i < order; i++) {
    const row = a + ((i * stride) << 3);
    for (let j: u32 = 0; j < i; j++) {
      const other = a + ((j * stride) << 3);
      const at = row + (j << 3);
      store<f64>(at, (load<f64>(at) - partial(row, other, j)) / load<f64>(other + (j << 3)));
    }
    const at = row + (i << 3);
    const diagonal = load<f64>(at);
    const pivot = diagonal - partial(row, row, i);
    if (!(pivot > PIVOT * diagonal)) return false;
    store<f64>(at, sqrt(pivot));
  }
  return true;
}

function partial(a: usize, b: usize, count: u32): f64 {
  let sum: f64 = 0;
  for (let k: u32 = 0; k < count; k++) sum += load<f64>(a + (k << 3)) * load<f64>(b + (k << 3));
  return sum;
}

/** Solves L x = b in place; b is a column with `step` elements between two entries. */
export function solveLower(l: usize, stride: u32, order: u32, b: usize, step: u32): void {
  for (let i: u32 = 0; i < order; i++) {
    const row = l + ((i * stride) << 3);
    let sum = load<f64>(b + ((i * step) << 3));
    for (let k: u32 = 0; k < i; k++) sum -= load<f64>(row + (k << 3)) * load<f64>(b + ((k * step) << 3));
    store<f64>(b + ((i * step) << 3), sum / load<f64>(row + (i << 3)));
  }
}

/** Solves L' x = b in place. */
export function solveUpper(l: usize, stride: u32, order: u32, b: usize, step: u32): void {
  for (let i: i32 = i32(order) - 1; i >= 0; i--) {
    let sum = load<f64>(b + ((u32(i) * step) << 3));
    for (let k: u32 = u32(i) + 1; k < order; k++) {
      sum -= load<f64>(l + ((k * stride + u32(i)) << 3)) * load<f64>(b + ((k * step) << 3));
    }
    store<f64>(b + ((u32(i) * step) << 3), sum / load<f64>(l + ((u32(i) * (stride + 1)) << 3)));
  }
}
