// Two venues that quote one symbol: their books, the last moves of their mids, and which of them leads.
//   lead     tau of the largest Hayashi-Yoshida correlation over +-max lead, 51 lags. Where moves are rare the peak is
//            as wide as they are apart: its centre, weighed by what exceeds half of it, is taken. None below rho_min or
//            four deviations of chance, sqrt(2 / moves), and none within one step of 0
//   beta     covariance at tau* / energy of the leader: the follower's move per move of the leader
//   sigma    root of the follower's energy per second, a share of the price
//   latency  histogram of engine clock less event time over all quotes, in steps of a quarter; halved every 1024, so that
//            it follows a path that changes; a quantile is interpolated inside its step
// Microprice = (bid ask_size + ask bid_size) / sizes, the mid where there are no sizes. Quotes without a venue are one of
// their own; a third venue takes the place of one that has been silent for a minute.
// Times are event times in us, made rising: a late quote counts at the time of the latest. Threads: the symbol's worker.
import * as layout from "../../layout";
import { clock, eventTime } from "../../emit";
import { ln } from "../../math/ln";
import { asynchronousCovariance, leadLag } from "../../math/lead-lag";
import { scratchArea } from "../../plan";
import { putCell } from "../../cells";
import { column } from "../../windows/series";

/** Mid moves kept of each venue. */
const VENUE_MOVES: u32 = 128;
/** Moves of each before the first search. */
const MOVES_MIN: u32 = 32;
const SILENT_US: f64 = 60_000_000;
const COARSE: u32 = 25; // steps to each side
const DEVIATIONS: f64 = 4;
const BUCKETS: u32 = 64;
const BUCKET_LEAST_US: f64 = 100;
const BUCKET_LN: f64 = 0.22314355131420976; // ln 1.25
const LATENCIES_MAX: f64 = 1024;

// Columns of a slot's pair: slot 0, then slot 1. Those below 24 are the kernel's.
export const VENUE_ID: u32 = 24; //      venue id + 1, 0: none yet
const VENUE_COUNT: u32 = 26; //   moves so far
export const VENUE_MICRO: u32 = 28;
export const VENUE_BID: u32 = 30;
export const VENUE_ASK: u32 = 32;
const VENUE_TIME: u32 = 34; //    event time of its latest quote
export const VENUE_ARRIVED: u32 = 36; // engine clock then
export const PAIR_LEAD: u32 = 38; //     tau*, us: above 0 slot 0 leads, below 0 slot 1; 0: none is known
export const PAIR_BETA: u32 = 39;
export const PAIR_SIGMA: u32 = 40;
const PAIR_RHO: u32 = 41;
const PAIR_SEARCHED: u32 = 42; // moves of both at the last search
const PAIR_LATENCIES: u32 = 43; //       in the histogram
const PAIR_HISTOGRAM: u32 = 44;
const PAIR_TIMES: u32 = 108; //          of the moves of slot 0, then of slot 1
const PAIR_LOGS: u32 = 364; //           ln mid
// 620: LATENCY_COLUMNS of layout.ts

export function venueColumn(cell: usize, index: u32, slot: u32): f64 {
  return column<f64>(cell, index + slot);
}
export function pairWants(cell: usize): f64 {
  if (venueColumn(cell, VENUE_ID, 1) != 0) return 0;
  return venueColumn(cell, VENUE_ID, 0) != 0
    ? <f64>layout.INPUT_SECOND_VENUE
    : <f64>(layout.INPUT_QUOTE | layout.INPUT_SECOND_VENUE);
}
/** Moves that the venue with fewer of them lacks, and one until the first search. */
export function pairMissing(cell: usize): f64 {
  const one = venueColumn(cell, VENUE_COUNT, 0);
  const other = venueColumn(cell, VENUE_COUNT, 1);
  const fewer = one < other ? one : other;
  const missing = fewer < <f64>MOVES_MIN ? <f64>MOVES_MIN - fewer : 0;
  return missing + (column<f64>(cell, PAIR_SEARCHED) == 0 ? 1 : 0);
}

function payload(record: usize, index: usize): f64 {
  return load<f64>(record + (index << 3), layout.EVENT_PAYLOAD);
}

/** A quote of one of the venues; its slot, or -1 when it is none of the two. */
export function takeVenue(cell: usize, record: usize): i32 {
  const bid = payload(record, 0);
  const ask = payload(record, 1);
  if (!(bid > 0 && ask > 0)) return -1;
  const found = slotOf(cell, <f64>load<u32>(record, layout.EVENT_AUX) + 1);
  if (found < 0) return -1;
  const slot = u32(found);
  const sizes = payload(record, 2) + payload(record, 3);
  const middle = 0.5 * (bid + ask);
  const micro = sizes > 0 ? (bid * payload(record, 3) + ask * payload(record, 2)) / sizes : middle;
  const before = 0.5 * (venueColumn(cell, VENUE_BID, slot) + venueColumn(cell, VENUE_ASK, slot));
  const last = venueColumn(cell, VENUE_TIME, slot);
  const time = eventTime > last ? eventTime : last;
  putCell(cell, VENUE_BID + slot, bid);
  putCell(cell, VENUE_ASK + slot, ask);
  putCell(cell, VENUE_MICRO + slot, micro);
  putCell(cell, VENUE_TIME + slot, time);
  putCell(cell, VENUE_ARRIVED + slot, clock);
  countLatency(cell, clock - eventTime);
  if (middle != before) keepMove(cell, slot, time, ln<f64>(middle));
  return found;
}

function slotOf(cell: usize, id: f64): i32 {
  for (let slot: u32 = 0; slot < 2; slot++) if (venueColumn(cell, VENUE_ID, slot) == id) return i32(slot);
  for (let slot: u32 = 0; slot < 2; slot++) {
    const known = venueColumn(cell, VENUE_ID, slot);
    const silent = clock - venueColumn(cell, VENUE_ARRIVED, slot) >= SILENT_US;
    if (known != 0 && !(silent && column<f64>(cell, layout.CELL_SIDE) == 0)) continue;
    putCell(cell, VENUE_ID + slot, id);
    putCell(cell, VENUE_COUNT + slot, 0);
    putCell(cell, VENUE_BID + slot, 0);
    putCell(cell, VENUE_ASK + slot, 0);
    putCell(cell, VENUE_TIME + slot, 0);
    putCell(cell, PAIR_LEAD, 0);
    putCell(cell, PAIR_SEARCHED, 0);
    return i32(slot);
  }
  return -1;
}

function place(slot: u32, move: u32): u32 {
  return slot * VENUE_MOVES + (move & (VENUE_MOVES - 1));
}
function keepMove(cell: usize, slot: u32, time: f64, log: f64): void {
  const count = venueColumn(cell, VENUE_COUNT, slot);
  putCell(cell, PAIR_TIMES + place(slot, u32(count)), time);
  putCell(cell, PAIR_LOGS + place(slot, u32(count)), log);
  putCell(cell, VENUE_COUNT + slot, count + 1);
}
function kept(cell: usize, slot: u32): u32 {
  const count = venueColumn(cell, VENUE_COUNT, slot);
  return count < <f64>VENUE_MOVES ? u32(count) : VENUE_MOVES;
}

/** Log return of a venue's mid over the last `span` us before now; 0 where its moves do not reach back so far. */
export function leadersMove(cell: usize, slot: u32, span: f64): f64 {
  const count = u32(venueColumn(cell, VENUE_COUNT, slot));
  const oldest = count - kept(cell, slot);
  const since = eventTime - span;
  if (count == oldest) return 0;
  const now = column<f64>(cell, PAIR_LOGS + place(slot, count - 1));
  for (let move = count; move > oldest; move--) {
    const at = place(slot, move - 1);
    if (column<f64>(cell, PAIR_TIMES + at) <= since) return now - column<f64>(cell, PAIR_LOGS + at);
  }
  return 0;
}

// ---- Latency ------------------------------------------------------------------------------------------------------
function countLatency(cell: usize, latency: f64): void {
  const steps = latency > BUCKET_LEAST_US ? ln<f64>(latency / BUCKET_LEAST_US) / BUCKET_LN : 0;
  const bucket = steps < <f64>(BUCKETS - 1) ? u32(steps) : BUCKETS - 1;
  putCell(cell, PAIR_HISTOGRAM + bucket, column<f64>(cell, PAIR_HISTOGRAM + bucket) + 1);
  const total = column<f64>(cell, PAIR_LATENCIES) + 1;
  putCell(cell, PAIR_LATENCIES, total);
  if (total < LATENCIES_MAX) return;
  let left: f64 = 0;
  for (let index: u32 = 0; index < BUCKETS; index++) {
    const half = floor(0.5 * column<f64>(cell, PAIR_HISTOGRAM + index));
    putCell(cell, PAIR_HISTOGRAM + index, half);
    left += half;
  }
  putCell(cell, PAIR_LATENCIES, left);
}

/** Latency below which a share of the quotes lies, us; infinite before the first. */
export function latencyQuantile(cell: usize, share: f64): f64 {
  const wanted = share * column<f64>(cell, PAIR_LATENCIES);
  let below: f64 = 0;
  let low: f64 = 0;
  let high = BUCKET_LEAST_US * 1.25;
  for (let bucket: u32 = 0; bucket < BUCKETS; bucket++) {
    const count = column<f64>(cell, PAIR_HISTOGRAM + bucket);
    if (count > 0 && below + count >= wanted) return low + ((high - low) * (wanted - below)) / count;
    below += count;
    low = high;
    high *= 1.25;
  }
  return Infinity;
}

// ---- Lead ---------------------------------------------------------------------------------------------------------
/** Looks for the lead anew when enough has moved since the last time; up to `most` us, at least `rhoMin`. */
export function findLead(cell: usize, most: f64, rhoMin: f64): void {
  const moves = venueColumn(cell, VENUE_COUNT, 0) + venueColumn(cell, VENUE_COUNT, 1);
  const na = kept(cell, 0);
  const nb = kept(cell, 1);
  if (na < MOVES_MIN || nb < MOVES_MIN || moves == column<f64>(cell, PAIR_SEARCHED)) return;
  putCell(cell, PAIR_SEARCHED, moves);
  putCell(cell, PAIR_LEAD, 0);
  const ta = scratchArea;
  const a = ta + (VENUE_MOVES << 3);
  const tb = a + (VENUE_MOVES << 3);
  const b = tb + (VENUE_MOVES << 3);
  const out = b + (VENUE_MOVES << 3);
  copyMoves(cell, 0, na, ta, a);
  copyMoves(cell, 1, nb, tb, b);
  const step = most / <f64>COARSE;
  const coarse = leadLag(ta, a, na, tb, b, nb, -most, step, 2 * COARSE + 1, out);
  if (coarse < 0) return;
  const rho = load<f64>(out + (usize(coarse) << 3));
  const lead = peak(out, u32(coarse), rho) * step - most;
  putCell(cell, PAIR_RHO, rho);
  const chance = DEVIATIONS * sqrt(2.0 / <f64>(na < nb ? na : nb));
  if (!(rho >= rhoMin) || !(rho >= chance) || abs(lead) < step) return;
  const covariance = asynchronousCovariance(ta, a, na, tb, b, nb, lead);
  const leader = lead > 0 ? energy(ta, a, na) : energy(tb, b, nb);
  const follower = lead > 0 ? energy(tb, b, nb) : energy(ta, a, na);
  const span = lead > 0 ? spanOf(tb, nb) : spanOf(ta, na);
  if (!(leader > 0 && span > 0)) return;
  putCell(cell, PAIR_LEAD, lead);
  putCell(cell, PAIR_BETA, covariance / leader);
  putCell(cell, PAIR_SIGMA, sqrt((follower / span) * 1e6));
}
/** Centre of the lags around the largest one whose correlation exceeds half of it, in steps. */
function peak(out: usize, largest: u32, rho: f64): f64 {
  let first = largest;
  let last = largest;
  while (first > 0 && above(out, first - 1, rho) > 0) first--;
  while (last < 2 * COARSE && above(out, last + 1, rho) > 0) last++;
  let weights: f64 = 0;
  let sum: f64 = 0;
  for (let lag = first; lag <= last; lag++) {
    const weight = above(out, lag, rho);
    weights += weight;
    sum += weight * <f64>lag;
  }
  return sum / weights;
}
function above(out: usize, lag: u32, rho: f64): f64 {
  return load<f64>(out + ((<usize>lag) << 3)) - 0.5 * rho;
}
function copyMoves(cell: usize, slot: u32, count: u32, times: usize, logs: usize): void {
  const first = u32(venueColumn(cell, VENUE_COUNT, slot)) - count;
  for (let move: u32 = 0; move < count; move++) {
    const at = place(slot, first + move);
    store<f64>(times + ((<usize>move) << 3), column<f64>(cell, PAIR_TIMES + at));
    store<f64>(logs + ((<usize>move) << 3), column<f64>(cell, PAIR_LOGS + at));
  }
}
/** Sum of squared moves; of several at one time the last counts. */
function energy(times: usize, values: usize, count: u32): f64 {
  let sum: f64 = 0;
  let before = NaN;
  for (let move: u32 = 0; move < count; move++) {
    const at = (<usize>move) << 3;
    if (move + 1 < count && load<f64>(times + at) == load<f64>(times + at + 8)) continue;
    const step = load<f64>(values + at) - before;
    if (step == step) sum += step * step;
    before = load<f64>(values + at);
  }
  return sum;
}
function spanOf(times: usize, count: u32): f64 {
  return load<f64>(times + ((<usize>(count - 1)) << 3)) - load<f64>(times);
}
