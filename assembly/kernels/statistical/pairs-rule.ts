// Entry, exit and hedge of pairs_trading, for one pair with a fresh sample (formulas: pairs-trading.ts).
//   enter    gate passed; e < -entry_z sqrt(Q): buy y, sell beta x; e > entry_z sqrt(Q): the reverse; |e| < stop_z sqrt(Q)
//   leave    e crosses -+exit_z sqrt(Q)
//   stop     |e| > stop_z sqrt(Q); then no entry before |e| < entry_z sqrt(Q)
//   flatten  a leg mismatch: one leg has not ticked for more than leg_gap_bars bars that the other one made, or beta has
//            left the side on which the position was hedged; while a leg is that silent there is no entry either
//   hedge    |beta - hedged beta| > rehedge |hedged beta|: both legs again, same sides, new beta, same group
// One signal per leg, all or none. Stop and target of a leg: its price at which z would reach stop_z and exit_z if this
// leg alone moved, distances times (0.5 + risk_tolerance). Values: z, beta between log prices (money of x for each unit
// of money of y), p of the gate, weight of the leg: 1 for y, -beta for x.
// Called by the group's worker.
import * as layout from "../../layout";
import { emitAdjustment, emitExit, emitSignal, maySpeak, passesGate } from "../../emit";
import { LEG_LAST, LEG_SYMBOL, leg } from "../../groups/row";
import { KALMAN_VARIANCE } from "../../math/kalman";
import { exp } from "../../math/ln";
import { normalCdf } from "../../math/normal";
import { groupRow, parameter } from "../../plan";
import {
  EXIT_Z,
  LEG_GAP_BARS,
  PAIR_ARMED,
  PAIR_CONFIDENCE,
  PAIR_ENTRY,
  PAIR_HEDGE,
  PAIR_KALMAN,
  PAIR_P,
  PAIR_PASSED,
  PAIR_PRICE,
  PAIR_SCALE,
  PAIR_SIDE,
  PAIR_SILENT,
  PAIR_Z,
  REHEDGE,
  STOP_Z,
  get,
  hedgeRatio,
  legOfY,
  pairInstance,
  put,
  standardBeta,
} from "./pairs-lane";

const CONFIDENCE_MAX: f64 = 0.9;
/** A smaller beta between standardised prices is no hedge. */
const BETA_MIN: f64 = 0.01;
/** The p-value at which there is no confidence left. */
const P_LIMIT: f64 = 0.1;

/** A pair that holds nothing. */
export function flatRule(group: u32, at: usize): void {
  const distance = abs(get(at, PAIR_Z));
  const entry = get(at, PAIR_ENTRY);
  if (distance < entry) put(at, PAIR_ARMED, 1);
  if (get(at, PAIR_PASSED) == 0) return;
  if (get(at, PAIR_ARMED) == 0) return;
  if (!(distance > entry)) return;
  enterRule(group, at, distance);
}

function enterRule(group: u32, at: usize, distance: f64): void {
  const instance = pairInstance(at);
  if (!(distance < parameter(instance, STOP_Z))) return;
  if (!(distance > parameter(instance, EXIT_Z))) return; // its target would lie behind it
  if (!(abs(standardBeta(at)) >= BETA_MIN)) return;
  if (mismatched(at, instance)) return;
  const certain = 2 * normalCdf(distance) - 1;
  const evidence = 1 - get(at, PAIR_P) / P_LIMIT;
  const graded = certain * (evidence > 0 ? evidence : 0);
  const confidence = graded < CONFIDENCE_MAX ? graded : CONFIDENCE_MAX;
  const side: f64 = get(at, PAIR_Z) > 0 ? -1 : 1;
  // All legs or none: what the gate would say to the last leg is asked before the first one goes out.
  for (let index: u32 = 0; index < 2; index++) if (!legSignal(group, at, index, side, confidence, ASK)) return;
  for (let index: u32 = 0; index < 2; index++) legSignal(group, at, index, side, confidence, SEND);
  put(at, PAIR_SIDE, side);
  put(at, PAIR_HEDGE, standardBeta(at));
  put(at, PAIR_CONFIDENCE, confidence);
}

/** A leg has been silent while the other one went on. */
function mismatched(at: usize, instance: u32): bool {
  const gap = parameter(instance, LEG_GAP_BARS);
  return get(at, PAIR_SILENT) > gap || get(at, PAIR_SILENT + 1) > gap;
}

/** A pair that holds a position. */
export function heldRule(group: u32, at: usize): void {
  const instance = pairInstance(at);
  const z = get(at, PAIR_Z);
  const side = get(at, PAIR_SIDE);
  const hedge = get(at, PAIR_HEDGE);
  const beta = standardBeta(at);
  if (abs(z) > parameter(instance, STOP_Z)) return leave(group, at, 0);
  if (mismatched(at, instance)) return leave(group, at, 1);
  if (!((hedge > 0 ? beta : -beta) >= BETA_MIN)) return leave(group, at, 1);
  if (-side * z <= parameter(instance, EXIT_Z)) return leave(group, at, 1);
  if (abs(beta - hedge) > parameter(instance, REHEDGE) * abs(hedge)) rehedge(group, at, side);
}

function rehedge(group: u32, at: usize, side: f64): void {
  const row = groupRow(group);
  for (let index: u32 = 0; index < 2; index++) {
    const own = leg(row, index);
    if (!maySpeak(pairInstance(at), load<u32>(own, LEG_SYMBOL), load<f64>(own, LEG_LAST))) return;
  }
  const confidence = get(at, PAIR_CONFIDENCE);
  for (let index: u32 = 0; index < 2; index++) legSignal(group, at, index, side, confidence, ADJUST);
  put(at, PAIR_HEDGE, standardBeta(at));
}

/** Ends the position of a pair that holds one. */
export function leave(group: u32, at: usize, armed: f64): void {
  const row = groupRow(group);
  for (let index: u32 = 0; index < 2; index++) {
    const symbol = load<u32>(leg(row, index), LEG_SYMBOL);
    emitExit(pairInstance(at), symbol, get(at, PAIR_PRICE + index), get(at, PAIR_Z), group + 1);
  }
  put(at, PAIR_SIDE, 0);
  put(at, PAIR_ARMED, armed);
}

const ASK: i32 = 0;
const SEND: i32 = 1;
const ADJUST: i32 = 2;

/** Asks the gate for one leg, sends its signal, or sends it once more for a position that is held. */
function legSignal(group: u32, at: usize, index: u32, side: f64, confidence: f64, how: i32): bool {
  const row = groupRow(group);
  const instance = pairInstance(at);
  const own = leg(row, index);
  const last = own + LEG_LAST;
  const symbol = load<u32>(own, LEG_SYMBOL);
  const isY = index == legOfY(at);
  const weight: f64 = isY ? 1 : -standardBeta(at);
  // One standard deviation of e, as a move of this leg's log price alone.
  const unit = sqrt(get(at, PAIR_KALMAN + KALMAN_VARIANCE)) / (get(at, PAIR_SCALE + index) * weight);
  const scale = (0.5 + parameter(instance, layout.PARAMETER_RISK_TOLERANCE)) * unit;
  const z = get(at, PAIR_Z);
  const entry = get(at, PAIR_PRICE + index);
  const stop = entry * exp((-side * parameter(instance, STOP_Z) - z) * scale);
  const target = entry * exp((-side * parameter(instance, EXIT_Z) - z) * scale);
  if (how == ASK) return passesGate(instance, symbol, entry, stop, target, confidence, load<f64>(last));
  const buys = side * weight > 0 ? 1 : -1;
  const beta = hedgeRatio(at);
  const share: f64 = isY ? 1 : -beta;
  const p = get(at, PAIR_P);
  const number = group + 1;
  if (how == SEND)
    return emitSignal(instance, symbol, buys, entry, stop, target, confidence, last, z, beta, p, share, 0, number);
  emitAdjustment(instance, symbol, buys, entry, stop, target, confidence, last, z, beta, p, share, 0, number);
  return true;
}
