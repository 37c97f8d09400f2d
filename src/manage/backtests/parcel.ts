// A run as it travels to another process and back: the same plain data that a thread is given, in the form in which threads
// are given it, so that the result has the same bits. The folder with recorded history does not travel, but what lies in
// the asker's does: datasets and their hashes. Who takes the run compares them with its own.
import { deserialize, serialize } from "node:v8";
import { ok, type Result } from "../../domain/result.ts";
import { datasetsOf, type NamedDataset, sameHistory } from "../same-history.ts";
import type { JobEnd, JobSpec } from "./job.ts";

interface Parcel {
  readonly spec: JobSpec;
  /** Null: the asker has no folder of recorded history. */
  readonly datasets: readonly NamedDataset[] | null;
}
/** `lost`: why the thread was lost, if it was. */
export interface ParcelEnd extends JobEnd {
  readonly lost: string | null;
}

export function packed(spec: JobSpec): Result<Uint8Array, string> {
  const datasets = datasetsOf(spec.dataDir, spec.symbols);
  if (!datasets.ok) return datasets;
  return ok(serialize({ spec: { ...spec, dataDir: null }, datasets: datasets.value } satisfies Parcel));
}

/** With this process' own folder; a failure says what it lacks. */
export function unpacked(bytes: Uint8Array, dataDir: string | null): Result<JobSpec, string> {
  const { spec, datasets } = deserialize(bytes) as Parcel;
  if (datasets === null) return ok(spec);
  const same = sameHistory(datasets, dataDir, spec.symbols);
  return same.ok ? ok({ ...spec, dataDir }) : same;
}

export function packedEnd(end: ParcelEnd): Uint8Array {
  return serialize(end);
}

export function unpackedEnd(bytes: Uint8Array): ParcelEnd {
  return deserialize(bytes) as ParcelEnd;
}
