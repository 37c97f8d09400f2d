// A run as it travels to another process and back: the same plain data that a thread is given, in the form in which threads
// are given it, so that the result has the same bits. The folder with recorded history does not travel, but what lies in
// the asker's does: datasets and their hashes. Who takes the run compares them with its own.
import { deserialize, serialize } from "node:v8";
import { failed, ok, type Result } from "../../domain/result.ts";
import { type Dataset, openHistory } from "../../history/history.ts";
import type { JobEnd, JobSpec } from "./job.ts";

type Named = Pick<Dataset, "id" | "symbol" | "hash">;

interface Parcel {
  readonly spec: JobSpec;
  /** Null: the asker has no folder of recorded history. */
  readonly datasets: readonly Named[] | null;
}
/** `lost`: why the thread was lost, if it was. */
export interface ParcelEnd extends JobEnd {
  readonly lost: string | null;
}

/** Most datasets that a sentence names. */
const NAMED_MAX = 3;

export function packed(spec: JobSpec): Result<Uint8Array, string> {
  const datasets = datasetsOf(spec, spec.dataDir);
  if (!datasets.ok) return datasets;
  return ok(serialize({ spec: { ...spec, dataDir: null }, datasets: datasets.value } satisfies Parcel));
}

/** With this process' own folder; a failure says what it lacks. */
export function unpacked(bytes: Uint8Array, dataDir: string | null): Result<JobSpec, string> {
  const { spec, datasets } = deserialize(bytes) as Parcel;
  if (datasets === null) return ok(spec);
  const own = datasetsOf(spec, dataDir);
  if (!own.ok) return own;
  const fault = difference(datasets, own.value ?? []);
  if (fault !== null) {
    const folder = dataDir === null ? "it has no DATA_DIR" : `its folder is ${dataDir}`;
    return failed(`the worker that took the run ${fault} (${folder}); give all processes the same history`);
  }
  return ok({ ...spec, dataDir });
}

export function packedEnd(end: ParcelEnd): Uint8Array {
  return serialize(end);
}

export function unpackedEnd(bytes: Uint8Array): ParcelEnd {
  return deserialize(bytes) as ParcelEnd;
}

/** Of the symbols of the run, else all. */
function datasetsOf({ symbols }: JobSpec, dataDir: string | null): Result<readonly Named[] | null, string> {
  if (dataDir === null) return ok(null);
  const opened = openHistory(dataDir);
  if (!opened.ok) return opened;
  const all = opened.value.list().map(({ id, symbol, hash }) => ({ id, symbol, hash }));
  return ok(symbols === null ? all : all.filter(({ symbol }) => symbols.includes(symbol)));
}

function difference(asked: readonly Named[], own: readonly Named[]): string | null {
  const has = new Map(own.map(({ id, hash }) => [id, hash]));
  const missing = asked.filter(({ id }) => !has.has(id));
  if (missing.length > 0) return `lacks ${named(missing)}`;
  const other = asked.filter(({ id, hash }) => has.get(id) !== hash);
  if (other.length > 0) return `has other rows of ${named(other)}`;
  const known = new Set(asked.map(({ id }) => id));
  const more = own.filter(({ id }) => !known.has(id));
  return more.length > 0 ? `also has ${named(more)}, which the asker has not` : null;
}

function named(datasets: readonly Named[]): string {
  const shown = datasets.slice(0, NAMED_MAX).map(({ id, hash }) => `${id} (${hash.slice(0, 12)})`);
  const more = datasets.length - shown.length;
  return `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
