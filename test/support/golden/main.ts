// `npm run golden -- --golden DIR --data DIR`: any folder of golden files against the compiled core.
// Exit code 0: nothing failed (what is missing is shown and counted); 1: a failure; 2: the command cannot run.
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { SHARED } from "../golden-data.ts";
import { GoldenData } from "./data.ts";
import { openEngine } from "./engine.ts";
import { goldenNames } from "./format.ts";
import { reportOf, totalOf } from "./report.ts";
import { runFolder } from "./runner.ts";

const USAGE = "usage: npm run golden -- [--golden DIR] [--data DIR]   (default ../shared/golden and ../shared/data)";

function options(args: readonly string[]): { golden: string; data: string; help: boolean } {
  const { values } = parseArgs({
    args: [...args],
    options: { golden: { type: "string" }, data: { type: "string" }, help: { type: "boolean" } },
  });
  const { golden = join(SHARED, "golden"), data = join(SHARED, "data"), help = false } = values;
  return { golden, data, help };
}

/** Prints the report and gives the exit code. */
export function goldenCommand(
  args: readonly string[],
  say: (line: string) => void,
  complain: (line: string) => void,
): number {
  const refuse = (why: string): number => {
    complain(`golden: ${why}\n${USAGE}`);
    return 2;
  };
  let given: ReturnType<typeof options>;
  try {
    given = options(args);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
  if (given.help) {
    say(USAGE);
    return 0;
  }
  for (const folder of [given.golden, given.data]) {
    if (!existsSync(folder) || !statSync(folder).isDirectory()) return refuse(`${folder} is not a folder`);
  }
  if (goldenNames(given.golden).length === 0) return refuse(`${given.golden} holds no .json file`);
  const files = runFolder(given.golden, new GoldenData(given.data), openEngine("release"));
  say(reportOf(files));
  return totalOf(files).failed > 0 ? 1 : 0;
}
