// The process behind `npm run golden`; what it does is in golden/main.ts.
import { goldenCommand } from "./golden/main.ts";

process.exitCode = goldenCommand(process.argv.slice(2), console.log, console.error);
