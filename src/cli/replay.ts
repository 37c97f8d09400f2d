// `strategy-engine replay`: computes a span of the journal again and compares its signals with those recorded when it
// was live. Reads only, also beside a running engine. Exit code 0 when all are equal, 1 when not or when it cannot be.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { type Config, loadConfig } from "../config.ts";
import type { ReplayReport } from "../stream/stream.ts";
import { columns, complain, count, print, Progress, styled } from "./text.ts";

interface Options {
  readonly config?: string;
  readonly dataDir?: string;
  readonly from?: number;
  readonly to?: number;
  readonly fromStart?: boolean;
  readonly workers?: number;
  readonly json?: boolean;
  readonly print?: boolean;
}

const MISMATCHES_SHOWN = 20;

export function replayCommand(): Command {
  return new Command("replay")
    .description("compute the journal again and compare the hash of its signals with the recorded one")
    .option("-d, --data-dir <folder>", "DATA_DIR of the engine that wrote it (default: the setting)")
    .option("-f, --from <sequence>", "first event; the state before it comes from a snapshot", sequence)
    .option("-t, --to <sequence>", "event after the last one (default: the end of the journal)", sequence)
    .addOption(new Option("--from-start", "use no snapshot: compute from the first event kept").conflicts("from"))
    .option("-w, --workers <n>", "compute threads; the result does not depend on them (default: the setting)", workers)
    .option("-c, --config <file>", "JSON file with settings; MAX_SYMBOLS and MAX_INSTANCES as when it was written")
    .option("--json", "the report as JSON, hashes in hexadecimal")
    .option("-p, --print", "compute nothing: print the events of the span, one a line")
    .addHelpText(
      "after",
      `
The engine records the hash of its signals about once a second. replay computes the same events with the same core and
compares at each of these marks. "equal" means: bit for bit the same signals. Events are numbered from 0; the log of a
start says the next number.

Examples:
  strategy-engine replay                                  from the newest snapshot that serves, to the end
  strategy-engine replay --from-start                     everything that is kept
  strategy-engine replay --from 1200000 --to 1300000      the hundred thousand events around an incident
  strategy-engine replay --print --from 1200000           what came in from there on
  strategy-engine replay -d /backup/data --workers 3      a copy, on three threads: the hashes stay the same`,
    )
    .action(async (options: Options) => {
      process.exitCode = await run(options);
    });
}

async function run(options: Options): Promise<number> {
  const loaded = loadConfig(options.config ?? null);
  if (!loaded.ok) return refuse(loaded.failure);
  const { config } = loaded.value;
  if (options.from !== undefined && options.to !== undefined && options.from >= options.to) {
    return refuse(`--from ${count(options.from)} must be below --to ${count(options.to)}`);
  }
  const dataDir = options.dataDir ?? config.dataDir;
  if (dataDir === null) return refuse("DATA_DIR is empty, so there is no journal; name its folder with --data-dir");
  const dir = join(dataDir, "journal");
  if (!existsSync(dir)) return refuse(`${dir} is not there; name the DATA_DIR of an engine that ran with --data-dir`);
  const { replay } = await import("../stream/stream.ts");
  if (options.print === true) return printEvents(dir, options);
  const progress = new Progress();
  const replayed = await replay({
    dir,
    capacity: capacityOf(config, options),
    ...(options.from === undefined ? {} : { from: options.from }),
    ...(options.to === undefined ? {} : { to: options.to }),
    ...(options.fromStart === true ? { fromStart: true } : {}),
    onProgress: (events) => progress.update(() => `${count(events)} events`),
  });
  progress.clear();
  if (!replayed.ok) return refuse(replayed.failure);
  const report = replayed.value;
  if (options.from !== undefined && options.from >= report.nextSequence) {
    return refuse(`--from ${count(options.from)} is behind the journal, which ends at ${count(report.nextSequence)}`);
  }
  print(options.json === true ? asJson(report) : asText(report));
  return report.mismatches.length === 0 ? 0 : 1;
}

async function printEvents(dir: string, options: Options): Promise<number> {
  const { EventPrinter, eventBytes, readableFrom, readEvents } = await import("../stream/stream.ts");
  const printer = new EventPrinter();
  for (const block of readEvents(dir, options.from ?? readableFrom(dir) ?? 0, options.to)) {
    const lines: string[] = [];
    for (let index = 0; index < block.count; index++) {
      lines.push(printer.line(block.firstSequence + index, block.events, index * eventBytes));
    }
    print(lines.join("\n"));
    // Whoever reads may have seen enough (`replay --print | head`): then the rest is not printed.
    if (process.stdout.errored !== null) return 0;
  }
  return 0;
}

function capacityOf(config: Config, options: Options): { maxSymbols: number; maxInstances: number; workers: number } {
  const { maxSymbols, maxInstances, strategyWorkers } = config;
  return { maxSymbols, maxInstances, workers: options.workers ?? strategyWorkers };
}

function refuse(reason: string): number {
  complain(reason);
  return 1;
}

function hex(hash: bigint): string {
  return hash.toString(16).padStart(16, "0");
}

function asJson(report: ReplayReport): string {
  return JSON.stringify(report, (_, value: unknown) => (typeof value === "bigint" ? hex(value) : value), 2);
}

function asText(report: ReplayReport): string {
  const rate = report.seconds > 0 ? ` (${count(Math.round(report.events / report.seconds))} a second)` : "";
  const start = report.snapshot === null ? "the first event kept" : `the snapshot at ${count(report.snapshot)}`;
  const rows = [
    ["state from", start],
    ["events", `${count(report.events)}, ${count(report.startedAt)} to ${count(report.nextSequence)}${rate}`],
    ["signals", count(report.signals)],
    ["signal hash", hex(report.signalHash)],
    ["state hash", hex(report.stateHash)],
    ["marks", `${count(report.marksChecked)} compared, ${count(report.mismatches.length)} differ`],
  ];
  const differences = report.mismatches
    .slice(0, MISMATCHES_SHOWN)
    .map(
      (mismatch) =>
        `  ${JSON.stringify(mismatch, (_, value: unknown) => (typeof value === "bigint" ? hex(value) : value))}`,
    );
  return [columns(rows), ...differences, "", verdict(report)].join("\n");
}

function verdict(report: ReplayReport): string {
  if (report.mismatches.length > 0)
    return styled("red", "DIFFERENT: this core computes other signals than were recorded");
  if (report.marksChecked === 0) return styled("yellow", "nothing to compare: the span holds no recorded mark");
  return styled("green", "equal");
}

function sequence(text: string): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (Number.isNaN(value)) throw new InvalidArgumentError("It must be the number of an event, e.g. 1200000.");
  return value;
}

function workers(text: string): number {
  const value = /^\d$/.test(text) ? Number(text) : NaN;
  if (!(value >= 1 && value <= 8)) throw new InvalidArgumentError("It must be a whole number from 1 to 8.");
  return value;
}
