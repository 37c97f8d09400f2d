// At most `perMinute` requests in any minute for each name (a caller or an address), counted in two windows: what the
// last minute had counts in proportion to how much of it still lies within the past 60 s. Constant time and no timer; the
// table of a minute holds NAMES_MAX names, and the oldest gives way, so that an attacker with many addresses can neither
// fill the memory nor shut others out. Time is monotonic milliseconds, handed in.
const WINDOW_MS = 60_000;
export const NAMES_MAX = 65_536;

export interface Allowance {
  readonly allowed: boolean;
  /** Whole requests that are left now. */
  readonly remaining: number;
  /** Whole seconds until the minute that is being counted ends. */
  readonly resetS: number;
  /** Whole seconds until one more is allowed; 0 if one is. */
  readonly retryAfterS: number;
}

export class RateLimit {
  readonly perMinute: number;
  private readonly now: () => number;
  private readonly namesMax: number;
  private current = new Map<string, number>();
  private previous = new Map<string, number>();
  private windowEndMs: number;

  constructor(perMinute: number, now: () => number, namesMax = NAMES_MAX) {
    this.perMinute = perMinute;
    this.now = now;
    this.namesMax = namesMax;
    this.windowEndMs = now() + WINDOW_MS;
  }

  /** Counts one request if it is allowed; a refused one costs its sender nothing more. */
  take(name: string): Allowance {
    const leftMs = this.roll();
    const count = this.current.get(name) ?? 0;
    const before = this.previous.get(name) ?? 0;
    const used = count + before * (leftMs / WINDOW_MS);
    const allowed = used + 1 <= this.perMinute;
    if (allowed) this.count(name, count + 1);
    const remaining = Math.max(0, Math.floor(this.perMinute - used - (allowed ? 1 : 0)));
    const retryAfterS = allowed ? 0 : Math.ceil(waitMs(this.perMinute, count, before, leftMs) / 1_000);
    return { allowed, remaining, resetS: Math.ceil(leftMs / 1_000), retryAfterS };
  }

  /** Names that memory is held for. */
  get names(): number {
    return this.current.size + this.previous.size;
  }

  private count(name: string, count: number): void {
    if (count === 1 && this.current.size >= this.namesMax) {
      const oldest = this.current.keys().next();
      if (oldest.done !== true) this.current.delete(oldest.value);
    }
    this.current.set(name, count);
  }

  /** Goes on to the window of now: milliseconds that are left of it. */
  private roll(): number {
    const now = this.now();
    if (now >= this.windowEndMs) {
      const adjacent = now < this.windowEndMs + WINDOW_MS;
      this.previous = adjacent ? this.current : new Map<string, number>();
      this.current = new Map();
      this.windowEndMs += Math.ceil((now - this.windowEndMs + 1) / WINDOW_MS) * WINDOW_MS;
    }
    return this.windowEndMs - now;
  }
}

/** Until one more fits: while the last window fades if that is enough, else in the next one, when this window fades. */
function waitMs(limit: number, count: number, before: number, leftMs: number): number {
  const room = limit - 1 - count;
  if (room >= 0 && before > 0) {
    const fadedAt = (room / before) * WINDOW_MS;
    if (fadedAt <= leftMs) return Math.max(1, leftMs - fadedAt);
  }
  const fraction = count === 0 ? 1 : Math.min(1, (limit - 1) / count);
  return leftMs + WINDOW_MS * (1 - fraction);
}
