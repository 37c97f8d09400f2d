// A ring of f64 that somebody else fills, oldest values overwritten: `mask` = slots - 1 (slots a power of two), slots lie
// 1 << `shift` bytes apart (4: one lane of a block, such as the history of a series; 3: a plain column), and `count`
// values have been written since the start, so that the newest stands at slot (count - 1) & mask.
// A column of values is the ring that never wraps: mask WHOLE, shift 3.
import { whole } from "./whole";
export const WHOLE: u32 = 0xffffffff;

/** The value `back` places before the newest one; back < min(count, slots). */
export function ringValue(ring: usize, mask: u32, shift: u32, count: f64, back: u32): f64 {
  const slot = (whole(count) - 1 - back) & mask;
  return load<f64>(ring + (usize(slot) << shift));
}
