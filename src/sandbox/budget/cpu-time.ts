// How much of the processor a thread, or a process with all of its threads, has had, as Linux counts it. Elsewhere there
// is no such count: null, and what cannot be measured is not bounded.
import { openSync, readFileSync, readlinkSync, readSync } from "node:fs";

const BYTES = 128;
/** Of /proc/PID/stat: fields behind the name, which may have spaces and brackets. */
const [STATE, USER, SYSTEM] = [0, 11, 12] as const;
/** Running, or waiting for a processor to run on. */
const READY = "R";
const TICK_NS = 10_000_000n;

/** Of the calling thread, in nanoseconds; each call costs microseconds. */
export function threadTime(): (() => bigint) | null {
  try {
    const file = openSync(`/proc/self/task/${ownThread()}/schedstat`, "r");
    const bytes = Buffer.alloc(BYTES);
    const read = (): bigint =>
      BigInt(bytes.toString("latin1", 0, readSync(file, bytes, 0, BYTES, 0)).split(" ", 1)[0] ?? 0);
    return read() > 0n ? read : null;
  } catch {
    return null;
  }
}

/** A thread of this process as another one sees it. */
export interface ThreadState {
  /** Of the processor, in all. */
  readonly usedNs: number;
  /** It runs, or would if there were a processor for it; else it waits for something. */
  readonly ready: boolean;
}

/** By the system's number of the thread; null: it is gone, or cannot be told here. */
export function threadState(thread: number): ThreadState | null {
  const [used, stat] = [textOf(`/proc/self/task/${thread}/schedstat`), textOf(`/proc/self/task/${thread}/stat`)];
  if (used === null || stat === null) return null;
  return { usedNs: Number(used.split(" ", 1)[0]), ready: fieldsOf(stat)[STATE] === READY };
}

/** The system's number of the calling thread; 0: it cannot be told here. */
export function ownThread(): number {
  try {
    return Number(readlinkSync("/proc/thread-self").split("/").at(-1));
  } catch {
    return 0;
  }
}

/** In nanoseconds, to a hundredth of a second; null: it is gone, or cannot be told here. */
export function processTime(pid: number): bigint | null {
  const text = textOf(`/proc/${pid}/stat`);
  if (text === null) return null;
  const fields = fieldsOf(text);
  return (BigInt(fields[USER] ?? 0) + BigInt(fields[SYSTEM] ?? 0)) * TICK_NS;
}

/** What of it lies in memory. */
export function processBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+)/m.exec(textOf(`/proc/${pid}/status`) ?? "")?.[1];
  return Number(kibibytes ?? 0) * 1_024;
}

function fieldsOf(stat: string): readonly string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return null;
  }
}
