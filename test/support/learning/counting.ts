// A trial ledger in memory.
import type { TrialLedger } from "../../../src/research/research.ts";

type Batch = Parameters<TrialLedger["record"]>[0];

/** Everything counts, as nothing else was run on these data. */
export function ledger(): TrialLedger & { readonly batches: Batch[] } {
  const batches: Batch[] = [];
  return {
    batches,
    begin: () => undefined,
    record: (batch) => batches.push(batch) > 0,
    count: () => {
      const sum = (of: (one: Batch) => number): number => batches.reduce((total, one) => total + of(one), 0);
      const [trials, scored] = [sum((one) => one.trials), sum((one) => one.scored)];
      const mean = sum((one) => one.scored * one.mean) / scored;
      const squares = sum((one) => one.squares + one.scored * (one.mean - mean) ** 2);
      return { trials, scored, variance: scored < 2 ? null : squares / (scored - 1), damaged: 0 };
    },
  };
}
