// What market makers have in common: a two-sided quote goes out post-only, and its action is the side on which the
// inventory should move. Prices in the symbol's price unit, inventory q as a share of the largest allowed (-1..1).
import * as layout from "../../layout";
import { clock, emitExit, emitQuote } from "../../emit";
import { CONFIDENCE_MAX } from "../../hold";
import { parameter, symbolRow } from "../../plan";
import { column, readyAtr, seriesLane } from "../../windows/series";
import { whole } from "../../math/whole";

const INVENTORY_FLOOR: f64 = 1e-9;

/**
 * Sends both quotes; a size of 0: nothing on that side. `stop` and `target` are distances from the entry; true when the
 * quote went out.
 */
export function publishQuotes(
  cell: usize,
  bid: f64,
  ask: f64,
  bidSize: f64,
  askSize: f64,
  q: f64,
  stop: f64,
  target: f64,
  trust: f64,
): bool {
  const instance = whole(column<f64>(cell, layout.CELL_INSTANCE)) - 1;
  const symbol = whole(column<f64>(cell, layout.CELL_SYMBOL));
  const side = inventorySide(q, symbolRow(symbol), 0.5 * (bid + ask));
  const entry = side > 0 ? bid : ask;
  const away = <f64>side;
  const confidence = trust < CONFIDENCE_MAX ? trust : CONFIDENCE_MAX;
  const last = cell + layout.CELL_LAST_SIGNAL * layout.COLUMN_BYTES;
  return emitQuote(
    instance,
    symbol,
    side,
    entry,
    entry - away * stop,
    entry + away * target,
    confidence,
    last,
    bid,
    ask,
    bidSize,
    askSize,
  );
}

/** The engine's clock as the symbol's own time: less the lag of its last event. */
export function marketTime(cell: usize): f64 {
  return clock - load<f64>(symbolRow(whole(column<f64>(cell, layout.CELL_SYMBOL))), layout.SYMBOL_LAG);
}

/** Takes back what stands. */
export function cancelQuotes(cell: usize, price: f64, why: f64): void {
  const instance = whole(column<f64>(cell, layout.CELL_INSTANCE)) - 1;
  emitExit(instance, whole(column<f64>(cell, layout.CELL_SYMBOL)), price, why, 0);
}

/** A quote that would cross the book rests at the touch instead; without a book it stays as it is. */
export function restingBid(symbol: u32, bid: f64): f64 {
  const row = symbolRow(symbol);
  const bestAsk = load<f64>(row, layout.SYMBOL_ASK);
  return bestAsk > 0 && bid >= bestAsk ? load<f64>(row, layout.SYMBOL_BID) : bid;
}
export function restingAsk(symbol: u32, ask: f64): f64 {
  const row = symbolRow(symbol);
  const bestBid = load<f64>(row, layout.SYMBOL_BID);
  return bestBid > 0 && ask <= bestBid ? load<f64>(row, layout.SYMBOL_ASK) : ask;
}

/** Distances of stop and target: 2 and 3 ATR of the cell's series, or 2 % and 3 % while it has none that can be used. */
export function makerStop(cell: usize, price: f64): f64 {
  const atr = usableAtr(cell, price);
  return risk(cell) * (atr > 0 ? 2 * atr : 0.02 * price);
}
export function makerTarget(cell: usize, price: f64): f64 {
  const atr = usableAtr(cell, price);
  return risk(cell) * (atr > 0 ? 3 * atr : 0.03 * price);
}
function risk(cell: usize): f64 {
  return 0.5 + parameter(whole(column<f64>(cell, layout.CELL_INSTANCE)) - 1, layout.PARAMETER_RISK_TOLERANCE);
}
/** One that is neither nothing nor so large that a target of one and a half times three of it had no price. */
function usableAtr(cell: usize, price: f64): f64 {
  const atr = readyAtr(seriesLane(whole(column<f64>(cell, layout.CELL_SERIES))));
  return atr > price * 1e-6 && 4.5 * atr < price ? atr : 0;
}

/** The side on which inventory should move; without inventory, the side to which the book leans (microprice). */
function inventorySide(q: f64, row: usize, mid: f64): i32 {
  if (abs(q) > INVENTORY_FLOOR) return q > 0 ? -1 : 1;
  const bidSize = load<f64>(row, layout.SYMBOL_BID_SIZE);
  const askSize = load<f64>(row, layout.SYMBOL_ASK_SIZE);
  if (!(bidSize + askSize > 0)) return load<f64>(row, layout.SYMBOL_PRICE) >= mid ? 1 : -1;
  return bidSize >= askSize ? 1 : -1;
}

/**
 * Mean of squared moves per second over a memory of at most T seconds (growing at the start): V' = (V T + m2) / (T + dt).
 */
export function squareRate(value: f64, memory: f64, square: f64, dt: f64): f64 {
  const total = memory + dt;
  const next = (value * memory + square) / (total > 1e-6 ? total : 1e-6);
  return next > 1e-30 ? next : 1e-30;
}
