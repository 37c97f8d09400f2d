// Loaded in front of a command (`node --import`): ends its process, as kill -9 does, when it is about to make the change to
// its files that KILLED_AT says; 0 is the first. A change that is written is one when it is to be synced, so that the file
// has it already. How many it made is told at its end, where it was not ended.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const CHANGES = [
  "copyFileSync",
  "linkSync",
  "renameSync",
  "rmSync",
  "fsyncSync",
  "fdatasyncSync",
  "unlinkSync",
] as const;
const at = Number(process.env["KILLED_AT"]);
let made = 0;

for (const name of CHANGES) {
  const change = fs[name] as (...given: readonly unknown[]) => unknown;
  Object.assign(fs, {
    [name]: (...given: readonly unknown[]) => {
      if (made === at) process.kill(process.pid, "SIGKILL");
      made++;
      return change(...given);
    },
  });
}
syncBuiltinESMExports();
process.on("exit", () => fs.writeSync(2, `changes: ${made}\n`));
