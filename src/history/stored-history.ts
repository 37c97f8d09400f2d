// The history on disk: DATA_DIR/history/<id>.columns. The catalogue is the folder itself; a file's own end describes it, and
// is read again only when the file is another one. One process at a time may write a dataset, any number may read it.
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { threadId } from "node:worker_threads";
import { failed, ok, type Result } from "../domain/result.ts";
import type { EpochUs } from "../domain/units.ts";
import { makeFolder, syncFolder } from "../store/folder.ts";
import { BarGauge } from "./bar-gauge.ts";
import { combine, type Combined } from "./combine.ts";
import type { Block, Dataset, History, Quality, Span } from "./dataset.ts";
import { datasetId, type Identity } from "./dataset-id.ts";
import { HistoryFault, IMPORT_AGAIN } from "./fault.ts";
import { BLOCK_ROWS, FILE_SUFFIX } from "./file-format.ts";
import { DatasetFile } from "./file-reader.ts";
import { DatasetWriter, TEMPORARY_SUFFIX } from "./file-writer.ts";
import { findDataset } from "./find.ts";
import { claimPart } from "./part.ts";

/** Rows for a dataset, with what they do not tell themselves. */
export interface Incoming extends Identity {
  readonly unit: string;
  readonly source: string;
  readonly synthetic: boolean;
  /** What the reader of the source counted; the rest is found while writing. */
  readonly quality: Pick<Quality, "badRows" | "unsorted">;
  readonly importedAt: EpochUs;
  /** In the order of known, then of time. */
  readonly blocks: Iterable<Block>;
  /** Other values for times that are there already take their place; otherwise they are refused. */
  readonly replace?: boolean;
  readonly blockRows?: number;
}

export interface Stored extends Omit<Combined, "contradictions" | "first"> {
  readonly dataset: Dataset;
}

export interface HistoryWriter {
  /** All of it or nothing: after a failure the dataset is what it was. */
  store(incoming: Incoming): Result<Stored, string>;
  /** All of them or none; `dryRun`: none, but everything is looked at. */
  storeAll(incoming: readonly Incoming[], dryRun?: boolean): Result<readonly Stored[], string>;
  /** Name of a file for what does not fit into memory; nobody else has it. */
  temporary(): string;
  /** False when there is none. */
  remove(id: string): boolean;
  /** Files that cannot be vouched for, as the catalogue last met them. */
  faults(): readonly HistoryFault[];
  /** Where the file of a dataset lies. */
  pathOf(id: string): string;
}

interface Written {
  readonly stored: Stored;
  readonly writer: DatasetWriter;
}

interface Known {
  readonly stamp: string;
  readonly dataset: Dataset | null;
  readonly fault: HistoryFault | null;
}

export function openHistory(dataDir: string): Result<History & HistoryWriter, string> {
  const folder = join(dataDir, "history");
  try {
    if (existsSync(folder)) readdirSync(folder);
    return ok(new StoredHistory(folder));
  } catch (error) {
    return failed(`the history in ${folder} cannot be read (${reason(error)}); look at the rights of that folder`);
  }
}

class StoredHistory implements History, HistoryWriter {
  private readonly folder: string;
  private runs = 0;
  private known = new Map<string, Known>();

  constructor(folder: string) {
    this.folder = folder;
  }

  list(): readonly Dataset[] {
    return [...this.look().values()].flatMap(({ dataset }) => (dataset ? [dataset] : []));
  }

  faults(): readonly HistoryFault[] {
    return [...this.look().values()].flatMap(({ fault }) => (fault ? [fault] : []));
  }

  find(...[symbol, kind, intervalMs]: Parameters<History["find"]>): Dataset | null {
    return findDataset(this.list(), symbol, kind, intervalMs);
  }

  *read(dataset: Dataset, span: Span = {}): Generator<Block> {
    const file = this.open(dataset.id);
    try {
      if (file.dataset.hash !== dataset.hash) {
        throw new HistoryFault(file.path, "it was changed since it was listed", "start again with the new catalogue");
      }
      yield* file.blocks(span);
    } finally {
      file.close();
    }
  }

  store(incoming: Incoming): Result<Stored, string> {
    const stored = this.storeAll([incoming]);
    const [first] = stored.ok ? stored.value : [];
    if (!stored.ok || !first) return failed(stored.ok ? "nothing was stored" : stored.failure);
    return ok(first);
  }

  storeAll(incoming: readonly Incoming[], dryRun = false): Result<readonly Stored[], string> {
    const written: Written[] = [];
    try {
      for (const one of incoming) {
        const next = this.write(one);
        if (!next.ok) return next;
        written.push(next.value);
      }
      if (!dryRun) for (const { writer, stored } of written) writer.rename(this.pathOf(stored.dataset.id));
      return ok(written.map(({ stored }) => stored));
    } finally {
      for (const { writer } of written) writer.abandon();
    }
  }

  temporary(): string {
    makeFolder(this.folder);
    this.runs += 1;
    return join(this.folder, `import-${threadId}-${this.runs}.${process.pid}${TEMPORARY_SUFFIX}`);
  }

  /** On the disk, but not yet under its name. */
  private write(incoming: Incoming): Result<Written, string> {
    const id = datasetId(incoming);
    makeFolder(this.folder);
    const part = claimPart(this.folder, id);
    if (!part.ok) return part;
    const before = existsSync(this.pathOf(id)) ? this.open(id) : null;
    const writer = new DatasetWriter(part.value, incoming, incoming.blockRows ?? BLOCK_ROWS);
    let stored: Result<Stored, string> | null = null;
    try {
      stored = write(incoming, before, writer);
    } finally {
      if (stored?.ok !== true || stored.value.dataset === before?.dataset) writer.abandon();
      before?.close();
    }
    return stored.ok ? ok({ stored: stored.value, writer }) : stored;
  }

  remove(id: string): boolean {
    if (!this.names().includes(id + FILE_SUFFIX)) return false;
    rmSync(this.pathOf(id));
    syncFolder(this.folder);
    return true;
  }

  pathOf(id: string): string {
    return join(this.folder, id + FILE_SUFFIX);
  }

  private open(id: string): DatasetFile {
    try {
      return DatasetFile.open(this.pathOf(id));
    } catch (error) {
      if (error instanceof HistoryFault) throw error;
      throw new HistoryFault(this.pathOf(id), `it cannot be opened (${reason(error)})`, IMPORT_AGAIN);
    }
  }

  private names(): readonly string[] {
    if (!existsSync(this.folder)) return [];
    return readdirSync(this.folder).filter((name) => name.endsWith(FILE_SUFFIX));
  }

  private look(): ReadonlyMap<string, Known> {
    const now = new Map<string, Known>();
    for (const name of this.names().toSorted()) {
      const id = name.slice(0, -FILE_SUFFIX.length);
      const stats = statSync(this.pathOf(id), { throwIfNoEntry: false });
      if (!stats) continue; // deleted in between
      const stamp = `${stats.ino} ${stats.size} ${stats.mtimeMs}`;
      const known = this.known.get(id);
      now.set(id, known?.stamp === stamp ? known : { stamp, ...this.describe(id) });
    }
    this.known = now;
    return now;
  }

  private describe(id: string): Pick<Known, "dataset" | "fault"> {
    try {
      const file = this.open(id);
      file.close();
      if (file.dataset.id === id) return { dataset: file.dataset, fault: null };
      const remedy = `call the file ${file.dataset.id}${FILE_SUFFIX}`;
      return { dataset: null, fault: new HistoryFault(file.path, `it holds ${file.dataset.id}`, remedy) };
    } catch (error) {
      if (error instanceof HistoryFault) return { dataset: null, fault: error };
      throw error;
    }
  }
}

function write(incoming: Incoming, before: DatasetFile | null, writer: DatasetWriter): Result<Stored, string> {
  const old = before?.dataset ?? null;
  if (old && old.synthetic !== incoming.synthetic) {
    return failed(`${old.id} is ${old.synthetic ? "synthetic" : "real"}, and the new rows are not; use another symbol`);
  }
  if (old && old.unit !== incoming.unit) {
    return failed(`${old.id} is in "${old.unit}", the new rows in "${incoming.unit}"; use the same unit, or delete it`);
  }
  const gauge = new BarGauge(incoming.intervalMs);
  const { kind, blocks, replace = false } = incoming;
  const combined = combine(kind, before?.blocks() ?? [], blocks, replace, (block, begin, end) => {
    writer.addRows(block, begin, end);
    gauge.add(block, begin, end);
  });
  const { contradictions, first, ...counts } = combined;
  if (first) return failed(contradicted(old?.id ?? "", contradictions, first));
  if (old && counts.added === 0 && counts.replaced === 0) return ok({ ...counts, dataset: old });
  if (counts.added === 0 && !old) return failed("there is no row to store; look at what was refused");
  const quality: Quality = {
    ...gauge.verdict(),
    duplicates: (old?.quality.duplicates ?? 0) + counts.repeated,
    badRows: (old?.quality.badRows ?? 0) + incoming.quality.badRows,
    unsorted: (old?.quality.unsorted ?? 0) + incoming.quality.unsorted,
  };
  const source = old === null || old.source === incoming.source ? incoming.source : `${incoming.source} and before`;
  const { synthetic, importedAt } = incoming;
  return ok({ ...counts, dataset: writer.finish({ source, synthetic, quality, importedAt }) });
}

function contradicted(id: string, count: number, first: NonNullable<Combined["first"]>): string {
  const { column, existing, incoming, time } = first;
  const at = new Date(time / 1_000).toISOString();
  return (
    `${count} rows contradict what ${id} holds, first at ${at}: ${column} is ${existing} there and ${incoming} here; ` +
    "nothing was changed. Use --replace to take the new values, or another --venue to keep both"
  );
}

function reason(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
