// What host and core tell each other of learning: outcomes on the way in, thresholds that were moved on the way out.
import type { Regime } from "./regime.ts";

/** What the core learns of a trade that ended. */
export interface CoreOutcome {
  /** Implementation name. */
  readonly strategy: string;
  /** Return as a share of the entry, after costs. */
  readonly net: number;
  /** As it was published. */
  readonly confidence: number;
  /** Of its symbol at entry. */
  readonly regime: Regime;
}

/** min_signal_quality of a strategy in a class of regimes. */
export interface CoreThreshold {
  readonly quality: number;
  /** False: it goes by that of the first class. */
  readonly own: boolean;
  /** Where it began when it was never moved. */
  readonly before: number;
  /** How often the core has moved it. */
  readonly changes: number;
  /** What it went by when it moved it last. */
  readonly wins: number;
  readonly outcomes: number;
}
