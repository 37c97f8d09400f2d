// The limits of one execution, looked at with every event while something is held: the loss since the beginning of the day
// (UTC, engine clock), open positions included, and the fall from the highest equity. A limit that was reached says so
// once; whoever lets the execution go on begins a new day and a new high, else it would be stopped again at once.
import type { Limits, Terms } from "./terms.ts";

const DAY_US = 86_400_000_000;

export interface Breach {
  readonly limit: "daily_loss_limit" | "max_drawdown";
  readonly found: number;
  readonly allowed: number;
}

/** How far it has come: with it, it goes on elsewhere. */
export type WatchCourse = ReturnType<LimitWatch["course"]>;

export class LimitWatch {
  private limits: Limits;
  private day = -1;
  private dayStart: number;
  private last: number;
  private highest: number;
  /** Where it stood when it was seen last, neither above 0: the loss of the day, and the fall as a share. */
  lost = 0;
  fallen = 0;

  constructor({ limits, capital }: Terms) {
    this.limits = limits;
    this.dayStart = this.last = this.highest = capital;
  }

  retune({ limits }: Terms): void {
    this.limits = limits;
  }

  /** Whether equity has to be worked out for it now. */
  looks(holds: boolean): boolean {
    return holds && (this.limits.dailyLoss !== null || this.limits.drawdown !== null);
  }

  course() {
    const { day, dayStart, last, highest } = this;
    return { day, dayStart, last, highest };
  }
  resume(course: WatchCourse): void {
    Object.assign(this, course);
  }

  /** From here on everything counts anew. */
  forgive(equity: number): void {
    this.dayStart = this.last = this.highest = equity;
  }

  see(clock: number, equity: number): void {
    const day = Math.floor(clock / DAY_US);
    if (day !== this.day) {
      this.day = day;
      this.dayStart = this.last;
    }
    this.last = equity;
    this.highest = Math.max(this.highest, equity);
    this.lost = Math.min(0, equity - this.dayStart);
    this.fallen = Math.max(-1, equity / this.highest - 1);
  }

  breach(clock: number, equity: number): Breach | null {
    this.see(clock, equity);
    const { lost, fallen } = this;
    const { dailyLoss, drawdown } = this.limits;
    if (dailyLoss !== null && reached(lost, dailyLoss))
      return { limit: "daily_loss_limit", found: lost, allowed: dailyLoss };
    if (drawdown !== null && reached(fallen, drawdown))
      return { limit: "max_drawdown", found: fallen, allowed: drawdown };
    return null;
  }
}

/** Both not above 0; a limit of 0 allows no loss at all. */
function reached(found: number, allowed: number): boolean {
  return found < 0 && found <= allowed;
}

/** For people. */
export function breachText({ limit, found, allowed }: Breach): string {
  const digits = limit === "max_drawdown" ? 4 : 2;
  return `${limit} reached: ${found.toFixed(digits)} against ${allowed}`;
}
