// Work that may take long asks the system for a lower priority than what is live. For threads of their own only.
import { readlinkSync } from "node:fs";
import { getPriority, setPriority } from "node:os";

/** By so much, of at most so much. */
const LOWER = 10;
const LOWEST = 19;

/** On Linux threads have priorities of their own; elsewhere the thread stays as it is. */
export function yieldToOthers(): void {
  try {
    const thread = Number(readlinkSync("/proc/thread-self").split("/").at(-1));
    if (thread > 0) setPriority(thread, Math.min(LOWEST, getPriority() + LOWER));
  } catch {
    // No such file, or not allowed: such work then shares the processor as an equal.
  }
}
