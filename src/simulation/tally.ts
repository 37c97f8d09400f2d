// What accounts that keep the same limits have open together, counted as it changes: symbols that are held, or that an
// order on its way may open; orders that may still open a position; positions that were opened in a day (UTC). A backtest
// has one account, an execution its main account and those of a new version's share. An order counts from when it is
// placed until it is over: one that is being taken back may still be filled. Constant time, and nothing is allocated but
// a place for each new symbol. Used from one thread.
import type { EpochUs } from "../domain/units.ts";

const DAY_US = 86_400_000_000;

/** How far the day has come: with it, whoever trades goes on elsewhere. */
export interface TallyCourse {
  /** Number of the day. */
  readonly day: number;
  readonly opened: number;
}

export class Tally {
  /** Symbols that are held, in however many accounts. */
  held = 0;
  /** Symbols that are held, or that an order on its way may open. */
  engaged = 0;
  /** Orders that may open a position and have not yet. */
  coming = 0;
  /** By symbol: accounts that hold it, and those together with orders that may open it. */
  private readonly holders: number[] = [];
  private readonly uses: number[] = [];
  private day = 0;
  private opened = 0;

  /** Whether the symbol is among those that are engaged. */
  engages(symbol: number): boolean {
    return (this.uses[symbol] ?? 0) > 0;
  }

  /** An order that may open a position is on its way. */
  enters(symbol: number): void {
    this.coming++;
    this.use(symbol, 1);
  }
  /** It has opened one. */
  arrives(): void {
    this.coming--;
  }
  /** It is over, or can only leave a position from now on. `arrived`: it has opened one. */
  leaves(symbol: number, arrived: boolean): void {
    if (!arrived) this.coming--;
    this.use(symbol, -1);
  }

  /** A position was opened. What is told late of a day that is over counts in none. */
  opens(symbol: number, time: EpochUs): void {
    this.use(symbol, 1);
    const holders = (this.holders[symbol] ?? 0) + 1;
    this.holders[symbol] = holders;
    if (holders === 1) this.held++;
    const day = Math.floor(time / DAY_US);
    this.begin(day);
    if (day === this.day) this.opened++;
  }
  closes(symbol: number): void {
    this.use(symbol, -1);
    const holders = (this.holders[symbol] ?? 0) - 1;
    this.holders[symbol] = holders;
    if (holders === 0) this.held--;
  }

  /** Positions that were opened in the day of this time. */
  openedOn(now: EpochUs): number {
    this.begin(Math.floor(now / DAY_US));
    return this.opened;
  }

  course(): TallyCourse {
    const { day, opened } = this;
    return { day, opened };
  }
  /** What was counted elsewhere, beside what fills of the day that were booked again have come to here. */
  resume({ day, opened }: TallyCourse): void {
    this.begin(day);
    if (day === this.day) this.opened = Math.max(this.opened, opened);
  }

  private begin(day: number): void {
    if (day <= this.day) return;
    this.day = day;
    this.opened = 0;
  }

  private use(symbol: number, by: 1 | -1): void {
    while (this.uses.length <= symbol) {
      this.uses.push(0);
      this.holders.push(0);
    }
    const uses = (this.uses[symbol] ?? 0) + by;
    this.uses[symbol] = uses;
    if (by === 1 ? uses === 1 : uses === 0) this.engaged += by;
  }
}

/** Null: there is none. */
export interface OpeningLimits {
  readonly maxTradesPerDay: number | null;
  readonly maxOpenPositions: number | null;
}

/**
 * Why this many positions may not be opened now, `fresh` of them in symbols that are not engaged; null: they may. What is
 * on its way counts as if it were filled, so no later fill passes a limit.
 */
export function openingFault(
  { maxTradesPerDay, maxOpenPositions }: OpeningLimits,
  tally: Tally,
  now: EpochUs,
  opening: number,
  fresh: number,
): string | null {
  if (maxTradesPerDay !== null) {
    const opened = tally.openedOn(now);
    const { coming } = tally;
    if (opened + coming + opening > maxTradesPerDay)
      return `${opened} positions were opened today${alsoComing(coming)}, and max_trades_per_day is ${maxTradesPerDay}`;
  }
  if (maxOpenPositions !== null && fresh > 0 && tally.engaged + fresh > maxOpenPositions)
    return `${tally.held} positions are open${alsoComing(tally.engaged - tally.held)}, and max_open_positions is ${maxOpenPositions}`;
  return null;
}

function alsoComing(count: number): string {
  return count === 0 ? "" : ` and ${count} may be by orders on their way`;
}
