// What the results behind gates computed, as it was recorded: a hash of bits that every machine has to give.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { GATES, TIMES_ONLY } from "./budget.ts";
import type { Result } from "./result.ts";
import type { Fingerprints } from "./verdict.ts";

const FILE = fileURLToPath(new URL("../../../bench/baseline/fingerprints.json", import.meta.url));

/** Names of the results that owe a fingerprint. */
export function owing(): ReadonlySet<string> {
  return new Set(GATES.filter(({ bench }) => TIMES_ONLY[bench] === undefined).map(({ result }) => result));
}

export function recordedFingerprints(): Fingerprints {
  return JSON.parse(readFileSync(FILE, "utf8")) as Fingerprints;
}

/** Those of `before` that are still owed, with what `results` computed in their place. */
export function withResults(before: Fingerprints, results: readonly Result[], owed: ReadonlySet<string>): Fingerprints {
  const all = new Map(Object.entries(before));
  for (const { name, fingerprint } of results) if (fingerprint !== undefined) all.set(name, fingerprint);
  const kept = [...all].filter(([name]) => owed.has(name));
  return Object.fromEntries(kept.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

export function record(results: readonly Result[]): void {
  const before = recordedFingerprints();
  const after = withResults(before, results, owing());
  for (const [name, print] of Object.entries(after))
    if (before[name] !== print) console.log(`${name}: ${before[name] ?? "new"} -> ${print}`);
  writeFileSync(FILE, `${JSON.stringify(after, null, 2)}\n`);
  console.log(`${Object.keys(after).length} fingerprints in bench/baseline/fingerprints.json`);
}
