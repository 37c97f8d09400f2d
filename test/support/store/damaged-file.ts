// Databases that are damaged between two openings, each in a way in which files are.
import { closeSync, openSync, readFileSync, readSync, statSync, truncateSync, writeSync } from "node:fs";
import { WholeMark } from "../../../src/store/sqlite/whole-mark.ts";
import { opened, putConfig } from "./store-files.ts";

const PAGE_BYTES = 4_096;
const ROWS = 12_000;
const ROWS_A_COMMIT = 1_000;
/** What a page begins with. */
const INDEX_LEAF = 0x0a;
const TABLE_LEAF = 0x0d;

/** A store of ours that is too large to be checked before it is served, closed in order. */
export async function largeStore(file: string, count = ROWS): Promise<void> {
  const store = await opened({ file });
  const text = "x".repeat(700);
  const rows = Array.from({ length: count }, (_, n) => putConfig(`${"component".repeat(10)}-${n}`, { n, text }));
  for (let at = 0; at < count; at += ROWS_A_COMMIT) {
    const outcome = await store.commit(rows.slice(at, at + ROWS_A_COMMIT));
    if (!outcome.ok) throw new Error(outcome.failure.code);
  }
  await store.close();
}

export interface Damage {
  readonly what: string;
  readonly make: (file: string) => void;
  /** An opening comes across it by itself. */
  readonly atOnce: boolean;
}

export const DAMAGES: readonly Damage[] = [
  { what: "a torn header", make: (file) => overwrite(file, 0, Buffer.alloc(512)), atOnce: true },
  { what: "a flipped bit in a page of an index", make: (file) => flip(file, INDEX_LEAF, 4), atOnce: false },
  { what: "a flipped bit in a leaf of a table", make: (file) => flip(file, TABLE_LEAF, 0), atOnce: false },
  {
    what: "no end",
    make: (file) => truncateSync(file, Math.floor((statSync(file).size * 0.9) / PAGE_BYTES) * PAGE_BYTES),
    atOnce: true,
  },
];

/** An entry of an index that is no row's: the check of the whole file does not see it, who changes that row does. */
export function spoilIndex(file: string): void {
  const bytes = readFileSync(file);
  for (let at = Math.floor(bytes.length / PAGE_BYTES / 2) * PAGE_BYTES; at < bytes.length; at += PAGE_BYTES) {
    const key = bytes.subarray(at, at + PAGE_BYTES).lastIndexOf("componentcomponent");
    if (bytes[at] !== INDEX_LEAF || key < 0) continue;
    return overwrite(file, bytes.indexOf("-", at + key) + 1, Buffer.from("z"));
  }
  throw new Error("no page of an index holds a component");
}

/** Damage of which the system says nothing: the file counts as what the engine has left. */
export function unnoticed(file: string): void {
  const mark = new WholeMark(file);
  mark.opened();
  mark.put();
}

/** In a page of this kind, somewhere in the middle: at 0 is its kind, at 4 the number of its cells. */
function flip(file: string, kind: number, byte: number): void {
  const bytes = readFileSync(file);
  for (let page = Math.floor(bytes.length / PAGE_BYTES / 2); page * PAGE_BYTES < bytes.length; page++) {
    const at = page * PAGE_BYTES;
    if (bytes[at] === kind) return overwrite(file, at + byte, Buffer.of((bytes[at + byte] ?? 0) ^ 0x01));
  }
  throw new Error(`no page begins with ${kind}`);
}

/** In place: the file stays the same one. */
function overwrite(file: string, at: number, bytes: Buffer): void {
  const descriptor = openSync(file, "r+");
  const before = Buffer.alloc(bytes.length);
  readSync(descriptor, before, 0, bytes.length, at);
  if (before.equals(bytes)) throw new Error("nothing would be damaged");
  writeSync(descriptor, bytes, 0, bytes.length, at);
  closeSync(descriptor);
}
