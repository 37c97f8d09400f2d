// The trial ledger of DATA_DIR as commands use it, so that a verdict knows how often the same data was asked. Where the
// ledger cannot be written the runs go on as some that nobody counted, and stderr says so.
import { US_PER_MS } from "../domain/units.ts";
import { batchOf, openTrialLedger, type Outcome, type TrialCount, type TrialLedger } from "../research/research.ts";
import { complain } from "./text.ts";

export function trialLedger(dataDir: string): TrialLedger | null {
  const ledger = openTrialLedger(dataDir);
  if (ledger.ok) return ledger.value;
  complain(ledger.failure);
  return null;
}

export function countRun({ statement, figures }: Outcome, dataDir: string): TrialCount | null {
  const ledger = trialLedger(dataDir);
  if (ledger === null) return null;
  ledger.record(batchOf(statement, [{ parameters: statement.parameters, figures }], Date.now() * US_PER_MS));
  return ledger.count(statement.data);
}
