// The replay tool: recomputes a span of a journal from the nearest state before it and compares the hash of its signals
// with what the engine recorded when it ran. Reads only, also while the engine runs.
import { failed, ok, type Result } from "../domain/result.ts";
import { activate, createCompute, createKernels, hashOf, loadSnapshot } from "./compute.ts";
import { feedBack } from "./feed-back.ts";
import { explainJournal, listSnapshots, readEvents, readableFrom } from "./journal/journal.ts";
import { MarkChecker, type MarkMismatch } from "./marks.ts";
import type { Capacity } from "./rings/memory-plan.ts";
import type { SignalRecord, SignalTotals } from "./rings/signal-ring.ts";

export interface ReplayOptions {
  readonly dir: string;
  readonly capacity: Capacity;
  /** First event of interest; state before it comes from the newest snapshot at or below, else from the beginning. */
  readonly from?: number;
  /** Event after the last one; default: the end of the journal. */
  readonly to?: number;
  /** Ignore snapshots and compute from the first event that is kept. */
  readonly fromStart?: boolean;
  readonly onSignals?: (signals: readonly SignalRecord[]) => void;
  readonly onProgress?: (events: number) => void;
}

export interface ReplayReport {
  readonly startedAt: number;
  readonly snapshot: number | null;
  readonly nextSequence: number;
  readonly events: number;
  readonly signals: number;
  /** Sum of the hashes of all signals up to the end, including those before the snapshot. */
  readonly signalHash: bigint;
  readonly stateHash: bigint;
  readonly marksChecked: number;
  readonly mismatches: readonly MarkMismatch[];
  readonly seconds: number;
}

export async function replay(options: ReplayOptions): Promise<Result<ReplayReport, string>> {
  const begin = performance.now();
  const first = readableFrom(options.dir);
  if (first === null) return failed(`${options.dir} holds no journal; run the engine with this DATA_DIR first`);
  const from = options.from ?? first;
  const compute = createCompute(options.capacity);
  const snapshot =
    options.fromStart === true ? null : listSnapshots(options.dir).find((one) => one.nextSequence <= from);
  if (!snapshot && first > 0) {
    return failed(`events before ${first} are gone and no snapshot at or below ${from} is left; choose a later --from`);
  }
  let start: SignalTotals = { sequence: 0, count: 0, hash: 0n };
  if (snapshot) {
    const loaded = loadSnapshot(compute, snapshot);
    if (!loaded.ok) return failed(explainJournal(loaded.failure));
    start = loaded.value;
  }
  const marks = new MarkChecker(start);
  let totals = start;
  const failures: Error[] = [];
  const kernels = createKernels(compute, start, {
    onSignals: (signals, now) => {
      marks.follow(signals, now);
      totals = now;
      if (signals.length > 0) options.onSignals?.(signals);
    },
    onSnapshot: () => undefined,
    onFailure: (_, error) => failures.push(error),
  });
  activate(compute);
  try {
    await kernels.start();
    const blocks = readEvents(options.dir, start.sequence, options.to);
    const fed = await feedBack(compute.plane, kernels, blocks, marks, options.onProgress);
    if (failures[0]) throw failures[0];
    return ok({
      startedAt: start.sequence,
      snapshot: snapshot?.nextSequence ?? null,
      nextSequence: fed.nextSequence,
      events: fed.events,
      signals: totals.count - start.count,
      signalHash: totals.hash,
      stateHash: hashOf(compute),
      marksChecked: marks.checked,
      mismatches: marks.mismatches,
      seconds: (performance.now() - begin) / 1000,
    });
  } finally {
    await kernels.stop();
  }
}
