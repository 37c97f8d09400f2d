// The cycle driver: everything that a clock beat closes, two series and their cells at a time. T = v128 is what runs;
// T = f64 is the same pass one lane at a time, and must give the same bits (a test and a gate).
// A bar closes at a beat when the symbol's own time has passed its end; that time is the engine clock minus the lag of
// the symbol's last event, so a delayed or replayed feed closes its bars as a live one does. The pass walks the noted
// ends (windows/bars.ts), which lie side by side, and touches only the blocks whose turn has come.
import * as layout from "./layout";
import { cellCount, ownsCell } from "./cells";
import { review, reviewed } from "./dispatch";
import { atMost, bits, both, gather, less, splat, sub } from "./lanes";
import { cellLane, ends, globals, ownsSymbol, symbolRow } from "./plan";
import { closeBehind, closeBoth, closeOpen } from "./samples";
import { noteEnd } from "./windows/bars";
import { column, seriesLane } from "./windows/series";
import { whole } from "./math/whole";

/** Closes the bars that are over by `clock` and evaluates what hangs on them; returns how many blocks had one. */
export function closeBars<T>(clock: f64): u32 {
  const step: u32 = isVector<T>() ? 2 : 1;
  const used = load<u32>(globals, layout.GLOBALS_SERIES);
  let closed: u32 = 0;
  for (let index: u32 = 0; index < used; index += step) {
    const end = load<T>(ends + (index << 3));
    // A lag only delays what is over: whoever is not over by the clock is not over.
    if (bits<T>(both<T>(less<T>(splat<T>(0), end), atMost<T>(end, splat<T>(clock)))) == 0) continue;
    if (closeBlock<T>(index, clock)) closed++;
  }
  return closed;
}
const SYMBOL: usize = layout.SERIES_SYMBOL * layout.COLUMN_BYTES;
const BAR: usize = layout.SERIES_BAR_US * layout.COLUMN_BYTES;

/** Both lanes of a block hold symbols of one class, so either answers for both; an empty lane owns nothing. */
function ownsLane(at: usize): bool {
  return load<f64>(at + BAR) > 0 && ownsSymbol(whole(load<f64>(at + SYMBOL)));
}

function closeBlock<T>(index: u32, clock: f64): bool {
  const at = seriesLane(index);
  if (!ownsLane(at) && !(isVector<T>() && ownsLane(at + 8))) return false;
  const row0 = symbolRow(whole(load<f64>(at + SYMBOL)));
  const row1 = isVector<T>() ? symbolRow(whole(load<f64>(at + SYMBOL + 8))) : row0;
  const lag = gather<T>(row0 + layout.SYMBOL_LAG, row1 + layout.SYMBOL_LAG);
  const now = sub<T>(splat<T>(clock), lag);
  const root = atMost<T>(column<T>(at, layout.SERIES_FEEDER), splat<T>(0));
  const fedEnd = column<T>(at, layout.SERIES_FED_END);
  const late = bits<T>(both<T>(both<T>(less<T>(splat<T>(0), fedEnd), root), atMost<T>(fedEnd, now)));
  if (late & 1) closeBehind(row0, index, at, clock - load<f64>(row0, layout.SYMBOL_LAG));
  if (late & 2) closeBehind(row1, index + 1, at + 8, clock - load<f64>(row1, layout.SYMBOL_LAG));
  const end = column<T>(at, layout.SERIES_OPEN_END);
  const which = bits<T>(both<T>(both<T>(less<T>(splat<T>(0), end), root), atMost<T>(end, now)));
  if (which != 0) {
    const now0 = clock - load<f64>(row0, layout.SYMBOL_LAG);
    const now1 = clock - load<f64>(row1, layout.SYMBOL_LAG);
    if (which == 3) closeBoth(row0, row1, index, at, now0, now1);
    else if (which == 1) closeOpen(row0, index, at, now0);
    else closeOpen(row1, index + 1, at + 8, now1);
  }
  noteEnd(index, at);
  if (isVector<T>()) noteEnd(index + 1, at + 8);
  return which != 0;
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
