// The history of a symbol, which is let in behind its first live ticks, by then perhaps hours. Its windows begin anew with
// it, so that they are in the order of time. What its cells hold is of today: it keeps its age and the best price since
// its entry, and no row of history ends it or counts for it (samples.ts). Written by the symbol's worker.
// Until CONTROL_HISTORY told where a history begins, its first row did, and held cells grew older with each row; a
// journal of that time has such rows alone, and they give what they gave.
import * as layout from "./layout";
import { HISTORY_BEGINS, HISTORY_BEGUN, HISTORY_WHOLE } from "./back-fill-layout";
import { linkCell, nextLink, putCell } from "./cells";
import { clock, hide } from "./emit";
import { ownsSymbol, symbolRow } from "./plan";
import { closeFed, closeOpen, moveEntry } from "./samples";
import { noteEnd } from "./windows/bars";
import { column, historyLane, seriesLane } from "./windows/series";
import { whole } from "./math/whole";

/** CONTROL_HISTORY: where rows begin, and that all of them are in. */
export function markHistory(symbol: u32, what: u32): void {
  if (!ownsSymbol(symbol)) return;
  const row = symbolRow(symbol);
  const known = load<f64>(row, layout.SYMBOL_HISTORY);
  if (what == u32(HISTORY_WHOLE)) {
    if (known < 0) {
      hide();
      closeRest(row, load<u32>(row, layout.SYMBOL_FIRST_SERIES));
    }
    store<f64>(row, 1, layout.SYMBOL_HISTORY);
  }
  if (what != u32(HISTORY_BEGINS)) return;
  // Rows of a history that did not come to its end go, and come again.
  if (known < 0) store<f64>(row, load<f64>(row, layout.SYMBOL_TICKS) - (HISTORY_BEGUN - known), layout.SYMBOL_TICKS);
  store<f64>(row, HISTORY_BEGUN, layout.SYMBOL_HISTORY);
  clearList(load<u32>(row, layout.SYMBOL_FIRST_SERIES), true);
}

/** A row of history; the first of one whose beginning nobody told begins the windows anew. */
export function countRow(row: usize): void {
  const known = load<f64>(row, layout.SYMBOL_HISTORY);
  if (known > 0) return;
  store<f64>(row, known < 0 ? known - 1 : 1, layout.SYMBOL_HISTORY);
  if (known == 0) clearList(load<u32>(row, layout.SYMBOL_FIRST_SERIES), false);
}

/**
 * What the rows left open and is over by now closes as history does. Else the next live tick closed it: a price of the
 * last row's time would be taken for one of today. A bar that is not over goes on.
 */
function closeRest(row: usize, first: u32): void {
  for (let next = first; next != 0;) {
    const at = seriesLane(next - 1);
    const end = column<f64>(at, layout.SERIES_OPEN_END);
    if (end > 0 && end <= clock) closeOpen(row, next - 1, at, clock);
    const fed = whole(column<f64>(at, layout.SERIES_FIRST_FED));
    closeRest(row, fed); // of a bar that held longer ones, which they have already, none of it went on to them
    if (fed != 0) closeFed(row, next - 1, at, clock);
    else noteEnd(next - 1, at);
    next = whole(column<f64>(at, layout.SERIES_NEXT));
  }
}

function clearList(first: u32, keepAges: bool): void {
  for (let next = first; next != 0;) {
    const at = seriesLane(next - 1);
    if (keepAges) keepAge(at);
    clearWindows(next - 1, at);
    clearList(whole(column<f64>(at, layout.SERIES_FIRST_FED)), keepAges);
    next = whole(column<f64>(at, layout.SERIES_NEXT));
  }
}
function keepAge(at: usize): void {
  const count = column<f64>(at, layout.SERIES_COUNT);
  for (let next = whole(column<f64>(at, layout.SERIES_FIRST_CELL)); next != 0;) {
    const cell = linkCell(next);
    if (column<f64>(cell, layout.CELL_SIDE) != 0) moveEntry(cell, -count);
    next = nextLink(cell, layout.CELL_NEXT);
  }
}
function clearWindows(index: u32, at: usize): void {
  for (let word: u32 = layout.SERIES_COUNT; word <= u32(layout.SERIES_OPEN_VOLUME); word++) putCell(at, word, 0);
  const volumes = historyLane(index) + (layout.HISTORY_SLOTS << layout.HISTORY_SHIFT);
  for (let slot: u32 = 0; slot < u32(layout.VOLUME_SLOTS); slot++)
    store<f64>(volumes + (slot << layout.HISTORY_SHIFT), 0);
}
