// Bars of a group of legs: a bar holds the last price of every leg, forward filled, and is there only where a leg ticked.
// It closes when a tick of a later bar arrives, or at a tactical beat when clock - lag has passed its end (so late data
// close as well). Seven f64 words, `step` bytes apart: in a group's row 8, in a lane of a table COLUMN_BYTES.
// Written over lanes where a beat closes the bars of two groups at once (T = v128); times in microseconds.
import { atMost, both, less, select2, splat, sub } from "../lanes";

export const BAR_US: u32 = 0; //      length, 0: every tick is a bar
export const BAR_END: u32 = 1; //     end of the open bar, 0: no tick since the last one closed
export const BAR_CLOSED: u32 = 2; //  end of the last closed bar
export const BAR_COUNT: u32 = 3; //   samples so far
export const BAR_MISSING: u32 = 4; // samples that the first test lacks, 0: none
export const BAR_TIME: u32 = 5; //    newest event time of a tick
export const BAR_LAG: u32 = 6; //     engine clock minus event time at that tick
export const BAR_WORDS: u32 = 7;

function word<T>(words: usize, step: u32, index: u32): T {
  return load<T>(words + index * step);
}

/** Event time of a tick as bars count it: none begins in the future. */
export function tickTime(happened: f64, lag: f64): f64 {
  return lag < 0 ? happened + lag : happened;
}
/** Whether a tick at `time` ends the open bar: it closes before the tick is taken. */
export function barEnds(words: usize, step: u32, time: f64): bool {
  const end = word<f64>(words, step, BAR_END);
  return end > 0 && time >= end;
}
/** A tick whose price has been taken; true when it is a bar by itself, to be closed at once. */
export function barTakes(words: usize, step: u32, time: f64, lag: f64): bool {
  // The newest data set the pace: one late tick does not hold the clock back.
  if (time >= word<f64>(words, step, BAR_TIME)) {
    store<f64>(words + BAR_TIME * step, time);
    store<f64>(words + BAR_LAG * step, lag);
  }
  const bar = word<f64>(words, step, BAR_US);
  if (bar == 0) return true;
  if (word<f64>(words, step, BAR_END) == 0 && time >= word<f64>(words, step, BAR_CLOSED)) {
    store<f64>(words + BAR_END * step, (floor(time / bar) + 1) * bar);
  }
  return false;
}
/** Which open bars are over when the clock shows `clock`. */
export function barOver<T>(words: usize, step: u32, clock: f64): T {
  const end = word<T>(words, step, BAR_END);
  const now = sub<T>(splat<T>(clock), word<T>(words, step, BAR_LAG));
  return both<T>(less<T>(splat<T>(0), end), atMost<T>(end, now));
}
/** Closes the bars that are `due`. */
export function barClose<T>(words: usize, step: u32, due: T): void {
  const end = word<T>(words, step, BAR_END);
  store<T>(words + BAR_CLOSED * step, select2<T>(due, end, word<T>(words, step, BAR_CLOSED)));
  store<T>(words + BAR_END * step, select2<T>(due, splat<T>(0), end));
}
