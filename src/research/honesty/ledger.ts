// Trial ledger: how often the same data was already asked. Every run and every sweep adds a line to
// DATA_DIR/research/trials.log, and nothing takes one away, because the best of a thousand tries means less than the only one.
//   line = crc32 of the JSON as 8 hexadecimal digits, a blank, the JSON, a line feed
// A line is written by one call and synced before `record` returns, so a kill or a power cut leaves a torn last line at
// most. It is left out, and the next line begins on a line of its own. A damaged line elsewhere is counted and told.
// Several processes may add at once: the file is opened for appending. Synchronous; any thread.
// A search that takes hours adds its line when a part of it is over. What it has begun until then stands in a file of its
// own, DATA_DIR/research/begun-<part>.json, as many runs as had begun, so that they count when it is killed: every count
// finds them there. Several searches may go on at once, of several processes. A line that has come names its part, which then
// is over; what a killed search had begun becomes a line when another one begins KILLED_US later.
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
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
  /** The part of a search that it ends (`begin`). */
  readonly of?: string;
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

/** So many runs of a part of a search have begun. */
export type BegunTrials = Pick<TrialBatch, "data" | "sets" | "strategy" | "at" | "trials"> & { readonly of: string };

export interface TrialLedger {
  /** They count from now on, until the line of the part comes. Durable when it returns; throws what the file system throws. */
  begin(begun: BegunTrials): void;
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
  const record = (batch: TrialBatch): boolean => {
    lines.read();
    const fresh = !lines.keys.has(batch.key);
    if (fresh) append(path, JSON.stringify(batch));
    // A kill in between leaves it, and the line says that it is over.
    if (batch.of !== undefined) rmSync(join(folder, fileOf(batch.of)), { force: true });
    return fresh;
  };
  return ok({
    begin: (given) => {
      const file = join(folder, fileOf(given.of));
      if (!existsSync(file))
        for (const before of unfinished(folder, lines)) if (given.at - before.at > KILLED_US) record(before);
      replace(file, JSON.stringify(given));
    },
    record,
    count: (data) => {
      const more = unfinished(folder, lines);
      return countOf([...lines.batches, ...more], data, lines.damaged);
    },
  });
}

/** A part of a search that began so long ago was killed. */
const KILLED_US = 7 * 86_400_000_000;
const BEGUN_FILE = /^begun.*\.json$/;

function fileOf(part: string): string {
  return `begun-${createHash("sha256").update(part).digest("hex").slice(0, 32)}.json`;
}

/** Of searches that go on or were killed: what has begun of parts whose line has not come. The lines are read as well. */
function unfinished(folder: string, lines: Lines): readonly TrialBatch[] {
  const names = readdirSync(folder).filter((name) => BEGUN_FILE.test(name));
  const begun = names.toSorted().flatMap((name) => readBegun(join(folder, name)) ?? []);
  lines.read(); // behind the files: a part that ends meanwhile is in one of them at least
  const open = begun.filter(({ of }) => !lines.parts.has(of));
  return open.map((one) => ({ ...one, key: one.of, scored: 0, mean: 0, squares: 0 }));
}

/** A file that cannot be read is none: it is only ever replaced as a whole. */
function readBegun(path: string): BegunTrials | null {
  try {
    const read = JSON.parse(readFileSync(path, "utf8")) as Partial<BegunTrials> | null;
    return typeof read?.of === "string" && Number.isFinite(read.trials) ? (read as BegunTrials) : null;
  } catch {
    return null;
  }
}

function replace(path: string, json: string): void {
  const file = openSync(`${path}.new`, "w");
  try {
    writeSync(file, json);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.new`, path);
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
  /** Of searches whose line has come. */
  parts = new Set<string>();
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
    if (batch.of !== undefined) this.parts.add(batch.of);
  }

  /** Somebody put another file in its place. */
  private forget(): void {
    [this.batches, this.keys, this.parts, this.bad, this.done] = [[], new Set(), new Set(), 0, 0];
  }
}

/** To the bit the same whoever added first: processes that share the runs of a sweep add them as they come. */
function countOf(batches: readonly TrialBatch[], data: DataRead, damaged: number): TrialCount {
  let [trials, scored, mean, squares] = [0, 0, 0, 0];
  const sets = setsOf(data);
  const same = batches.filter(
    (batch) => sets.some((set) => batch.sets?.includes(set)) || data.some(({ hash }) => batch.data.includes(hash)),
  );
  for (const batch of same.toSorted((a, b) => Number(a.key > b.key) - Number(a.key < b.key))) {
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
