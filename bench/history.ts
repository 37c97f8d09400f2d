// What the figures were before: bench/baseline/history/<machine>.jsonl has a line for each day on which `npm run bench`
// ran on that machine, oldest first. What is measured again on the same day replaces the figures of that day. At most
// DAYS_MAX days are kept. All times are nanoseconds.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Result } from "./result.ts";

export const DAYS_MAX = 200;
const SUFFIX = ".jsonl";

/** A result as a day keeps it. */
export interface Kept {
  readonly ratio: number;
  /** Median by label. */
  readonly medians: Readonly<Record<string, number>>;
  readonly fingerprint?: string;
}

export interface Day {
  readonly date: string;
  readonly node: string;
  /** By the name of the result. */
  readonly results: Readonly<Record<string, Kept>>;
}

export function dayOf(date: string, node: string, results: readonly Result[]): Day {
  const kept = results.map(({ name, ratio, pairs, fingerprint }): [string, Kept] => {
    const medians = Object.fromEntries(pairs.map(({ label, medianNs }) => [label, rounded(medianNs)]));
    return [name, { ratio: rounded(ratio), medians, ...(fingerprint === undefined ? {} : { fingerprint }) }];
  });
  return { date, node, results: Object.fromEntries(kept) };
}

/** The history with this day in its place; the oldest days go. */
export function withDay(history: readonly Day[], day: Day): readonly Day[] {
  const same = history.find(({ date }) => date === day.date);
  const merged = same === undefined ? day : { ...day, results: { ...same.results, ...day.results } };
  const others = history.filter(({ date }) => date !== day.date);
  return [...others, merged].toSorted((a, b) => (a.date < b.date ? -1 : 1)).slice(-DAYS_MAX);
}

export function readHistory(path: string): readonly Day[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Day);
}

export function writeHistory(path: string, history: readonly Day[]): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, history.map((day) => `${JSON.stringify(day)}\n`).join(""));
}

export function historyFile(folder: string, machine: string): string {
  return join(folder, `${machine}${SUFFIX}`);
}

/** All histories of a folder, by machine. */
export function readHistories(folder: string): ReadonlyMap<string, readonly Day[]> {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(SUFFIX)) : [];
  return new Map(names.toSorted().map((name) => [basename(name, SUFFIX), readHistory(join(folder, name))]));
}

/** Four figures are more than a shared machine can repeat. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
