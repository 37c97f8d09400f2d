// How a process that serves comes to its end: in order on a signal, at once on a defect or a second signal. A call to a
// folder that does not come back holds a thread, and an exit would wait for that: such a process is killed, by itself.
import type { Log } from "../telemetry/log.ts";

/** npm hands on the Ctrl-C that the terminal has sent to the engine as well; nobody presses twice so fast. */
const SAME_PRESS_MS = 1_000;

/** Another thread may just be writing what the log said last; an exit would wait for it, and a kill does not. */
const LAST_WORDS_MS = 200;

/** A call is out that an exit would wait for. */
type Hangs = () => boolean;

/** Waits for the first signal, stops the engine; a second signal or the time limit ends the process at once. */
export function stopOnSignal(
  stop: (reason: string) => Promise<void>,
  log: Log,
  { mostMs, hangs }: { readonly mostMs: number; readonly hangs: Hangs },
): Promise<number> {
  return new Promise((resolve) => {
    let pressed: number | null = null;
    const onSignal = (signal: NodeJS.Signals): void => {
      const now = performance.now();
      if (pressed !== null && now < pressed + SAME_PRESS_MS) return;
      if (pressed !== null) abandon(log, `${signal} again`, hangs);
      pressed = now;
      // It also keeps the process: what a stop waits for may be a timer or a thread that keeps none, and node ends, with
      // code 0 and the stop in its middle, when nothing else is left.
      const limit = setTimeout(() => abandon(log, `not ended within ${mostMs} ms`, hangs), mostMs);
      stop(signal).then(
        () => {
          if (hangs()) leaveBehind(log);
          // No longer keeps the process, and still ends one that something else keeps.
          limit.unref();
          resolve(0);
        },
        (error: unknown) => abandon(log, `stopping failed: ${reasonOf(error)}`, hangs),
      );
    };
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
  });
}

/** An exception that nobody expected leaves a state that nobody can vouch for: say so and end; a restart recovers. */
export function stopOnDefects(log: Log, hangs: Hangs): void {
  const onDefect = (error: unknown): void => {
    log.error("unexpected failure; the process ends, a restart recovers from the journal", { error });
    abandon(log, reasonOf(error), hangs);
  };
  process.on("uncaughtException", onDefect);
  process.on("unhandledRejection", onDefect);
}

/** `held`: a thread is, so the process is killed; else its exit code is 1. */
export function endAtOnce(held: boolean): never {
  if (!held) process.exit(1);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LAST_WORDS_MS);
  process.kill(process.pid, "SIGKILL");
  throw new Error("unreachable: a process does not outlive SIGKILL");
}

function abandon(log: Log, reason: string, hangs: Hangs): never {
  log.error("ended without an orderly stop", { reason });
  log.flush();
  endAtOnce(hangs());
}

/** Everything is in order but for that. */
function leaveBehind(log: Log): never {
  log.warn("a folder does not answer, and an exit would wait for it: the process is killed");
  log.flush();
  endAtOnce(true);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
