// The position that a directional kernel believes open: the side of its last signal, with the stop and target that went
// out with it. A signal while flat opens it; further ones on the same side leave it as it was; an exit closes it.
// Prices in the symbol's price unit; samples are those of the cell's series.
import * as layout from "./layout";
import { coolingDown, emitExit, emitSignal, flags } from "./emit";
import { parameter, symbolRow } from "./plan";
import { column, historyLane, lnBack, seriesLane } from "./windows/series";
import { putCell } from "./cells";
import { whole } from "./math/whole";

/** Share of the price where a strategy has no ATR yet. */
const STOP_SHARE: f64 = 0.02;
const TARGET_SHARE: f64 = 0.03;
export const CONFIDENCE_MAX: f64 = 0.9;

function samples(cell: usize): f64 {
  return column<f64>(seriesLane(whole(column<f64>(cell, layout.CELL_SERIES))), layout.SERIES_COUNT);
}

/** -1, 0 or 1. */
export function heldSide(cell: usize): f64 {
  return column<f64>(cell, layout.CELL_SIDE);
}
/** Samples of the cell's series since the position was opened. */
export function heldSamples(cell: usize): f64 {
  return samples(cell) - column<f64>(cell, layout.CELL_SINCE);
}
/** Whether a signal now would come too soon: spares the work of making it. */
export function cellCools(cell: usize): bool {
  return coolingDown(cell + layout.CELL_LAST_SIGNAL * layout.COLUMN_BYTES);
}

/**
 * Distances of stop and target: `stopAtr` and `targetAtr` times the ATR, or 2 % and 3 % of the price while it is not
 * ready (atr 0); scaled by the instance's risk tolerance.
 */
export function stopDistance(instance: u32, price: f64, atr: f64, stopAtr: f64): f64 {
  return tolerance(instance) * (atr > price * 1e-9 ? stopAtr * atr : STOP_SHARE * price);
}
export function targetDistance(instance: u32, price: f64, atr: f64, targetAtr: f64): f64 {
  return tolerance(instance) * (atr > price * 1e-9 ? targetAtr * atr : TARGET_SHARE * price);
}
/** 0.5 .. 1.5 */
export function tolerance(instance: u32): f64 {
  return 0.5 + parameter(instance, layout.PARAMETER_RISK_TOLERANCE);
}

/**
 * A directional signal of a cell: a position on the other side is left first; confidence is capped. True when it went
 * out. v0..v3 are the strategy's own values, in the order of its catalogue entry.
 */
export function enter(
  cell: usize,
  side: f64,
  price: f64,
  stop: f64,
  target: f64,
  confidence: f64,
  v0: f64,
  v1: f64,
  v2: f64,
  v3: f64,
): bool {
  const held = heldSide(cell);
  if (held * side < 0) leave(cell, price, v0);
  const instance = whole(column<f64>(cell, layout.CELL_INSTANCE)) - 1;
  const symbol = whole(column<f64>(cell, layout.CELL_SYMBOL));
  const capped = confidence < CONFIDENCE_MAX ? confidence : CONFIDENCE_MAX;
  const last = cell + layout.CELL_LAST_SIGNAL * layout.COLUMN_BYTES;
  if (!emitSignal(instance, symbol, i32(side), price, stop, target, capped, last, v0, v1, v2, v3, 0, 0)) return false;
  if (heldSide(cell) == side) return true;
  putCell(cell, layout.CELL_SIDE, side);
  putCell(cell, layout.CELL_ENTRY, price);
  putCell(cell, layout.CELL_STOP, stop);
  putCell(cell, layout.CELL_TARGET, target);
  putCell(cell, layout.CELL_SINCE, samples(cell));
  putCell(cell, layout.CELL_BEST, price);
  return true;
}

/** Ends the position, if there is one. Not by what was before it: nobody would be told. */
export function leave(cell: usize, price: f64, v0: f64): void {
  if (heldSide(cell) == 0 || flags & layout.FLAG_HISTORY) return;
  const instance = whole(column<f64>(cell, layout.CELL_INSTANCE)) - 1;
  emitExit(instance, whole(column<f64>(cell, layout.CELL_SYMBOL)), price, v0, 0);
  putCell(cell, layout.CELL_SIDE, 0);
}

/** The instance falls silent: ends the position at the symbol's last price, or that of the cell's series. */
export function quit(cell: usize): void {
  const last = load<f64>(symbolRow(whole(column<f64>(cell, layout.CELL_SYMBOL))), layout.SYMBOL_PRICE);
  const close = column<f64>(seriesLane(whole(column<f64>(cell, layout.CELL_SERIES))), layout.SERIES_CLOSE);
  leave(cell, last > 0 ? last : close, 0);
}

/** Whether `price` has reached the stop of the position (a target has its own question). */
export function stopReached(cell: usize, price: f64): bool {
  return heldSide(cell) * (price - column<f64>(cell, layout.CELL_STOP)) <= 0;
}
export function targetReached(cell: usize, price: f64): bool {
  return heldSide(cell) * (price - column<f64>(cell, layout.CELL_TARGET)) >= 0;
}
/** Remembers the best price since entry and returns it. */
export function trackBest(cell: usize, price: f64): f64 {
  const best = column<f64>(cell, layout.CELL_BEST);
  if (heldSide(cell) * (price - best) <= 0) return best;
  putCell(cell, layout.CELL_BEST, price);
  return price;
}

/**
 * Whether the confirming timeframe (CELL_CONFIRM) speaks against `side`: its own move over `back` samples runs the other
 * way. False without one, and while its window is not filled.
 */
export function slowerDisagrees(cell: usize, side: f64, back: f64): bool {
  const confirm = whole(column<f64>(cell, layout.CELL_CONFIRM));
  if (confirm == 0) return false;
  const at = seriesLane(confirm - 1);
  const count = column<f64>(at, layout.SERIES_COUNT);
  if (!(back < count)) return false;
  const window = historyLane(confirm - 1);
  return (column<f64>(at, layout.SERIES_LN) - lnBack<f64>(window, window, count, back)) * side < 0;
}
