// What follows when a series has a new sample: its cells are evaluated, then the closed bar goes on to the series that
// it feeds, which may close in turn. Both drivers come through here; the cycle driver evaluates the cells of the series
// that trades build by itself, two at a time, and asks for the rest.
import * as layout from "./layout";
import { linkCell, linkCode, nextLink } from "./cells";
import { features, rule, sampleable } from "./dispatch";
import { feedBar } from "./windows/bars";
import { column, historyLane, seriesLane, takeSample } from "./windows/series";

function put(lane: usize, index: u32, value: f64): void {
  store<f64>(lane + index * layout.COLUMN_BYTES, value);
}

/** Evaluates what hangs on the new sample of a series; `now` is the time that has been reached, `row` its symbol's. */
export function sampled(row: usize, index: u32, at: usize, now: f64): void {
  store<f64>(row, load<f64>(row, layout.SYMBOL_BARS) + 1, layout.SYMBOL_BARS);
  const window = historyLane(index);
  let next = u32(column<f64>(at, layout.SERIES_FIRST_CELL));
  while (next != 0) {
    const code = linkCode(next);
    const cell = linkCell(next);
    if (sampleable(code, cell)) {
      features<f64>(code, cell, 1, at, at, window, window);
      rule(code, cell);
    }
    next = nextLink(cell, layout.CELL_NEXT);
  }
  handOn(row, at, now);
}

/** The open bar of a series becomes its newest sample. */
export function closeOpen(row: usize, index: u32, at: usize, now: f64): void {
  const end = column<f64>(at, layout.SERIES_OPEN_END);
  takeSample<f64>(
    at,
    historyLane(index),
    1,
    column<f64>(at, layout.SERIES_OPEN_CLOSE),
    column<f64>(at, layout.SERIES_OPEN_HIGH),
    column<f64>(at, layout.SERIES_OPEN_LOW),
    column<f64>(at, layout.SERIES_OPEN_VOLUME),
    end,
  );
  put(at, layout.SERIES_OPEN_END, 0);
  sampled(row, index, at, now);
}

/** The newest sample goes into the open bars of the series that it feeds; those that are over by `now` close. */
export function handOn(row: usize, at: usize, now: f64): void {
  const first = u32(column<f64>(at, layout.SERIES_FIRST_FED));
  if (first == 0) return;
  if (column<f64>(at, layout.SERIES_COARSE) != 0) {
    put(at, layout.SERIES_COARSE, 0);
    return;
  }
  const time = column<f64>(at, layout.SERIES_TIME) - 1;
  for (let next = first; next != 0;) {
    const lane = seriesLane(next - 1);
    const end = column<f64>(lane, layout.SERIES_OPEN_END);
    if (end > 0 && time >= end) closeOpen(row, next - 1, lane, now);
    feedBar(lane, at);
    next = u32(column<f64>(lane, layout.SERIES_NEXT));
  }
  closeFed(row, at, now);
}

/** Closes the fed series whose bars are over by `now`, and notes when the next one will be. */
export function closeFed(row: usize, at: usize, now: f64): void {
  let soonest: f64 = 0;
  for (let next = u32(column<f64>(at, layout.SERIES_FIRST_FED)); next != 0;) {
    const lane = seriesLane(next - 1);
    closeBehind(row, lane, now);
    const end = column<f64>(lane, layout.SERIES_OPEN_END);
    if (end > 0 && end <= now) closeOpen(row, next - 1, lane, now);
    soonest = sooner(soonest, column<f64>(lane, layout.SERIES_OPEN_END));
    soonest = sooner(soonest, column<f64>(lane, layout.SERIES_FED_END));
    next = u32(column<f64>(lane, layout.SERIES_NEXT));
  }
  put(at, layout.SERIES_FED_END, soonest);
}
/** A bar that the series feeds is over by `now`, and what is open in itself, if anything, lies behind that. */
export function closeBehind(row: usize, at: usize, now: f64): void {
  const fedEnd = column<f64>(at, layout.SERIES_FED_END);
  const end = column<f64>(at, layout.SERIES_OPEN_END);
  if (fedEnd > 0 && fedEnd <= now && (end == 0 || end > fedEnd)) closeFed(row, at, now);
}
/** The smaller of two ends, of which 0 is none. */
function sooner(one: f64, other: f64): f64 {
  return other > 0 && (one == 0 || other < one) ? other : one;
}
