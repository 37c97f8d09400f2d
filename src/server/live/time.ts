// Clock and timers, handed in so that tests turn them by hand.
export interface Time {
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** Runs at this interval until the returned function is called; does not keep the process alive. */
  every(intervalMs: number, run: () => void): () => void;
}

export const SYSTEM_TIME: Time = {
  nowMs: () => Date.now(),
  every: (intervalMs, run) => {
    const timer = setInterval(run, intervalMs);
    timer.unref();
    return () => clearInterval(timer);
  },
};
