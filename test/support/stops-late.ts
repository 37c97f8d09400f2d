// A process whose stop waits for a timer that keeps no process, while nothing else is left to do. With `held` as its word
// something is left behind that keeps the process.
import { stopOnSignal } from "../../src/cli/process-end.ts";
import { createLog } from "../../src/telemetry/log.ts";

const LATE_MS = 200;

const HELD_MS = 5_000;
const held = process.argv[2] === "held";

const serving = setInterval(() => undefined, 1_000);
const log = createLog("info");
const stop = async (): Promise<void> => {
  if (!held) clearInterval(serving);
  await new Promise((resolve) => setTimeout(resolve, LATE_MS).unref());
  log.info("stopped");
};
const over = stopOnSignal(stop, log, { mostMs: held ? HELD_MS : 60_000, hangs: () => false });
log.info("ready");
process.exitCode = await over;
