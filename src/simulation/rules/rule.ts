// Reference rules: simple enough that outside programs compute the same, so that whole backtests can be compared. Each
// decides at the close of a bar and puts everything into its position; the venue fills at the next open (a pair: at the
// next closes). Indicators come as columns, one value a bar, NaN while they do not exist.
import type { Side, Venue } from "../order.ts";

export interface Rule {
  /** Called once a bar, in order, after the venue has had it. */
  at(bar: number): void;
}

export type Column = ArrayLike<number>;

export function valueAt(column: Column, bar: number): number {
  return column[bar] ?? Number.NaN;
}

/** Moves everything to one side: 1 long, -1 short, 0 out. */
export function moveTo(venue: Venue, symbol: number, position: number, from: number): void {
  const side: Side = position > 0 || (position === 0 && from < 0) ? "buy" : "sell";
  venue.submit({ symbol, side, kind: "market", share: Math.abs(position) });
}
