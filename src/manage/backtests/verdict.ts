// What a run has to do with all others: it is counted in the trial ledger, and the best set of a sweep is judged among all
// of them. In the thread that runs; one ledger for each folder, so that a run reads only what was added before it.
import type { EpochUs } from "../../domain/units.ts";
import {
  batchOf,
  judgeChoice,
  openTrialLedger,
  type Outcome,
  type PriceLine,
  type RanTrial,
  stabilityMap,
  type TrialLedger,
  type Verdict,
  verdictFields,
} from "../../research/research.ts";
import type { JsonObject } from "../../store/strategies.ts";

/**
 * What is asked of a run besides its result: a verdict over it; for a sweep the returns of a set, in at most so many steps, or
 * the verdict over the best set.
 */
export type SweepPart = { readonly kind: "judged" } | { readonly kind: "set"; readonly steps: number } | SweepVerdict;
export interface SweepVerdict {
  readonly kind: "verdict";
  readonly ran: readonly SweepTrial[];
  readonly best: SweepTrial;
  readonly grid: Readonly<Record<string, readonly number[]>>;
}
export interface SweepTrial extends RanTrial {
  readonly score: number | null;
}

const SEED = 1;
const ledgers = new Map<string, TrialLedger>();

/** The ledger with these runs in it; null: it cannot be written, so nobody counts. */
export function counted(dataDir: string, outcomes: readonly Outcome[], now: EpochUs): TrialLedger | null {
  try {
    const ledger = ledgerOf(dataDir);
    for (const { statement, figures } of outcomes)
      ledger?.record(batchOf(statement, [{ parameters: statement.parameters, figures }], now));
    return ledger;
  } catch {
    return null; // a full disk ends no run
  }
}

function ledgerOf(dataDir: string): TrialLedger | null {
  const known = ledgers.get(dataDir);
  if (known !== undefined) return known;
  const opened = openTrialLedger(dataDir);
  if (opened.ok) ledgers.set(dataDir, opened.value);
  return opened.ok ? opened.value : null;
}

/** `outcome`: the best set, run once more. All sets are in the ledger already, each as the run that it was. */
export async function verdictOf(
  { ran, best, grid }: SweepVerdict,
  outcome: Outcome,
  prices: readonly PriceLine[],
  ledger: TrialLedger | null,
  now: EpochUs,
): Promise<JsonObject> {
  const stability = await stabilityMap(best, ran, grid);
  return verdictFields(judgeChoice({ outcome, prices, ran: [], among: ran, stability, seed: SEED }, ledger, now));
}

/** Over one run alone: nothing was chosen from, but every run on the same data counts. */
export function soleVerdict(
  outcome: Outcome,
  prices: readonly PriceLine[],
  ledger: TrialLedger | null,
  now: EpochUs,
): Verdict {
  return judgeChoice({ outcome, prices, ran: [], among: [], stability: null, seed: SEED }, ledger, now);
}
