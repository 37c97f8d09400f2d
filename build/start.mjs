// `npm start`: builds what is missing or stale, then becomes the engine. Arguments are those of `strategy-engine serve`.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT, run } from "./run.mjs";

const built = run("build/compile.mjs");
if (built !== 0) process.exit(built);

const cli = join(ROOT, "build", "out", "run", "cli", "cli.js");
process.argv.splice(1, process.argv.length - 1, cli, "serve", ...process.argv.slice(2));
await import(pathToFileURL(cli).href);
