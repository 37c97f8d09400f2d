// How long something takes on a machine that is busy with other work: the time that this thread would have liked to run and
// had no processor is none of its own. What it runs for, and what it waits for (timers, answers, the disk), all counts. Where
// it waits for other threads, of this process or of another one, these can be named: what they are made to wait for a
// processor is not their time either. Where the system does not tell, everything counts.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

/** By thread: milliseconds that it was ready to run and without a processor, since it began. */
type Queued = () => ReadonlyMap<string, number>;

const NS_PER_MS = 1e6;

/** Milliseconds from now on, on the thread that asks; `others`: those that it waits for. */
export function ownTime(...others: readonly Queued[]): () => number {
  const threads = [thisThread, ...others].map((queued) => ({ queued, before: queued() }));
  const begun = performance.now();
  return () => {
    const took = performance.now() - begun;
    return threads.reduce((left, { queued, before }) => left - sinceThen(before, queued()), took);
  };
}

/** The first thread of another process. */
export function firstThread(pid: number): Queued {
  return () => waited(`/proc/${pid}/task`, [String(pid)]);
}

/** The other threads of this process, those that begin meanwhile included. */
export const otherThreads: Queued = () => {
  const own = ownId();
  const ids = own === null ? [] : readdirSync("/proc/self/task");
  return waited(
    "/proc/self/task",
    ids.filter((id) => id !== own),
  );
};

const thisThread: Queued = () => {
  const own = ownId();
  return waited("/proc/self/task", own === null ? [] : [own]);
};

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

function sinceThen(before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): number {
  return [...now].reduce((sum, [id, ms]) => sum + ms - (before.get(id) ?? 0), 0);
}
