// `strategy-engine new NAME`: a folder with a strategy that trades, tests, settings, and what an editor needs.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { Command, Option } from "commander";
import type { Language } from "../../sandbox/sandbox.ts";
import { complain, print } from "../text.ts";
import { packageVersion } from "../../package-version.ts";
import { filesOf } from "./template.ts";

const NAME = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/;

export function newCommand(): Command {
  return new Command("new")
    .description("begin a strategy of your own: a folder with an example, tests and settings")
    .argument("<folder>", "where; its last part is the name of the strategy")
    .option("--python", "in Python instead of AssemblyScript")
    .addOption(new Option("--rules", "in the language of rules instead of AssemblyScript").conflicts("python"))
    .addHelpText(
      "after",
      `
Examples:
  strategy-engine new my-strategy && strategy-engine test ./my-strategy
  strategy-engine backtest ./my-strategy --synthetic`,
    )
    .action(async (folder: string, { python, rules }: { readonly python?: true; readonly rules?: true }) => {
      const other = rules === true ? "rules" : "assemblyscript";
      process.exitCode = await begin(folder, python === true ? "python" : other);
    });
}

async function begin(folder: string, language: Language): Promise<number> {
  const { LANGUAGES } = await import("../../sandbox/sandbox.ts");
  if (!LANGUAGES.includes(language)) return refuse(`strategies in ${language} cannot be run by this build`);
  const path = resolve(folder);
  const name = basename(path);
  if (!NAME.test(name)) return refuse(`"${name}" is no name for a strategy; take letters, digits, dots and dashes`);
  if (existsSync(path) && readdirSync(path).length > 0)
    return refuse(`${folder} is there already and not empty; choose another name`);
  mkdirSync(path, { recursive: true });
  const files = filesOf(name, language, packageVersion());
  for (const [file, content] of Object.entries(files)) writeFileSync(join(path, file), content);
  print(`${folder}: ${Object.keys(files).join(", ")}\n\nnext: strategy-engine test ${folder}`);
  return 0;
}

function refuse(reason: string): number {
  complain(reason);
  return 1;
}
