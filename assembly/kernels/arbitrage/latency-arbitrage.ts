// latency_arbitrage: a venue whose quote follows another one's price some milliseconds later.
//   lead   tau* by Hayashi and Yoshida (venue-pair.ts, off the tick path); its sign tells leader and follower
//   fair   P_f (1 + beta dln P_l(tau*)): the follower's microprice and the leader's move of the last tau*
//   edge   fair - ask (buy) or bid - fair (sell), less taker fee, slippage and half a tick; price units
//   enter  edge > edge_min, p95 of the path's latency < tau*, follower's quote younger than max_age_ms; immediate or
//          cancel. Not while a position is held, nor for backoff_ms after misses_max misses in a row
//   leave  the quote that was taken has reached the fair price of the entry (the gap closed), or has moved stop_ticks
//          against it, or lead_multiple tau* have passed; the latter two are misses
// Confidence Phi(edge / (sigma sqrt latency)) clamp(1 - p95 / tau*), sigma the follower's volatility.
// Hayashi and Yoshida 2005; Hasbrouck 1995. Times in us: lead by event times, ages and waits by the engine's clock.
// Threads: the symbol's worker. A quote costs a look back over at most VENUE_MOVES moves of the leader.
import * as layout from "../../layout";
import { CONFIDENCE_MAX, heldSide, leave, tolerance } from "../../hold";
import { tickSize, takerFee } from "../../instrument";
import { clock, emitSignal, flags, regimeFactor, setEventTime } from "../../emit";
import { normalCdf } from "../../math/normal";
import { parameter } from "../../plan";
import { putCell } from "../../cells";
import { column } from "../../windows/series";
import {
  PAIR_BETA,
  PAIR_LEAD,
  PAIR_SIGMA,
  VENUE_ARRIVED,
  VENUE_ASK,
  VENUE_BID,
  VENUE_ID,
  VENUE_MICRO,
  findLead,
  latencyQuantile,
  leadersMove,
  pairMissing,
  pairWants,
  takeVenue,
  venueColumn,
} from "./venue-pair";
import { whole } from "../../math/whole";

const SLIPPAGE_BPS: u32 = 0; // parameter indices, in the order of the catalogue
const EDGE_MIN_BPS: u32 = 1;
const MAX_AGE_MS: u32 = 2;
const MAX_LEAD_MS: u32 = 3;
const RHO_MIN: u32 = 4;
const STOP_TICKS: u32 = 5;
const LEAD_MULTIPLE: u32 = 6;
const MISSES_MAX: u32 = 7;
const BACKOFF_MS: u32 = 8;

// Columns behind those of venue-pair.ts.
export const LATENCY_MISSES: u32 = 16; //  in a row
export const LATENCY_PAUSE: u32 = 17; //   engine clock until which nothing is entered
export const LATENCY_OPENED: u32 = 18; //  engine clock at entry
export const LATENCY_FOLLOWER: u32 = 19; // venue slot of the position
export const LATENCY_LEAD: u32 = 20; //    tau* at entry

const US_PER_MS: f64 = 1000;
const LATENCY_LEAST_S: f64 = 1e-3;
const QUANTILE: f64 = 0.95;

export function latencyConfigure(cell: usize, instance: u32): void {
  putCell(cell, layout.CELL_WANTS, pairWants(cell));
  putCell(cell, layout.CELL_MISSING, pairMissing(cell));
}

/** A top-of-book quote of the symbol. */
export function latencyBook(cell: usize, kind: u32, record: usize): void {
  if (kind != layout.KIND_QUOTE || flags & layout.FLAG_HISTORY) return;
  const slot = takeVenue(cell, record);
  if (slot < 0) return;
  putCell(cell, layout.CELL_WANTS, pairWants(cell));
  putCell(cell, layout.CELL_MISSING, pairMissing(cell));
  if (heldSide(cell) != 0) latencyLeave(cell);
  if (heldSide(cell) == 0) latencyEnter(cell);
}

/** The search for the lead; a position that no quote has closed ends here. */
export function latencyReview(cell: usize): void {
  const instance = whole(column<f64>(cell, layout.CELL_INSTANCE)) - 1;
  setEventTime(clock); // bars that the same beat has closed have left theirs
  if (heldSide(cell) != 0) latencyLeave(cell);
  findLead(cell, parameter(instance, MAX_LEAD_MS) * US_PER_MS, parameter(instance, RHO_MIN));
  putCell(cell, layout.CELL_MISSING, pairMissing(cell));
}

/** Price that the position has taken, as quoted now. */
function takenQuote(cell: usize): f64 {
  const slot = whole(column<f64>(cell, LATENCY_FOLLOWER));
  return venueColumn(cell, heldSide(cell) > 0 ? VENUE_ASK : VENUE_BID, slot);
}

function latencyLeave(cell: usize): void {
  const instance = whole(column<f64>(cell, layout.CELL_INSTANCE)) - 1;
  const side = heldSide(cell);
  const taken = takenQuote(cell);
  const closed = side * (taken - column<f64>(cell, layout.CELL_TARGET)) >= 0;
  const stopped = side * (taken - column<f64>(cell, layout.CELL_STOP)) <= 0;
  const waited = clock - column<f64>(cell, LATENCY_OPENED);
  const late = waited >= parameter(instance, LEAD_MULTIPLE) * column<f64>(cell, LATENCY_LEAD);
  if (!closed && !stopped && !late) return;
  leaveFollower(cell, waited);
  const misses = closed ? 0 : column<f64>(cell, LATENCY_MISSES) + 1;
  const pauses = misses >= parameter(instance, MISSES_MAX);
  if (pauses) putCell(cell, LATENCY_PAUSE, clock + parameter(instance, BACKOFF_MS) * US_PER_MS);
  putCell(cell, LATENCY_MISSES, pauses ? 0 : misses);
}

function leaveFollower(cell: usize, waited: f64): void {
  const slot = whole(column<f64>(cell, LATENCY_FOLLOWER));
  leave(cell, venueColumn(cell, heldSide(cell) > 0 ? VENUE_BID : VENUE_ASK, slot), waited / US_PER_MS);
}
/** The instance falls silent: the position ends, which is no miss. */
export function latencyQuit(cell: usize): void {
  leaveFollower(cell, clock - column<f64>(cell, LATENCY_OPENED));
}

function latencyEnter(cell: usize): void {
  const lead = column<f64>(cell, PAIR_LEAD);
  if (lead == 0 || clock < column<f64>(cell, LATENCY_PAUSE)) return;
  const instance = whole(column<f64>(cell, layout.CELL_INSTANCE)) - 1;
  const symbol = whole(column<f64>(cell, layout.CELL_SYMBOL));
  const follower: u32 = lead > 0 ? 1 : 0;
  if (clock - venueColumn(cell, VENUE_ARRIVED, follower) >= parameter(instance, MAX_AGE_MS) * US_PER_MS) return;
  const tau = abs(lead);
  const price = venueColumn(cell, VENUE_MICRO, follower);
  const fair = price * (1 + column<f64>(cell, PAIR_BETA) * leadersMove(cell, 1 - follower, tau));
  const bid = venueColumn(cell, VENUE_BID, follower);
  const ask = venueColumn(cell, VENUE_ASK, follower);
  const side: f64 = fair > ask ? 1 : -1;
  const entry = side > 0 ? ask : bid;
  const tick = tickSize(symbol, entry);
  const costs = takerFee(symbol) + parameter(instance, SLIPPAGE_BPS) * 1e-4;
  const gap = side * (fair - entry);
  const edge = gap - costs * entry - 0.5 * tick;
  const least = parameter(instance, EDGE_MIN_BPS) * 1e-4 * entry * regimeFactor(symbol, layout.LATENCY_ARBITRAGE);
  if (!(edge > least)) return;
  const latency = latencyQuantile(cell, QUANTILE);
  if (!(latency < tau)) return;
  const seconds = latency * 1e-6;
  const noise = column<f64>(cell, PAIR_SIGMA) * price * sqrt(seconds > LATENCY_LEAST_S ? seconds : LATENCY_LEAST_S);
  const likely = (noise > 0 ? normalCdf(edge / noise) : 1) * (1 - latency / tau);
  const confidence = likely < CONFIDENCE_MAX ? likely : CONFIDENCE_MAX;
  const scale = tolerance(instance);
  const stop = entry - side * scale * parameter(instance, STOP_TICKS) * tick;
  const target = entry + side * scale * gap;
  const last = cell + layout.CELL_LAST_SIGNAL * layout.COLUMN_BYTES;
  const ms = tau / US_PER_MS;
  const venue = venueColumn(cell, VENUE_ID, follower) - 1;
  const ioc = layout.SIGNAL_FLAG_IOC;
  if (!emitSignal(instance, symbol, i32(side), entry, stop, target, confidence, last, edge, fair, ms, venue, ioc, 0))
    return;
  putCell(cell, layout.CELL_SIDE, side);
  putCell(cell, layout.CELL_ENTRY, entry);
  putCell(cell, layout.CELL_STOP, stop);
  putCell(cell, layout.CELL_TARGET, target);
  putCell(cell, LATENCY_OPENED, clock);
  putCell(cell, LATENCY_FOLLOWER, <f64>follower);
  putCell(cell, LATENCY_LEAD, tau);
}
