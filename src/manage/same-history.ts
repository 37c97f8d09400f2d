// Whether two processes have the same recorded history: what travels beside a run is what lies in the asker's folder, by
// names and hashes, and who takes the run compares that with its own. Any thread.
import { failed, ok, type Result } from "../domain/result.ts";
import { type Dataset, openHistory } from "../history/history.ts";

export type NamedDataset = Pick<Dataset, "id" | "symbol" | "hash">;

/** Most datasets that a sentence names. */
const NAMED_MAX = 3;

/** Of these symbols, null: of all. Null: there is no folder. */
export function datasetsOf(
  dataDir: string | null,
  symbols: readonly string[] | null,
): Result<readonly NamedDataset[] | null, string> {
  if (dataDir === null) return ok(null);
  const opened = openHistory(dataDir);
  if (!opened.ok) return opened;
  const all = opened.value.list().map(({ id, symbol, hash }) => ({ id, symbol, hash }));
  return ok(symbols === null ? all : all.filter(({ symbol }) => symbols.includes(symbol)));
}

/** The failure is a sentence that says what this process lacks. */
export function sameHistory(
  asked: readonly NamedDataset[],
  dataDir: string | null,
  symbols: readonly string[] | null,
): Result<null, string> {
  const own = datasetsOf(dataDir, symbols);
  if (!own.ok) return own;
  const fault = difference(asked, own.value ?? []);
  if (fault === null) return ok(null);
  const folder = dataDir === null ? "it has no DATA_DIR" : `its folder is ${dataDir}`;
  return failed(`the worker that took the run ${fault} (${folder}); give all processes the same history`);
}

function difference(asked: readonly NamedDataset[], own: readonly NamedDataset[]): string | null {
  const has = new Map(own.map(({ id, hash }) => [id, hash]));
  const missing = asked.filter(({ id }) => !has.has(id));
  if (missing.length > 0) return `lacks ${named(missing)}`;
  const other = asked.filter(({ id, hash }) => has.get(id) !== hash);
  if (other.length > 0) return `has other rows of ${named(other)}`;
  const known = new Set(asked.map(({ id }) => id));
  const more = own.filter(({ id }) => !known.has(id));
  return more.length > 0 ? `also has ${named(more)}, which the asker has not` : null;
}

function named(datasets: readonly NamedDataset[]): string {
  const shown = datasets.slice(0, NAMED_MAX).map(({ id, hash }) => `${id} (${hash.slice(0, 12)})`);
  const more = datasets.length - shown.length;
  return `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
