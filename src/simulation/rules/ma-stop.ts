// ma_stop: long only. In at an upward cross, with a stop and a take at fixed shares of the entry; out at a downward cross.
// After a stop or take it waits for the next upward cross.
import type { Venue } from "../order.ts";
import type { MaCrossColumns } from "./ma-cross.ts";
import { moveTo, valueAt, type Rule } from "./rule.ts";

export function maStop(
  venue: Venue,
  symbol: number,
  { fast, slow }: MaCrossColumns,
  options: { readonly stop: number; readonly take: number },
): Rule {
  const bracket = { stop: 1 - options.stop, target: 1 + options.take, of: "entry" } as const;
  return {
    at(bar) {
      const [now, before] = [bar, bar - 1].map((at) => valueAt(fast, at) - valueAt(slow, at)) as [number, number];
      const held = venue.held(symbol) > 0;
      if (!held && now > 0 && before <= 0) venue.submit({ symbol, side: "buy", kind: "market", share: 1, bracket });
      else if (held && now < 0 && before >= 0) moveTo(venue, symbol, 0, 1);
    },
  };
}
