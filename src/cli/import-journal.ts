// `strategy-engine import --journal`: reads recorded market data through the same checks as live data and puts it into the journal
// of an engine that is not running. Exit code 0 when every file was read to its end, 1 when not; rejected ticks are
// counted and the first of them shown, they do not stop a file.
import { existsSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { type Config, loadConfig } from "../config.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import { seen } from "../domain/seen.ts";
import type { ForeignJournals, Stream } from "../stream/stream.ts";
import { SILENT_LOG } from "../telemetry/log.ts";
import { columns, complain, count, print, Progress, styled } from "./text.ts";

export interface JournalOptions {
  readonly symbol?: string;
  readonly venue?: string;
  readonly intervalMs?: number;
  readonly unit?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly config?: string;
}

interface Rejection {
  readonly file: string;
  /** Line; message of a msgpack file, event of a segment. */
  readonly line: number;
  readonly message: string;
}

interface Report {
  readonly files: number;
  readonly accepted: number;
  readonly rejected: number;
  /** Synthetic ticks of another engine's journal. */
  readonly skipped: number;
  readonly rejections: readonly Rejection[];
  /** Number of the next event of the journal; null when nothing was written. */
  readonly nextSequence: number | null;
  readonly seconds: number;
}

interface Tally {
  accepted: number;
  rejected: number;
  skipped: number;
  readonly rejections: Rejection[];
}

const REJECTIONS_SHOWN = 20;

/** The exit code. */
export async function importIntoJournal(files: readonly string[], options: JournalOptions): Promise<number> {
  const loaded = loadConfig(options.config ?? null);
  if (!loaded.ok) return refuse(loaded.failure);
  const { config } = loaded.value;
  const absent = files.filter((file) => !existsSync(file));
  if (absent.length > 0) return refuse(`no such file: ${absent.join(", ")}`);
  if (config.dataDir === null && options.dryRun !== true) {
    return refuse("DATA_DIR is empty, so there is no journal to write to; set it, or use --dry-run");
  }
  const own = files.filter((file) => options.dryRun !== true && isOwnSegment(file, config));
  if (own.length > 0) return refuse(`already in this engine's journal: ${own.join(", ")}; set another DATA_DIR`);
  const imported = await importFiles(files, options, options.dryRun === true ? { ...config, dataDir: null } : config);
  if (!imported.ok) return refuse(imported.failure);
  print(options.json === true ? JSON.stringify(imported.value, null, 2) : asText(imported.value));
  return 0;
}

function isOwnSegment(file: string, { dataDir }: Config): boolean {
  return dataDir !== null && file.endsWith(".journal") && dirname(resolve(file)) === resolve(dataDir, "journal");
}

/** The data plane as it runs live, without server and bus; its signals go into the journal's marks and nowhere else. */
async function importFiles(
  files: readonly string[],
  options: JournalOptions,
  config: Config,
): Promise<Result<Report, string>> {
  const begin = performance.now();
  const { openStream } = await import("../main.ts");
  const stream = await openStream(config, SILENT_LOG, { onApproved: () => undefined, onFailure: () => undefined });
  const tally: Tally = { accepted: 0, rejected: 0, skipped: 0, rejections: [] };
  const { ForeignJournals } = await import("../stream/stream.ts");
  const journals = new ForeignJournals();
  try {
    for (const file of files) {
      const read = await importFile(file, { ...options, journals }, stream, tally);
      if (!read.ok) return read;
    }
    await stream.evaluated();
    const nextSequence = config.dataDir === null ? null : stream.status.nextSequence;
    return ok({ files: files.length, ...tally, nextSequence, seconds: (performance.now() - begin) / 1_000 });
  } finally {
    await stream.close();
  }
}

async function importFile(
  file: string,
  options: JournalOptions & { readonly journals: ForeignJournals },
  stream: Stream,
  tally: Tally,
): Promise<Result<null, string>> {
  const { FileFault, readMarketFile } = await import("../stream/stream.ts");
  const { intervalMs, journals, symbol, unit, venue } = options;
  const before = { ...tally };
  const progress = new Progress();
  try {
    for await (const at of readMarketFile({
      path: file,
      ingest: stream.ingest,
      journals,
      blocked: () => stream.blocked,
      ...(symbol === undefined ? {} : { symbol }),
      ...(venue === undefined ? {} : { venue }),
      ...(unit === undefined ? {} : { unit }),
      ...(intervalMs === undefined ? {} : { intervalMs }),
    })) {
      tally.accepted = before.accepted + at.accepted;
      tally.rejected = before.rejected + at.rejected;
      tally.skipped = before.skipped + at.skipped;
      const more = at.errors.slice(0, REJECTIONS_SHOWN - tally.rejections.length);
      tally.rejections.push(...more.map((error) => ({ file: basename(file), ...error })));
      progress.share(
        at.bytesTotal > 0 ? at.bytesRead / at.bytesTotal : 1,
        `${basename(file)}: ${count(at.lines)} lines`,
      );
    }
    return ok(null);
  } catch (error) {
    if (error instanceof FileFault) return failed(`${file} could not be read to its end: ${error.message}`);
    throw error;
  } finally {
    progress.clear();
  }
}

function asText(report: Report): string {
  const next = report.nextSequence === null ? "dry run: nothing was written" : count(report.nextSequence);
  const rows = [
    ["files", count(report.files)],
    ["accepted", `${count(report.accepted)} ticks in ${report.seconds.toFixed(1)} s`],
    ["rejected", count(report.rejected)],
    ...(report.skipped > 0 ? [["skipped", `${count(report.skipped)} synthetic ticks`]] : []),
    ["next event", next],
  ];
  const reasons = report.rejections.map(({ file, line, message }) =>
    styled("yellow", seen(`  ${file}:${line}: ${message}`)),
  );
  return [columns(rows), ...reasons].join("\n");
}

function refuse(reason: string): number {
  complain(reason);
  return 1;
}
