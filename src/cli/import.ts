// `strategy-engine import`: recorded market data becomes history, from files or from Redis; with --journal it goes into the
// journal instead (import-journal.ts). Exit code 0 when everything was stored, 1 when something was not; rows that
// are left out are counted and the first of them shown. A file is stored as a whole or not at all.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { loadConfig, type Config } from "../config.ts";
import { EVENT_KINDS, type EventKind } from "../domain/event.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import { seen } from "../domain/seen.ts";
import {
  importFile,
  importText,
  openHistory,
  type History,
  type HistoryWriter,
  type Imported,
  type ImportOptions,
} from "../history/history.ts";
import { datasetLine } from "./data/dataset-text.ts";
import { interval } from "./data/times.ts";
import { importIntoJournal } from "./import-journal.ts";
import { columns, complain, count, print, Progress, styled } from "./text.ts";

interface Options {
  readonly symbol?: string;
  readonly kind?: EventKind;
  readonly intervalMs?: number;
  readonly venue?: string;
  readonly unit?: string;
  readonly timeColumn?: string;
  readonly lagHours?: number;
  readonly replace?: boolean;
  readonly redis?: boolean;
  readonly journal?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly config?: string;
}

const NOTES_SHOWN = 20;
const HOUR_MS = 3_600_000;

export function importCommand(): Command {
  return new Command("import")
    .description("store recorded market data as history, for backtests (or in the journal, with --journal)")
    .argument("<files...>", "files; with --redis symbols")
    .option("-s, --symbol <symbol>", "whose rows they are (default: the column symbol, else the file's name)")
    .addOption(
      new Option("-k, --kind <kind>", "what the rows are (default: told from the columns)").choices([
        ...EVENT_KINDS.values(),
      ]),
    )
    .option(
      "-i, --interval-ms <ms>",
      "length of the bars, also as 5m, 4h, 1d (default: the distance of the rows)",
      interval,
    )
    .option("-v, --venue <venue>", "where the rows come from; other venues are other datasets")
    .option("-u, --unit <unit>", "macro series: the unit of its values")
    .option("-t, --time-column <name>", "the column with the time, where its name is not a usual one")
    .option("-l, --lag-hours <hours>", "how long after its time a row could be known, where no column says it", hours)
    .option("--replace", "take the new values where rows contradict what is there")
    .option("--redis", "read market_data:{symbol}:history of the Redis under REDIS_URL")
    .option("--journal", "into the journal of a stopped engine, through the checks of live data")
    .option("-n, --dry-run", "check and count, store nothing")
    .option("-c, --config <file>", "JSON file with settings, as for serve; DATA_DIR says where history lies")
    .option("--json", "the report as JSON")
    .addHelpText("after", HELP)
    .action(async (names: readonly string[], options: Options) => {
      process.exitCode = options.journal === true ? await intoJournal(names, options) : await run(names, options);
    });
}

const HELP = `
Files: .csv, .tsv, .json, .ndjson, each also .gz; .parquet; .journal (segments). Columns are known by their usual names:
a time (timestamp, date, open_time, ...) and open high low close volume, or bid ask, price size, funding_rate, value.
Bars are stamped at their start and known at their end. The same rows again change nothing.
A macro value is known at available_at, where there is such a column, or --lag-hours after its time.

With --journal: .csv, .ndjson, .jsonl, .msgpack, each also .gz, and .journal. The engine must be stopped meanwhile.

Examples:
  strategy-engine import btcusd.csv                          the symbol is BTCUSD
  strategy-engine import bars.csv.gz --symbol ETH/USD --interval-ms 1m --venue coinbase
  strategy-engine import WALCL.csv --kind macro --lag-hours 36 --unit USD_million
  strategy-engine import --redis BTCUSD ETHUSD               what other programs keep in Redis
  strategy-engine import --dry-run *.parquet                 what would be stored
  strategy-engine import --journal ticks.ndjson              events for replay, not history`;

async function intoJournal(files: readonly string[], options: Options): Promise<number> {
  const foreign = ["redis", "kind", "timeColumn", "lagHours", "replace"].filter((name) => name in options);
  if (foreign.length > 0)
    return refuse(`--journal does not go with ${foreign.map(optionName).join(", ")}; leave it out`);
  return importIntoJournal(files, options);
}

function optionName(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

async function run(names: readonly string[], options: Options): Promise<number> {
  const loaded = loadConfig(options.config ?? null);
  if (!loaded.ok) return refuse(loaded.failure);
  const { config } = loaded.value;
  const absent = options.redis === true ? [] : names.filter((file) => !existsSync(file));
  if (absent.length > 0) return refuse(`no such file: ${absent.join(", ")}`);
  const dryRun = options.dryRun === true;
  if (config.historyDir === null && !dryRun) {
    return refuse("DATA_DIR is empty, so there is no history to write to; set it, or use --dry-run");
  }
  const scratch = config.historyDir === null ? mkdtempSync(join(tmpdir(), "strategy-engine-")) : null;
  try {
    const history = openHistory(config.historyDir ?? scratch ?? "");
    if (!history.ok) return refuse(history.failure);
    return await importAll(names, options, history.value, config);
  } finally {
    if (scratch !== null) rmSync(scratch, { recursive: true });
  }
}

async function importAll(
  names: readonly string[],
  options: Options,
  history: History & HistoryWriter,
  config: Config,
): Promise<number> {
  const begin = performance.now();
  const done: Imported[] = [];
  const failures: string[] = [];
  const { readHistories } = await import("./redis-history.ts");
  const kept = options.redis === true ? await readHistories(config, names) : ok(null);
  if (!kept.ok) return refuse(kept.failure);
  for (const name of names) {
    const json = kept.value?.get(name) ?? null;
    const result = kept.value && json === null ? noKey(name) : await importOne(name, json, options, history);
    if (result.ok) done.push(result.value);
    else failures.push(result.failure);
    if (options.json !== true && result.ok) print(asText(result.value, options.dryRun === true));
  }
  const seconds = (performance.now() - begin) / 1_000;
  if (options.json === true)
    print(JSON.stringify({ imported: done, failures, seconds, dry_run: options.dryRun === true }, null, 2));
  else if (done.length > 0) print(summary(done, seconds));
  failures.forEach(complain);
  return failures.length > 0 ? 1 : 0;
}

function noKey(symbol: string): Result<never, string> {
  return failed(`${symbol}: Redis has no market_data:${symbol}:history of 1 byte to 16 MiB; look at the symbol's name`);
}

async function importOne(
  name: string,
  json: string | null,
  options: Options,
  history: HistoryWriter,
): Promise<Result<Imported, string>> {
  const progress = new Progress();
  const onProgress = (share: number, rows: number): void => {
    progress.share(share, `${basename(name)}: ${count(rows)} rows`);
  };
  const asked: ImportOptions = { ...rowOptions(options), now: Date.now() * 1_000, onProgress };
  try {
    return json === null
      ? await importFile(history, name, asked)
      : await importText(history, { json, name: "redis", symbol: name }, asked);
  } finally {
    progress.clear();
  }
}

function rowOptions({
  dryRun,
  intervalMs,
  kind,
  lagHours,
  replace,
  symbol,
  timeColumn,
  unit,
  venue,
}: Options): Partial<ImportOptions> {
  return {
    ...(symbol === undefined ? {} : { symbol }),
    ...(kind === undefined ? {} : { kind }),
    ...(intervalMs === undefined ? {} : { intervalMs }),
    ...(venue === undefined ? {} : { venue }),
    ...(unit === undefined ? {} : { unit }),
    ...(timeColumn === undefined ? {} : { timeColumn }),
    ...(lagHours === undefined ? {} : { lagMs: lagHours * HOUR_MS }),
    ...(replace === undefined ? {} : { replace }),
    ...(dryRun === undefined ? {} : { dryRun }),
  };
}

function asText({ badRows, notes, remarks, rows, source, stored, unused }: Imported, dryRun: boolean): string {
  const lines = stored.map(({ added, dataset, duplicates, repeated, replaced }) => {
    const counts = [
      `${count(added)} ${dryRun ? "would be new" : "new"}`,
      ...(duplicates > repeated ? [`${count(duplicates - repeated)} there already`] : []),
      ...(repeated > 0 ? [`${count(repeated)} twice in the file`] : []),
      ...(replaced > 0 ? [`${count(replaced)} replaced`] : []),
    ];
    return `  ${datasetLine(dataset)}: ${counts.join(", ")}`;
  });
  const bad = badRows > 0 ? `, ${count(badRows)} left out` : "";
  const reasons = notes
    .slice(0, NOTES_SHOWN)
    .map(({ line, message }) => styled("yellow", seen(`  ${source}:${line}: ${message}`)));
  const odd = remarks
    .slice(0, NOTES_SHOWN)
    .map(({ line, message }) => styled("yellow", seen(`  ${source}${line === null ? "" : `:${line}`}: ${message}`)));
  const idle = unused.length > 0 ? [seen(`  not used: ${unused.join(", ")}`)] : [];
  return [seen(`${source}: ${count(rows)} rows${bad}`), ...lines, ...idle, ...reasons, ...odd].join("\n");
}

function summary(done: readonly Imported[], seconds: number): string {
  const rows = done.reduce((sum, one) => sum + one.rows, 0);
  return columns([["read", `${count(rows)} rows in ${seconds.toFixed(1)} s`]]);
}

function refuse(reason: string): number {
  complain(reason);
  return 1;
}

function hours(text: string): number {
  const value = Number(text);
  if (!(value >= 0 && value <= 87_600)) throw new InvalidArgumentError("It must be a number of hours from 0 to 87600.");
  return value;
}
