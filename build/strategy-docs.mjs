// `npm run docs:strategies`: writes docs/strategies.md from the catalogue of the compiled engine.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./run.mjs";

const HEAD = `# The built-in strategies

Made by \`npm run docs:strategies\` from the catalogue (src/domain/catalogue); \`strategy-engine strategies NAME\` prints
the same. Distances of stops and targets are scaled by the parameter \`risk_tolerance\`.

`;
const text = execFileSync(process.execPath, [join(ROOT, "build/out/src/cli/cli.js"), "strategies", "--markdown"], {
  encoding: "utf8",
});
writeFileSync(join(ROOT, "docs/strategies.md"), HEAD + text);
