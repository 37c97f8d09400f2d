// Runs before every file of tests: the threads and processes that a module in the test's own process starts are those that
// ship, each one file of build/out/run (build/bundle.mjs), instead of the modules they were made of. So a test covers what
// users run, and an engine within the test starts as fast as one of its own process.
import childProcess from "node:child_process";
import { existsSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import workerThreads from "node:worker_threads";

const SRC = new URL("../../src/", import.meta.url).href;
const RUN = new URL("../../run/", import.meta.url).href;

/** What else is started, tests' own threads or a text, is started as it is. */
function shipped<T>(file: T): T | URL {
  if (!(file instanceof URL) || !file.href.startsWith(SRC)) return file;
  const bundle = new URL(file.href.slice(SRC.length), RUN);
  if (!existsSync(bundle)) throw new Error(`${bundle.href} is not built`);
  return bundle;
}

const { Worker } = workerThreads;
const { fork } = childProcess;

workerThreads.Worker = class extends Worker {
  constructor(file: string | URL, options?: workerThreads.WorkerOptions) {
    super(shipped(file), options);
  }
};
childProcess.fork = ((file: string | URL, ...more: [readonly string[], childProcess.ForkOptions]) =>
  fork(shipped(file), ...more)) as typeof fork;
syncBuiltinESMExports();
