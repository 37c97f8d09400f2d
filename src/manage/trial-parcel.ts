// A trial of the generator as it travels to another process and back, in the form in which threads are given plain data, so
// that what comes of it has the same bits. What lies in the asker's folder of history travels as names and hashes; who takes
// the trial compares them with its own. Any thread.
import { deserialize, serialize } from "node:v8";
import { ok, type Result } from "../domain/result.ts";
import type { TrialSpec, Tried } from "../learning/generation.ts";
import { datasetsOf, type NamedDataset, sameHistory } from "./same-history.ts";

interface TrialParcel {
  readonly trial: TrialSpec;
  readonly datasets: readonly NamedDataset[];
}

export function packedTrial(trial: TrialSpec, dataDir: string): Result<Uint8Array, string> {
  const datasets = datasetsOf(dataDir, trial.request.symbols);
  if (!datasets.ok) return datasets;
  return ok(serialize({ trial, datasets: datasets.value ?? [] } satisfies TrialParcel));
}

/** A failure says what this process lacks. */
export function unpackedTrial(bytes: Uint8Array, dataDir: string): Result<TrialSpec, string> {
  const { trial, datasets } = deserialize(bytes) as TrialParcel;
  const same = sameHistory(datasets, dataDir, trial.request.symbols);
  return same.ok ? ok(trial) : same;
}

export function packedTried(tried: Tried): Uint8Array {
  return serialize(tried);
}

/** Null: it cannot be read. */
export function unpackedTried(bytes: Uint8Array): Tried | null {
  try {
    return deserialize(bytes) as Tried;
  } catch {
    return null;
  }
}
