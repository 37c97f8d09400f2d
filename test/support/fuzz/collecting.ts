// How much memory a running engine keeps. What it has at a moment says little: V8 lets garbage lie until there is as much of
// it again as of what lives, or more under load. So the collector is asked, again and again for a while, and the least is
// taken. In the engine this file is what does as it is asked.
import { readFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";

/** Options of node with which an engine does as it is asked. */
export const COLLECTING = ["--expose-gc", "--import", import.meta.url];

const SIGNAL = "SIGUSR2";
const ROUNDS = 12;
const ROUND_MS = 250;

if (isMainThread && globalThis.gc !== undefined) process.on(SIGNAL, () => globalThis.gc?.());

/** MiB; 0 of one that is gone, which its connections tell of. */
export async function memoryKept(pid: number): Promise<number> {
  let least = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    try {
      process.kill(pid, SIGNAL);
      await new Promise((resolve) => setTimeout(resolve, ROUND_MS));
      least = Math.min(least, memoryOf(pid));
    } catch {
      return 0;
    }
  }
  return least;
}

/** MiB that it has at the moment. */
export function memoryOf(pid: number): number {
  const found = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(found?.[1] ?? 0) / 1_024;
}
