// When something is asked again: every so many milliseconds, at once when it is wanted, never two at a time, never sooner
// than the rest after an asking, and never sooner than the engine said. Milliseconds. Pure: clock and timers come from
// outside.

export interface Timers {
  readonly now: () => number;
  /** Runs it once, not before; what is returned takes it back. */
  readonly after: (ms: number, run: () => void) => () => void;
}

export interface Loop {
  readonly over: boolean;
  readonly now: () => void;
  readonly end: () => void;
}

/** Between two askings for whatever reason. */
export const REST_MS = 500;

/** `ask` comes to what the engine wants to be left alone for; 0: nothing. It is asked at once, and then until the end. */
export function askAgain(everyMs: number, ask: () => Promise<number>, timers: Timers): Loop {
  let over = false;
  let busy = false;
  let wanted = false;
  let notBefore = -Infinity;
  let takeBack = (): void => undefined;
  const plan = (ms: number): void => {
    takeBack();
    takeBack = timers.after(Math.max(0, ms, notBefore - timers.now()), () => void turn());
  };
  const turn = async (): Promise<void> => {
    busy = true;
    wanted = false;
    let leaveMs = 0;
    try {
      leaveMs = await ask();
    } finally {
      busy = false;
      notBefore = timers.now() + Math.max(REST_MS, leaveMs);
      if (!over) plan(wanted ? 0 : everyMs);
    }
  };
  void turn();
  return {
    get over() {
      return over;
    },
    now: () => {
      if (busy) wanted = true;
      else if (!over) plan(0);
    },
    end: () => {
      over = true;
      takeBack();
    },
  };
}
