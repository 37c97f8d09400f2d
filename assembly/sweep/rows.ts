// The columns that the sets of a sweep share, one span of bars at a time: every length is worked out once, however many
// sets use it. They are the indicators of math/indicators bit for bit, so that a sweep sees the averages that everything
// else sees. `out` is the place of bar `from`; a row needs room for n entries before it, which may be overwritten.
import { blank } from "../math/indicators/columns";
import { donchian } from "../math/indicators/channels";
import { windowMeans } from "../math/indicators/window-sums";

/** Means of the n bars up to and including t, for t in [from, to). */
export function sweepMeans(x: usize, n: u32, from: u32, to: u32, out: usize): void {
  for (let start = from - (from % n); start < to; start += n) {
    const place = out + (<isize>start - <isize>from) * 8;
    windowMeans(x + (usize(start) << 3), n, min(n, to - start), start == 0, place);
  }
  if (from + 1 < n) blank(out, 0, min(n - 1, to) - from);
}

/** Highest high and lowest low of the n bars before t. `scratch`: 2 n f64. */
export function sweepChannel(
  high: usize,
  low: usize,
  n: u32,
  from: u32,
  to: u32,
  upper: usize,
  lower: usize,
  scratch: usize,
): void {
  const start = from > n ? from - n : 0;
  const offset = usize(start) << 3;
  const before = usize(from - start) << 3;
  if (to > n) donchian(high + offset, low + offset, to - start, n, 1, upper - before, lower - before, scratch);
  else {
    blank(upper, 0, to - from);
    blank(lower, 0, to - from);
  }
}

/** x[t - n]; NaN where there is none. */
export function sweepPast(x: usize, n: u32, from: u32, to: u32, out: usize): void {
  const first = min(max(n, from), to);
  blank(out, 0, first - from);
  if (first == to) return;
  memory.copy(out + (usize(first - from) << 3), x + (usize(first - n) << 3), usize(to - first) << 3);
}

/** The same numbers as f32. */
export function sweepNarrow(x: usize, count: u32, out: usize): void {
  for (let t: u32 = 0; t < count; t++) store<f32>(out + (usize(t) << 2), <f32>load<f64>(x + (usize(t) << 3)));
}
