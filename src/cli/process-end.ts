// How a process that serves comes to its end: in order on a signal, at once on a defect or a second signal.
import type { Log } from "../telemetry/log.ts";

/** npm hands on the Ctrl-C that the terminal has sent to the engine as well; nobody presses twice so fast. */
const SAME_PRESS_MS = 1_000;

/** Waits for the first signal, stops the engine; a second signal or the time limit ends the process at once. */
export function stopOnSignal(stop: (reason: string) => Promise<void>, log: Log, mostMs: number): Promise<number> {
  return new Promise((resolve) => {
    let pressed: number | null = null;
    const onSignal = (signal: NodeJS.Signals): void => {
      const now = performance.now();
      if (pressed !== null && now < pressed + SAME_PRESS_MS) return;
      if (pressed !== null) abandon(log, `${signal} again`);
      pressed = now;
      setTimeout(() => abandon(log, `not stopped within ${mostMs} ms`), mostMs).unref();
      stop(signal).then(
        () => resolve(0),
        (error: unknown) => abandon(log, `stopping failed: ${error instanceof Error ? error.message : String(error)}`),
      );
    };
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
  });
}

/** An exception that nobody expected leaves a state that nobody can vouch for: say so and end; a restart recovers. */
export function stopOnDefects(log: Log): void {
  const onDefect = (error: unknown): void => {
    log.error("unexpected failure; the process ends, a restart recovers from the journal", { error });
    abandon(log, error instanceof Error ? error.message : String(error));
  };
  process.on("uncaughtException", onDefect);
  process.on("unhandledRejection", onDefect);
}

function abandon(log: Log, reason: string): never {
  log.error("ended without an orderly stop", { reason });
  log.flush();
  process.exit(1);
}
