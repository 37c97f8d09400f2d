// ma_momentum: as ma_cross, but a side is taken only where the close has moved the same way since the bar `past`; where
// averages and movement do not agree, the position stays. Long only: below means out; otherwise short.
import type { Venue } from "../order.ts";
import { moveTo, valueAt, type Column, type Rule } from "./rule.ts";

export interface MaMomentumColumns {
  readonly close: Column;
  readonly fast: Column;
  readonly slow: Column;
  /** The close of so many bars ago. */
  readonly past: Column;
}

export function maMomentum(
  venue: Venue,
  symbol: number,
  { close, fast, slow, past }: MaMomentumColumns,
  options: { readonly short: boolean },
): Rule {
  let position = 0;
  return {
    at(bar) {
      const distance = valueAt(fast, bar) - valueAt(slow, bar);
      const moved = valueAt(close, bar) - valueAt(past, bar);
      const down = options.short ? -1 : 0;
      const wanted = distance > 0 && moved > 0 ? 1 : distance < 0 && moved < 0 ? down : position;
      if (wanted === position) return;
      moveTo(venue, symbol, wanted, position);
      position = wanted;
    },
  };
}
