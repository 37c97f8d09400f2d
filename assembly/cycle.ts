// The cycle driver: everything that a clock beat closes, two series and two cells at a time. T = v128 is what runs;
// T = f64 is the same pass one lane at a time, and must give the same bits (a test and a gate).
// A bar closes at a beat when the symbol's own time has passed its end; that time is the engine clock minus the lag of
// the symbol's last event, so a delayed or replayed feed closes its bars as a live one does.
import * as layout from "./layout";
import { cellCount, ownsCell } from "./cells";
import { features, review, reviewed, rule, sampleable } from "./dispatch";
import { atMost, bits, both, equal, gather, less, select2, splat, sub } from "./lanes";
import { cellLane, globals, ownsSymbol, symbolRow } from "./plan";
import { closeBehind, handOn } from "./samples";
import { column, historyLane, seriesLane, takeSample } from "./windows/series";

/** This pass; the series with a new sample that feed others, a list; the strategies that want one of those samples. */
let pass: f64 = 0;
let firstDue: u32 = 0;
let dueCodes: u32 = 0;

/** Closes the bars that are over by `clock` and evaluates what hangs on them; returns how many blocks had one. */
export function closeBars<T>(clock: f64): u32 {
  const step: u32 = isVector<T>() ? 2 : 1;
  const used = load<u32>(globals, layout.GLOBALS_SERIES);
  pass = load<f64>(globals, layout.GLOBALS_PASSES) + 1;
  store<f64>(globals, pass, layout.GLOBALS_PASSES);
  firstDue = 0;
  dueCodes = 0;
  let closed: u32 = 0;
  for (let index: u32 = 0; index < used; index += step) {
    if (closeBlock<T>(index, clock)) closed++;
  }
  for (let code: u32 = 0; code < u32(layout.STRATEGY_COUNT); code++) {
    if ((dueCodes >> code) & 1) cellCycle<T>(code);
  }
  while (firstDue != 0) {
    const at = seriesLane(firstDue - 1);
    firstDue = u32(column<f64>(at, layout.SERIES_NEXT_DUE));
    store<f64>(at + NEXT_DUE, 0); // what a worker's list holds is no state
    const row = symbolRow(u32(load<f64>(at + SYMBOL)));
    handOn(row, at, clock - load<f64>(row, layout.SYMBOL_LAG));
  }
  return closed;
}
const DUE: usize = layout.SERIES_DUE * layout.COLUMN_BYTES;
const NEXT_DUE: usize = layout.SERIES_NEXT_DUE * layout.COLUMN_BYTES;
const SYMBOL: usize = layout.SERIES_SYMBOL * layout.COLUMN_BYTES;
const BAR: usize = layout.SERIES_BAR_US * layout.COLUMN_BYTES;

/** Both lanes of a block hold symbols of one class, so either answers for both; an empty lane owns nothing. */
function ownsLane(at: usize): bool {
  return load<f64>(at + BAR) > 0 && ownsSymbol(u32(load<f64>(at + SYMBOL)));
}

function closeBlock<T>(index: u32, clock: f64): bool {
  const at = seriesLane(index);
  const root = equal<T>(column<T>(at, layout.SERIES_FEEDER), splat<T>(0));
  if (bits<T>(root) == 0) return false;
  const end = column<T>(at, layout.SERIES_OPEN_END);
  const fedEnd = column<T>(at, layout.SERIES_FED_END);
  const open = both<T>(less<T>(splat<T>(0), end), root);
  const feeding = both<T>(less<T>(splat<T>(0), fedEnd), root);
  if (bits<T>(open) + bits<T>(feeding) == 0) return false;
  if (!ownsLane(at) && !(isVector<T>() && ownsLane(at + 8))) return false;
  const row0 = symbolRow(u32(load<f64>(at + SYMBOL)));
  const row1 = isVector<T>() ? symbolRow(u32(load<f64>(at + SYMBOL + 8))) : row0;
  const lag = gather<T>(row0 + layout.SYMBOL_LAG, row1 + layout.SYMBOL_LAG);
  const now = sub<T>(splat<T>(clock), lag);
  const late = bits<T>(both<T>(feeding, atMost<T>(fedEnd, now)));
  if (late & 1) closeBehind(row0, at, clock - load<f64>(row0, layout.SYMBOL_LAG));
  if (late & 2) closeBehind(row1, at + 8, clock - load<f64>(row1, layout.SYMBOL_LAG));
  const due = both<T>(open, atMost<T>(end, now));
  const which = bits<T>(due);
  if (which == 0) return false;
  takeSample<T>(
    at,
    historyLane(index),
    due,
    // A lane that is not due takes its own last price, so that no lane computes on garbage.
    openOr<T>(at, due, layout.SERIES_OPEN_CLOSE),
    openOr<T>(at, due, layout.SERIES_OPEN_HIGH),
    openOr<T>(at, due, layout.SERIES_OPEN_LOW),
    column<T>(at, layout.SERIES_OPEN_VOLUME),
    end,
  );
  store<T>(at + layout.SERIES_OPEN_END * layout.COLUMN_BYTES, select2<T>(due, splat<T>(0), end));
  if (which & 1) mark(at, index, row0);
  if (which & 2) mark(at + 8, index + 1, row1);
  return true;
}
function openOr<T>(at: usize, due: T, index: u32): T {
  return select2<T>(due, column<T>(at, index), splat<T>(1));
}
function mark(at: usize, index: u32, row: usize): void {
  store<f64>(at + DUE, pass);
  if (column<f64>(at, layout.SERIES_FIRST_FED) != 0) {
    store<f64>(at + NEXT_DUE, <f64>firstDue);
    firstDue = index + 1;
  }
  dueCodes |= u32(column<f64>(at, layout.SERIES_CODES));
  store<f64>(row, load<f64>(row, layout.SYMBOL_BARS) + 1, layout.SYMBOL_BARS);
}

function due(code: u32, cell: usize): bool {
  if (column<f64>(cell, layout.CELL_INSTANCE) == 0) return false;
  const at = seriesLane(u32(column<f64>(cell, layout.CELL_SERIES)));
  return (
    load<f64>(at + DUE) == pass && ownsSymbol(u32(column<f64>(cell, layout.CELL_SYMBOL))) && sampleable(code, cell)
  );
}

/** Every cell of a strategy whose series has a new sample. */
function cellCycle<T>(code: u32): void {
  const step: u32 = isVector<T>() ? 2 : 1;
  const used = cellCount(code);
  const table = cellLane(code, 0);
  const block = cellLane(code, 2) - table;
  for (let index: u32 = 0; index < used; index += step) {
    const cell = table + (index >> 1) * block + ((index & 1) << 3);
    const first = due(code, cell);
    const second = isVector<T>() && due(code, cell + 8);
    if (!first && !second) continue;
    const series0 = u32(column<f64>(cell, layout.CELL_SERIES));
    const series1 = isVector<T>() ? u32(column<f64>(cell + 8, layout.CELL_SERIES)) : series0;
    const at0 = seriesLane(series0);
    const at1 = seriesLane(series1);
    features<T>(code, cell, marks<T>(first, second), at0, at1, historyLane(series0), historyLane(series1));
    if (first) rule(code, cell);
    if (second) rule(code, cell + 8);
  }
}
/** The condition lanes that two flags make. */
function marks<T>(first: bool, second: bool): T {
  if (isVector<T>()) return i64x2.neg(i64x2.replace_lane(i64x2.splat(i64(first)), 1, i64(second)));
  return splat<T>(first ? 1 : 0);
}

/**
 * Strategic work, a slice of each table per fast beat: a hundred beats go once around, which with the default tiers is
 * the strategic interval. Every worker keeps the same place, whatever it owns.
 */
export function reviewSlices(): void {
  for (let code: u32 = 0; code < u32(layout.STRATEGY_COUNT); code++) {
    if (!reviewed(code)) continue;
    const used = cellCount(code);
    const place = globals + layout.GLOBALS_SLICES + (code << 2);
    let index = load<u32>(place);
    const end = min(index + (used + SLICES - 1) / SLICES, used);
    for (; index < end; index++) {
      const cell = cellLane(code, index);
      if (ownsCell(cell)) review(code, cell);
    }
    store<u32>(place, index >= used ? 0 : index);
  }
}
const SLICES: u32 = 100;

/** The whole pass over every block, one lane or two at a time: for tests and benches. */
export function closeBarsScalar(clock: f64): u32 {
  return closeBars<f64>(clock);
}
export function closeBarsLanes(clock: f64): u32 {
  return closeBars<v128>(clock);
}
