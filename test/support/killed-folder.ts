// The folder of an engine that runs on, as a kill at this moment would leave it.
import { cpSync } from "node:fs";

/** A file that is being made has its own name with the next look; whoever opens the folder does not read it. */
export function copyAsKilled(dir: string, to: string): void {
  cpSync(dir, to, { recursive: true, filter: (path) => !path.endsWith(".tmp") });
}
