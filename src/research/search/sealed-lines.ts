// A file of lines that outlives a kill: each is its checksum, a space, JSON, and is on the disk before `append` returns. The
// first line says what the file is about; a file about something else is refused. A last line that was cut off is taken
// away; damage before it is refused.
import { createHash } from "node:crypto";
import { closeSync, existsSync, fdatasyncSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { failed, ok, type Result } from "../../domain/result.ts";

export interface SealedLines {
  /** JSON of the lines that are there, without the first. */
  readonly lines: readonly string[];
  readonly append: (json: string) => void;
  readonly close: () => void;
}

/** `what`: everything that the lines follow from. */
export function openSealedLines(path: string, format: number, what: string): Result<SealedLines, string> {
  const head = JSON.stringify({ format, search: digest(what) });
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const lines = whole.split("\n").slice(0, -1);
  const bad = lines.findIndex((line) => line !== sealed(line.slice(SEAL + 1)));
  if (bad >= 0) return failed(`line ${bad + 1} of the file of trials is damaged; delete the file to begin again`);
  if (lines.length > 0 && lines[0] !== sealed(head))
    return failed("the file of trials belongs to another search; name another file, or delete it to begin again");
  const file = openSync(path, "a+");
  ftruncateSync(file, Buffer.byteLength(whole));
  const append = (json: string): void => {
    const bytes = Buffer.from(`${sealed(json)}\n`);
    for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
    fdatasyncSync(file);
  };
  if (lines.length === 0) append(head);
  return ok({ lines: lines.slice(1).map((line) => line.slice(SEAL + 1)), append, close: () => closeSync(file) });
}

const SEAL = 16;
function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
function sealed(json: string): string {
  return `${digest(json).slice(0, SEAL)} ${json}`;
}

/** Numbers bit for bit. */
export function textOfNumbers(numbers: Float64Array): string {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).toString("base64");
}
export function numbersOfText(text: string): Float64Array {
  return new Float64Array(Uint8Array.from(Buffer.from(text, "base64")).buffer);
}
