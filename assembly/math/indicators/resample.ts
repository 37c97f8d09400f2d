// Trades or bars into wider bars: buckets of `width` (in the unit of the times), closed and labelled at their left end,
// start = floor(time / width) width. A bucket in which nothing lies gives no row. Times ascend.
// A trade is a bar whose open, high, low and close are its price: the same column four times.
// A row in which a price, the volume or the time is not finite is left out.
import { at, isFinite64 } from "./columns";

// Output columns, `stride` bytes apart.
export const RESAMPLED_START: usize = 0;
export const RESAMPLED_OPEN: usize = 1;
export const RESAMPLED_HIGH: usize = 2;
export const RESAMPLED_LOW: usize = 3;
export const RESAMPLED_CLOSE: usize = 4;
export const RESAMPLED_VOLUME: usize = 5;
export const RESAMPLED_COUNT: usize = 6; // rows of the input
export const RESAMPLED_VWAP: usize = 7; //  mean of the closes weighed with the volumes; NaN without volume

/** Returns the number of rows written, at most count. The output has 8 columns; each may need count entries. */
export function resample(
  time: usize,
  open: usize,
  high: usize,
  low: usize,
  close: usize,
  volume: usize,
  count: u32,
  width: f64,
  out: usize,
  stride: usize,
): u32 {
  let rows: u32 = 0;
  let row = out;
  let start: f64 = NaN;
  let top: f64 = 0;
  let bottom: f64 = 0;
  let volumes: f64 = 0;
  let turnover: f64 = 0;
  let inside: f64 = 0;
  for (let t: u32 = 0; t < count; t++) {
    const when = at(time, t);
    const size = at(volume, t);
    const last = at(close, t);
    if (!isFinite64(at(open, t) + at(high, t) + at(low, t) + last + size + when)) continue;
    if (!(when - start < width && when >= start)) {
      start = floor(when / width) * width;
      row = out + (usize(rows++) << 3);
      store<f64>(row + RESAMPLED_START * stride, start);
      store<f64>(row + RESAMPLED_OPEN * stride, at(open, t));
      top = at(high, t);
      bottom = at(low, t);
      volumes = 0;
      turnover = 0;
      inside = 0;
    }
    top = at(high, t) > top ? at(high, t) : top;
    bottom = at(low, t) < bottom ? at(low, t) : bottom;
    volumes += size;
    turnover += last * size;
    inside += 1;
    store<f64>(row + RESAMPLED_HIGH * stride, top);
    store<f64>(row + RESAMPLED_LOW * stride, bottom);
    store<f64>(row + RESAMPLED_CLOSE * stride, last);
    store<f64>(row + RESAMPLED_VOLUME * stride, volumes);
    store<f64>(row + RESAMPLED_COUNT * stride, inside);
    store<f64>(row + RESAMPLED_VWAP * stride, volumes > 0 ? turnover / volumes : NaN);
  }
  return rows;
}
