// `strategy-engine data export`: a dataset for other programs.
import { existsSync } from "node:fs";
import { Command } from "commander";
import { exportDataset, HistoryFault } from "../../history/history.ts";
import { count, print, Progress } from "../text.ts";
import { CONFIG_OPTION, datasetOf, openCatalogue, refuse, type Place } from "./catalogue.ts";
import { watched } from "./reading.ts";
import { time } from "./times.ts";

interface Options extends Place {
  readonly from?: number;
  readonly to?: number;
  readonly force?: boolean;
}

export function exportCommand(): Command {
  return new Command("export")
    .description("write a dataset as CSV or Parquet")
    .argument("<dataset>", "its id, or a symbol with one dataset")
    .argument("<file>", "ending in .csv, .csv.gz or .parquet")
    .option("-f, --from <time>", "rows that were known at or after it, as 2020-01-31 or 2020-01-31T14:00", time)
    .option("-t, --to <time>", "rows that were known before it", time)
    .option("--force", "write over a file that is there")
    .option("-c, --config <file>", CONFIG_OPTION)
    .action(async (name: string, file: string, options: Options) => {
      process.exitCode = await run(name, file, options);
    });
}

async function run(name: string, file: string, { force, from, to, ...place }: Options): Promise<number> {
  const history = openCatalogue(place);
  if (!history.ok) return refuse(history.failure);
  const found = datasetOf(history.value, name);
  if (!found.ok) return refuse(found.failure);
  if (existsSync(file) && force !== true) return refuse(`${file} exists; use --force to write over it`);
  const span = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  const progress = new Progress();
  try {
    const written = await exportDataset(watched(history.value, progress), found.value, file, span);
    progress.clear();
    if (!written.ok) return refuse(written.failure);
    print(`${written.value.path}: ${count(written.value.rows)} rows`);
    return 0;
  } catch (error) {
    progress.clear();
    if (error instanceof HistoryFault) return refuse(error.message);
    throw error;
  }
}
