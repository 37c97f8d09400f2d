// Open bars. Trades build the bars of a symbol's finest series; the longer ones that are whole multiples of it are fed
// by its closed bars, so that a trade costs the same however many bar lengths are in use. A bar spans
// [end - length, end); its volume is the sum over what it was built of.
import * as layout from "../layout";
import { ends } from "../plan";
import { column, seriesLane } from "./series";
import { whole } from "../math/whole";

function put(lane: usize, index: u32, value: f64): void {
  store<f64>(lane + index * layout.COLUMN_BYTES, value);
}

/** Adds to the open bar, or opens the one that `time` falls into; the caller has closed a bar that ended before. */
export function addToBar(at: usize, close: f64, high: f64, low: f64, volume: f64, time: f64): void {
  const end = column<f64>(at, layout.SERIES_OPEN_END);
  if (end == 0) {
    const bar = column<f64>(at, layout.SERIES_BAR_US);
    // What is late for the bar that has closed counts in the next one: a bucket gives one sample.
    const newest = column<f64>(at, layout.SERIES_COUNT) > 0 ? column<f64>(at, layout.SERIES_TIME) : 0;
    put(at, layout.SERIES_OPEN_END, (floor((time < newest ? newest : time) / bar) + 1) * bar);
    put(at, layout.SERIES_OPEN_CLOSE, close);
    put(at, layout.SERIES_OPEN_HIGH, high);
    put(at, layout.SERIES_OPEN_LOW, low);
    put(at, layout.SERIES_OPEN_VOLUME, volume);
    return;
  }
  put(at, layout.SERIES_OPEN_CLOSE, close);
  if (high > column<f64>(at, layout.SERIES_OPEN_HIGH)) put(at, layout.SERIES_OPEN_HIGH, high);
  if (low < column<f64>(at, layout.SERIES_OPEN_LOW)) put(at, layout.SERIES_OPEN_LOW, low);
  put(at, layout.SERIES_OPEN_VOLUME, column<f64>(at, layout.SERIES_OPEN_VOLUME) + volume);
}

/**
 * Notes when the cycle driver has to look at a series that trades build: the earlier end of its own open bar and of
 * those that it feeds. A note may be too early (the driver looks again), never too late.
 */
export function noteEnd(index: u32, at: usize): void {
  if (column<f64>(at, layout.SERIES_FEEDER) != 0) return;
  const own = column<f64>(at, layout.SERIES_OPEN_END);
  store<f64>(ends + (index << 3), sooner(own, column<f64>(at, layout.SERIES_FED_END)));
}
/** The smaller of two ends, of which 0 is none. */
export function sooner(one: f64, other: f64): f64 {
  return other > 0 && (one == 0 || other < one) ? other : one;
}

/** The newest sample of the series at `from` goes into the open bar of the one at `at`. */
export function feedBar(at: usize, from: usize): void {
  addToBar(
    at,
    column<f64>(from, layout.SERIES_CLOSE),
    column<f64>(from, layout.SERIES_HIGH),
    column<f64>(from, layout.SERIES_LOW),
    column<f64>(from, layout.SERIES_VOLUME),
    column<f64>(from, layout.SERIES_TIME) - 1,
  );
}

/** Of the lists that begin at `first` (series + 1), the series with the longest bars that divide `bar`; else `best`. */
export function feederOf(first: u32, bar: f64, best: u32): u32 {
  for (let next = first; next != 0; next = u32(column<f64>(seriesLane(next - 1), layout.SERIES_NEXT))) {
    const at = seriesLane(next - 1);
    if (divides(column<f64>(at, layout.SERIES_BAR_US), bar)) {
      const longest = best == 0 ? 0 : column<f64>(seriesLane(best - 1), layout.SERIES_BAR_US);
      if (column<f64>(at, layout.SERIES_BAR_US) > longest) best = next;
    }
    best = feederOf(whole(column<f64>(at, layout.SERIES_FIRST_FED)), bar, best);
  }
  return best;
}
function divides(own: f64, bar: f64): bool {
  return own > 0 && own < bar && i64(bar) % i64(own) == 0;
}

/**
 * A series that has just come under `from` takes over those that it can feed better: what was open in them stays, and
 * what comes from now on goes through it, once.
 */
export function takeOver(from: usize, index: u32): void {
  const lane = seriesLane(index);
  const bar = column<f64>(lane, layout.SERIES_BAR_US);
  let before = lane;
  for (let next = whole(column<f64>(lane, layout.SERIES_NEXT)); next != 0;) {
    const at = seriesLane(next - 1);
    const after = whole(column<f64>(at, layout.SERIES_NEXT));
    if (divides(bar, column<f64>(at, layout.SERIES_BAR_US))) {
      put(before, layout.SERIES_NEXT, <f64>after);
      put(at, layout.SERIES_NEXT, column<f64>(lane, layout.SERIES_FIRST_FED));
      put(at, layout.SERIES_FEEDER, <f64>(index + 1));
      put(lane, layout.SERIES_FIRST_FED, <f64>next);
      const end = column<f64>(at, layout.SERIES_OPEN_END);
      const fedEnd = column<f64>(lane, layout.SERIES_FED_END);
      if (end > 0 && (fedEnd == 0 || end < fedEnd)) put(lane, layout.SERIES_FED_END, end);
    } else before = at;
    next = after;
  }
}
