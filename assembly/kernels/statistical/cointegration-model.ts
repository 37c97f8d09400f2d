// cointegration_model: trades the stationary combination of 2..6 log prices by its distance from the mean.
//   bars     one sample per bar in which a leg ticked: the last price of every leg, forward filled; a bar closes when a
//            tick of a later bar arrives, or at a clock event when clock - lag has passed its end (so late data close too)
//   test     Johansen with constant, lag by BIC, every retest_bars; rank >= 1 at 95 percent
//   spread   s = beta'y, Ornstein-Uhlenbeck over `window` samples: mu, sigma_eq, half-life HL; z = (s - mu) / sigma_eq
//   enter    |z| >= entry_z (and < stop_z), 1 <= HL <= window / 4; the side is against z
//   leave    |z| <= exit_z or beyond the mean
//   stop     |z| >= stop_z, Dickey-Fuller p > adf_stop_p, HL doubled, or 3 HL bars; then no entry before |z| < entry_z
// One signal per leg, all or none, group = group + 1. Entry: the leg's last price; stop and target: the leg's price at
// which z would reach stop_z and exit_z if this leg alone moved, distances times (0.5 + risk_tolerance).
// Values: z, beta (signed share of the gross position), half-life in bars, trace statistic.
// Johansen 1991; Engle and Granger 1987. While a position is held its beta stays: it is what was bought.
// Threads: a group belongs to one worker. A bar costs O(legs), measured 0.13 us for two; what a test costs stands in
// group-spread.ts.
import * as layout from "../../layout";
import { emitExit, emitSignal, eventTime, passesGate, setEventTime } from "../../emit";
import { exp, ln } from "../../math/ln";
import { normalCdf } from "../../math/normal";
import { OU_SIGMA } from "../../math/reversion";
import { groupRow, parameter } from "../../plan";
import {
  GROUP_ARMED,
  GROUP_BARS,
  GROUP_COUNT,
  GROUP_CRITICAL_95,
  GROUP_CRITICAL_99,
  GROUP_HALF_LIFE,
  GROUP_INSTANCE,
  GROUP_OPENED,
  GROUP_OU,
  GROUP_RANK,
  GROUP_SIDE,
  GROUP_TIME,
  GROUP_TRACE,
  GROUP_Z,
  LEG_BASE,
  LEG_BETA,
  LEG_LAST,
  LEG_PRICE,
  LEG_SYMBOL,
  WINDOW,
  allPriced,
  countMissing,
  leg,
  legCount,
  legWindow,
  slot,
} from "../../groups/row";
import { barClose, barEnds, barOver, barTakes, tickTime } from "../../groups/bars";
import { spreadHalfLife, spreadP, updateSpread } from "./group-spread";

// Parameters, by index (src/domain/strategies.ts).
const ENTRY_Z: u32 = 1;
const EXIT_Z: u32 = 2;
const STOP_Z: u32 = 3;
const STOP_P: u32 = 4;

/** A leg with a smaller share of the gross position is no leg: the others are cointegrated without it. */
const SHARE_MIN: f64 = 0.01;
const CONFIDENCE_MAX: f64 = 0.9;
/** Bytes from one word of the bars to the next. */
const STEP: u32 = 8;

/** A group begins. */
export function cointegrationOpen(row: usize): void {
  store<f64>(row, -1, GROUP_RANK);
  store<f64>(row, 1, GROUP_ARMED);
  store<f64>(row, NaN, GROUP_Z);
  countMissing(row);
}

/** A trade or bar close of a leg. */
export function cointegrationTick(group: u32, index: u32, price: f64, happened: f64, lag: f64): void {
  const row = groupRow(group);
  const words = row + GROUP_BARS;
  const time = tickTime(happened, lag);
  if (barEnds(words, STEP, time)) close(group);
  store<f64>(leg(row, index), price, LEG_PRICE);
  if (barTakes(words, STEP, time, lag)) close(group);
}

/** A tactical clock event. */
export function cointegrationBeat(group: u32, clock: f64): void {
  if (barOver<f64>(groupRow(group) + GROUP_BARS, STEP, clock) != 0) close(group);
}

function close(group: u32): void {
  const row = groupRow(group);
  barClose<f64>(row + GROUP_BARS, STEP, 1);
  if (!allPriced(row)) return;
  const count = u32(load<f64>(row, GROUP_COUNT));
  for (let index: u32 = 0; index < legCount(row); index++) {
    const at = leg(row, index);
    const y = ln<f64>(load<f64>(at, LEG_PRICE));
    if (count == 0) store<f64>(at, y, LEG_BASE);
    store<f64>(slot(legWindow(row, index), count), y - load<f64>(at, LEG_BASE));
  }
  store<f64>(row, <f64>(count + 1), GROUP_COUNT);
  countMissing(row);
  const reverts = updateSpread(group);
  const now = eventTime;
  setEventTime(load<f64>(row, GROUP_TIME));
  if (load<f64>(row, GROUP_SIDE) != 0) leaveRule(group, reverts);
  else if (reverts) enterRule(group);
  setEventTime(now);
}

/** Stops and exits of an open position; no longer reverting counts as a half-life without end. */
function leaveRule(group: u32, reverts: bool): void {
  const row = groupRow(group);
  const instance = load<u32>(row, GROUP_INSTANCE) - 1;
  const z = load<f64>(row, GROUP_Z);
  // Above zero: further from the mean on the side of the entry.
  const distance = -load<f64>(row, GROUP_SIDE) * z;
  const entryHalfLife = load<f64>(row, GROUP_HALF_LIFE);
  const held = load<f64>(row, GROUP_COUNT) - load<f64>(row, GROUP_OPENED);
  const stopped =
    !reverts ||
    distance >= parameter(instance, STOP_Z) ||
    spreadP(row) > parameter(instance, STOP_P) ||
    spreadHalfLife(row) > 2 * entryHalfLife ||
    held >= 3 * entryHalfLife;
  if (!stopped && distance > parameter(instance, EXIT_Z)) return;
  // A spread that does not revert has no mean to be away from.
  leave(group, reverts ? z : 0, stopped ? 0 : 1);
}

function leave(group: u32, z: f64, armed: f64): void {
  const row = groupRow(group);
  const instance = load<u32>(row, GROUP_INSTANCE) - 1;
  for (let index: u32 = 0; index < legCount(row); index++) {
    const at = leg(row, index);
    emitExit(instance, load<u32>(at, LEG_SYMBOL), load<f64>(at, LEG_PRICE), z, group + 1);
  }
  store<f64>(row, 0, GROUP_SIDE);
  store<f64>(row, armed, GROUP_ARMED);
}

/** The instance falls silent: a position ends. */
export function cointegrationQuit(group: u32): void {
  const row = groupRow(group);
  if (load<f64>(row, GROUP_SIDE) == 0) return;
  const z = load<f64>(row, GROUP_Z);
  const now = eventTime;
  setEventTime(load<f64>(row, GROUP_TIME));
  leave(group, z == z ? z : 0, 1);
  setEventTime(now);
}

function enterRule(group: u32): void {
  const row = groupRow(group);
  const instance = load<u32>(row, GROUP_INSTANCE) - 1;
  const z = load<f64>(row, GROUP_Z); // NaN below rank 1, which no comparison below lets pass
  const distance = abs(z);
  const quarter = 0.25 * parameter(instance, WINDOW);
  if (distance < parameter(instance, ENTRY_Z)) store<f64>(row, 1, GROUP_ARMED);
  if (load<f64>(row, GROUP_ARMED) == 0) return;
  if (!(distance >= parameter(instance, ENTRY_Z))) return;
  if (distance >= parameter(instance, STOP_Z)) return;
  if (!(distance > parameter(instance, EXIT_Z))) return; // its target would lie behind it
  const halfLife = spreadHalfLife(row);
  if (!(halfLife >= 1)) return;
  if (!(halfLife <= quarter)) return;
  if (spreadP(row) > parameter(instance, STOP_P)) return;
  const confidence = groupConfidence(row, distance, halfLife, quarter);
  // All legs or none: what the gate would say to the last leg is asked before the first one goes out.
  for (let index: u32 = 0; index < legCount(row); index++) if (!legSignal(group, index, confidence, false)) return;
  for (let index: u32 = 0; index < legCount(row); index++) legSignal(group, index, confidence, true);
  store<f64>(row, z > 0 ? -1 : 1, GROUP_SIDE);
  store<f64>(row, load<f64>(row, GROUP_COUNT), GROUP_OPENED);
  store<f64>(row, halfLife, GROUP_HALF_LIFE);
}

/** (2 Phi(|z|) - 1) x clamp((trace - c95) / (c99 - c95) + 0.25) x clamp(1 - HL / (window / 4)) */
function groupConfidence(row: usize, distance: f64, halfLife: f64, quarter: f64): f64 {
  const critical = load<f64>(row, GROUP_CRITICAL_95);
  const evidence = (load<f64>(row, GROUP_TRACE) - critical) / (load<f64>(row, GROUP_CRITICAL_99) - critical) + 0.25;
  const confidence = (2 * normalCdf(distance) - 1) * clamp(evidence) * clamp(1 - halfLife / quarter);
  return confidence < CONFIDENCE_MAX ? confidence : CONFIDENCE_MAX;
}
function clamp(x: f64): f64 {
  return x > 0 ? (x < 1 ? x : 1) : 0;
}

/** Asks the gate (send false) or sends the signal of one leg. */
function legSignal(group: u32, index: u32, confidence: f64, send: bool): bool {
  const row = groupRow(group);
  const instance = load<u32>(row, GROUP_INSTANCE) - 1;
  const at = leg(row, index);
  const beta = load<f64>(at, LEG_BETA);
  if (!(abs(beta) >= SHARE_MIN)) return false;
  const z = load<f64>(row, GROUP_Z);
  const sign: f64 = z > 0 ? 1 : -1;
  const scale =
    ((0.5 + parameter(instance, layout.PARAMETER_RISK_TOLERANCE)) * load<f64>(row, GROUP_OU + OU_SIGMA)) / beta;
  const entry = load<f64>(at, LEG_PRICE);
  const stop = entry * exp((sign * parameter(instance, STOP_Z) - z) * scale);
  const target = entry * exp((sign * parameter(instance, EXIT_Z) - z) * scale);
  const symbol = load<u32>(at, LEG_SYMBOL);
  if (!send) return passesGate(instance, symbol, entry, stop, target, confidence, load<f64>(at, LEG_LAST));
  const halfLife = spreadHalfLife(row);
  const trace = load<f64>(row, GROUP_TRACE);
  const side = -sign * beta > 0 ? 1 : -1;
  return emitSignal(
    instance,
    symbol,
    side,
    entry,
    stop,
    target,
    confidence,
    at + LEG_LAST,
    z,
    beta,
    halfLife,
    trace,
    0,
    group + 1,
  );
}
