// Columns of a table of two-lane blocks: one lane's value for f64, both lanes' for v128.
import * as layout from "../layout";
import { select2 } from "../lanes";

/** Column `index` of the lane (f64) or block (v128) at `at`. */
export function column<T>(at: usize, index: u32): T {
  return load<T>(at + index * layout.COLUMN_BYTES);
}
/** Sample `place` (counted modulo 2^32) of a window whose first slot is at `window`; `slots` is a power of two. */
export function ringSlot(window: usize, place: u32, slots: u32): usize {
  return window + ((usize(place) & (slots - 1)) << layout.HISTORY_SHIFT);
}
/** Changes a column of the lanes that are due; for f64 the lane is due. */
export function putDue<T>(at: usize, index: u32, due: T, value: T): void {
  const address = at + index * layout.COLUMN_BYTES;
  if (isVector<T>()) store<T>(address, select2<T>(due, value, load<T>(address)));
  else store<T>(address, value);
}
