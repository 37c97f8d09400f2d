// `npm run docs`: writes the pages that are made from tables of the compiled engine.
//   node build/docs.mjs            docs/strategies.md from the catalogue, docs/configuration.md from the settings,
//                              docs/reference.md from the declarations of the API
//   node build/docs.mjs --check    fails when one of them is not what it would be
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { reference } from "./reference.mjs";
import { ROOT } from "./run.mjs";

const { describeSettings } = await import(join(ROOT, "build/out/src/config.js"));

const STRATEGIES = `# The built-in strategies

\`npm run docs\` makes this page from the catalogue (src/domain/catalogue); \`strategy-engine strategies NAME\` prints
the same. The parameter \`risk_tolerance\` scales the distances of stops and targets and the size of traded positions.
A registered strategy of any type has three more parameters: \`symbols\`, \`bar_ms\` (length of its samples; 0: every
tick) and \`weight\` (0.01 to 4), which multiplies the size of its positions. It also has the parameters that say how
its signals are traded, such as \`position_size\` ([executions.md](executions.md)).

`;
const CONFIGURATION = `# Settings

\`npm run docs\` makes this page from the table in src/config/table.ts. \`strategy-engine serve --help\` prints the short
form, and \`strategy-engine doctor\` prints the values that are in force.

The engine reads a setting from the environment; if it is not there, from the file that \`--config FILE\` or
\`CONFIG_FILE\` names; otherwise it uses the default. The file is a JSON object with the same names: text, numbers, true,
false, or lists of text. The engine checks all settings before it starts anything, and one line names every fault. It
never prints secrets.

`;

function configuration() {
  const rows = describeSettings().map(({ env, unit, default: value, allowed, meaning, builtIn }) => {
    const shown = value === "" ? "" : `\`${value}\`${unit === "" || unit === "bytes" ? "" : ` ${unit}`}`;
    return [`\`${env}\``, shown, allowed, builtIn ? meaning : `${meaning} (_not built yet_)`];
  });
  const lines = [["name", "default", "allowed", "meaning"], ["---", "---", "---", "---"], ...rows];
  const cells = lines.map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  return `${cells.map((row) => `| ${row.join(" | ")} |`).join("\n")}\n`;
}

function strategies() {
  const cli = join(ROOT, "build/out/run/cli/cli.js");
  return execFileSync(process.execPath, [cli, "strategies", "--markdown"], { encoding: "utf8" });
}

const pages = [
  ["docs/strategies.md", STRATEGIES + strategies()],
  ["docs/configuration.md", CONFIGURATION + configuration()],
  ["docs/reference.md", await reference()],
];
for (const [path, text] of pages) {
  const file = join(ROOT, path);
  if (!process.argv.includes("--check")) writeFileSync(file, text);
  else if (!existsSync(file) || readFileSync(file, "utf8") !== text) {
    console.error(`${path} is not what its table says`);
    process.exitCode = 1;
  }
}
