// A cycle whose product of rates exceeds 1, among any number of currencies: Bellman and Ford on the weights -ln(rate).
// rates: n x n f64 by rows, rate(i, j) = what one unit of i gives in j after fees; 0 or less: there is no way.
// Every node is a source, so a cycle is found wherever it lies; O(n^3) at most, it ends as soon as nothing falls.
// The cycle found has a product above 1 + TOLERANCE, but need not be the one with the largest.
import { ln } from "./ln";

/** Distances must fall by more than this: products that are 1 but for rounding are no cycles. */
const TOLERANCE: f64 = 1e-12;

/** Bytes of scratch: a distance and the node before, each. */
export function cycleScratch(n: u32): u32 {
  return n * 12;
}

/** Writes the nodes of a cycle (u32, in the order in which an amount passes) to `out`; their number, 0: there is none. */
export function profitableCycle(rates: usize, n: u32, out: usize, scratch: usize): u32 {
  const before = scratch + ((<usize>n) << 3);
  for (let node: u32 = 0; node < n; node++) {
    store<f64>(scratch + ((<usize>node) << 3), 0);
    store<u32>(before + ((<usize>node) << 2), node);
  }
  let fallen: i32 = -1;
  for (let round: u32 = 0; round < n; round++) {
    fallen = relax(rates, n, scratch, before);
    if (fallen < 0) return 0;
  }
  // A distance that still falls after n rounds lies behind a cycle: n steps back lead into it.
  let node = u32(fallen);
  for (let step: u32 = 0; step < n; step++) node = load<u32>(before + ((<usize>node) << 2));
  return writeCycle(node, before, out);
}

/** One round over all edges; the last node whose distance fell, -1: none did. */
function relax(rates: usize, n: u32, distances: usize, before: usize): i32 {
  let fallen = -1;
  for (let from: u32 = 0; from < n; from++) {
    const start = load<f64>(distances + ((<usize>from) << 3));
    for (let to: u32 = 0; to < n; to++) {
      const rate = load<f64>(rates + ((<usize>(from * n + to)) << 3));
      if (from == to || !(rate > 0)) continue;
      const length = start - ln<f64>(rate);
      if (!(length < load<f64>(distances + ((<usize>to) << 3)) - TOLERANCE)) continue;
      store<f64>(distances + ((<usize>to) << 3), length);
      store<u32>(before + ((<usize>to) << 2), from);
      fallen = i32(to);
    }
  }
  return fallen;
}

function writeCycle(node: u32, before: usize, out: usize): u32 {
  let count: u32 = 0;
  let at = node;
  do {
    at = load<u32>(before + ((<usize>at) << 2));
    count++;
  } while (at != node);
  for (let place = count; place > 0; place--) {
    store<u32>(out + ((<usize>(place - 1)) << 2), at);
    at = load<u32>(before + ((<usize>at) << 2));
  }
  return count;
}
