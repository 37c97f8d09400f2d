// `npm run golden -- --golden DIR --data DIR`: any folder of golden files against the compiled core.
// Exit code 0: nothing failed (what is missing is shown and counted); 1: a failure; 2: the command cannot run.
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { SHARED } from "../golden-data.ts";
import { GoldenData } from "./data.ts";
import { openEngine } from "./engine.ts";
import { goldenNames } from "./format.ts";
import { reportOf, totalOf } from "./report.ts";
import { runFolder } from "./runner.ts";
import { readWords, text } from "../words.ts";

const COMMAND = {
  name: "npm run golden --",
  about:
    "Any folder of golden values against the compiled core: a table of what passed, failed, is missing, does not apply. " +
    "Exits with 1 when a value differs.",
  options: {
    golden: text("DIR", "values, as .json; ../shared/golden when left out"),
    data: text("DIR", "what they were computed on; ../shared/data when left out"),
  },
};

const EXPLAINED = `(${COMMAND.name} --help explains it)`;

/** Prints the report and gives the exit code. */
export function goldenCommand(
  args: readonly string[],
  say: (line: string) => void,
  complain: (line: string) => void,
): number {
  const refuse = (why: string): number => {
    complain(`golden: ${why}`);
    return 2;
  };
  const words = readWords(COMMAND, args);
  if (!words.ok) return refuse(words.failure);
  if ("help" in words.value) {
    say(words.value.help);
    return 0;
  }
  const given = words.value.values;
  const golden = given.golden ?? join(SHARED, "golden");
  const data = given.data ?? join(SHARED, "data");
  for (const folder of [golden, data]) {
    if (!existsSync(folder) || !statSync(folder).isDirectory()) return refuse(`${folder} is not a folder ${EXPLAINED}`);
  }
  if (goldenNames(golden).length === 0) return refuse(`${golden} holds no .json file ${EXPLAINED}`);
  const files = runFolder(golden, new GoldenData(data), openEngine("release"));
  say(reportOf(files));
  return totalOf(files).failed > 0 ? 1 : 0;
}
