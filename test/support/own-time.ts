// How long something takes on a machine that is busy with other work: the time that this thread would have liked to run and
// had no processor is none of its own. What it runs for, and what it waits for (timers, answers, the disk), all counts. Where
// it waits for other threads, of this process or of another one, these can be named: what they are made to wait for a
// processor is not their time either: of those that work one behind the other the waits add up, of those that work side by
// side the longest is what they are late. Where the system does not tell, everything counts.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

interface Queued {
  /** By thread: milliseconds that it was ready to run and without a processor, since it began. */
  readonly of: () => ReadonlyMap<string, number>;
  /** Whether they work side by side. */
  readonly beside: boolean;
}

const NS_PER_MS = 1e6;

/** Milliseconds from now on, on the thread that asks; `others`: those that it waits for. */
export function ownTime(...others: readonly Queued[]): () => number {
  const threads = [thisThread, ...others].map((queued) => ({ queued, before: queued.of() }));
  const begun = performance.now();
  return () => {
    const took = performance.now() - begun;
    return threads.reduce((left, { queued, before }) => left - sinceThen(before, queued), took);
  };
}

/** The first thread of another process. */
export function firstThread(pid: number): Queued {
  return { of: () => waited(`/proc/${pid}/task`, [String(pid)]), beside: false };
}

/** All threads of another process. */
export function threadsOf(pid: number): Queued {
  return { of: () => waited(`/proc/${pid}/task`, threadsIn(`/proc/${pid}/task`)), beside: true };
}

/** The other threads of this process, those that begin meanwhile included, where they work one behind the other. */
export const otherThreads: Queued = { of: waitsOfOthers, beside: false };
/** The same, where they work side by side. */
export const threadsBeside: Queued = { of: waitsOfOthers, beside: true };

const thisThread: Queued = {
  of: () => {
    const own = ownId();
    return waited("/proc/self/task", own === null ? [] : [own]);
  },
  beside: false,
};

function waitsOfOthers(): ReadonlyMap<string, number> {
  const own = ownId();
  const ids = own === null ? [] : threadsIn("/proc/self/task");
  return waited(
    "/proc/self/task",
    ids.filter((id) => id !== own),
  );
}

function threadsIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // the process has ended, or the system does not tell
  }
}

function ownId(): string | null {
  try {
    return basename(readlinkSync("/proc/thread-self"));
  } catch {
    return null;
  }
}

function waited(folder: string, ids: readonly string[]): ReadonlyMap<string, number> {
  const known = new Map<string, number>();
  for (const id of ids) {
    try {
      const [, ns = "0"] = readFileSync(`${folder}/${id}/schedstat`, "utf8").split(" ");
      known.set(id, Number(ns) / NS_PER_MS);
    } catch {
      // It has ended.
    }
  }
  return known;
}

function sinceThen(before: ReadonlyMap<string, number>, { of, beside }: Queued): number {
  const waits = [...of()].map(([id, ms]) => ms - (before.get(id) ?? 0));
  return beside ? Math.max(0, ...waits) : waits.reduce((sum, ms) => sum + ms, 0);
}
