// Time that passes only when the simulator says so. Timers, the wall clock and the monotonic clock of the process are
// taken over while a simulation runs, so that the engine's own code, which knows nothing of this, is a function of the
// seed. The wall clock may be put forward or back; the monotonic one never falls. Milliseconds.

interface Timer {
  readonly id: number;
  due: number;
  /** Null: once. */
  readonly every: number | null;
  readonly work: () => void;
}

/** What setTimeout returns, as far as the engine uses it. */
interface Handle {
  readonly id: number;
  ref(): Handle;
  unref(): Handle;
  hasRef(): boolean;
}

const BEGIN_MS = Date.UTC(2026, 10, 18, 12);

export class VirtualTime {
  /** Since the simulation began. */
  monotonicMs = 0;
  wallMs = BEGIN_MS;
  private readonly timers = new Map<number, Timer>();
  private immediate: { readonly id: number; readonly work: () => void }[] = [];
  private last = 0;
  private readonly real = {
    setTimeout: globalThis.setTimeout,
    setInterval: globalThis.setInterval,
    setImmediate: globalThis.setImmediate,
    clearTimeout: globalThis.clearTimeout,
    clearInterval: globalThis.clearInterval,
    clearImmediate: globalThis.clearImmediate,
    dateNow: Date.now,
    now: performance.now.bind(performance),
  };

  /** Microseconds since 1970, as the engine asks for them. */
  readonly nowUs = (): number => Math.round(this.wallMs * 1_000);

  install(): void {
    const put = (ms: number | undefined, every: boolean, work: () => void): Handle => {
      const wait = Math.max(1, ms ?? 1);
      const id = ++this.last;
      this.timers.set(id, { id, due: this.monotonicMs + wait, every: every ? wait : null, work });
      return handle(id);
    };
    const clear = (given: Handle | number | undefined): void => {
      const id = typeof given === "object" ? given.id : (given ?? 0);
      this.timers.delete(id);
      this.immediate = this.immediate.filter((one) => one.id !== id);
    };
    type Work = (...values: unknown[]) => void;
    Object.assign(globalThis, {
      setTimeout: (work: Work, ms?: number, ...values: unknown[]) => put(ms, false, () => work(...values)),
      setInterval: (work: Work, ms?: number, ...values: unknown[]) => put(ms, true, () => work(...values)),
      setImmediate: (work: Work, ...values: unknown[]) => {
        const id = ++this.last;
        this.immediate.push({ id, work: () => work(...values) });
        return handle(id);
      },
      clearTimeout: clear,
      clearInterval: clear,
      clearImmediate: clear,
    });
    Date.now = () => Math.floor(this.wallMs);
    performance.now = () => this.monotonicMs;
  }

  uninstall(): void {
    const { dateNow, now, ...timers } = this.real;
    Object.assign(globalThis, timers);
    Date.now = dateNow;
    performance.now = now;
  }

  /** A process has ended: nothing of it comes back. */
  forget(): void {
    this.timers.clear();
    this.immediate = [];
  }

  /** Lets the real event loop turn once, so that promises and ticks settle, and does what was put off to this turn. */
  async turn(): Promise<void> {
    await new Promise<void>((done) => this.real.setImmediate(done));
    for (const { work } of this.immediate.splice(0)) work();
  }

  /** Time passes; a timer that is due several times runs once, as in a process that was held up. */
  pass(ms: number): void {
    this.monotonicMs += ms;
    this.wallMs += ms;
    const due = [...this.timers.values()].filter((timer) => timer.due <= this.monotonicMs);
    for (const timer of due.toSorted((one, other) => one.due - other.due || one.id - other.id)) {
      if (!this.timers.has(timer.id)) continue; // ended by one before it
      if (timer.every === null) this.timers.delete(timer.id);
      else timer.due = this.monotonicMs + timer.every;
      timer.work();
    }
  }

  /** Of this machine, whatever the simulation says. */
  realMs(): number {
    return this.real.now();
  }
}

function handle(id: number): Handle {
  const one: Handle = { id, ref: () => one, unref: () => one, hasRef: () => true };
  return one;
}
