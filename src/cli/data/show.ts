// `strategy-engine data show`: everything about one dataset. Reads it once from beginning to end.
import { Command } from "commander";
import { COLUMNS, HistoryFault, verify, type Dataset, type History } from "../../history/history.ts";
import { columns, count, print, styled } from "../text.ts";
import { CONFIG_OPTION, datasetOf, openCatalogue, refuse, type Place } from "./catalogue.ts";
import { shapeText, timeText } from "./dataset-text.ts";
import { Sparkline } from "./sparkline.ts";

interface Options extends Place {
  readonly json?: boolean;
}

const ENDS_SHOWN = 3;

export function showCommand(): Command {
  return new Command("show")
    .description("one dataset: figures, price, gaps, what was found wrong")
    .argument("<dataset>", "its id, or a symbol with one dataset")
    .option("-c, --config <file>", CONFIG_OPTION)
    .option("--json", "as JSON")
    .action((name: string, options: Options) => {
      process.exitCode = show(name, options);
    });
}

function show(name: string, options: Options): number {
  const history = openCatalogue(options);
  if (!history.ok) return refuse(history.failure);
  const found = datasetOf(history.value, name);
  if (!found.ok) return refuse(found.failure);
  const dataset = found.value;
  try {
    const { holes } = verify(history.value, dataset);
    const { line, rows } = look(history.value, dataset);
    if (options.json === true) {
      print(JSON.stringify({ ...dataset, holes, rows_shown: rows }, null, 2));
      return 0;
    }
    print([figures(dataset), "", line, "", ...table(dataset, rows)].join("\n"));
    if (holes.length > 0) {
      const lines = holes.map((hole) => [
        `  ${count(hole.bars)} bars`,
        `${timeText(hole.from)} .. ${timeText(hole.to)}`,
      ]);
      print(`\nlongest holes\n${columns(lines)}`);
    }
    return 0;
  } catch (error) {
    if (error instanceof HistoryFault) return refuse(error.message);
    throw error;
  }
}

function figures(dataset: Dataset): string {
  const { from, hash, id, importedAt, quality, rows, source, synthetic, to, unit, venue } = dataset;
  const { badRows, duplicates, gaps, splits, unsorted, zeroVolume } = quality;
  const doubts = splits.map((time) => timeText(time)).join(", ");
  return columns([
    ["dataset", styled("bold", id)],
    ["kind", `${shapeText(dataset)}${venue === null ? "" : ` at ${venue}`}${unit === "" ? "" : ` in ${unit}`}`],
    ["rows", count(rows)],
    ["span", `${timeText(from)} .. ${timeText(to)} UTC`],
    ["source", `${source}${synthetic ? styled("yellow", " (synthetic)") : ""}, ${timeText(importedAt)}`],
    ["missing", `${count(gaps)} bars`],
    ["left out", `${count(badRows)} bad rows, ${count(duplicates)} duplicates`],
    ["sorted", `${count(unsorted)} rows came too late`],
    ["no volume", `${count(zeroVolume)} bars`],
    ["splits", doubts === "" ? "none suspected" : `suspected at ${doubts}`],
    ["hash", hash],
  ]);
}

function look(
  history: History,
  dataset: Dataset,
): { readonly line: string; readonly rows: readonly (readonly number[])[] } {
  const line = new Sparkline(dataset.rows);
  const rows: number[][] = [];
  let seen = 0;
  for (const block of history.read(dataset)) {
    const shown = block.columns[dataset.kind === "bar" ? 3 : 0];
    for (let at = 0; at < block.rows; at++, seen++) {
      line.add(shown?.[at] ?? 0);
      if (seen >= ENDS_SHOWN && seen < dataset.rows - ENDS_SHOWN) continue;
      rows.push([block.time[at] ?? 0, ...block.columns.map((column) => column[at] ?? 0)]);
    }
  }
  return { line: line.toString(), rows };
}

function table({ kind, rows: total }: Dataset, rows: readonly (readonly number[])[]): readonly string[] {
  const cells = rows.map(([time = 0, ...values]) => [timeText(time), ...values.map(String)]);
  const lines = columns([["time", ...COLUMNS[kind]], ...cells]).split("\n");
  return total > 2 * ENDS_SHOWN ? [...lines.slice(0, ENDS_SHOWN + 1), "...", ...lines.slice(ENDS_SHOWN + 1)] : lines;
}
