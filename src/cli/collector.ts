// How V8 collects garbage beside a live feed. Collecting young objects stops the program for a time that grows with the
// room that they have: 4 MiB keep it at some milliseconds (package.json, the command's first line and the Dockerfile start
// node so). V8 marks old objects with threads of its own, four unless told otherwise: where they are as many as the
// processors, the program stands in line behind them. There they give way to it, and it waits for none of them.
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism, getPriority, setPriority } from "node:os";
import { setFlagsFromString } from "node:v8";

/** Options of node with which the engine is started. */
export const NODE_OPTIONS = ["--max-semi-space-size=4"];
/** With more processors there is room for all of V8's threads beside the engine's own. */
const FEW_PROCESSORS = 4;
/** By so much, of at most so much. */
const LOWER = 10;
const LOWEST = 19;
const NAME = "V8Worker";
/** Where threads have no names: the first that a process starts are one that waits for times, and four that work. */
const FIRST_THREADS = 5;

export function collectBesideAFeed(): void {
  if (availableParallelism() > FEW_PROCESSORS) return;
  // A helper that gives way must not be waited for.
  setFlagsFromString("--no-parallel-scavenge");
  try {
    const lower = Math.min(LOWEST, getPriority() + LOWER);
    for (const thread of helpers()) setPriority(thread, lower);
  } catch {
    // Another system, or not allowed: they share the processors as equals.
  }
}

function helpers(): number[] {
  const threads = readdirSync("/proc/self/task").map(Number);
  const named = threads.filter((thread) => readFileSync(`/proc/self/task/${thread}/comm`, "utf8").trim() === NAME);
  if (named.length > 0) return named;
  return inOrder(threads, process.pid).slice(1, 1 + FIRST_THREADS);
}

/** As they were started: numbers rise, and begin again from the lowest when the system has no higher ones. */
function inOrder(threads: readonly number[], first: number): number[] {
  const rank = (thread: number): number => (thread < first ? Infinity : 0);
  return threads.toSorted((one, other) => (rank(one) === rank(other) ? one - other : rank(one) - rank(other)));
}
