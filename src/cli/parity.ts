// `strategy-engine parity`: certifies a recorded journal. Its events are computed again as live and by the path of
// backtests; both must give the same signals, and those that the engine recorded. Reads only, also beside a running
// engine. Exit code 1 when anything differs.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { loadConfig } from "../config.ts";
import type { Certificate, Difference } from "../research/research.ts";
import { columns, complain, count, print, Progress, styled } from "./text.ts";

interface Options {
  readonly config?: string;
  readonly dataDir?: string;
  readonly against?: string;
  readonly json?: true;
}

export function parityCommand(): Command {
  return new Command("parity")
    .description("certify that the path of backtests gives the signals of a recorded journal, one by one")
    .option("-d, --data-dir <folder>", "DATA_DIR of the engine that wrote it (default: the setting)")
    .option("-a, --against <folder>", "DATA_DIR with another copy of the journal: names the events that differ")
    .option("--json", "the certificate as JSON")
    .option("-c, --config <file>", "JSON file with settings; MAX_SYMBOLS and MAX_INSTANCES as when it was written")
    .addHelpText(
      "after",
      `
Every market event of the journal becomes a row of history and is written from it as a backtest writes it; instances,
names and clock beats are those of the journal. What history has no column for is put in as it was recorded, and counted.
Both sides trade their signals in accounts of backtests, one for each instance, and the fills are compared as well.
The hash stands for all events, signals and fills: two certificates with one hash are about the same run.

Examples:
  strategy-engine parity                            the journal of this DATA_DIR
  strategy-engine parity -d /backup/data --json     a copy, for other programs
  strategy-engine parity -d copy --against data     which event was changed`,
    )
    .action(async (options: Options) => {
      process.exitCode = await run(options);
    });
}

async function run(options: Options): Promise<number> {
  const loaded = loadConfig(options.config ?? null);
  if (!loaded.ok) return refuse(loaded.failure);
  const { maxSymbols, maxInstances, strategyWorkers: workers, dataDir: set } = loaded.value.config;
  const dataDir = options.dataDir ?? set;
  if (dataDir === null) return refuse("DATA_DIR is empty, so there is no journal; name its folder with --data-dir");
  const folders = [dataDir, ...(options.against === undefined ? [] : [options.against])].map((one) =>
    join(one, "journal"),
  );
  const absent = folders.find((folder) => !existsSync(folder));
  if (absent !== undefined)
    return refuse(`${absent} is not there; name the DATA_DIR of an engine that ran with --data-dir`);
  const { certify, compareJournals } = await import("../research/research.ts");
  const [dir = "", other] = folders;
  const compared = other === undefined ? null : compareJournals(dir, other);
  if (compared !== null && !compared.ok) return refuse(compared.failure);
  const changed = compared?.value ?? [];
  const progress = new Progress();
  const onProgress = (events: number): void => progress.show(`${count(events)} events`);
  const certified = await certify({ dir, maxSymbols, maxInstances, workers, onProgress });
  progress.clear();
  if (!certified.ok) return refuse(certified.failure);
  const certificate = certified.value;
  const equal = certificate.differing === 0 && changed.length === 0;
  print(
    options.json === true ? JSON.stringify({ equal, ...certificate, changed }, null, 2) : asText(certificate, changed),
  );
  return equal ? 0 : 1;
}

function asText(certificate: Certificate, changed: readonly Difference[]): string {
  const { events, rows, unkept, signals, fills, marksChecked, signalHash, hash, differences, differing } = certificate;
  const kept = Object.entries(unkept).map(([what, times]) => [`  ${what}`, count(times)]);
  const table = columns([
    ["events", count(events)],
    ["through history", count(rows)],
    ...(kept.length > 0 ? [["as recorded, for", ""], ...kept] : []),
    ["signals", count(signals)],
    ["fills", count(fills)],
    ["marks", `${count(marksChecked)} compared`],
    ["signal hash", signalHash],
    ["certificate", hash],
  ]);
  const lines = [...changed.map(line), ...differences.map(line)];
  const more = differing > differences.length ? [`  and ${count(differing - differences.length)} more`] : [];
  const verdict =
    lines.length > 0
      ? styled("red", "DIFFERENT: live and backtest are not one computation on this journal")
      : styled("green", "equal: live and backtest are one computation on this journal");
  return [table, ...lines, ...more, "", verdict].join("\n");
}

function line({ sequence, cause }: Difference): string {
  return `  event ${sequence}: ${cause}`;
}

function refuse(reason: string): number {
  complain(reason);
  return 1;
}
