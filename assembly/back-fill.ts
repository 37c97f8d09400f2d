// The history of a symbol, which is let in behind its first live ticks, by then perhaps hours. Its windows begin anew with
// it, so that they are in the order of time. What its cells hold is of today: it keeps its age and the best price since
// its entry, and no row of history ends it or counts for it (samples.ts). Written by the symbol's worker.
// Until CONTROL_HISTORY told where a history begins, its first row did, and held cells grew older with each row; a
// journal of that time has such rows alone, and they give what they gave.
import * as layout from "./layout";
import { HISTORY_BEGINS, HISTORY_BEGUN, HISTORY_WHOLE } from "./back-fill-layout";
import { linkCell, nextLink, putCell } from "./cells";
import { flags } from "./emit";
import { ownsSymbol, symbolRow } from "./plan";
import { column, historyLane, seriesLane } from "./windows/series";
import { whole } from "./math/whole";

/** CONTROL_HISTORY: where rows begin, and that all of them are in. */
export function markHistory(symbol: u32, what: u32): void {
  if (!ownsSymbol(symbol)) return;
  const row = symbolRow(symbol);
  if (what == u32(HISTORY_WHOLE)) store<f64>(row, 1, layout.SYMBOL_HISTORY);
  if (what != u32(HISTORY_BEGINS)) return;
  const known = load<f64>(row, layout.SYMBOL_HISTORY);
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

/** Whether the event under way is a row of a history whose beginning was told. */
export function fills(row: usize): bool {
  return (flags & layout.FLAG_HISTORY) != 0 && load<f64>(row, layout.SYMBOL_HISTORY) < 0;
}

/** The sample count that a cell remembers of its entry moves by so many: its age is the distance to the count. */
export function moveEntry(cell: usize, samples: f64): void {
  putCell(cell, layout.CELL_SINCE, column<f64>(cell, layout.CELL_SINCE) + samples);
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
