// donchian: long when the close is above the highest high of the bars before, short (if allowed) below the lowest low; out
// when the close is beyond the channel of the exit. Entries are looked at first, so a position can turn in one bar.
import type { Venue } from "../order.ts";
import { moveTo, valueAt, type Column, type Rule } from "./rule.ts";

/** Channels of the bars before each bar. */
export interface DonchianColumns {
  readonly close: Column;
  readonly entryHigh: Column;
  readonly entryLow: Column;
  readonly exitHigh: Column;
  readonly exitLow: Column;
}

export function donchian(
  venue: Venue,
  symbol: number,
  columns: DonchianColumns,
  options: { readonly short: boolean; readonly from: number },
): Rule {
  let position = 0;
  const wanted = (bar: number): number => {
    const close = valueAt(columns.close, bar);
    if (close > valueAt(columns.entryHigh, bar)) return 1;
    if (options.short && close < valueAt(columns.entryLow, bar)) return -1;
    const out =
      position > 0 ? close < valueAt(columns.exitLow, bar) : position < 0 && close > valueAt(columns.exitHigh, bar);
    return out ? 0 : position;
  };
  return {
    at(bar) {
      if (bar < options.from) return;
      const next = wanted(bar);
      if (next === position) return;
      moveTo(venue, symbol, next, position);
      position = next;
    },
  };
}
