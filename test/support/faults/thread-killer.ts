// Loaded into an engine before its own code (`node --import`), into each of its threads as well: ends threads on request,
// by nothing that the engine has a part in. The main thread keeps what workers are made of which file. At SIGUSR2 it reads
// a file with one line, `FILE HOW`, and does that to every worker of that file:
//   terminate   worker.terminate(): the thread is gone in the middle of whatever it does
//   throw       an exception that nobody catches, thrown in the thread itself
//   memory      the thread takes memory until V8 ends it at its limit (for threads that have one)
// and writes the line {"msg":"threads hit","count":N,"file":...} to standard output, like a line of the log. `clock MS`
// instead puts the wall clock of the main thread so much forward, for what comes once in an hour. A thread that
// has an event loop hears of it by a channel; one that never comes back to it, when it waits for a word of shared memory.
import { readFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { basename } from "node:path";
import threads, {
  BroadcastChannel,
  getEnvironmentData,
  isMainThread,
  setEnvironmentData,
  Worker,
  type WorkerOptions,
} from "node:worker_threads";

export type Hit = "terminate" | "throw" | "memory";

const CHANNEL = "thread-killer";
/** Shared words: how many orders there were, and of the newest the sum of the file's name and whether it is for memory. */
const WORDS = 3;
const ORDER = process.env["THREAD_KILLER_ORDER"];

if (ORDER !== undefined) {
  if (isMainThread) ofMain(ORDER);
  else ofWorker();
}

function ofMain(order: string): void {
  const alive = new Map<Worker, string>();
  const words = new Int32Array(new SharedArrayBuffer(4 * WORDS));
  setEnvironmentData(CHANNEL, words);
  const channel = new BroadcastChannel(CHANNEL);
  channel.unref();
  threads.Worker = class extends Worker {
    constructor(file: string | URL, options?: WorkerOptions) {
      super(file, options);
      alive.set(this, basename(String(file)));
      this.once("exit", () => alive.delete(this));
    }
  };
  syncBuiltinESMExports();
  process.on("SIGUSR2", () => {
    const [file = "", how = ""] = readFileSync(order, "utf8").split(" ");
    if (file === "clock") forward(Number(how));
    const hit = [...alive].filter(([, name]) => name === file).map(([worker]) => worker);
    if (how === "terminate") for (const worker of hit) void worker.terminate();
    else {
      words.set([sumOf(file), how === "memory" ? 1 : 0], 1);
      Atomics.add(words, 0, 1);
      channel.postMessage({ file, how });
    }
    process.stdout.write(`${JSON.stringify({ msg: "threads hit", file, how, count: hit.length })}\n`);
  });
}

function forward(ms: number): void {
  const now = Date.now.bind(Date);
  Date.now = () => now() + ms;
}

function ofWorker(): void {
  const own = basename(process.argv[1] ?? "");
  const channel = new BroadcastChannel(CHANNEL);
  channel.unref();
  channel.addEventListener("message", (event) => {
    const { file, how } = (event as MessageEvent<{ file: string; how: Hit }>).data;
    // Outside of the channel's own handling: as if the thread's own work had thrown it.
    if (own === file) setImmediate(() => strike(how === "memory"));
  });
  const words = getEnvironmentData(CHANNEL) as Int32Array;
  const wait = Atomics.wait.bind(Atomics);
  let seen = Atomics.load(words, 0);
  Atomics.wait = ((array: Int32Array, index: number, value: number, timeout?: number) => {
    const waited = wait(array, index, value, timeout);
    if (Atomics.load(words, 0) !== seen) {
      seen = Atomics.load(words, 0);
      if (words[1] === sumOf(own)) strike(words[2] === 1);
    }
    return waited;
  }) as typeof Atomics.wait;
}

function strike(memory: boolean): void {
  if (!memory) throw new Error("a fault that nobody catches");
  const held: unknown[] = [];
  for (;;) held.push(Array.from({ length: 100_000 }, (_, index) => ({ index })));
}

function sumOf(name: string): number {
  return Array.from(name, (letter) => letter.charCodeAt(0)).reduce((sum, code) => (Math.imul(sum, 31) + code) | 0, 7);
}
