// From what the journal folder holds to a running compute: newest good snapshot, then the tail of events through the
// kernels. The state hash afterwards equals that of a run that never stopped.
import { JournalError, explainJournal, readableFrom, type Journal } from "./journal/journal.ts";
import { createKernels, hashOf, loadSnapshot, type Compute, type KernelCallbacks } from "./compute.ts";
import { feedBack } from "./feed-back.ts";
import type { Kernels } from "./kernels/kernels.ts";
import { MarkChecker } from "./marks.ts";
import { PARAMETER_OWNER, type Owners } from "./owners.ts";
import type { SignalTotals } from "./rings/signal-ring.ts";

export interface Recovered {
  readonly kernels: Kernels;
  readonly totals: SignalTotals;
  /** Events that came from the journal, after the snapshot. */
  readonly events: number;
  readonly snapshot: number | null;
  readonly stateHash: bigint;
  readonly marksChecked: number;
  readonly mismatches: number;
  /** Signals of events below it had been given, as the newest mark of the tail says. */
  readonly marked: number;
  readonly seconds: number;
}

export async function recoverState(
  compute: Compute,
  journal: Journal | null,
  owners: Owners,
  callbacks: KernelCallbacks,
): Promise<Recovered> {
  const begin = performance.now();
  const start = journal ? loadStart(compute, journal) : { sequence: 0, count: 0, hash: 0n };
  for (const { id, parameters } of compute.state.instances())
    owners.note(id, start.sequence, parameters[PARAMETER_OWNER] ?? 0);
  const marks = new MarkChecker(start);
  let again = true;
  let totals = start;
  const kernels = createKernels(compute, start, {
    ...callbacks,
    onSignals: (signals, now) => {
      if (again) marks.follow(signals, now);
      totals = now;
      callbacks.onSignals(signals, now);
    },
  });
  let events = 0;
  try {
    await kernels.start();
    if (journal) {
      const tail = owners.follow(journal.tail(start.sequence));
      events = (await feedBack(compute.plane, kernels, tail, marks)).events;
      compute.plane.writer.stamp(compute.state.clock()); // it never falls, also when the wall clock was put back meanwhile
    }
  } catch (error) {
    await kernels.stop();
    throw error;
  }
  again = false;
  return {
    kernels,
    totals,
    events,
    snapshot: start.sequence > 0 ? start.sequence : null,
    stateHash: hashOf(compute),
    marksChecked: marks.checked,
    mismatches: marks.mismatches.length,
    marked: marks.newestMark,
    seconds: (performance.now() - begin) / 1000,
  };
}

/** The snapshot, if there is one that fits; otherwise the beginning, if the journal still reaches back to it. */
function loadStart(compute: Compute, journal: Journal): SignalTotals {
  const { snapshot } = journal.recovery;
  const beginning: SignalTotals = { sequence: 0, count: 0, hash: 0n };
  if (!snapshot) return beginning;
  const loaded = loadSnapshot(compute, snapshot);
  if (loaded.ok) return loaded.value;
  const whole = readableFrom(journal.folder) === 0;
  if (loaded.failure.code === "snapshot_damaged" || !whole) {
    throw new JournalError(loaded.failure);
  }
  // A snapshot of another layout or of larger tables: compute everything again from the first event.
  journal.explain(explainJournal(loaded.failure));
  return beginning;
}
