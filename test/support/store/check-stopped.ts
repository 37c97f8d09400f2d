// Loaded in front of an engine (`node --import`): who checks its database behind the start stands still from the beginning,
// so that whoever looks finds it at work, however late.
import childProcess from "node:child_process";
import { syncBuiltinESMExports } from "node:module";

const { fork } = childProcess;

function stopped(...given: Parameters<typeof fork>): ReturnType<typeof fork> {
  const child = fork(...given);
  if (String(given[0]).endsWith("/sqlite/check-worker.js") && child.pid !== undefined)
    process.kill(child.pid, "SIGSTOP");
  return child;
}
Object.assign(childProcess, { fork: stopped });
syncBuiltinESMExports();
