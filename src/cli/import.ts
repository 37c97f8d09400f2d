// `strategy-engine import`: reads recorded market data through the same checks as live data and puts it into the journal
// of an engine that is not running. Exit code 0 when every file was read to its end, 1 when not; rejected rows are
// counted and the first of them shown, they do not stop a file.
import { existsSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import { type Config, loadConfig } from "../config.ts";
import type { Result } from "../domain/result.ts";
import { columns, complain, count, print, Progress, styled } from "./text.ts";

export type ImportFormat = "auto" | "csv" | "json" | "msgpack" | "journal";
const FORMATS: readonly ImportFormat[] = ["auto", "csv", "json", "msgpack", "journal"];

export interface ImportOptions {
  readonly config: Config;
  readonly files: readonly string[];
  readonly format: ImportFormat;
  /** Field of a tick by name of the column that holds it, e.g. price -> "last"; CSV only. */
  readonly columns: ReadonlyMap<string, string>;
  /** Fields for rows that lack them, e.g. symbol, kind, asset_type. */
  readonly defaults: ReadonlyMap<string, string>;
  /** Check and count, write nothing. */
  readonly dryRun: boolean;
  readonly onProgress: (rows: number, file: string) => void;
}

export interface ImportReport {
  readonly files: number;
  readonly rows: number;
  readonly rejected: number;
  /** The first rejected rows: where, and why. */
  readonly reasons: readonly { readonly file: string; readonly row: number; readonly message: string }[];
  /** Sequence after the last event; null for a dry run. */
  readonly nextSequence: number | null;
  readonly seconds: number;
}

/** What does the work; handed in. The failure is one sentence. */
export type ImportFiles = (options: ImportOptions) => Promise<Result<ImportReport, string>>;

interface CommandOptions {
  readonly format: ImportFormat;
  readonly columns: ReadonlyMap<string, string>;
  readonly symbol?: string;
  readonly kind?: string;
  readonly assetType?: string;
  readonly intervalS?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly config?: string;
}

const PROGRESS_MS = 100;

export function importCommand(importFiles: ImportFiles): Command {
  return new Command("import")
    .description("put recorded market data into the journal")
    .argument("<files...>", "CSV with a header line, JSON, msgpack messages one after the other, or journal segments")
    .addOption(
      new Option("-F, --format <format>", "auto goes by the ending of the name").choices(FORMATS).default("auto"),
    )
    .option(
      "-m, --columns <map>",
      "CSV: field=column, comma-separated, where the header names differ",
      fieldMap,
      new Map(),
    )
    .option("-s, --symbol <symbol>", "for rows without one")
    .option("-k, --kind <kind>", "trade, quote, bar, funding, news, earnings, macro or rates, for rows without one")
    .option("-a, --asset-type <type>", "crypto, forex, indices, commodities or stocks, for rows without one")
    .option("-i, --interval-s <seconds>", "length of a bar, for rows without one")
    .option("-n, --dry-run", "check and count, write nothing")
    .option("-c, --config <file>", "JSON file with settings, as for serve; DATA_DIR says where the journal is")
    .option("--json", "the report as JSON")
    .addHelpText(
      "after",
      `
Rows are ticks in the order of the file; fields are those of the live feed (symbol, price or close, volume, timestamp, ...).
Times are epoch seconds, milliseconds, microseconds or nanoseconds. The engine must be stopped: it holds the journal.

Examples:
  strategy-engine import btc.csv --symbol BTCUSD
  strategy-engine import bars.csv --kind bar --interval-s 60 --columns timestamp=time,close=last
  strategy-engine import --dry-run day1.msgpack day2.msgpack
  DATA_DIR=/tmp/study strategy-engine import /backup/data/journal/*.journal`,
    )
    .action(async (files: readonly string[], options: CommandOptions) => {
      process.exitCode = await run(importFiles, files, options);
    });
}

async function run(importFiles: ImportFiles, files: readonly string[], options: CommandOptions): Promise<number> {
  const loaded = loadConfig(options.config ?? null);
  if (!loaded.ok) return refuse(loaded.failure);
  const absent = files.filter((file) => !existsSync(file));
  if (absent.length > 0) return refuse(`no such file: ${absent.join(", ")}`);
  if (loaded.value.config.dataDir === null && options.dryRun !== true) {
    return refuse("DATA_DIR is empty, so there is no journal to write to; set it, or use --dry-run");
  }
  const progress = new Progress();
  let shownAt = 0;
  const imported = await importFiles({
    config: loaded.value.config,
    files,
    format: options.format,
    columns: options.columns,
    defaults: defaultsOf(options),
    dryRun: options.dryRun === true,
    onProgress: (rows, file) => {
      if (performance.now() - shownAt < PROGRESS_MS) return;
      shownAt = performance.now();
      progress.show(`${file}: ${count(rows)} rows`);
    },
  });
  progress.clear();
  if (!imported.ok) return refuse(imported.failure);
  print(options.json === true ? JSON.stringify(imported.value, null, 2) : asText(imported.value));
  return 0;
}

function defaultsOf(options: CommandOptions): ReadonlyMap<string, string> {
  const fields: readonly (readonly [string, string | undefined])[] = [
    ["symbol", options.symbol],
    ["kind", options.kind],
    ["asset_type", options.assetType],
    ["interval_s", options.intervalS],
  ];
  return new Map(fields.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
}

function asText(report: ImportReport): string {
  const rows = [
    ["files", count(report.files)],
    ["rows", `${count(report.rows)} in ${report.seconds.toFixed(1)} s`],
    ["rejected", count(report.rejected)],
    ["next event", report.nextSequence === null ? "dry run: nothing written" : count(report.nextSequence)],
  ];
  const reasons = report.reasons.map(({ file, row, message }) => styled("yellow", `  ${file} row ${row}: ${message}`));
  return [columns(rows), ...reasons].join("\n");
}

function refuse(reason: string): number {
  complain(reason);
  return 1;
}

function fieldMap(text: string, former: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const map = new Map(former);
  for (const part of text.split(",")) {
    const [field, column, ...rest] = part.split("=").map((side) => side.trim());
    if (!field || !column || rest.length > 0) {
      throw new InvalidArgumentError("It must be field=column pairs, e.g. timestamp=time,price=last.");
    }
    map.set(field, column);
  }
  return map;
}
