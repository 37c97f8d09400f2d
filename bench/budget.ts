// The gates: what may not become slower without somebody deciding so. A ratio is between two ways of doing the same
// work in one run on one machine, so it holds everywhere. An absolute limit states the aim; because machines are shared
// it fails only at ABSOLUTE_SLACK times the aim, in the best of ATTEMPTS runs.
export const ABSOLUTE_SLACK = 4;
export const ATTEMPTS = 3;

interface Common {
  /** Benchmark file below bench/, without suffix. */
  readonly bench: string;
  /** Name of the result that it makes. */
  readonly result: string;
  readonly why: string;
}
export interface RatioGate extends Common {
  readonly kind: "ratio";
  readonly atLeast: number;
}
export interface LimitGate extends Common {
  readonly kind: "limit";
  readonly label: string;
  readonly statistic: "medianNs" | "p99Ns";
  readonly atMostNs: number;
}
export type Gate = RatioGate | LimitGate;

export const GATES: readonly Gate[] = [];
