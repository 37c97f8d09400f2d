// What a frame of a page costs the renderer's main thread, in processor time, from what Chromium traces of its threads. A
// frame is the task that draws it and everything that thread did since the one before: messages that came, what they changed,
// style, layout, paint. Processor time is that thread's own, so who else is on the machine is not judged. Pure.
export interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds of the trace's clock. */
  readonly ts: number;
  /** Microseconds of processor time of the thread; only of events that have an end. */
  readonly tdur?: number;
}

export interface FrameCost {
  readonly mainNs: number;
  /** Of all threads of that renderer meanwhile: the main one, compositor, drawing. */
  readonly rendererNs: number;
}

/** A task, whatever it does; tasks of a thread are never inside each other. */
const TASK = "ThreadControllerImpl::RunTask";
/** Work of threads that take no such tasks: they draw. */
const POOL_TASK = "ThreadPool_RunTask";
const DRAWS = "FireAnimationFrame";
export const CATEGORIES: readonly string[] = ["toplevel", "devtools.timeline"];

/** Each frame of the thread that drew most of them, oldest first; the first one of the trace has no beginning and is left out. */
export function frameCosts(events: readonly TraceEvent[]): readonly FrameCost[] {
  const main = busiest(events.filter(({ name }) => name === DRAWS));
  if (main === null) return [];
  const own = events.filter(({ pid }) => pid === main.pid);
  const drawn = own.filter(({ name, tid }) => name === DRAWS && tid === main.tid).map(({ ts }) => ts);
  const ends = drawn.toSorted((a, b) => a - b);
  const tasks = own
    .filter(({ name, ph, tdur }) => (name === TASK || name === POOL_TASK) && ph === "X" && tdur !== undefined)
    .toSorted((a, b) => a.ts - b.ts);
  const costs = ends.map(() => ({ mainNs: 0, rendererNs: 0 }));
  let frame = 0;
  for (const { ts, tid, tdur = 0 } of tasks) {
    // The task that draws begins before what it draws with: it is the last one of its frame.
    while (frame < ends.length && ts > (ends[frame] ?? 0)) frame++;
    const cost = costs[frame];
    if (cost === undefined) break;
    cost.rendererNs += 1e3 * tdur;
    if (tid === main.tid) cost.mainNs += 1e3 * tdur;
  }
  return costs.slice(1);
}

function busiest(drawn: readonly TraceEvent[]): { readonly pid: number; readonly tid: number } | null {
  const counts = new Map<string, { readonly pid: number; readonly tid: number; count: number }>();
  for (const { pid, tid } of drawn) {
    const key = `${pid}/${tid}`;
    const known = counts.get(key) ?? { pid, tid, count: 0 };
    counts.set(key, { ...known, count: known.count + 1 });
  }
  return [...counts.values()].toSorted((a, b) => b.count - a.count)[0] ?? null;
}
