// How well probabilities foretell labels.
//   auc       how often a row that came true was given more than one that did not; ties count half; 0.5 says nothing
//   logLoss   mean of -ln of what was given to what came true
import type { CoreExports } from "../../stream/kernels/core.ts";

/** Null where all labels are the same. */
export function auc(labels: Float64Array, given: Float64Array): number | null {
  const order = Int32Array.from(given.keys()).sort((a, b) => (given[a] ?? 0) - (given[b] ?? 0) || a - b);
  let [ranks, ones] = [0, 0];
  for (let begin = 0; begin < order.length;) {
    let end = begin;
    while (end < order.length && given[order[end] ?? 0] === given[order[begin] ?? 0]) end++;
    const rank = (begin + 1 + end) / 2;
    for (let place = begin; place < end; place++) {
      if (labels[order[place] ?? 0] !== 1) continue;
      ranks += rank;
      ones++;
    }
    begin = end;
  }
  const zeros = order.length - ones;
  return ones === 0 || zeros === 0 ? null : (ranks - (ones * (ones + 1)) / 2) / (ones * zeros);
}

const LEAST = 1e-12;

export function lossOf(core: Pick<CoreExports, "lnScalar">, label: number, given: number): number {
  return -core.lnScalar(Math.max(LEAST, label === 1 ? given : 1 - given));
}

export function logLoss(core: Pick<CoreExports, "lnScalar">, labels: Float64Array, given: Float64Array): number {
  let sum = 0;
  labels.forEach((label, row) => (sum += lossOf(core, label, given[row] ?? Number.NaN)));
  return labels.length === 0 ? Number.NaN : sum / labels.length;
}
