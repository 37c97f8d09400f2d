// The best of many before its judge: everything that was run is counted in the ledger first, then the verdict is spoken
// over the chosen run. Walk-forward studies, sweeps of the command line and those of the API all end here.
import type { EpochUs } from "../domain/units.ts";
import {
  batchOf,
  examine,
  type StabilityMap,
  type TrialLedger,
  type Verdict,
  type WalkForward,
} from "./honesty/honesty.ts";
import type { Outcome, PriceLine, Trial } from "./outcome.ts";

/** A set that was run; figures null: its run failed. Returns null: they were not kept. */
export interface RanTrial extends Pick<Trial, "parameters"> {
  readonly figures: Pick<Trial["figures"], "sharpe"> | null;
  readonly returns: Float64Array | null;
}

export interface Choice {
  /** The chosen run, and the prices that its entries are compared with. */
  readonly outcome: Outcome;
  readonly prices: readonly PriceLine[];
  /** Everything that was run on these data and is not in the ledger yet. */
  readonly ran: readonly RanTrial[];
  /** What it was chosen from: over the whole span, with returns of one length. */
  readonly among: readonly Pick<RanTrial, "returns">[];
  readonly walkForward?: WalkForward;
  readonly stability: StabilityMap | null;
  readonly seed: number;
}

/** Without a ledger nobody kept count. */
export function judgeChoice(choice: Choice, ledger: TrialLedger | null, now: EpochUs): Verdict {
  const { outcome, prices, ran, among, walkForward, stability, seed } = choice;
  const { statement } = outcome;
  const runs = ran.flatMap(({ parameters, figures }) => (figures === null ? [] : [{ parameters, figures }]));
  if (runs.length > 0) ledger?.record(batchOf(statement, runs, now));
  const counted = ledger?.count(statement.data);
  return examine({
    outcome,
    prices,
    trials: among.flatMap(({ returns }) => (returns === null ? [] : [{ returns }])),
    ...(walkForward === undefined ? {} : { walkForward }),
    ...(stability === null ? {} : { stability }),
    ...(counted === undefined ? {} : { counted }),
    seed,
  });
}
