// Counts a run in the trial ledger of DATA_DIR, so that a verdict knows how often the same data was asked. Where the ledger
// cannot be written the run still counts as one that nobody counted, and stderr says so.
import { US_PER_MS } from "../domain/units.ts";
import type { Outcome, TrialCount } from "../research/research.ts";
import { complain } from "./text.ts";

export async function countRun({ statement, figures }: Outcome, dataDir: string): Promise<TrialCount | null> {
  const { batchOf, dataKey, openTrialLedger } = await import("../research/research.ts");
  const ledger = openTrialLedger(dataDir);
  if (!ledger.ok) {
    complain(ledger.failure);
    return null;
  }
  ledger.value.record(batchOf(statement, [{ parameters: statement.parameters, figures }], Date.now() * US_PER_MS));
  return ledger.value.count(dataKey(statement));
}
