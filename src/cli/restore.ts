// `strategy-engine restore`: puts a backup in the place of the store. The engine must not run. Exit code 0 when it is in
// place, 1 when not; then everything is as it was.
import { join } from "node:path";
import { Command } from "commander";
import { failed, type Result } from "../domain/result.ts";
import type { CopyReport } from "../store/backup.ts";
import { dataDirOf, printRows, WHAT_IT_HOLDS } from "./backup.ts";
import { complain, print } from "./text.ts";

interface Options {
  readonly config?: string;
  readonly dataDir?: string;
  readonly force?: boolean;
}

export function restoreCommand(): Command {
  return new Command("restore")
    .description("put a backup in the place of the store; the engine must not run")
    .argument("<file>", "a file that backup wrote")
    .option("-d, --data-dir <folder>", "DATA_DIR of the engine (default: the setting)")
    .option("-c, --config <file>", "JSON file with settings")
    .option("-f, --force", "also replace a store that holds data; it is kept beside it as engine.db.replaced")
    .addHelpText(
      "after",
      `${WHAT_IT_HOLDS}

The backup is checked before anything is touched, and brought up to date if an older engine wrote it. It takes the
place of the store in one step: whoever ends this command on the way leaves the store that was there.

Examples:
  strategy-engine restore /backup/engine-2025-08-24.db
  strategy-engine restore nightly.db --force -d /var/lib/engine`,
    )
    .action(async (file: string, options: Options) => {
      process.exitCode = await run(file, options);
    });
}

async function run(file: string, options: Options): Promise<number> {
  const dataDir = dataDirOf(options);
  if (dataDir === null) return 1;
  const restored = await restore(file, dataDir, options.force === true);
  if (!restored.ok) {
    complain(restored.failure);
    return 1;
  }
  print(`${file} is restored to ${dataDir}`);
  printRows(restored.value);
  if (restored.value.replaced !== null) print(`what was there is kept as ${restored.value.replaced}`);
  return 0;
}

/** Holds the engine's lock meanwhile, so that none starts in the middle. */
async function restore(file: string, dataDir: string, force: boolean): Promise<Result<CopyReport, string>> {
  const { restoreBackup, STORE_FILE } = await import("../store/backup.ts");
  const { makeFolder } = await import("../store/folder.ts");
  const { FolderLock, JournalError } = await import("../stream/stream.ts");
  const journal = join(dataDir, "journal");
  try {
    makeFolder(journal);
    const lock = FolderLock.take(journal);
    try {
      return restoreBackup(file, join(dataDir, STORE_FILE), force, Date.now() * 1000);
    } finally {
      lock.release();
    }
  } catch (error) {
    if (error instanceof JournalError) return failed(error.message);
    if (error instanceof Error && "code" in error)
      return failed(`${dataDir} cannot be used (${error.message}); name a folder that can be written`);
    throw error;
  }
}
