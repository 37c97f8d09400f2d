// Eigenvalues and eigenvectors of a small symmetric matrix by cyclic Jacobi rotations: slow in the order, but exact to
// the last digits, which is what a test statistic made of ln(1 - eigenvalue) needs.
//   a: order x order f64, row-major, both triangles filled; destroyed. Its diagonal holds the eigenvalues afterwards.
//   v: order x order f64; row r becomes the eigenvector of a[r][r], of length one.
// Both are sorted by falling eigenvalue. Orders up to ORDER_MAX.
export const ORDER_MAX: u32 = 12;
const SWEEPS_MAX = 30;

export function symmetricEigen(a: usize, v: usize, order: u32): void {
  assert(order >= 1 && order <= ORDER_MAX);
  memory.fill(v, 0, (order * order) << 3);
  for (let i: u32 = 0; i < order; i++) store<f64>(v + ((i * (order + 1)) << 3), 1);
  for (let sweep = 0; sweep < SWEEPS_MAX; sweep++) {
    if (!(offDiagonal(a, order) > 0)) break;
    for (let p: u32 = 0; p + 1 < order; p++) {
      for (let q = p + 1; q < order; q++) rotate(a, v, order, p, q);
    }
  }
  sort(a, v, order);
}

/** Sum of squares above the diagonal, 0 once it no longer counts beside the diagonal; NaN ends the sweeps too. */
function offDiagonal(a: usize, order: u32): f64 {
  let off: f64 = 0;
  let diagonal: f64 = 0;
  for (let i: u32 = 0; i < order; i++) {
    const x = load<f64>(a + ((i * (order + 1)) << 3));
    diagonal += x * x;
    for (let j = i + 1; j < order; j++) {
      const y = load<f64>(a + ((i * order + j) << 3));
      off += y * y;
    }
  }
  return off > 1e-34 * diagonal ? off : 0;
}

/** The rotation that makes a[p][q] zero; v collects it, row-wise. */
function rotate(a: usize, v: usize, order: u32, p: u32, q: u32): void {
  const apq = load<f64>(a + ((p * order + q) << 3));
  if (apq == 0) return;
  const difference = load<f64>(a + ((q * (order + 1)) << 3)) - load<f64>(a + ((p * (order + 1)) << 3));
  const theta = (0.5 * difference) / apq;
  const t = (theta < 0 ? -1.0 : 1.0) / (abs(theta) + sqrt(theta * theta + 1.0));
  const c = 1.0 / sqrt(t * t + 1.0);
  const s = t * c;
  turn(a + ((p * order) << 3), a + ((q * order) << 3), 8, order, c, s);
  turn(a + (p << 3), a + (q << 3), order << 3, order, c, s);
  turn(v + ((p * order) << 3), v + ((q * order) << 3), 8, order, c, s);
  store<f64>(a + ((p * order + q) << 3), 0);
  store<f64>(a + ((q * order + p) << 3), 0);
}

/** (x, y) becomes (c x - s y, s x + c y), element by element. */
function turn(x: usize, y: usize, step: u32, count: u32, c: f64, s: f64): void {
  for (let k: u32 = 0; k < count; k++) {
    const left = load<f64>(x);
    const right = load<f64>(y);
    store<f64>(x, c * left - s * right);
    store<f64>(y, s * left + c * right);
    x += step;
    y += step;
  }
}

function sort(a: usize, v: usize, order: u32): void {
  for (let i: u32 = 0; i + 1 < order; i++) {
    let largest = i;
    for (let j = i + 1; j < order; j++) {
      if (load<f64>(a + ((j * (order + 1)) << 3)) > load<f64>(a + ((largest * (order + 1)) << 3))) largest = j;
    }
    if (largest == i) continue;
    swap(a + ((i * (order + 1)) << 3), a + ((largest * (order + 1)) << 3));
    for (let k: u32 = 0; k < order; k++) swap(v + ((i * order + k) << 3), v + ((largest * order + k) << 3));
  }
}
function swap(x: usize, y: usize): void {
  const kept = load<f64>(x);
  store<f64>(x, load<f64>(y));
  store<f64>(y, kept);
}
