// `strategy-engine node` with little patience with its folder: START_PATIENCE_MS and SILENT_PATIENCE_MS. Tests run it where
// a folder does not answer, and would otherwise wait as long as is fit for a network.
import { fileURLToPath } from "node:url";
import { runNode } from "../../../src/cli/node.ts";
import { PATIENCE } from "../../../src/cluster/shared-folder.ts";

/** The program, for who starts it. */
export const IMPATIENT_NODE = fileURLToPath(import.meta.url);

if (process.argv[1] === IMPATIENT_NODE) {
  const { START_PATIENCE_MS, SILENT_PATIENCE_MS } = process.env;
  const startMs = Number(START_PATIENCE_MS ?? PATIENCE.startMs);
  const silentMs = Number(SILENT_PATIENCE_MS ?? PATIENCE.silentMs);
  process.exitCode = await runNode(null, { startMs, silentMs });
}
