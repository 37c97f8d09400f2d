// The cycle driver: everything that a clock beat or a batch closes, two series and two cells at a time. T = v128 is
// what runs; T = f64 is the same pass one lane at a time, and must give the same bits (a test and a gate).
// A bar closes at a beat when the symbol's own time has passed its end; that time is the engine clock minus the lag of
// the symbol's last event, so a delayed or replayed feed closes its bars as a live one does.
import * as layout from "./layout";
import { atMost, bits, both, gather, less, select2, splat, sub } from "./lanes";
import { SPREAD_TIME, spreadCell, spreadQuotes, spreadRule } from "./kernels/market-making/spread-adjuster";
import { momentumCell, momentumIdle, momentumRule, momentumStrength } from "./kernels/trend-following/momentum-rider";
import { globals, ownsSymbol, symbolRow } from "./plan";
import { column, historyLane, seriesLane, takeSample } from "./windows/series";

/** Closes the bars that are over by `clock` and evaluates what hangs on them; returns how many blocks had one. */
export function closeBars<T>(clock: f64): u32 {
  const step: u32 = isVector<T>() ? 2 : 1;
  const used = load<u32>(globals, layout.GLOBALS_SERIES);
  let closed: u32 = 0;
  for (let index: u32 = 0; index < used; index += step) {
    if (closeBlock<T>(index, splat<T>(clock))) closed++;
  }
  if (closed == 0) return 0;
  momentumCycle<T>();
  spreadCycle<T>();
  for (let index: u32 = 0; index < used; index += step) {
    const at = seriesLane(index);
    if (ownsLane(at) || (step == 2 && ownsLane(at + 8))) store<T>(at + DUE, splat<T>(0));
  }
  return closed;
}
const DUE: usize = layout.SERIES_DUE * layout.COLUMN_BYTES;
const SYMBOL: usize = layout.SERIES_SYMBOL * layout.COLUMN_BYTES;
const BAR: usize = layout.SERIES_BAR_US * layout.COLUMN_BYTES;

/** Both lanes of a block hold symbols of one class, so either answers for both; an empty lane owns nothing. */
function ownsLane(at: usize): bool {
  return load<f64>(at + BAR) > 0 && ownsSymbol(u32(load<f64>(at + SYMBOL)));
}

function closeBlock<T>(index: u32, clock: T): bool {
  const at = seriesLane(index);
  const end = column<T>(at, layout.SERIES_OPEN_END);
  const open = less<T>(splat<T>(0), end);
  if (bits<T>(open) == 0) return false;
  if (!ownsLane(at) && !(isVector<T>() && ownsLane(at + 8))) return false;
  const row0 = symbolRow(u32(load<f64>(at + SYMBOL)));
  const row1 = isVector<T>() ? symbolRow(u32(load<f64>(at + SYMBOL + 8))) : row0;
  const lag = gather<T>(row0 + layout.SYMBOL_LAG, row1 + layout.SYMBOL_LAG);
  const due = both<T>(open, atMost<T>(end, sub<T>(clock, lag)));
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
  if (which & 1) mark(at, row0);
  if (which & 2) mark(at + 8, row1);
  return true;
}
function openOr<T>(at: usize, due: T, index: u32): T {
  return select2<T>(due, column<T>(at, index), splat<T>(1));
}
function mark(at: usize, row: usize): void {
  store<f64>(at + DUE, 1);
  store<f64>(row, load<f64>(row, layout.SYMBOL_BARS) + 1, layout.SYMBOL_BARS);
}

function due(cell: usize): bool {
  if (column<f64>(cell, layout.CELL_INSTANCE) == 0) return false;
  const at = seriesLane(u32(column<f64>(cell, layout.CELL_SERIES)));
  return load<f64>(at + DUE) != 0 && ownsSymbol(u32(column<f64>(cell, layout.CELL_SYMBOL)));
}

/** All momentum cells whose series has a new sample. */
export function momentumCycle<T>(): void {
  const step: u32 = isVector<T>() ? 2 : 1;
  const used = load<u32>(globals, layout.GLOBALS_MOMENTUM_CELLS);
  for (let index: u32 = 0; index < used; index += step) {
    const cell = momentumCell(index);
    const first = due(cell);
    const second = isVector<T>() && due(cell + 8);
    if (!first && !second) continue;
    const series0 = u32(column<f64>(cell, layout.CELL_SERIES));
    const series1 = isVector<T>() ? u32(column<f64>(cell + 8, layout.CELL_SERIES)) : series0;
    const at0 = seriesLane(series0);
    const at1 = seriesLane(series1);
    momentumStrength<T>(cell, marks<T>(first, second), at0, at1, historyLane(series0), historyLane(series1));
    if (first && !momentumIdle(cell)) momentumRule(cell);
    if (second && !momentumIdle(cell + 8)) momentumRule(cell + 8);
  }
}

/** All spread cells that are sampled by bars and whose series has a new one; mid and time come from the symbol's book. */
export function spreadCycle<T>(): void {
  const step: u32 = isVector<T>() ? 2 : 1;
  const used = load<u32>(globals, layout.GLOBALS_SPREAD_CELLS);
  for (let index: u32 = 0; index < used; index += step) {
    const cell = spreadCell(index);
    const first = quoted(cell);
    const second = isVector<T>() && quoted(cell + 8);
    if (!first && !second) continue;
    if (isVector<T>()) {
      const mids = f64x2.replace_lane(f64x2.splat(mid(cell)), 1, mid(cell + 8));
      const times = f64x2.replace_lane(f64x2.splat(time(cell)), 1, time(cell + 8));
      spreadQuotes<v128>(cell, marks<v128>(first, second), mids, times);
    } else {
      spreadQuotes<f64>(cell, 1, mid(cell), time(cell));
    }
    if (first) spreadRule(cell);
    if (second) spreadRule(cell + 8);
  }
}
/** The condition lanes that two flags make. */
function marks<T>(first: bool, second: bool): T {
  if (isVector<T>()) return i64x2.neg(i64x2.replace_lane(i64x2.splat(i64(first)), 1, i64(second)));
  return splat<T>(first ? 1 : 0);
}
function quoted(cell: usize): bool {
  return due(cell) && load<f64>(symbolRow(u32(column<f64>(cell, layout.CELL_SYMBOL))), layout.SYMBOL_BID) > 0;
}
function mid(cell: usize): f64 {
  const row = symbolRow(u32(column<f64>(cell, layout.CELL_SYMBOL)));
  const price = 0.5 * (load<f64>(row, layout.SYMBOL_BID) + load<f64>(row, layout.SYMBOL_ASK));
  return price > 0 ? price : 1;
}
function time(cell: usize): f64 {
  const at = seriesLane(u32(column<f64>(cell, layout.CELL_SERIES)));
  const sampled = column<f64>(at, layout.SERIES_TIME);
  const last = column<f64>(cell, SPREAD_TIME);
  return sampled > last ? sampled : last;
}

/** The whole pass over every block, one lane or two at a time: for tests and benches. */
export function closeBarsScalar(clock: f64): u32 {
  return closeBars<f64>(clock);
}
export function closeBarsLanes(clock: f64): u32 {
  return closeBars<v128>(clock);
}
