// global_liquidity_signal: the 13-week growth of liquidity against its own five years; weakly evidenced.
//   g = ln(level / level[-13 weeks]) (liquidity-weeks.ts)      z = (g - mean) / sd over the last 260 weeks, ddof 1
// z above 0.5 buys, below -0.5 sells every symbol of the instance, which is the basket. A week is decided once, after its
// release; where the gate refuses (weekend, cool-down, confidence), later reviews try again. The position ends when z has
// turned, or at a close beyond the disaster stop of three slow ATR (8 % before those are ready). There is no target: the
// published one lies target_r stops away and ends nothing. Confidence = min(|z| / 2, 1).
// Measure 0 takes net liquidity, or the index while that has not enough weeks. `lag_weeks` sets the growth
// back; the engine does not choose it, for a lag that was found on the whole sample would be a look ahead.
// Prices of decisions are the symbol's latest; everything but the stop runs in the review, spread over fast beats.
import * as layout from "../../layout";
import { putCell } from "../../cells";
import { clock, regimeFactor, setEventTime } from "../../emit";
import { enter, heldSide, leave, slowerDisagrees, stopReached, tolerance } from "../../hold";
import { parameter, symbolRow } from "../../plan";
import { column, seriesLane } from "../../windows/series";
import { slowRange, takeRange } from "../../windows/slow-range";
import { growth, INDEX, liquidityVersion, MEASURES, releasedWeek } from "./liquidity-weeks";
import { whole } from "../../math/whole";

const MEASURE: u32 = 0; // parameter indices, in the order of the catalogue
const Z_ENTRY: u32 = 1;
const WINDOW_WEEKS: u32 = 2;
const MIN_WEEKS: u32 = 3;
const LAG_WEEKS: u32 = 4;
const STOP_ATR: u32 = 5;
const STOP_PERCENT: u32 = 6;
const TARGET_R: u32 = 7;

const RANGE: u32 = layout.CELL_FIXED; // columns: three of windows/slow-range.ts
const SEEN: u32 = RANGE + 3; //     version of the board at the last computation
const RELEASED: u32 = RANGE + 4; // and the week that was released then
const Z: u32 = RANGE + 5;
const GROWTH: u32 = RANGE + 6;
const WEEK: u32 = RANGE + 7; //     week of z, 0: none
const DECIDED: u32 = RANGE + 8; //  latest week that was decided
const WEEKS: u32 = RANGE + 9; //    weeks in the window of z
/** A measure whose latest week is older than this says nothing of today. */
const STALE_WEEKS: i32 = 4;
const CONFIRM_BACK: f64 = 1;

export function liquidityConfigure(cell: usize, instance: u32): void {
  if (column<f64>(cell, SEEN) == 0) putCell(cell, layout.CELL_WANTS, layout.INPUT_MACRO);
  putCell(cell, RELEASED, 0); // new parameters: computed anew at the next review
  const missing = parameter(instance, MIN_WEEKS) - column<f64>(cell, WEEKS);
  putCell(cell, layout.CELL_MISSING, missing > 0 ? missing : 0);
}

/** A new sample of the cell's series. */
export function liquidityRule(cell: usize): void {
  const at = seriesLane(whole(column<f64>(cell, layout.CELL_SERIES)));
  takeRange(cell, RANGE, at);
  const close = column<f64>(at, layout.SERIES_CLOSE);
  setEventTime(column<f64>(at, layout.SERIES_TIME) - 1);
  if (heldSide(cell) != 0 && stopReached(cell, close)) leave(cell, close, column<f64>(cell, Z));
}

/** Strategic work: what the board has learned since, and the decision that is open. */
export function liquidityReview(cell: usize): void {
  const released = releasedWeek(clock);
  const version = liquidityVersion();
  if (version == 0) return;
  setEventTime(clock); // what this beat has closed and reviewed before has left its own
  const instance = whole(column<f64>(cell, layout.CELL_INSTANCE)) - 1;
  if (version != column<f64>(cell, SEEN) || <f64>released != column<f64>(cell, RELEASED)) {
    putCell(cell, layout.CELL_WANTS, 0);
    putCell(cell, SEEN, version);
    putCell(cell, RELEASED, <f64>released);
    compute(cell, instance, released);
  }
  const row = symbolRow(whole(column<f64>(cell, layout.CELL_SYMBOL)));
  const price = load<f64>(row, layout.SYMBOL_PRICE);
  const z = column<f64>(cell, Z);
  if (heldSide(cell) * z < 0) leave(cell, price, z);
  if (column<f64>(cell, WEEK) > column<f64>(cell, DECIDED) && price > 0) decide(cell, instance, z, price);
}

/** z of the first measure that has enough weeks. */
function compute(cell: usize, instance: u32, released: i32): void {
  const wanted = u32(parameter(instance, MEASURE));
  let most: f64 = 0;
  putCell(cell, WEEK, 0);
  putCell(cell, Z, 0);
  for (let measure: u32 = 0; measure < MEASURES; measure++) {
    if (wanted != 0 ? wanted != measure + 1 : measure > INDEX) continue;
    const weeks = standardise(cell, instance, measure, released);
    most = weeks > most ? weeks : most;
    if (column<f64>(cell, WEEK) != 0) break;
  }
  putCell(cell, WEEKS, most);
  const missing = parameter(instance, MIN_WEEKS) - most;
  putCell(cell, layout.CELL_MISSING, column<f64>(cell, WEEK) != 0 ? 0 : missing > 1 ? missing : 1);
}

/** Gives the weeks whose growth is known; writes week, growth and z when they are enough. */
function standardise(cell: usize, instance: u32, measure: u32, released: i32): f64 {
  let latest = released;
  while (latest > released - STALE_WEEKS && !(growth(measure, latest) == growth(measure, latest))) latest--;
  const end = latest - i32(parameter(instance, LAG_WEEKS));
  const g = growth(measure, end);
  if (!(g == g)) return 0;
  const first = end - i32(parameter(instance, WINDOW_WEEKS));
  let count: f64 = 0;
  let sum: f64 = 0;
  let squares: f64 = 0;
  // Distances from the newest growth, so that nothing cancels in the squares.
  for (let week = end; week > first; week--) {
    const away = growth(measure, week) - g;
    if (!(away == away)) continue;
    count++;
    sum += away;
    squares += away * away;
  }
  const variance = (squares - (sum * sum) / count) / (count - 1);
  if (count < parameter(instance, MIN_WEEKS) || !(variance > 1e-24)) return count;
  putCell(cell, WEEK, <f64>latest);
  putCell(cell, GROWTH, g);
  putCell(cell, Z, -sum / count / Math.sqrt(variance));
  return count;
}

function decide(cell: usize, instance: u32, z: f64, price: f64): void {
  const symbol = whole(column<f64>(cell, layout.CELL_SYMBOL));
  const side: f64 = z > 0 ? 1 : -1;
  const threshold = parameter(instance, Z_ENTRY) * regimeFactor(symbol, layout.GLOBAL_LIQUIDITY_SIGNAL);
  if (!(abs(z) > threshold) || slowerDisagrees(cell, side, CONFIRM_BACK)) return decided(cell);
  const range = slowRange(cell, RANGE);
  const byRange = range > price * 1e-9;
  const far = byRange ? parameter(instance, STOP_ATR) * range : parameter(instance, STOP_PERCENT) * price;
  const stop = tolerance(instance) * far;
  const target = parameter(instance, TARGET_R) * stop;
  const half = 0.5 * abs(z);
  const confidence = half < 1.0 ? half : 1.0;
  const weeks = column<f64>(cell, WEEKS);
  const g = column<f64>(cell, GROWTH);
  if (enter(cell, side, price, price - side * stop, price + side * target, confidence, z, g, weeks, 0)) decided(cell);
}
function decided(cell: usize): void {
  putCell(cell, DECIDED, column<f64>(cell, WEEK));
}
