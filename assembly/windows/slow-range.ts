// Wilder's average true range over RANGE_LENGTH samples, kept in three columns of a cell: slower than the ATR 14 of the
// series, for the stops of strategies that hold for weeks.
//   true range = max(high - low, |high - previous close|, |low - previous close|), from the second sample on
//   seed = mean of the first 50 ranges, then (49 atr + range) / 50; floored at 1e-30
// In the symbol's price unit. It begins anew with its series.
import * as layout from "../layout";
import { putCell } from "../cells";
import { column } from "./series";

export const RANGE_LENGTH: f64 = 50;
/** Columns from `first` on: previous close, ranges taken, their sum and then the average. */
export const RANGE_COLUMNS: u32 = 3;
const FLOOR: f64 = 1e-30;

/** Takes the newest sample of the series at `at`, each once. */
export function takeRange(cell: usize, first: u32, at: usize): void {
  const close = column<f64>(at, layout.SERIES_CLOSE);
  const previous = column<f64>(cell, first);
  putCell(cell, first, close);
  // The first sample of the series, or the first that this cell sees, has no previous close.
  if (column<f64>(at, layout.SERIES_COUNT) < 1.5 || previous == 0) return putCell(cell, first + 1, 0);
  const high = column<f64>(at, layout.SERIES_HIGH);
  const low = column<f64>(at, layout.SERIES_LOW);
  let range = high - low;
  range = range < abs(high - previous) ? abs(high - previous) : range;
  range = range < abs(low - previous) ? abs(low - previous) : range;
  const taken = column<f64>(cell, first + 1);
  const average = column<f64>(cell, first + 2);
  let next = range;
  if (taken >= RANGE_LENGTH) next = ((RANGE_LENGTH - 1.0) * average + range) / RANGE_LENGTH;
  else if (taken > 0) next = average + range;
  if (taken == RANGE_LENGTH - 1.0) next /= RANGE_LENGTH;
  putCell(cell, first + 2, next > FLOOR ? next : FLOOR);
  putCell(cell, first + 1, taken < RANGE_LENGTH ? taken + 1.0 : RANGE_LENGTH);
}

/** 0 until its seed is complete. */
export function slowRange(cell: usize, first: u32): f64 {
  return column<f64>(cell, first + 1) >= RANGE_LENGTH ? column<f64>(cell, first + 2) : 0;
}
