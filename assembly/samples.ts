// What follows when a series has a new sample: its cells are evaluated, then the closed bar goes on to the series that
// it feeds, which may close in turn. Both drivers come through here; where a beat closes both series of a block, their
// cells are evaluated two at a time, with the same bits.
import * as layout from "./layout";
import { linkCell, linkCode, linkTwin, nextLink, putCell } from "./cells";
import { features, rule, sampleable } from "./dispatch";
import { flags } from "./emit";
import { splat } from "./lanes";
import { feedBar, noteEnd, sooner } from "./windows/bars";
import { column, historyLane, putColumn, seriesLane, takeSample } from "./windows/series";
import { whole } from "./math/whole";

function put(lane: usize, index: u32, value: f64): void {
  store<f64>(lane + index * layout.COLUMN_BYTES, value);
}

/** Evaluates what hangs on the new sample of a series; `now` is the time that has been reached, `row` its symbol's. */
export function sampled(row: usize, index: u32, at: usize, now: f64): void {
  countSample(row);
  const window = historyLane(index);
  const old = fills(row);
  for (let next = whole(column<f64>(at, layout.SERIES_FIRST_CELL)); next != 0;)
    next = old ? evaluateHidden(next, at, window) : evaluate(next, at, window);
  handOn(row, index, at, now);
}
/** The same for the two series of a block that were closed at once; `index`, `at`: of the first. */
function sampledBoth(row0: usize, row1: usize, index: u32, at: usize, now0: f64, now1: f64): void {
  countSample(row0);
  countSample(row1);
  const window = historyLane(index);
  let first = whole(column<f64>(at, layout.SERIES_FIRST_CELL));
  let second = whole(column<f64>(at + 8, layout.SERIES_FIRST_CELL));
  while (first != 0 && second != 0) {
    if (linkTwin(first) == second) {
      const code = linkCode(first);
      const cell0 = linkCell(first);
      const cell1 = cell0 ^ 8; // lanes of one block
      if (sampleable(code, cell0) && sampleable(code, cell1)) evaluateBoth(code, cell0, cell1, at, window);
      else {
        evaluate(first, at, window);
        evaluate(second, at + 8, window + 8);
      }
      first = nextLink(cell0, layout.CELL_NEXT);
      second = nextLink(cell1, layout.CELL_NEXT);
    } else if (follows(linkTwin(first), index + 1)) second = evaluate(second, at + 8, window + 8);
    else first = evaluate(first, at, window);
  }
  while (first != 0) first = evaluate(first, at, window);
  while (second != 0) second = evaluate(second, at + 8, window + 8);
  handOn(row0, index, at, now0);
  handOn(row1, index + 1, at + 8, now1);
}
function countSample(row: usize): void {
  store<f64>(row, load<f64>(row, layout.SYMBOL_BARS) + 1, layout.SYMBOL_BARS);
}
/** Whether the cell of a link wants the samples of a series: its turn comes in that series' list. */
function follows(link: u32, series: u32): bool {
  const cell = linkCell(link);
  return column<f64>(cell, layout.CELL_INSTANCE) != 0 && column<f64>(cell, layout.CELL_SERIES) == <f64>series;
}
/** One cell; returns the link of the next one. */
function evaluate(link: u32, at: usize, window: usize): u32 {
  const code = linkCode(link);
  const cell = linkCell(link);
  if (sampleable(code, cell)) {
    if (features<f64>(code, cell, at, at, window, window) & 1) rule(code, cell);
  }
  return nextLink(cell, layout.CELL_NEXT);
}
/** The same with a sample of history: what was before a position is nothing to it, and makes it no older. */
function evaluateHidden(link: u32, at: usize, window: usize): u32 {
  const cell = linkCell(link);
  const held = column<f64>(cell, layout.CELL_SIDE);
  putCell(cell, layout.CELL_SIDE, 0);
  const next = evaluate(link, at, window);
  putCell(cell, layout.CELL_SIDE, held);
  if (held != 0) moveEntry(cell, 1);
  return next;
}
/** Whether the event under way is of a history whose beginning was told (back-fill.ts). */
function fills(row: usize): bool {
  return (flags & layout.FLAG_HISTORY) != 0 && load<f64>(row, layout.SYMBOL_HISTORY) < 0;
}
/** The sample count that a cell remembers of its entry moves by so many: its age is the distance to the count. */
export function moveEntry(cell: usize, samples: f64): void {
  putCell(cell, layout.CELL_SINCE, column<f64>(cell, layout.CELL_SINCE) + samples);
}
/** The two cells of a block; `at` and `window` are those of the series of `cell0`, the other's lie beside them. */
function evaluateBoth(code: u32, cell0: usize, cell1: usize, at: usize, window: usize): void {
  const first = cell0 < cell1;
  const busy = first
    ? features<v128>(code, cell0, at, at + 8, window, window + 8)
    : features<v128>(code, cell1, at + 8, at, window + 8, window);
  if (busy & (first ? 1 : 2)) rule(code, cell0);
  if (busy & (first ? 2 : 1)) rule(code, cell1);
}

/** The open bar of a series becomes its newest sample. */
export function closeOpen(row: usize, index: u32, at: usize, now: f64): void {
  takeBar<f64>(index, at);
  sampled(row, index, at, now);
}
/** The same for both series of a block; `index`, `at`: of the first. */
export function closeBoth(row0: usize, row1: usize, index: u32, at: usize, now0: f64, now1: f64): void {
  takeBar<v128>(index, at);
  sampledBoth(row0, row1, index, at, now0, now1);
}
function takeBar<T>(index: u32, at: usize): void {
  takeSample<T>(
    at,
    historyLane(index),
    column<T>(at, layout.SERIES_OPEN_CLOSE),
    column<T>(at, layout.SERIES_OPEN_HIGH),
    column<T>(at, layout.SERIES_OPEN_LOW),
    column<T>(at, layout.SERIES_OPEN_VOLUME),
    column<T>(at, layout.SERIES_OPEN_END),
  );
  putColumn<T>(at, layout.SERIES_OPEN_END, splat<T>(0));
}

/** The newest sample goes into the open bars of the series that it feeds; those that are over by `now` close. */
function handOn(row: usize, index: u32, at: usize, now: f64): void {
  const first = whole(column<f64>(at, layout.SERIES_FIRST_FED));
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
    next = whole(column<f64>(lane, layout.SERIES_NEXT));
  }
  closeFed(row, index, at, now);
}

/** Closes the fed series whose bars are over by `now`, and notes when the next one will be. */
export function closeFed(row: usize, index: u32, at: usize, now: f64): void {
  let soonest: f64 = 0;
  for (let next = whole(column<f64>(at, layout.SERIES_FIRST_FED)); next != 0;) {
    const lane = seriesLane(next - 1);
    closeBehind(row, next - 1, lane, now);
    const end = column<f64>(lane, layout.SERIES_OPEN_END);
    if (end > 0 && end <= now) closeOpen(row, next - 1, lane, now);
    soonest = sooner(soonest, column<f64>(lane, layout.SERIES_OPEN_END));
    soonest = sooner(soonest, column<f64>(lane, layout.SERIES_FED_END));
    next = whole(column<f64>(lane, layout.SERIES_NEXT));
  }
  put(at, layout.SERIES_FED_END, soonest);
  noteEnd(index, at);
}
/** A bar that the series feeds is over by `now`, and what is open in itself, if anything, lies behind that. */
export function closeBehind(row: usize, index: u32, at: usize, now: f64): void {
  const fedEnd = column<f64>(at, layout.SERIES_FED_END);
  const end = column<f64>(at, layout.SERIES_OPEN_END);
  if (fedEnd > 0 && fedEnd <= now && (end == 0 || end > fedEnd)) closeFed(row, index, at, now);
}
