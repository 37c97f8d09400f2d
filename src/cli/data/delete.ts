// `strategy-engine data delete`: removes datasets, named by their ids only.
import { Command } from "commander";
import { print } from "../text.ts";
import { CONFIG_OPTION, openCatalogue, refuse, type Place } from "./catalogue.ts";

export function deleteCommand(): Command {
  return new Command("delete")
    .description("remove datasets for good")
    .argument("<datasets...>", "ids, as data list shows them")
    .option("-c, --config <file>", CONFIG_OPTION)
    .action((ids: readonly string[], options: Place) => {
      process.exitCode = remove(ids, options);
    });
}

function remove(ids: readonly string[], options: Place): number {
  const history = openCatalogue(options);
  if (!history.ok) return refuse(history.failure);
  let code = 0;
  for (const id of ids) {
    if (history.value.remove(id)) print(`${id} is deleted`);
    else code = refuse(`there is no dataset ${id}; strategy-engine data list shows the ids`);
  }
  return code;
}
