// The venues of a symbol that pays funding: books, rates, and what a position earns over a horizon.
//   rates    r_t per interval, AR(1) by running sums that forget (0.996 a sample): mu, phi, residual deviation s
//   carry    E = n (mu + (r - mu)(1 - phi^n) / (n (1 - phi))) paid by the long side over n = horizon / interval; with
//            f = r / interval this is H (mu + (f - mu)(1 - phi^n) / (n (1 - phi))) per second
//   error    s sqrt(sum over j = 1..n of ((1 - phi^j) / (1 - phi))^2): deviation of that sum
//   basis    mid / mid of the other venue - 1; mean and variance over at most 1000 quotes
// A rate that is repeated within half an interval is the same settlement and only replaces the current rate. A venue
// without funding is spot. Three venues; a fourth is not heard. Rates are shares of the notional, times us, horizon s.
// Threads: the symbol's worker. A quote costs O(1); a settlement sums over n <= INTERVALS_MAX.
import * as layout from "../../layout";
import { clock, eventTime } from "../../emit";
import { putCell } from "../../cells";
import { column } from "../../windows/series";

export const VENUES: u32 = 3;
const INTERVALS_MAX: f64 = 1000;
const FORGET: f64 = 0.996;
const FLOOR: f64 = 1e-30;
const PHI_MAX: f64 = 0.99;
const BASIS_MEMORY: f64 = 1000;
const US_PER_S: f64 = 1e6;

// Three columns each, one per venue. Those below 32 are the kernel's.
export const SITE_ID: u32 = 32; //       venue id + 1, 0: none yet
export const SITE_BID: u32 = 35;
export const SITE_ASK: u32 = 38;
export const SITE_ARRIVED: u32 = 41; //  engine clock of its quote
export const SITE_RATE: u32 = 44; //     current, per interval
export const SITE_INTERVAL: u32 = 47; // seconds; 0: pays no funding
export const SITE_COUNT: u32 = 50; //    settlements so far
export const SITE_CARRY: u32 = 53; //    E
export const SITE_ERROR: u32 = 56;
const SITE_TIME: u32 = 59; //            event time of the last settlement
const SITE_WEIGHT: u32 = 62; //          running sums of pairs (x before, y after)
const SITE_X: u32 = 65;
const SITE_Y: u32 = 68;
const SITE_XX: u32 = 71;
const SITE_XY: u32 = 74;
const SITE_YY: u32 = 77;
const SITE_LAST: u32 = 80; //            rate of the last settlement
// By pair of venues: (0, 1), (0, 2), (1, 2).
const BASIS_MEAN: u32 = 83;
const BASIS_VARIANCE: u32 = 86;
const BASIS_COUNT: u32 = 89; // 92: FUNDING_COLUMNS of layout.ts

export function site(cell: usize, index: u32, slot: u32): f64 {
  return column<f64>(cell, index + slot);
}
export function middle(cell: usize, slot: u32): f64 {
  return 0.5 * (site(cell, SITE_BID, slot) + site(cell, SITE_ASK, slot));
}
/** Rate per second. */
export function perSecond(cell: usize, slot: u32): f64 {
  const interval = site(cell, SITE_INTERVAL, slot);
  return interval > 0 ? site(cell, SITE_RATE, slot) / interval : 0;
}
function payload(record: usize, index: usize): f64 {
  return load<f64>(record + (index << 3), layout.EVENT_PAYLOAD);
}

/** Slot of the venue of a record; -1 when there is no room for it. */
function slotOf(cell: usize, record: usize): i32 {
  const id = <f64>load<u32>(record, layout.EVENT_AUX) + 1;
  for (let slot: u32 = 0; slot < VENUES; slot++) {
    const known = site(cell, SITE_ID, slot);
    if (known != 0 && known != id) continue;
    putCell(cell, SITE_ID + slot, id);
    return i32(slot);
  }
  return -1;
}

/** A quote: book and basis; its slot, or -1. */
export function siteQuote(cell: usize, record: usize): i32 {
  const bid = payload(record, 0);
  const ask = payload(record, 1);
  if (!(bid > 0 && ask > 0)) return -1;
  const found = slotOf(cell, record);
  if (found < 0) return -1;
  const slot = u32(found);
  putCell(cell, SITE_BID + slot, bid);
  putCell(cell, SITE_ASK + slot, ask);
  putCell(cell, SITE_ARRIVED + slot, clock);
  for (let other: u32 = 0; other < VENUES; other++)
    if (other != slot && site(cell, SITE_BID, other) > 0) noteBasis(cell, slot, other);
  return found;
}

function pairOf(one: u32, other: u32): u32 {
  return one + other - 1;
}
function noteBasis(cell: usize, slot: u32, other: u32): void {
  const pair = pairOf(slot, other);
  const basis = slot < other ? basisOf(cell, slot, other) : basisOf(cell, other, slot);
  const count = column<f64>(cell, BASIS_COUNT + pair);
  const memory = count < BASIS_MEMORY - 1 ? count : BASIS_MEMORY - 1;
  const mean = column<f64>(cell, BASIS_MEAN + pair);
  const off = basis - mean;
  const next = mean + off / (memory + 1);
  const variance = (column<f64>(cell, BASIS_VARIANCE + pair) * memory + off * (basis - next)) / (memory + 1);
  putCell(cell, BASIS_MEAN + pair, next);
  putCell(cell, BASIS_VARIANCE + pair, variance > FLOOR ? variance : FLOOR);
  putCell(cell, BASIS_COUNT + pair, count + 1);
}
/** Price of `one` over that of `other` less 1. */
export function basisOf(cell: usize, one: u32, other: u32): f64 {
  return middle(cell, one) / middle(cell, other) - 1;
}
export function basisDeviation(cell: usize, one: u32, other: u32): f64 {
  return sqrt(column<f64>(cell, BASIS_VARIANCE + pairOf(one, other)));
}

/** A funding event; its slot when it is a new settlement, else -1. */
export function siteFunding(cell: usize, record: usize, horizon: f64): i32 {
  const rate = payload(record, 0);
  const interval = payload(record, 1) * 3600;
  if (!(abs(rate) < 1) || !(interval > 0)) return -1;
  const found = slotOf(cell, record);
  if (found < 0) return -1;
  const slot = u32(found);
  if (site(cell, SITE_INTERVAL, slot) != interval) beginRates(cell, slot, interval);
  putCell(cell, SITE_RATE + slot, rate);
  const count = site(cell, SITE_COUNT, slot);
  const settles = count == 0 || eventTime - site(cell, SITE_TIME, slot) >= 0.5 * interval * US_PER_S;
  if (settles) {
    if (count > 0) addPair(cell, slot, site(cell, SITE_LAST, slot), rate);
    putCell(cell, SITE_LAST + slot, rate);
    putCell(cell, SITE_TIME + slot, eventTime);
    putCell(cell, SITE_COUNT + slot, count + 1);
  }
  forecast(cell, slot, horizon);
  return settles ? found : -1;
}
function beginRates(cell: usize, slot: u32, interval: f64): void {
  putCell(cell, SITE_INTERVAL + slot, interval);
  putCell(cell, SITE_COUNT + slot, 0);
  for (let index = SITE_WEIGHT; index <= SITE_YY; index += VENUES) putCell(cell, index + slot, 0);
}
function addPair(cell: usize, slot: u32, x: f64, y: f64): void {
  addTo(cell, SITE_WEIGHT + slot, 1);
  addTo(cell, SITE_X + slot, x);
  addTo(cell, SITE_Y + slot, y);
  addTo(cell, SITE_XX + slot, x * x);
  addTo(cell, SITE_XY + slot, x * y);
  addTo(cell, SITE_YY + slot, y * y);
}
function addTo(cell: usize, index: u32, value: f64): void {
  const sum = column<f64>(cell, index) * FORGET + value;
  putCell(cell, index, abs(sum) > FLOOR ? sum : 0);
}

/** Carry and its error from the current rate. */
function forecast(cell: usize, slot: u32, horizon: f64): void {
  const whole = floor(horizon / site(cell, SITE_INTERVAL, slot) + 0.5);
  const n = whole < 1 ? 1 : whole < INTERVALS_MAX ? whole : INTERVALS_MAX;
  const rate = site(cell, SITE_RATE, slot);
  const weight = site(cell, SITE_WEIGHT, slot);
  if (weight == 0) {
    putCell(cell, SITE_CARRY + slot, n * rate);
    return putCell(cell, SITE_ERROR + slot, 0);
  }
  const meanX = site(cell, SITE_X, slot) / weight;
  const meanY = site(cell, SITE_Y, slot) / weight;
  const xx = site(cell, SITE_XX, slot) / weight - meanX * meanX;
  const xy = site(cell, SITE_XY, slot) / weight - meanX * meanY;
  const yy = site(cell, SITE_YY, slot) / weight - meanY * meanY;
  const slope = xx > FLOOR ? xy / xx : 0;
  const phi = slope > PHI_MAX ? PHI_MAX : slope < -PHI_MAX ? -PHI_MAX : slope;
  const residual = yy - 2 * phi * xy + phi * phi * xx;
  let power: f64 = 1;
  let squares: f64 = 0;
  for (let step: f64 = 1; step <= n; step += 1) {
    power *= phi;
    const reach = (1 - power) / (1 - phi);
    squares += reach * reach;
  }
  putCell(cell, SITE_CARRY + slot, n * meanY + ((rate - meanY) * (1 - power)) / (1 - phi));
  putCell(cell, SITE_ERROR + slot, sqrt((residual > 0 ? residual : 0) * squares));
}
