// ma_cross: the position is the sign of fast - slow from the first bar on which both exist; equal keeps it. Long only:
// below means out; otherwise short.
import type { Venue } from "../order.ts";
import { moveTo, valueAt, type Column, type Rule } from "./rule.ts";

export interface MaCrossColumns {
  readonly fast: Column;
  readonly slow: Column;
}

export function maCross(
  venue: Venue,
  symbol: number,
  { fast, slow }: MaCrossColumns,
  options: { readonly short: boolean },
): Rule {
  let position = 0;
  return {
    at(bar) {
      const distance = valueAt(fast, bar) - valueAt(slow, bar);
      const wanted = distance > 0 ? 1 : distance < 0 ? (options.short ? -1 : 0) : position;
      if (wanted === position) return;
      moveTo(venue, symbol, wanted, position);
      position = wanted;
    },
  };
}
