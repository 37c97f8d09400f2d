// Bars in columns, the input of a sweep: prices above 0 in the symbol's unit, times ascending. A tape is checked once,
// here; what runs over it checks nothing any more.
import { failed, ok, type Result } from "../../domain/result.ts";

export interface Tape {
  readonly bars: number;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
}

const COLUMNS = ["open", "high", "low", "close"] as const;
/** One bar decides, the next one fills. */
const BARS_MIN = 2;

/** The tape, or why these columns are none. */
export function openTape(columns: Omit<Tape, "bars">): Result<Tape, string> {
  const bars = columns.close.length;
  if (bars < BARS_MIN) return failed(`there are ${bars} bars; a run needs at least ${BARS_MIN}: take a longer span`);
  for (const name of COLUMNS) {
    const column = columns[name];
    if (column.length !== bars) return failed(`${column.length} values of ${name} stand beside ${bars} closes`);
    const bad = column.findIndex((price) => !(price > 0 && price < Number.POSITIVE_INFINITY));
    if (bad >= 0) return failed(`${name} of bar ${bad} is ${column[bad]}; prices must be above 0 and finite`);
  }
  return ok({ bars, ...columns });
}
