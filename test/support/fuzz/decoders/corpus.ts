// Examples that are kept: for each kind of outcome that a long run saw, the smallest input that led to it. Later runs start
// from them, and `npm test` tries each (test/unit/decoder-corpus.test.ts). One file a target, an input a line, in hex.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../../../../../../test/fixtures/fuzz/", import.meta.url));
const BYTES_MAX = 400;
const KEPT_MAX = 60;

export function corpusOf(target: string): readonly Uint8Array[] {
  const file = fileOf(target);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "");
  return lines.map((line) => new Uint8Array(Buffer.from(line, "hex")));
}

/** `outcomes`: for each kind the input, in hex. */
export function keepCorpus(target: string, outcomes: ReadonlyMap<string, string>): void {
  const kept = [...outcomes.values()].filter((hex) => hex.length <= 2 * BYTES_MAX);
  const smallest = kept.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1)).slice(0, KEPT_MAX);
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(fileOf(target), `${smallest.join("\n")}\n`);
}

function fileOf(target: string): string {
  return join(FOLDER, `${target.toLowerCase().replaceAll(" ", "-")}.txt`);
}
