// `strategy-engine data list`: one line for each dataset.
import { Command } from "commander";
import { columns, complain, count, print, styled } from "../text.ts";
import { CONFIG_OPTION, openCatalogue, refuse, type Place } from "./catalogue.ts";
import { shapeText, timeText } from "./dataset-text.ts";

interface Options extends Place {
  readonly json?: boolean;
}

export function listCommand(): Command {
  return new Command("list")
    .description("every dataset, with its span")
    .option("-c, --config <file>", CONFIG_OPTION)
    .option("--json", "as JSON")
    .action((options: Options) => {
      process.exitCode = list(options);
    });
}

function list(options: Options): number {
  const history = openCatalogue(options);
  if (!history.ok) return refuse(history.failure);
  const datasets = history.value.list();
  const faults = history.value.faults();
  if (options.json === true) {
    print(JSON.stringify({ datasets, faults: faults.map(({ message }) => message) }, null, 2));
  } else if (datasets.length === 0) {
    print("no history yet; strategy-engine import FILE stores some, strategy-engine data synthetic makes some");
  } else {
    const head = ["dataset", "rows", "from", "to", "kind", "source"];
    const rows = datasets.map((dataset) => [
      dataset.id,
      count(dataset.rows),
      timeText(dataset.from),
      timeText(dataset.to),
      shapeText(dataset),
      dataset.source,
    ]);
    const [first = "", ...rest] = columns([head, ...rows]).split("\n");
    print([styled("bold", first), ...rest].join("\n"));
  }
  for (const { message } of faults) complain(message);
  return faults.length > 0 ? 1 : 0;
}
