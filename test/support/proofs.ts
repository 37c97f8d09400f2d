// Long proofs are made in pieces, each kept as one line of JSON in test/proofs/ when it is done: a run that is broken off
// loses its last piece only, the next one adds to the others, and what docs/reliability.md says is reckoned from all.
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { machine } from "./reliability.ts";

const FOLDER = fileURLToPath(new URL("../../../../test/proofs", import.meta.url));

export interface Piece {
  /** ISO-8601, when it ended. */
  readonly at: string;
  readonly machine: string;
  /** Load of the machine over the last 15 minutes, everything that runs on it. */
  readonly load: number;
  readonly seconds: number;
}

export function piece(seconds: number): Piece {
  const load = Math.round((loadavg()[2] ?? 0) * 10) / 10;
  return { at: new Date().toISOString(), machine: machine(), load, seconds: Math.round(seconds) };
}

export function keep(proof: string, result: Piece): void {
  const file = join(FOLDER, `${proof}.ndjson`);
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, `${JSON.stringify(result)}\n`);
}

/** All pieces of a proof, oldest first. */
export function kept(proof: string): readonly Piece[] {
  const file = join(FOLDER, `${proof}.ndjson`);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Piece);
}

/** The first from `wanted` on that no piece has: the same seed again would make the same cases again. */
export function freshSeed(pieces: readonly (Piece & { readonly seed: number })[], wanted: number): number {
  const taken = new Set(pieces.map(({ seed }) => seed));
  let seed = wanted;
  while (taken.has(seed)) seed++;
  return seed;
}

/** `2026-11-22`, or from the first to the last day. */
export function days(pieces: readonly Piece[]): string {
  const [first = "", last = ""] = [pieces[0]?.at.slice(0, 10), pieces.at(-1)?.at.slice(0, 10)];
  return first === last ? first : `${first} to ${last}`;
}

export function counted({ length }: readonly Piece[]): string {
  return length === 1 ? "1 piece" : `${length} pieces`;
}

export function machines(pieces: readonly Piece[]): string {
  const names = [...new Set(pieces.map((one) => one.machine))];
  const loads = pieces.map((one) => one.load).toSorted((one, other) => one - other);
  const [least = 0, most = 0] = [loads[0], loads.at(-1)];
  return `${names.join("; ")}; load of the machine ${least === most ? least : `${least} to ${most}`}`;
}
