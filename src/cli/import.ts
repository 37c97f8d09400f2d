// `strategy-engine import`: reads recorded market data through the same checks as live data and puts it into the journal
// of an engine that is not running. Exit code 0 when every file was read to its end, 1 when not; rejected ticks are
// counted and the first of them shown, they do not stop a file.
import { existsSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { type Config, loadConfig } from "../config.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import type { ForeignJournals, Stream } from "../stream/stream.ts";
import { SILENT_LOG } from "../telemetry/log.ts";
import { columns, complain, count, print, Progress, styled } from "./text.ts";

interface Options {
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
const PROGRESS_MS = 100;

export function importCommand(): Command {
  return new Command("import")
    .description("put recorded market data into the journal")
    .argument(
      "<files...>",
      ".csv, .ndjson, .jsonl or .msgpack (messages one after the other), each also .gz; .journal (segments)",
    )
    .option("-s, --symbol <symbol>", "CSV without a column symbol: whose rows they are (default: the file's name)")
    .option("-v, --venue <venue>", "CSV: where the rows come from")
    .option("-i, --interval-ms <ms>", "CSV of candles: their length (default: the distance of the rows)", milliseconds)
    .option("-u, --unit <unit>", "CSV of a macro series: the unit of its values")
    .option("-n, --dry-run", "check and count, write nothing")
    .option("-c, --config <file>", "JSON file with settings, as for serve; DATA_DIR says where the journal is")
    .option("--json", "the report as JSON")
    .addHelpText(
      "after",
      `
NDJSON and msgpack hold ticks as the live feed takes them. A CSV has a header line with a column timestamp (or time,
timestamp_ms, ...) and what its columns say: candles (open high low close), quotes (bid ask), trades (price), funding
(funding_rate), a macro series (value), or one column of prices for each symbol. The engine must be stopped meanwhile.
The segments of another engine's journal give their market events again, record by record, without synthetic ticks;
leave them in their folder, because the names of their symbols may be in an earlier segment.

Examples:
  strategy-engine import btcusd.csv                          the symbol is BTCUSD
  strategy-engine import bars.csv.gz --symbol ETHUSD --interval-ms 60000
  strategy-engine import --dry-run day1.msgpack day2.msgpack
  DATA_DIR=/tmp/study strategy-engine import recorded.ndjson
  strategy-engine import /backup/journal/*.journal`,
    )
    .action(async (files: readonly string[], options: Options) => {
      process.exitCode = await run(files, options);
    });
}

async function run(files: readonly string[], options: Options): Promise<number> {
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
  options: Options,
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
  options: Options & { readonly journals: ForeignJournals },
  stream: Stream,
  tally: Tally,
): Promise<Result<null, string>> {
  const { FileFault, readMarketFile } = await import("../stream/stream.ts");
  const { intervalMs, journals, symbol, unit, venue } = options;
  const before = { ...tally };
  const progress = new Progress();
  let shownAt = 0;
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
      if (performance.now() - shownAt < PROGRESS_MS) continue;
      shownAt = performance.now();
      const share = at.bytesTotal > 0 ? Math.floor((100 * at.bytesRead) / at.bytesTotal) : 100;
      progress.show(`${basename(file)}: ${share} %, ${count(at.lines)} lines`);
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
  const reasons = report.rejections.map(({ file, line, message }) => styled("yellow", `  ${file}:${line}: ${message}`));
  return [columns(rows), ...reasons].join("\n");
}

function refuse(reason: string): number {
  complain(reason);
  return 1;
}

function milliseconds(text: string): number {
  const value = /^\d{1,12}$/.test(text) ? Number(text) : NaN;
  if (!(value > 0)) throw new InvalidArgumentError("It must be a whole number of milliseconds, e.g. 60000.");
  return value;
}
