// fed_policy_detector: trades the surprise of a rate decision against the asset's sensitivity to rates.
//   u the surprise in basis points, sigma_u its past size (rates-surprise.ts), z = u / sigma_u
//   |u| >= surprise_min_bp: side = sign(-u b), b the instrument's rates beta (1: falls when rates rise unexpectedly;
//   forex: 1 where USD is the quoted currency, -1 where it is the base, 0 where it is neither, which is never traded)
// Entries are made when the event becomes known, at the last price, if it is at most window_after_min + delay_max_min
// behind the announcement, and at samples up to window_after_min behind it. Exit hold_min minutes after the entry, at
// the stop of stop_atr x ATR14 of the cell's series or the target of target_r times that distance.
// After Kuttner (2001) and Gurkaynak, Sack and Swanson (2005). Event times in microseconds.
import * as layout from "../../layout";
import { INSTRUMENT_RATES_BETA } from "../../reference";
import { cellCount, ownsCell, putCell } from "../../cells";
import { clock, eventTime, regimeFactor, setEventTime, setSampleTime } from "../../emit";
import * as hold from "../../hold";
import { normalCdf } from "../../math/normal";
import { cellLane, instrument, parameter, symbolRow } from "../../plan";
import { column, readyAtr, seriesLane } from "../../windows/series";
import { announcements, deviationBefore, lastAnnouncement, surpriseOf, takeRates } from "./rates-surprise";
import { whole } from "../../math/whole";

export const POLICY_SURPRISE: u32 = layout.CELL_FIXED; //   u of the last announcement, basis points
export const POLICY_Z: u32 = layout.CELL_FIXED + 1;
export const POLICY_ENTERED: u32 = layout.CELL_FIXED + 2; // event time of the entry
export const POLICY_TRADED: u32 = layout.CELL_FIXED + 3; // announcement that had its trade, by number + 1

const SURPRISE_MIN: u32 = 0; // parameter indices, in the order of the catalogue
const LAST_DAYS: u32 = 1;
const WINDOW_AFTER: u32 = 2;
const DELAY_MAX: u32 = 3;
const HOLD: u32 = 4;
const STOP_ATR: u32 = 5;
const TARGET_R: u32 = 6;
const PRIOR_BP: u32 = 7;
const PRIOR_COUNT: u32 = 8;

const MINUTE_US: f64 = 60_000_000;
/** Events in this window around an announcement speak of it. */
const WINDOW_BEFORE_US: f64 = 600_000_000;
const WINDOW_AFTER_US: f64 = 1_200_000_000;
/** A last price older than this is no price to enter at. */
const FRESH_US: f64 = 900_000_000;

export function policyConfigure(cell: usize, instance: u32): void {
  putCell(cell, layout.CELL_WANTS, announcements() == 0 ? layout.INPUT_RATES : 0);
  countMissing(cell);
}
function countMissing(cell: usize): void {
  const at = seriesLane(whole(column<f64>(cell, layout.CELL_SERIES)));
  putCell(cell, layout.CELL_MISSING, column<f64>(at, layout.SERIES_COUNT) > 0 ? 0 : 1);
}

/** A rates event: the board is every worker's own, the cells are looked through for those of this one. */
export function policyRates(record: usize): void {
  if (!takeRates(record, eventTime, WINDOW_BEFORE_US, WINDOW_AFTER_US)) return;
  const announced = eventTime;
  const used = cellCount(layout.FED_POLICY_DETECTOR);
  for (let index: u32 = 0; index < used; index++) {
    const cell = cellLane(layout.FED_POLICY_DETECTOR, index);
    if (!ownsCell(cell)) continue;
    const instance = whole(column<f64>(cell, layout.CELL_INSTANCE)) - 1;
    putCell(cell, layout.CELL_WANTS, 0);
    measure(cell, instance);
    const latest = (parameter(instance, WINDOW_AFTER) + parameter(instance, DELAY_MAX)) * MINUTE_US;
    const row = symbolRow(whole(column<f64>(cell, layout.CELL_SYMBOL)));
    // The symbol's own time goes on with the engine's, so a delayed feed is judged as a live one.
    const priced = load<f64>(row, layout.SYMBOL_TIME);
    const now = clock - load<f64>(row, layout.SYMBOL_LAG);
    if (now - lastAnnouncement() > latest || now - priced > FRESH_US || priced == 0) continue;
    setEventTime(priced > announced ? priced : announced);
    enterOn(cell, instance, load<f64>(row, layout.SYMBOL_PRICE));
  }
}

function measure(cell: usize, instance: u32): void {
  const number = announcements() - 1;
  const lastDays = parameter(instance, LAST_DAYS);
  const surprise = surpriseOf(number, lastDays);
  const usual = deviationBefore(number, lastDays, parameter(instance, PRIOR_BP), parameter(instance, PRIOR_COUNT));
  putCell(cell, POLICY_SURPRISE, surprise);
  putCell(cell, POLICY_Z, surprise / usual);
}

/** A new sample of the cell's series. */
export function policyRule(cell: usize): void {
  countMissing(cell);
  const known = announcements();
  if (known == 0) return;
  const at = seriesLane(whole(column<f64>(cell, layout.CELL_SERIES)));
  const instance = whole(column<f64>(cell, layout.CELL_INSTANCE)) - 1;
  const time = column<f64>(at, layout.SERIES_TIME);
  const price = column<f64>(at, layout.SERIES_CLOSE);
  setSampleTime(time, column<f64>(at, layout.SERIES_BAR_US));
  if (hold.heldSide(cell) != 0 && over(cell, instance, price, time)) {
    hold.leave(cell, price, column<f64>(cell, POLICY_SURPRISE));
    putCell(cell, POLICY_TRADED, <f64>known);
    return;
  }
  // The bar of a feed that lags may have ended before the announcement: its price knows nothing of it.
  const since = time - lastAnnouncement();
  if (since > 0 && since <= parameter(instance, WINDOW_AFTER) * MINUTE_US) enterOn(cell, instance, price);
}

/** Whether the position's time has come. */
function over(cell: usize, instance: u32, price: f64, time: f64): bool {
  if (time - column<f64>(cell, POLICY_ENTERED) >= parameter(instance, HOLD) * MINUTE_US) return true;
  if (hold.stopReached(cell, price)) return true;
  return hold.targetReached(cell, price);
}

function enterOn(cell: usize, instance: u32, price: f64): void {
  const surprise = column<f64>(cell, POLICY_SURPRISE);
  const symbol = whole(column<f64>(cell, layout.CELL_SYMBOL));
  const factor = regimeFactor(symbol, layout.FED_POLICY_DETECTOR);
  if (!(abs(surprise) >= parameter(instance, SURPRISE_MIN) * factor)) return;
  const pull = -surprise * instrument(symbol, INSTRUMENT_RATES_BETA);
  if (pull == 0) return;
  const side: f64 = pull > 0 ? 1 : -1;
  if (column<f64>(cell, POLICY_TRADED) == <f64>announcements()) return;
  if (hold.cellCools(cell) || hold.slowerDisagrees(cell, side, 1)) return;
  const atr = readyAtr(seriesLane(whole(column<f64>(cell, layout.CELL_SERIES))));
  const stop = hold.stopDistance(instance, price, atr, parameter(instance, STOP_ATR));
  const known = atr > price * 1e-9;
  const target = known ? parameter(instance, TARGET_R) * stop : hold.targetDistance(instance, price, 0, 1);
  const z = column<f64>(cell, POLICY_Z);
  const confidence = 2.0 * normalCdf(abs(z)) - 1.0;
  const stopPrice = price - side * stop;
  const opens = hold.heldSide(cell) != side;
  if (!hold.enter(cell, side, price, stopPrice, price + side * target, confidence, surprise, z, 0, 0)) return;
  if (opens) putCell(cell, POLICY_ENTERED, eventTime);
}
