// Columns of a table of two-lane blocks: one lane's value for f64, both lanes' for v128.
import * as layout from "../layout";

/** Column `index` of the lane (f64) or block (v128) at `at`. */
export function column<T>(at: usize, index: u32): T {
  return load<T>(at + index * layout.COLUMN_BYTES);
}
export function putColumn<T>(at: usize, index: u32, value: T): void {
  store<T>(at + index * layout.COLUMN_BYTES, value);
}
/** Sample `place` (counted modulo 2^32) of a window whose first slot is at `window`; `slots` is a power of two. */
export function ringSlot(window: usize, place: u32, slots: u32): usize {
  return window + ((usize(place) & (slots - 1)) << layout.HISTORY_SHIFT);
}
