// What users' strategies may have of this machine by the settings that are in force, against what it has.
import { availableParallelism } from "node:os";
import type { Config } from "../../config.ts";
import { COMPILER_BYTES, threadTime } from "../../sandbox/sandbox.ts";
import { mebibytes } from "../text.ts";
import { doubtful, fine, type Finding } from "./finding.ts";

export function checkStrategies({ strategyMaxMemoryBytes: memory, strategyMaxCpuCores: cores }: Config): Finding {
  const [free, all] = [process.availableMemory(), availableParallelism()];
  const found = `users' strategies: up to ${mebibytes(memory)} of ${mebibytes(free)} available, ${cores} of ${all} cores`;
  if (memory > free) return doubtful("strategies", found, "lower STRATEGY_MAX_MEMORY, or give the machine more memory");
  if (memory < COMPILER_BYTES)
    return doubtful(
      "strategies",
      found,
      `compiling takes up to ${mebibytes(COMPILER_BYTES)} beside STRATEGY_MAX_MEMORY; see that the machine has both`,
    );
  if (cores > all) return doubtful("strategies", found, "lower STRATEGY_MAX_CPU: there are not so many cores");
  if (threadTime() === null)
    return doubtful("strategies", found, "STRATEGY_MAX_CPU is not held here: only Linux tells what a thread has had");
  return fine("strategies", found);
}
