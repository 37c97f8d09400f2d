// funding_rate_arbitrage: a perpetual that pays funding, held against the same amount of spot (cash and carry) or of
// another venue's perpetual (cross-venue), so that only funding and the basis between the two remain.
//   carry  E of funding-venues.ts; the perpetual is sold where it pays the short side more than the other leg costs
//   cost   4 taker fees + 4 slippages + both spreads + borrow over the horizon when spot is sold
//   enter  E - cost > net_min; cross-venue also: the rates differ by difference_min a day
//   leave  take_profit of both legs and funding together; the difference of rates falls below -difference_exit a day;
//          the basis has moved basis_sigmas deviations against the position; the margin of a perpetual leg is below
//          margin_multiple times its maintenance
// Confidence Phi((E - cost) / error of E). The signal speaks of the perpetual leg: its side, and its price to take; the
// other leg is the same amount on the other venue, the other way round. Payment = -position x mark x rate.
// Threads: the symbol's worker. O(1) per quote.
import * as layout from "../../layout";
import * as reference from "../../reference";
import { putCell } from "../../cells";
import { clock, emitSignal, flags, regimeFactor } from "../../emit";
import { CONFIDENCE_MAX, heldSide, leave, tolerance } from "../../hold";
import { takerFee } from "../../instrument";
import { normalCdf } from "../../math/normal";
import { instrument, parameter } from "../../plan";
import { column } from "../../windows/series";
import {
  SITE_ARRIVED,
  SITE_ASK,
  SITE_BID,
  SITE_CARRY,
  SITE_COUNT,
  SITE_ERROR,
  SITE_ID,
  SITE_INTERVAL,
  SITE_RATE,
  VENUES,
  basisDeviation,
  basisOf,
  middle,
  perSecond,
  site,
  siteFunding,
  siteQuote,
} from "./funding-venues";
import { whole } from "../../math/whole";

const HORIZON_H: u32 = 0; // parameter indices, in the order of the catalogue
const NET_MIN: u32 = 1;
const DIFFERENCE_MIN: u32 = 2;
const SLIPPAGE_BPS: u32 = 3;
const TAKE_PROFIT: u32 = 4;
const DIFFERENCE_EXIT: u32 = 5;
const BASIS_SIGMAS: u32 = 6;
const LEVERAGE: u32 = 7;
const MAINTENANCE: u32 = 8;
const MARGIN_MULTIPLE: u32 = 9;
const SETTLEMENTS_MIN: u32 = 10;
const MAX_AGE_MS: u32 = 11;

// The position: its perpetual and its other leg (slots), prices and basis at entry, funding collected since.
export const FUNDING_PERP: u32 = 16;
export const FUNDING_OTHER: u32 = 17;
export const FUNDING_PERP_PRICE: u32 = 18;
export const FUNDING_OTHER_PRICE: u32 = 19;
export const FUNDING_BASIS: u32 = 20;
export const FUNDING_COLLECTED: u32 = 21;

const DAY_S: f64 = 86_400;
const YEAR_H: f64 = 8_760;
const US_PER_MS: f64 = 1000;
const STOP_SHARE_MAX: f64 = 0.02;
const STOP_SHARE_MIN: f64 = 1e-4;

export function fundingConfigure(cell: usize, instance: u32): void {
  noteReadiness(cell, instance);
}
function noteReadiness(cell: usize, instance: u32): void {
  let quoted: u32 = 0;
  let settled: f64 = 0;
  for (let slot: u32 = 0; slot < VENUES; slot++) {
    if (site(cell, SITE_BID, slot) > 0) quoted++;
    const count = site(cell, SITE_COUNT, slot);
    if (count > settled) settled = count;
  }
  let wants = settled > 0 ? 0 : layout.INPUT_FUNDING;
  if (quoted == 0) wants |= layout.INPUT_QUOTE;
  if (quoted < 2) wants |= layout.INPUT_SECOND_VENUE;
  const missing = parameter(instance, SETTLEMENTS_MIN) - settled;
  putCell(cell, layout.CELL_WANTS, <f64>wants);
  putCell(cell, layout.CELL_MISSING, missing > 0 ? missing : 0);
}

/** A top-of-book quote of the symbol. */
export function fundingBook(cell: usize, kind: u32, record: usize): void {
  if (kind != layout.KIND_QUOTE || flags & layout.FLAG_HISTORY) return;
  if (siteQuote(cell, record) < 0) return;
  const instance = whole(column<f64>(cell, layout.CELL_INSTANCE)) - 1;
  if (column<f64>(cell, layout.CELL_WANTS) != 0) noteReadiness(cell, instance);
  if (heldSide(cell) != 0) fundingLeave(cell, instance);
  else if (column<f64>(cell, layout.CELL_WANTS) == 0) fundingEnter(cell, instance);
}

/** A funding event of the symbol; history teaches the rates, too. */
export function fundingNews(cell: usize, record: usize): void {
  const instance = whole(column<f64>(cell, layout.CELL_INSTANCE)) - 1;
  const settled = siteFunding(cell, record, parameter(instance, HORIZON_H) * 3600);
  noteReadiness(cell, instance);
  if (flags & layout.FLAG_HISTORY || heldSide(cell) == 0) return;
  if (settled >= 0) collect(cell, u32(settled));
  fundingLeave(cell, instance);
}
/** A long position pays the rate, a short one receives it. */
function collect(cell: usize, slot: u32): void {
  const side = heldSide(cell);
  const paid = site(cell, SITE_RATE, slot);
  let collected = column<f64>(cell, FUNDING_COLLECTED);
  if (<f64>slot == column<f64>(cell, FUNDING_PERP)) collected -= side * paid;
  if (<f64>slot == column<f64>(cell, FUNDING_OTHER)) collected += side * paid;
  putCell(cell, FUNDING_COLLECTED, collected);
}

/** Equity of a leg over its notional; spot has no margin to lose. */
function marginOf(cell: usize, instance: u32, slot: u32, side: f64, entry: f64): f64 {
  if (site(cell, SITE_INTERVAL, slot) == 0) return Infinity;
  const moved = middle(cell, slot) / entry;
  return (1 / parameter(instance, LEVERAGE) + side * (moved - 1)) / moved;
}

function fundingLeave(cell: usize, instance: u32): void {
  const side = heldSide(cell);
  const perp = whole(column<f64>(cell, FUNDING_PERP));
  const other = whole(column<f64>(cell, FUNDING_OTHER));
  const perpPrice = column<f64>(cell, FUNDING_PERP_PRICE);
  const otherPrice = column<f64>(cell, FUNDING_OTHER_PRICE);
  const earned = earnedBy(cell, side, perp, other);
  const difference = -side * (perSecond(cell, perp) - perSecond(cell, other)) * DAY_S;
  const widened = side * (column<f64>(cell, FUNDING_BASIS) - basisOf(cell, perp, other));
  const deviation = basisDeviation(cell, perp, other);
  const least = parameter(instance, MARGIN_MULTIPLE) * parameter(instance, MAINTENANCE);
  const took = earned >= parameter(instance, TAKE_PROFIT);
  const turned = difference < -parameter(instance, DIFFERENCE_EXIT);
  const wide = widened > parameter(instance, BASIS_SIGMAS) * deviation;
  const thinPerp = marginOf(cell, instance, perp, side, perpPrice) < least;
  const thinOther = marginOf(cell, instance, other, -side, otherPrice) < least;
  if (!took && !turned && !wide && !thinPerp && !thinOther) return;
  leave(cell, site(cell, side > 0 ? SITE_BID : SITE_ASK, perp), earned);
}
/** What the legs have gained, and the funding collected, as a share of the entry. */
function earnedBy(cell: usize, side: f64, perp: u32, other: u32): f64 {
  const perpMove = middle(cell, perp) / column<f64>(cell, FUNDING_PERP_PRICE);
  const otherMove = middle(cell, other) / column<f64>(cell, FUNDING_OTHER_PRICE);
  return side * (perpMove - otherMove) + column<f64>(cell, FUNDING_COLLECTED);
}
/** The instance falls silent: the position ends. */
export function fundingQuit(cell: usize): void {
  const side = heldSide(cell);
  if (side == 0) return;
  const perp = whole(column<f64>(cell, FUNDING_PERP));
  const earned = earnedBy(cell, side, perp, whole(column<f64>(cell, FUNDING_OTHER)));
  leave(cell, site(cell, side > 0 ? SITE_BID : SITE_ASK, perp), earned);
}

/** Pays funding, and often enough for its rates to be known. */
function forecastable(cell: usize, instance: u32, slot: u32): bool {
  return site(cell, SITE_INTERVAL, slot) > 0 && site(cell, SITE_COUNT, slot) >= parameter(instance, SETTLEMENTS_MIN);
}
function fresh(cell: usize, instance: u32, slot: u32): bool {
  if (!(site(cell, SITE_BID, slot) > 0)) return false;
  return clock - site(cell, SITE_ARRIVED, slot) < parameter(instance, MAX_AGE_MS) * US_PER_MS;
}

/** The pair of legs that earns most; none where the margin of a leg would be too thin from the first moment on. */
function fundingEnter(cell: usize, instance: u32): void {
  if (1 / parameter(instance, LEVERAGE) < parameter(instance, MARGIN_MULTIPLE) * parameter(instance, MAINTENANCE))
    return;
  let best: f64 = 0;
  let perp: u32 = 0;
  let other: u32 = 0;
  for (let one: u32 = 0; one < VENUES; one++) {
    if (!forecastable(cell, instance, one) || !fresh(cell, instance, one)) continue;
    for (let two: u32 = 0; two < VENUES; two++) {
      if (two == one || !fresh(cell, instance, two)) continue;
      const crosses = site(cell, SITE_INTERVAL, two) > 0;
      // Two perpetuals are looked at once, the first of them as the leg that the signal speaks of.
      if (crosses && (two < one || !forecastable(cell, instance, two))) continue;
      if (crosses && !differs(cell, instance, one, two)) continue;
      const net = abs(carryOf(cell, one, two)) - costOf(cell, instance, one, two);
      if (!(net > best)) continue;
      best = net;
      perp = one;
      other = two;
    }
  }
  const symbol = whole(column<f64>(cell, layout.CELL_SYMBOL));
  const least = parameter(instance, NET_MIN) * regimeFactor(symbol, layout.FUNDING_RATE_ARBITRAGE);
  if (best > least) open(cell, instance, symbol, perp, other, best);
}
function differs(cell: usize, instance: u32, one: u32, two: u32): bool {
  return abs(perSecond(cell, one) - perSecond(cell, two)) * DAY_S >= parameter(instance, DIFFERENCE_MIN);
}
/** What a short position in `one` and a long one in `two` receive. */
function carryOf(cell: usize, one: u32, two: u32): f64 {
  const paid = site(cell, SITE_INTERVAL, two) > 0 ? site(cell, SITE_CARRY, two) : 0;
  return site(cell, SITE_CARRY, one) - paid;
}
function costOf(cell: usize, instance: u32, one: u32, two: u32): f64 {
  const symbol = whole(column<f64>(cell, layout.CELL_SYMBOL));
  const trades = 4 * (takerFee(symbol) + parameter(instance, SLIPPAGE_BPS) * 1e-4);
  const spreads = spreadOf(cell, one) + spreadOf(cell, two);
  const borrows = site(cell, SITE_INTERVAL, two) == 0 && carryOf(cell, one, two) < 0;
  const borrow = instrument(symbol, reference.INSTRUMENT_BORROW_BPS) * 1e-4;
  return trades + spreads + (borrows ? (borrow * parameter(instance, HORIZON_H)) / YEAR_H : 0);
}
function spreadOf(cell: usize, slot: u32): f64 {
  return (site(cell, SITE_ASK, slot) - site(cell, SITE_BID, slot)) / middle(cell, slot);
}

function open(cell: usize, instance: u32, symbol: u32, perp: u32, other: u32, net: f64): void {
  const carry = carryOf(cell, perp, other);
  const side: f64 = carry > 0 ? -1 : 1;
  const own = site(cell, SITE_ERROR, perp);
  const others = site(cell, SITE_INTERVAL, other) > 0 ? site(cell, SITE_ERROR, other) : 0;
  const error = sqrt(own * own + others * others);
  const likely = error > 0 ? normalCdf(net / error) : 1;
  const confidence = likely < CONFIDENCE_MAX ? likely : CONFIDENCE_MAX;
  const entry = site(cell, side > 0 ? SITE_ASK : SITE_BID, perp);
  const sigma = parameter(instance, BASIS_SIGMAS) * basisDeviation(cell, perp, other);
  const width = sigma < STOP_SHARE_MIN ? STOP_SHARE_MIN : sigma < STOP_SHARE_MAX ? sigma : STOP_SHARE_MAX;
  const scale = side * entry * tolerance(instance);
  const stop = entry - scale * width;
  const target = entry + scale * parameter(instance, TAKE_PROFIT);
  const last = cell + layout.CELL_LAST_SIGNAL * layout.COLUMN_BYTES;
  const cost = abs(carry) - net;
  const venue = site(cell, SITE_ID, perp) - 1;
  const against = site(cell, SITE_ID, other) - 1;
  const size = abs(carry);
  if (!emitSignal(instance, symbol, i32(side), entry, stop, target, confidence, last, size, cost, venue, against, 0, 0))
    return;
  putCell(cell, layout.CELL_SIDE, side);
  putCell(cell, layout.CELL_ENTRY, entry);
  putCell(cell, layout.CELL_STOP, stop);
  putCell(cell, layout.CELL_TARGET, target);
  putCell(cell, FUNDING_PERP, <f64>perp);
  putCell(cell, FUNDING_OTHER, <f64>other);
  putCell(cell, FUNDING_PERP_PRICE, middle(cell, perp));
  putCell(cell, FUNDING_OTHER_PRICE, middle(cell, other));
  putCell(cell, FUNDING_BASIS, basisOf(cell, perp, other));
  putCell(cell, FUNDING_COLLECTED, 0);
}
