// `strategy-engine data`: what recorded history there is, whether it is whole, and what can be made of it. Each command is a
// file of its own; exit code 0 all is well, 1 it is not.
import { Command } from "commander";
import { checkCommand } from "./check.ts";
import { deleteCommand } from "./delete.ts";
import { exportCommand } from "./export.ts";
import { listCommand } from "./list.ts";
import { resampleCommand } from "./resample.ts";
import { showCommand } from "./show.ts";
import { syntheticCommand } from "./synthetic.ts";

export function dataCommand(): Command {
  const data = new Command("data")
    .description("recorded history: list, show, check, export, resample, or make a synthetic market")
    .addHelpText(
      "after",
      `
Examples:
  strategy-engine data list                             every dataset, with its span
  strategy-engine data show BTC~USD@bar-4h              its figures, its price as a line, its gaps
  strategy-engine data check                            reads everything again and compares checksums
  strategy-engine data resample BTCUSD --to 1d          daily bars of what is there
  strategy-engine data export BTCUSD bars.parquet
  strategy-engine data synthetic --seed 7 --days 365 --interval-ms 1h --symbols AAA BBB`,
    );
  const parts = [listCommand(), showCommand(), checkCommand(), resampleCommand(), exportCommand(), deleteCommand()];
  for (const part of [...parts, syntheticCommand()]) data.addCommand(part);
  return data;
}
