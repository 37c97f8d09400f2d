// Days of a timezone, counted: a day begins where the local date changes, so it has 23 or 25 hours when clocks are put
// forward or back, and where midnight does not exist it begins with the first instant behind it. Clock in microseconds;
// asking again within a day costs one comparison. UTC, which is the default, needs no calendar: opening one takes longer
// than all else that risk does at a start.
const DAY_MS = 86_400_000;
const US_PER_MS = 1_000;
/** No day of any zone is longer. */
const LONGEST_MS = 30 * 3_600_000;

export class Days {
  private readonly format: Intl.DateTimeFormat | null;
  private from = Number.NaN;
  private to = Number.NaN;
  private current = 0;

  constructor(timezone: string) {
    this.format = timezone === "UTC" ? null : calendarOf(timezone);
  }

  /** Days since 1970-01-01 by the local date. */
  of(clock: number): number {
    const ms = Math.floor(clock / US_PER_MS);
    if (ms >= this.from && ms < this.to) return this.current;
    this.current = this.dateOf(ms);
    this.from = this.edge(ms - LONGEST_MS, ms, this.current);
    this.to = this.edge(ms, ms + LONGEST_MS, this.current + 1);
    return this.current;
  }

  /** The first millisecond in (low, high] whose date is at least `day`. */
  private edge(low: number, high: number, day: number): number {
    let [before, from] = [low, high];
    while (from - before > 1) {
      const middle = Math.floor((before + from) / 2);
      if (this.dateOf(middle) >= day) from = middle;
      else before = middle;
    }
    return from;
  }

  private dateOf(ms: number): number {
    if (this.format === null) return Math.floor(ms / DAY_MS);
    const parts = this.format.formatToParts(ms);
    const field = (type: string): number => Number(parts.find((part) => part.type === type)?.value ?? Number.NaN);
    return Math.round(Date.UTC(field("year"), field("month") - 1, field("day")) / DAY_MS);
  }
}

function calendarOf(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-CA", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    era: "short",
  });
}
