// `strategy-engine data resample`: longer bars out of bars or trades, stored as a dataset of their own.
import { Command } from "commander";
import { HistoryFault, RESAMPLED, resample } from "../../history/history.ts";
import { print, Progress } from "../text.ts";
import { CONFIG_OPTION, datasetOf, openCatalogue, refuse, type Place } from "./catalogue.ts";
import { datasetLine } from "./dataset-text.ts";
import { watched } from "./reading.ts";
import { interval } from "./times.ts";

interface Options extends Place {
  readonly to: number;
  readonly replace?: boolean;
}

export function resampleCommand(): Command {
  return new Command("resample")
    .description("put bars or trades together to longer bars")
    .argument("<dataset>", "its id, or a symbol with one dataset")
    .requiredOption("-t, --to <interval>", "length of the new bars: 5m, 4h, 1d or milliseconds", interval)
    .option("--replace", "take the new values where they contradict what is there")
    .option("-c, --config <file>", CONFIG_OPTION)
    .addHelpText(
      "after",
      "\nBuckets begin at whole multiples of their length from 1970-01-01 UTC; empty ones are left out.",
    )
    .action((name: string, options: Options) => {
      process.exitCode = run(name, options);
    });
}

function run(name: string, { replace = false, to, ...place }: Options): number {
  const history = openCatalogue(place);
  if (!history.ok) return refuse(history.failure);
  const found = datasetOf(history.value, name);
  if (!found.ok) return refuse(found.failure);
  const { id, intervalMs, kind, symbol, synthetic, venue } = found.value;
  if (!RESAMPLED.includes(kind)) return refuse(`${id} holds ${kind}; bars are made of ${RESAMPLED.join(" or ")}`);
  if (kind === "bar" && (to <= intervalMs || to % intervalMs !== 0)) {
    return refuse(`${to} ms is no multiple of the ${intervalMs} ms of ${id}; choose one`);
  }
  const progress = new Progress();
  try {
    const stored = history.value.store({
      symbol,
      venue,
      synthetic,
      replace,
      kind: "bar",
      unit: "",
      intervalMs: to,
      source: `${id}, resampled`,
      quality: { badRows: 0, unsorted: 0 },
      importedAt: Date.now() * 1_000,
      blocks: resample(watched(history.value, progress), found.value, to),
    });
    progress.clear();
    if (!stored.ok) return refuse(stored.failure);
    print(datasetLine(stored.value.dataset));
    return 0;
  } catch (error) {
    progress.clear();
    if (error instanceof HistoryFault) return refuse(error.message);
    throw error;
  }
}
