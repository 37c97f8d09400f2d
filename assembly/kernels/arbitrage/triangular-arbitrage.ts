// triangular_arbitrage: three pairs that lead from a currency back to itself for more than was spent.
//   p(Q) = product of VWAP_i(Q_i)^(+-1) (1 - fee_i), lots and least notional at each leg (cycle-book.ts), both directions
//   enter  the largest Q with p(Q) > 1 + edge_min, all three books younger than max_age_ms on the engine's clock
//   legs   one signal each, all or none, in the order in which they pass on the amount; immediate or cancel
//   unwind within fill_ms after the signals: the edge is gone at the touch, or a book grew older than max_age_ms. Fills
//          are not known here, so all legs are told to exit; what each has lost by then is counted
// A book's age is the larger of engine clock minus its arrival and the newest leg's event time minus its own: books that
// came in one batch must also belong to one moment. A cycle that outlives fill_ms counts as filled: its legs cancel.
// Entry: the leg's VWAP; target: the whole edge further in favour, stop: stop_share of it against, both scaled by the
// risk tolerance. Confidence clamp((p - 1) / edge_full) x min(depth, 1) x freshness, depth = value of the first leg over
// depth_target least orders, freshness = 1 - age / max_age_ms. After the cycle test of Bellman and Ford (math/cycles.ts
// for any number of currencies). Threads: a group belongs to one worker. A quote costs two products; books are walked
// only while one of them exceeds the threshold.
import * as layout from "../../layout";
import * as reference from "../../reference";
import { clock, coolingDown, emitExit, emitSignal, eventTime, flags, passesGate, setEventTime } from "../../emit";
import { CONFIDENCE_MAX, tolerance } from "../../hold";
import { groupRow, instrument, parameter } from "../../plan";
import { GROUP_INSTANCE, GROUP_LEGS, LEG_LAST, leg } from "../../groups/row";
import {
  LEGS,
  LEG_ARRIVED,
  LEG_DIRECTION,
  LEG_ENTRY,
  LEG_HAPPENED,
  LEG_LEVELS,
  LEG_QUANTITY,
  depthAbove,
  legOf,
  pass,
  productOf,
  sells,
  takeLevel,
  takenPrice,
  touchProduct,
  tradedQuantity,
  tradedValue,
  trimmed,
} from "./cycle-book";

const EDGE_MIN: u32 = 0; // parameter indices, in the order of the catalogue
const MAX_AGE_MS: u32 = 1;
const FILL_MS: u32 = 2;
const EDGE_FULL: u32 = 3;
const DEPTH_TARGET: u32 = 4;
const STOP_SHARE: u32 = 5;

// Words of the group, behind those of every group.
export const TRIANGLE_SIDE: usize = 304; //    direction whose signals are out: 1, -1, 0: none
export const TRIANGLE_SINCE: usize = 312; //   engine clock of the signals
export const TRIANGLE_UNWINDS: usize = 320; // so far
export const TRIANGLE_LOSS: usize = 328; //    sum over their legs of the share lost
export const TRIANGLE_EDGE: usize = 336; //    p - 1 of the last signals

const US_PER_MS: f64 = 1000;
/** Even steps below the book's bound at which an amount is tried with lots, and halvings between the best two. */
const STEPS: u32 = 32;
const HALVINGS: u32 = 12;

/** A leg of the group became known: in which direction side 1 takes it (control event). */
export function triangleLeg(row: usize, index: u32, direction: f64): void {
  store<f64>(leg(row, index), direction < 0 ? -1 : 1, LEG_DIRECTION);
  countUnquoted(row);
}
function countUnquoted(row: usize): void {
  let missing: u32 = 0;
  for (let index: u32 = 0; index < LEGS; index++) if (load<f64>(leg(row, index), LEG_LEVELS) == 0) missing++;
  store<u32>(row, missing > 0 ? layout.INPUT_QUOTE : 0, layout.GROUP_WANTS);
}

/** A record of a quote of a leg. */
export function triangleQuote(group: u32, index: u32, record: usize, happened: f64): void {
  if (flags & layout.FLAG_HISTORY || index >= LEGS) return;
  const row = groupRow(group);
  if (load<f64>(row, TRIANGLE_SIDE) != 0) settleExpired(group);
  const first = load<f64>(leg(row, index), LEG_LEVELS) == 0;
  takeLevel(row, index, record, happened, clock);
  if (first) countUnquoted(row);
  if (u32(load<u8>(record, layout.EVENT_FLAGS)) & layout.FLAG_MORE || load<u32>(row, GROUP_LEGS) < LEGS) return;
  if (load<f64>(row, TRIANGLE_SIDE) != 0) {
    if (edgeGone(row)) unwind(group);
    return;
  }
  triangleEnter(group, 1);
  triangleEnter(group, -1);
}

/** A fast beat: signals that are out grow older without quotes. */
export function triangleBeat(group: u32): void {
  const row = groupRow(group);
  if (load<f64>(row, TRIANGLE_SIDE) == 0) return;
  settleExpired(group);
  if (load<f64>(row, TRIANGLE_SIDE) != 0 && oldestArrival(row) + maxAgeUs(row) <= clock) unwind(group);
}

/** The instance falls silent: legs whose time for fills is not over are told to exit. */
export function triangleQuit(group: u32): void {
  const row = groupRow(group);
  if (load<f64>(row, TRIANGLE_SIDE) != 0) settleExpired(group);
  if (load<f64>(row, TRIANGLE_SIDE) != 0) unwind(group);
}

function instanceOf(row: usize): u32 {
  return load<u32>(row, GROUP_INSTANCE) - 1;
}
function maxAgeUs(row: usize): f64 {
  return parameter(instanceOf(row), MAX_AGE_MS) * US_PER_MS;
}
function oldestArrival(row: usize): f64 {
  let oldest = load<f64>(leg(row, 0), LEG_ARRIVED);
  for (let index: u32 = 1; index < LEGS; index++) {
    const arrived = load<f64>(leg(row, index), LEG_ARRIVED);
    if (arrived < oldest) oldest = arrived;
  }
  return oldest;
}
/** Newest event time less the oldest. */
function newestEvent(row: usize): f64 {
  let newest = load<f64>(leg(row, 0), LEG_HAPPENED);
  for (let index: u32 = 1; index < LEGS; index++) {
    const happened = load<f64>(leg(row, index), LEG_HAPPENED);
    if (happened > newest) newest = happened;
  }
  return newest;
}
/** Age of the oldest book, us. */
function bookAge(row: usize): f64 {
  let oldest = load<f64>(leg(row, 0), LEG_HAPPENED);
  for (let index: u32 = 1; index < LEGS; index++) {
    const happened = load<f64>(leg(row, index), LEG_HAPPENED);
    if (happened < oldest) oldest = happened;
  }
  const apart = newestEvent(row) - oldest;
  const waited = clock - oldestArrival(row);
  return apart > waited ? apart : waited;
}

/** The time for fills is over: the cycle counts as filled unless a book grew too old before its end. */
function settleExpired(group: u32): void {
  const row = groupRow(group);
  const end = load<f64>(row, TRIANGLE_SINCE) + parameter(instanceOf(row), FILL_MS) * US_PER_MS;
  if (clock < end) return;
  if (oldestArrival(row) + maxAgeUs(row) <= end) unwind(group);
  else store<f64>(row, 0, TRIANGLE_SIDE);
}
function edgeGone(row: usize): bool {
  return touchProduct(row, load<f64>(row, TRIANGLE_SIDE)) <= 1;
}

function triangleEnter(group: u32, side: f64): void {
  const row = groupRow(group);
  const instance = instanceOf(row);
  const least = 1 + parameter(instance, EDGE_MIN);
  if (!(touchProduct(row, side) > least) || load<f64>(row, TRIANGLE_SIDE) != 0) return;
  const age = bookAge(row);
  const oldest = maxAgeUs(row);
  if (!(age < oldest) || coolingDown(leg(row, 0) + LEG_LAST)) return;
  const amount = largestAmount(row, side, least);
  if (!(amount > 0)) return;
  const edge = productOf(row, side, amount) - 1;
  const depth = noteLegs(row, side, amount);
  const wanted = depth < 1 ? depth : 1;
  const share = edge / parameter(instance, EDGE_FULL);
  const certain = (share < 1 ? share : 1) * wanted * (1 - age / oldest);
  const confidence = certain < CONFIDENCE_MAX ? certain : CONFIDENCE_MAX;
  const now = eventTime;
  setEventTime(newestEvent(row));
  const sent = sendLegs(group, side, edge, confidence, depth);
  setEventTime(now); // the symbol's own cells hear this quote next, and may belong to another worker
  if (!sent) return;
  store<f64>(row, side, TRIANGLE_SIDE);
  store<f64>(row, clock, TRIANGLE_SINCE);
  store<f64>(row, edge, TRIANGLE_EDGE);
}

/** All legs or none: what the gate would say to the last leg is asked before the first one goes out. */
function sendLegs(group: u32, side: f64, edge: f64, confidence: f64, depth: f64): bool {
  for (let order: u32 = 0; order < LEGS; order++)
    if (!legSignal(group, side, order, edge, confidence, depth, false)) return false;
  for (let order: u32 = 0; order < LEGS; order++) legSignal(group, side, order, edge, confidence, depth, true);
  return true;
}

/** The largest amount that keeps its edge with lots and least notional; 0: none of those tried does. */
function largestAmount(row: usize, side: f64, least: f64): f64 {
  const bound = depthAbove(row, side, least);
  let above = bound;
  let best: f64 = 0;
  for (let step = STEPS; step > 0; step--) {
    let good = (bound * <f64>step) / <f64>STEPS;
    best = goodAmount(row, side, good, least);
    if (best == 0) {
      above = good;
      continue;
    }
    for (let halving: u32 = 0; halving < HALVINGS && good < above; halving++) {
      const middle = 0.5 * (good + above);
      const larger = goodAmount(row, side, middle, least);
      if (larger > 0) {
        good = middle;
        best = larger;
      } else above = middle;
    }
    return best;
  }
  return 0;
}
/** The amount without what lots leave over, when it keeps its edge; else 0. */
function goodAmount(row: usize, side: f64, amount: f64, least: f64): f64 {
  const needed = trimmed(row, side, amount);
  return needed > 0 && productOf(row, side, needed) > least ? needed : 0;
}

/** Price and quantity of each leg for `amount`; returns the depth: first leg's value in units of the order wanted. */
function noteLegs(row: usize, side: f64, amount: f64): f64 {
  let held = amount;
  let depth: f64 = 1;
  for (let order: u32 = 0; order < LEGS; order++) {
    const index = legOf(side, order);
    held = pass(row, index, side, held);
    const at = leg(row, index);
    store<f64>(at, tradedQuantity, LEG_QUANTITY);
    store<f64>(at, tradedValue / tradedQuantity, LEG_ENTRY);
    if (order > 0) continue;
    const least = instrument(load<u32>(at), reference.INSTRUMENT_MIN_NOTIONAL);
    if (least > 0) depth = tradedValue / (parameter(instanceOf(row), DEPTH_TARGET) * least);
  }
  return depth;
}

/** Asks the gate (send false) or sends the signal of one leg. */
function legSignal(group: u32, side: f64, order: u32, edge: f64, confidence: f64, depth: f64, send: bool): bool {
  const row = groupRow(group);
  const instance = instanceOf(row);
  const index = legOf(side, order);
  const at = leg(row, index);
  const symbol = load<u32>(at);
  const entry = load<f64>(at, LEG_ENTRY);
  const sign: f64 = sells(row, index, side) ? -1 : 1;
  const move = sign * edge * entry * tolerance(instance);
  const stop = entry - parameter(instance, STOP_SHARE) * move;
  const target = entry + move;
  if (!send) return passesGate(instance, symbol, entry, stop, target, confidence, load<f64>(at, LEG_LAST));
  const quantity = load<f64>(at, LEG_QUANTITY);
  const place = <f64>(order + 1);
  const ioc = layout.SIGNAL_FLAG_IOC;
  const last = at + LEG_LAST;
  const action = i32(sign);
  return emitSignal(
    instance,
    symbol,
    action,
    entry,
    stop,
    target,
    confidence,
    last,
    edge,
    quantity,
    place,
    depth,
    ioc,
    group + 1,
  );
}

/** All legs are told to exit at the touch; what each has lost against its entry rides in the signal and is counted. */
function unwind(group: u32): void {
  const row = groupRow(group);
  const side = load<f64>(row, TRIANGLE_SIDE);
  const now = eventTime;
  setEventTime(newestEvent(row));
  let total = load<f64>(row, TRIANGLE_LOSS);
  for (let order: u32 = 0; order < LEGS; order++) {
    const index = legOf(side, order);
    const at = leg(row, index);
    const entry = load<f64>(at, LEG_ENTRY);
    const sign: f64 = sells(row, index, side) ? -1 : 1;
    const price = takenPrice(row, index, -side, 0);
    const loss = (sign * (entry - price)) / entry;
    if (loss > 0) total += loss;
    emitExit(instanceOf(row), load<u32>(at), price, loss, group + 1);
  }
  setEventTime(now);
  store<f64>(row, total, TRIANGLE_LOSS);
  store<f64>(row, load<f64>(row, TRIANGLE_UNWINDS) + 1, TRIANGLE_UNWINDS);
  store<f64>(row, 0, TRIANGLE_SIDE);
}
