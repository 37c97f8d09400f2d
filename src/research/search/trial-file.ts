// The finished trials of one search on disk, so that a search that was killed goes on where it was. One line for each:
// its checksum, a space, JSON. The first line says what is searched; a file of another search is refused. Every line is on
// the disk before its trial counts. A last line that was cut off is taken away; damage before it is refused.
import { createHash } from "node:crypto";
import { closeSync, existsSync, fdatasyncSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { Figures } from "../outcome.ts";
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
  const head = JSON.stringify({ format: 2, search: digest(what) });
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const lines = whole.split("\n").slice(0, -1);
  const bad = lines.findIndex((line) => line !== sealed(line.slice(SEAL + 1)));
  if (bad >= 0) return failed(`line ${bad + 1} of the file of trials is damaged; delete the file to begin again`);
  if (lines.length > 0 && lines[0] !== sealed(head))
    return failed("the file of trials belongs to another search; name another file, or delete it to begin again");
  const finished = lines.slice(1).map((line) => recordOf(line.slice(SEAL + 1)));
  const file = openSync(path, "a+");
  ftruncateSync(file, Buffer.byteLength(whole));
  const put = (json: string): void => {
    writeSync(file, `${sealed(json)}\n`);
    fdatasyncSync(file);
  };
  if (lines.length === 0) put(head);
  return ok({ finished, append: (record) => put(textOf(record)), close: () => closeSync(file) });
}

type Written = Omit<TrialRecord, "returns"> & { readonly returns: string | null };
/** Returns are written bit for bit: the verdict of a search that was killed is that of one that was not. */
function textOf({ returns, ...record }: TrialRecord): string {
  const bytes = returns === null ? null : Buffer.from(returns.buffer, returns.byteOffset, returns.byteLength);
  return JSON.stringify({ ...record, returns: bytes?.toString("base64") ?? null } satisfies Written);
}
function recordOf(json: string): TrialRecord {
  const { returns, ...record } = JSON.parse(json) as Written;
  if (returns === null) return { ...record, returns };
  const bytes = Uint8Array.from(Buffer.from(returns, "base64"));
  return { ...record, returns: new Float64Array(bytes.buffer) };
}

const SEAL = 16;
function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
function sealed(json: string): string {
  return `${digest(json).slice(0, SEAL)} ${json}`;
}
