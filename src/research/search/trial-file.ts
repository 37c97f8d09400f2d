// The finished trials of one search on disk, so that a search that was killed goes on where it was: one line for each
// (sealed-lines.ts).
import { ok, type Result } from "../../domain/result.ts";
import type { Figures } from "../outcome.ts";
import { numbersOfText, openSealedLines, textOfNumbers } from "./sealed-lines.ts";
import type { Values } from "./space.ts";

export interface TrialRecord {
  readonly number: number;
  /** Place in the halving, 0 where there is none. */
  readonly rung: number;
  readonly parameters: Values;
  readonly score: number | null;
  /** Null: the run failed. */
  readonly figures: Figures | null;
  /** Of steps that all trials have in common; null: the run failed, or there are too many trials to keep them. */
  readonly returns: Float64Array | null;
  /** Why it does not count; null: it does. */
  readonly why: string | null;
}

export interface TrialFile {
  readonly finished: readonly TrialRecord[];
  append(record: TrialRecord): void;
  close(): void;
}

/** `what`: everything the result of the search follows from. */
export function openTrialFile(path: string, what: string): Result<TrialFile, string> {
  const opened = openSealedLines(path, FORMAT, what);
  if (!opened.ok) return opened;
  const { lines, append, close } = opened.value;
  return ok({ finished: lines.map(recordOf), append: (record) => append(textOf(record)), close });
}
const FORMAT = 2;

type Written = Omit<TrialRecord, "returns"> & { readonly returns: string | null };
/** Returns are written bit for bit: the verdict of a search that was killed is that of one that was not. */
function textOf({ returns, ...record }: TrialRecord): string {
  const written: Written = { ...record, returns: returns === null ? null : textOfNumbers(returns) };
  return JSON.stringify(written);
}
function recordOf(json: string): TrialRecord {
  const { returns, ...record } = JSON.parse(json) as Written;
  return { ...record, returns: returns === null ? null : numbersOfText(returns) };
}
