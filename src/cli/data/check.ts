// `strategy-engine data check`: reads datasets from beginning to end and compares every checksum. Exit code 1 when one of
// them cannot be trusted; what is only odd (gaps, suspected splits) is told and is no failure.
import { Command } from "commander";
import { verify, type Dataset, type History } from "../../history/history.ts";
import { complain, count, print, Progress, styled } from "../text.ts";
import { CONFIG_OPTION, datasetOf, openCatalogue, refuse, type Place } from "./catalogue.ts";
import { timeText } from "./dataset-text.ts";

interface Options extends Place {
  readonly json?: boolean;
}

interface Finding {
  readonly id: string;
  readonly rows: number;
  readonly damage: string | null;
  readonly remarks: readonly string[];
}

export function checkCommand(): Command {
  return new Command("check")
    .description("read everything again and compare checksums")
    .argument("[datasets...]", "ids or symbols (default: all)")
    .option("-c, --config <file>", CONFIG_OPTION)
    .option("--json", "as JSON")
    .action((names: readonly string[], options: Options) => {
      process.exitCode = check(names, options);
    });
}

function check(names: readonly string[], options: Options): number {
  const history = openCatalogue(options);
  if (!history.ok) return refuse(history.failure);
  const datasets: Dataset[] = names.length === 0 ? [...history.value.list()] : [];
  for (const name of names) {
    const found = datasetOf(history.value, name);
    if (!found.ok) return refuse(found.failure);
    datasets.push(found.value);
  }
  const progress = new Progress();
  const findings = datasets.map((dataset, index) => {
    progress.share(index / datasets.length, dataset.id);
    return inspect(history.value, dataset);
  });
  progress.clear();
  const faults = names.length === 0 ? history.value.faults().map(({ message }) => message) : [];
  if (options.json === true) print(JSON.stringify({ datasets: findings, faults }, null, 2));
  else for (const finding of findings) print(asText(finding));
  faults.forEach(complain);
  return faults.length > 0 || findings.some(({ damage }) => damage !== null) ? 1 : 0;
}

function inspect(history: History, dataset: Dataset): Finding {
  const { damage, quality } = verify(history, dataset);
  const { badRows, duplicates } = dataset.quality;
  const remarks = [
    ...(quality.gaps > 0 ? [`${count(quality.gaps)} bars are missing`] : []),
    ...(quality.zeroVolume > 0 ? [`${count(quality.zeroVolume)} bars without volume`] : []),
    ...(badRows > 0 ? [`${count(badRows)} bad rows were left out`] : []),
    ...(duplicates > 0 ? [`${count(duplicates)} duplicates were left out`] : []),
    ...quality.splits.map((time) => `the price moved like a split at ${timeText(time)}`),
  ];
  return { id: dataset.id, rows: dataset.rows, damage, remarks: damage === null ? remarks : [] };
}

function asText({ damage, id, remarks, rows }: Finding): string {
  const state = damage === null ? styled("green", "whole") : styled("red", `damaged: ${damage}`);
  return [`${id}: ${count(rows)} rows, ${state}`, ...remarks.map((remark) => `  ${remark}`)].join("\n");
}
