// The files of a journal folder: their names, their order, and writes of all that is to be written.
//   <first sequence>.journal     segments            <sequence>.snapshot           snapshots
//   *.tmp                        unfinished, removed at open                lock   see lock.ts
//   *.damaged                    a snapshot that failed its check, kept until the next open for whoever wants to look
import { readdirSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { readFully } from "./segment-reader.ts";

export const SEGMENT_SUFFIX = ".journal";
export const SNAPSHOT_SUFFIX = ".snapshot";
export const DAMAGED_SUFFIX = ".damaged";
export const TEMPORARY_SUFFIX = ".tmp";
const DIGITS = 20;
const PIECE_BYTES = 1024 * 1024;

export interface NumberedFile {
  readonly path: string;
  readonly sequence: number;
}

export function numberedPath(dir: string, sequence: number, suffix: string): string {
  return join(dir, String(sequence).padStart(DIGITS, "0") + suffix);
}

/** The files with this suffix, lowest sequence first; names of another form are not ours and are left alone. */
export function numberedFiles(dir: string, suffix: string): readonly NumberedFile[] {
  const files: NumberedFile[] = [];
  for (const name of readdirSync(dir)) {
    const digits = name.slice(0, DIGITS);
    if (name.length === DIGITS + suffix.length && name.endsWith(suffix) && /^\d{20}$/.test(digits)) {
      files.push({ path: join(dir, name), sequence: Number(digits) });
    }
  }
  return files.sort((a, b) => a.sequence - b.sequence);
}

export function removeLeftovers(dir: string): void {
  for (const name of readdirSync(dir)) {
    if (name.endsWith(TEMPORARY_SUFFIX) || name.endsWith(DAMAGED_SUFFIX)) rmSync(join(dir, name), { force: true });
  }
}

/** Writes all of it: a short write is legal for the system and happens when a disk is nearly full. */
export function writeFully(fd: number, bytes: Uint8Array, from: number, to: number, position: number): void {
  let done = from;
  while (done < to) done += writeSync(fd, bytes, done, to - done, position + done - from);
}

/**
 * Puts what a file holds from an offset on into it once more. A sync that failed leaves pages that can be read, that the
 * system counts as written, and that no later sync keeps.
 */
export function writeAgain(fd: number, from: number): void {
  const piece = new Uint8Array(PIECE_BYTES);
  for (let at = from, read = 1; read > 0; at += read) {
    read = readFully(fd, piece, piece.length, at);
    writeFully(fd, piece, 0, read, at);
  }
}
