// Trial ledger: how often the same data was already asked. Every run and every sweep adds a line to
// DATA_DIR/research/trials.log, and nothing takes one away, because the best of a thousand tries means less than the only one.
//   line = crc32 of the JSON as 8 hexadecimal digits, a blank, the JSON, a line feed
// A line is written by one call and synced before `record` returns, so a kill or a power cut leaves a torn last line at
// most. It is left out, and the next line begins on a line of its own. A damaged line elsewhere is counted and told.
// Several processes may add at once: the file is opened for appending. Synchronous; any thread.
import { createHash } from "node:crypto";
import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { EpochUs } from "../../domain/units.ts";
import type { Statement, Trial } from "../outcome.ts";
import { makeFolder } from "../../store/folder.ts";
import { parameterKey } from "./stability.ts";

/** Runs on the same data: their number, and the Sharpe ratios (of a year) of those that have one. */
export interface TrialBatch {
  /** Hashes of the datasets that were read, whatever part of them; one more row makes another hash. */
  readonly data: readonly string[];
  /** What they are, by which the count goes on when rows are added or imported again; lines of older engines have none. */
  readonly sets?: readonly string[];
  /** Of what was run: the same runs on the same data count once. */
  readonly key: string;
  readonly strategy: string;
  readonly at: EpochUs;
  readonly trials: number;
  readonly scored: number;
  readonly mean: number;
  /** Sum of the squared distances from the mean. */
  readonly squares: number;
}

export interface TrialCount {
  readonly trials: number;
  readonly scored: number;
  /** Of the Sharpe ratios of a year; null below two. */
  readonly variance: number | null;
  /** Lines that could not be read: there were more trials than counted. */
  readonly damaged: number;
}

export interface TrialLedger {
  /** False when it was there already. Durable when it returns; throws what the file system throws. */
  record(batch: TrialBatch): boolean;
  /** All that read one of these datasets, with as many rows as they had then. */
  count(data: DataRead): TrialCount;
}

type Ran = Pick<Trial, "parameters"> & { readonly figures: Pick<Trial["figures"], "sharpe"> };
export type DataRead = readonly Pick<Statement["data"][number], "dataset" | "source" | "synthetic" | "hash">[];
type About = Pick<Statement, "strategy" | "codeHash" | "from" | "to"> & { readonly data: DataRead };

/** The batch of a sweep, or of one run. */
export function batchOf(about: About, runs: readonly Ran[], at: EpochUs): TrialBatch {
  const data = [...new Set(about.data.map(({ hash }) => hash))].sort();
  const hash = createHash("sha256").update(
    JSON.stringify([about.strategy, about.codeHash, about.from, about.to, data]),
  );
  for (const key of runs.map(({ parameters }) => parameterKey(parameters)).sort()) hash.update(key);
  const ratios = runs.flatMap(({ figures: { sharpe } }) =>
    sharpe !== null && Number.isFinite(sharpe) ? [sharpe] : [],
  );
  const mean = ratios.length === 0 ? 0 : ratios.reduce((sum, one) => sum + one, 0) / ratios.length;
  return {
    data,
    sets: setsOf(about.data),
    key: hash.digest("hex"),
    strategy: about.strategy,
    at,
    trials: runs.length,
    scored: ratios.length,
    mean,
    squares: ratios.reduce((sum, one) => sum + (one - mean) * (one - mean), 0),
  };
}

/** A dataset is its symbol, kind, interval and venue, wherever it came from; of made-up ones each seed is a market of its own. */
export function setsOf(data: DataRead): readonly string[] {
  return [...new Set(data.map((one) => (one.synthetic ? `${one.dataset} ${one.source}` : one.dataset)))].sort();
}

export function openTrialLedger(dataDir: string): Result<TrialLedger, string> {
  const folder = join(dataDir, "research");
  const path = join(folder, "trials.log");
  try {
    makeFolder(folder);
    closeSync(openSync(path, "a+"));
  } catch (error) {
    return failed(`the trial ledger cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
  const lines = new Lines(path);
  return ok({
    record: (batch) => {
      lines.read();
      if (lines.keys.has(batch.key)) return false;
      append(path, JSON.stringify(batch));
      return true;
    },
    count: (data) => {
      lines.read();
      return countOf(lines, data);
    },
  });
}

function append(path: string, json: string): void {
  const file = openSync(path, "a+");
  try {
    const { size } = fstatSync(file);
    const last = Buffer.alloc(1);
    const torn = size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== LINE_FEED;
    const line = Buffer.from(`${torn ? "\n" : ""}${checksum(json)} ${json}\n`);
    for (let written = 0; written < line.length;) written += writeSync(file, line, written);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
const LINE_FEED = 10;

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, "0");
}

/** What the file holds. It only grows, so each reading goes on where the one before ended. */
class Lines {
  batches: TrialBatch[] = [];
  keys = new Set<string>();
  private bad = 0;
  private torn = false;
  private done = 0;
  private readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** What was torn by a kill was never confirmed to anybody, but it was run. */
  get damaged(): number {
    return this.bad + (this.torn ? 1 : 0);
  }

  read(): void {
    const bytes = this.added();
    const end = bytes.lastIndexOf(LINE_FEED) + 1;
    this.torn = end < bytes.length;
    this.done += end;
    for (const line of bytes.toString("utf8", 0, end).split("\n").slice(0, -1)) this.take(line);
  }

  private added(): Buffer {
    const file = openSync(this.path, "r");
    try {
      const { size } = fstatSync(file);
      if (size < this.done) this.forget();
      const bytes = Buffer.alloc(size - this.done);
      let read = 0;
      for (let more = 1; read < bytes.length && more > 0; read += more)
        more = readSync(file, bytes, read, bytes.length - read, this.done + read);
      return bytes.subarray(0, read);
    } finally {
      closeSync(file);
    }
  }

  private take(line: string): void {
    const json = line.slice(9);
    if (json.length === 0 || line.slice(0, 9) !== `${checksum(json)} `) {
      this.bad++;
      return;
    }
    const batch = JSON.parse(json) as TrialBatch;
    this.batches.push(batch);
    this.keys.add(batch.key);
  }

  /** Somebody put another file in its place. */
  private forget(): void {
    [this.batches, this.keys, this.bad, this.done] = [[], new Set(), 0, 0];
  }
}

function countOf({ batches, damaged }: Lines, data: DataRead): TrialCount {
  let [trials, scored, mean, squares] = [0, 0, 0, 0];
  const sets = setsOf(data);
  for (const batch of batches) {
    const same = sets.some((set) => batch.sets?.includes(set)) || data.some(({ hash }) => batch.data.includes(hash));
    if (!same) continue;
    trials += batch.trials;
    const all = scored + batch.scored;
    if (batch.scored === 0) continue;
    const apart = batch.mean - mean;
    squares += batch.squares + (apart * apart * scored * batch.scored) / all;
    mean += (apart * batch.scored) / all;
    scored = all;
  }
  return { trials, scored, variance: scored > 1 ? squares / (scored - 1) : null, damaged };
}
