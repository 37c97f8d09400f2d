// `strategy-engine backup`: a copy of the store in one file, also while the engine runs. Exit code 0 when it is written,
// checked and synced, 1 when not.
import { join } from "node:path";
import { Command } from "commander";
import { loadConfig } from "../config.ts";
import type { CopyReport } from "../store/backup.ts";
import { columns, complain, count, mebibytes, print } from "./text.ts";
import { outFile } from "./out-file.ts";

interface Options {
  readonly config?: string;
  readonly dataDir?: string;
  readonly force?: boolean;
}

/** The same words in both commands. */
export const WHAT_IT_HOLDS = `
A backup holds the store (DATA_DIR/engine.db) as it was at one moment: strategies and their versions, tracked results,
deployments, executions, trades, configuration, flags, corrected instruments, alerts and the audit trail. It does not
hold the journal (DATA_DIR/journal): ticks, windows, signals and the emergency stop. To keep those as well, stop
the engine and copy the whole DATA_DIR.`;

export function backupCommand(): Command {
  return new Command("backup")
    .description("copy the store of a running or stopped engine into one file")
    .argument("<file>", "the file to write; it must not exist", outFile)
    .option("-d, --data-dir <folder>", "DATA_DIR of the engine (default: the setting)")
    .option("-c, --config <file>", "JSON file with settings")
    .option("-f, --force", "overwrite the file")
    .addHelpText(
      "after",
      `${WHAT_IT_HOLDS}

The engine goes on meanwhile; a change that was confirmed before the backup began is in it. The file is an ordinary
SQLite database and appears under its name only when it is whole.

Examples:
  strategy-engine backup /backup/engine-$(date +%F).db
  strategy-engine backup nightly.db --force -d /var/lib/engine`,
    )
    .action(async (file: string, options: Options) => {
      process.exitCode = await run(file, options);
    });
}

async function run(file: string, options: Options): Promise<number> {
  const dataDir = dataDirOf(options);
  if (dataDir === null) return 1;
  const { backUp, STORE_FILE } = await import("../store/backup.ts");
  const made = backUp(join(dataDir, STORE_FILE), file, options.force === true);
  if (!made.ok) {
    complain(made.failure);
    return 1;
  }
  print(`${file} is written (${mebibytes(made.value.bytes)})`);
  printRows(made.value);
  return 0;
}

/** Null, and said why, when there is none. */
export function dataDirOf(options: { readonly config?: string; readonly dataDir?: string }): string | null {
  const loaded = loadConfig(options.config ?? null);
  if (!loaded.ok) {
    complain(loaded.failure);
    return null;
  }
  const dataDir = options.dataDir ?? loaded.value.config.dataDir;
  if (dataDir === null) complain("DATA_DIR is empty, so the store is in memory only; name a folder with --data-dir");
  return dataDir;
}

export function printRows({ rows }: CopyReport): void {
  const lines = Object.entries(rows).map(([table, n]) => [`  ${table}`, count(n)]);
  print(lines.length === 0 ? "  no rows" : columns(lines));
}
