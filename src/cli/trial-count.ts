// Counts runs in the trial ledger of DATA_DIR, so that a verdict knows how often the same data was asked. Where the ledger
// cannot be written the runs go on as some that nobody counted, and stderr says so.
import { US_PER_MS } from "../domain/units.ts";
import { batchOf, openTrialLedger, type Outcome, type TrialCount } from "../research/research.ts";
import { complain } from "./text.ts";

type About = Parameters<typeof batchOf>[0];
type Runs = Parameters<typeof batchOf>[1];

export function countRuns(about: About, runs: Runs, dataDir: string): TrialCount | null {
  const ledger = openTrialLedger(dataDir);
  if (!ledger.ok) {
    complain(ledger.failure);
    return null;
  }
  ledger.value.record(batchOf(about, runs, Date.now() * US_PER_MS));
  return ledger.value.count(about.data);
}

export function countRun({ statement, figures }: Outcome, dataDir: string): TrialCount | null {
  return countRuns(statement, [{ parameters: statement.parameters, figures }], dataDir);
}
