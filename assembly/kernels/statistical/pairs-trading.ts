// pairs_trading: trades the surprise of a Kalman regression between two log prices that pass a cointegration gate.
//   theta = [beta, alpha], R = P + delta / (1 - delta) I, e = y - [x 1] theta, Q = [x 1] R [x 1]' + V_e, K = R [x 1]' / Q,
//   theta += K e, P by the Joseph form (math/kalman.ts); y, x standardised over the window of the last gate (pairs-gate.ts)
//   bars     one sample per bar in which a leg ticked, forward filled (groups/bars.ts)
//   rules    pairs-rule.ts
// Gatev, Goetzmann and Rouwenhorst (2006); Chan (2013).
// Threads: a pair belongs to one worker. Samples are taken two pairs at a time in a beat (T = v128), one by one when a
// tick closes the bar (T = f64), with the same bits; what is decided on them is scalar and rare.
import * as layout from "../../layout";
import { eventTime, setEventTime } from "../../emit";
import { BAR_US, barClose, barEnds, barOver, barTakes, tickTime } from "../../groups/bars";
import { add, bits, both, div, less, mul, root, select2, splat, sub } from "../../lanes";
import { KALMAN_ERROR, KALMAN_VARIANCE, kalmanStep } from "../../math/kalman";
import { ln } from "../../math/ln";
import { groupRow, instanceRow, ownsGroup, parameter } from "../../plan";
import { whole } from "../../math/whole";
import { column } from "../../windows/columns";
import { gatePair, gateTurn } from "./pairs-gate";
import {
  DELTA,
  ENTRY_Z,
  OBSERVATION_VARIANCE,
  PAIR_ARMED,
  PAIR_BARS,
  PAIR_COUNT,
  PAIR_ENTRY,
  PAIR_GATE,
  PAIR_KALMAN,
  PAIR_LN,
  PAIR_MEAN,
  PAIR_MISSING,
  PAIR_OWNER,
  PAIR_P,
  PAIR_PASSED,
  PAIR_PRICE,
  PAIR_Q,
  PAIR_SCALE,
  PAIR_SIDE,
  PAIR_SILENT,
  PAIR_TIME,
  PAIR_TURNED,
  PAIR_V,
  PAIR_Z,
  WINDOW,
  blockGroup,
  blockLane,
  get,
  keepSample,
  moveSamples,
  nextLaneGroup,
  pairBlocks,
  pairInstance,
  pairLane,
  put,
} from "./pairs-lane";
import { flatRule, heldRule, leave } from "./pairs-rule";

const STEP: u32 = layout.COLUMN_BYTES;

// ---- Life of a pair -----------------------------------------------------------------------------------------------
/** A group begins. */
export function pairsOpen(group: u32): void {
  const at = pairLane(group);
  pairsEnd(group);
  const instance = load<u32>(groupRow(group), layout.GROUP_INSTANCE) - 1;
  put(at, PAIR_OWNER, <f64>instance);
  put(at, PAIR_BARS + BAR_US, load<f64>(instanceRow(instance), layout.INSTANCE_BAR_MS) * 1000);
  put(at, PAIR_ARMED, 1);
  put(at, PAIR_P, 1);
  pairsConfigure(group);
}
/** Its lane is empty again. */
export function pairsEnd(group: u32): void {
  const at = pairLane(group);
  for (let index: u32 = 0; index < u32(layout.PAIRS_COLUMNS); index++) put(at, index, 0);
}
/** The instance falls silent: a position ends. */
export function pairsQuit(group: u32): void {
  const at = pairLane(group);
  if (get(at, PAIR_SIDE) == 0) return;
  const now = eventTime;
  setEventTime(get(at, PAIR_TIME));
  leave(group, at, 1);
  setEventTime(now);
}
/** Copies of the parameters that every bar needs. */
export function pairsConfigure(group: u32): void {
  const at = pairLane(group);
  const instance = pairInstance(at);
  const delta = parameter(instance, DELTA);
  put(at, PAIR_Q, delta / (1 - delta));
  put(at, PAIR_V, parameter(instance, OBSERVATION_VARIANCE));
  put(at, PAIR_ENTRY, parameter(instance, ENTRY_Z));
  countMissing(at);
}
/** Samples that the first gate lacks, for the rule and for who asks how ready the pair is. */
function countMissing(at: usize): void {
  const missing = parameter(pairInstance(at), WINDOW) - get(at, PAIR_COUNT);
  put(at, PAIR_MISSING, missing > 0 ? missing : 0);
}
/** The group starts with `count` samples, which the caller has kept one by one, and the latest prices. */
export function pairsStart(group: u32, count: u32, price0: f64, price1: f64): void {
  const at = pairLane(group);
  put(at, PAIR_COUNT, <f64>count);
  put(at, PAIR_PRICE, price0);
  put(at, PAIR_PRICE + 1, price1);
  countMissing(at);
}
/** Whether the screen may give the group to another pair: it was judged, found wanting, and holds nothing. */
export function pairsIdle(group: u32): bool {
  const at = pairLane(group);
  return get(at, PAIR_GATE) > 0 && get(at, PAIR_PASSED) == 0 && get(at, PAIR_SIDE) == 0;
}

// ---- Samples ------------------------------------------------------------------------------------------------------
/** A trade or bar close of a leg. */
export function pairsTick(group: u32, index: u32, price: f64, happened: f64, lag: f64): void {
  const at = pairLane(group);
  const words = at + PAIR_BARS * STEP;
  const time = tickTime(happened, lag);
  if (barEnds(words, STEP, time)) close(group, at);
  put(at, PAIR_PRICE + index, price);
  put(at, PAIR_SILENT + index, -1);
  if (barTakes(words, STEP, time, lag)) close(group, at);
}
function close(group: u32, at: usize): void {
  if (takePairs<f64>(at, 1) != 0) sampled(group, at);
}

/** A tactical clock event: bars that are over close, two pairs at a time. */
export function pairsBeat<T>(clock: f64): void {
  const blocks = pairBlocks();
  for (let block: u32 = 0; block < blocks; block++) {
    const group = blockGroup(block);
    if (!ownsGroup(group)) continue;
    const at = blockLane(block);
    beatLanes<T>(group, at, clock);
    if (!isVector<T>()) beatLanes<T>(nextLaneGroup(group), at + 8, clock);
  }
}
function beatLanes<T>(group: u32, at: usize, clock: f64): void {
  const due = barOver<T>(at + PAIR_BARS * STEP, STEP, clock);
  if (bits<T>(due) == 0) return;
  const which = takePairs<T>(at, due);
  if (which & 1) sampled(group, at);
  if (which & 2) sampled(nextLaneGroup(group), at + 8);
}

/** Closes the bars that are due and leads their filters on; bit per lane that has a sample. */
function takePairs<T>(at: usize, due: T): i32 {
  barClose<T>(at + PAIR_BARS * STEP, STEP, due);
  const price0 = column<T>(at, PAIR_PRICE);
  const price1 = column<T>(at, PAIR_PRICE + 1);
  const zero = splat<T>(0);
  const taken = both<T>(due, both<T>(less<T>(zero, price0), less<T>(zero, price1)));
  const which = bits<T>(taken);
  if (which == 0) return 0;
  const ln0 = ln<T>(price0);
  const ln1 = ln<T>(price1);
  set<T>(at, PAIR_LN, taken, ln0);
  set<T>(at, PAIR_LN + 1, taken, ln1);
  set<T>(at, PAIR_COUNT, taken, add<T>(column<T>(at, PAIR_COUNT), splat<T>(1)));
  set<T>(at, PAIR_SILENT, taken, add<T>(column<T>(at, PAIR_SILENT), splat<T>(1)));
  set<T>(at, PAIR_SILENT + 1, taken, add<T>(column<T>(at, PAIR_SILENT + 1), splat<T>(1)));
  const scale0 = column<T>(at, PAIR_SCALE);
  const standard0 = mul<T>(sub<T>(ln0, column<T>(at, PAIR_MEAN)), scale0);
  const standard1 = mul<T>(sub<T>(ln1, column<T>(at, PAIR_MEAN + 1)), column<T>(at, PAIR_SCALE + 1));
  const turned = less<T>(zero, column<T>(at, PAIR_TURNED));
  const y = select2<T>(turned, standard1, standard0);
  const x = select2<T>(turned, standard0, standard1);
  const known = both<T>(taken, less<T>(zero, scale0));
  const filter = at + PAIR_KALMAN * STEP;
  kalmanStep<T>(filter, known, y, x, column<T>(at, PAIR_Q), column<T>(at, PAIR_V));
  const z = div<T>(column<T>(filter, KALMAN_ERROR), root<T>(column<T>(filter, KALMAN_VARIANCE)));
  set<T>(at, PAIR_Z, known, z);
  return which;
}
function set<T>(at: usize, index: u32, taken: T, value: T): void {
  const address = at + index * STEP;
  store<T>(address, select2<T>(taken, value, load<T>(address)));
}

/** A pair has a new sample: into its window, then what follows from it. */
function sampled(group: u32, at: usize): void {
  keepSample(group, at, whole(get(at, PAIR_COUNT)) - 1, get(at, PAIR_LN), get(at, PAIR_LN + 1));
  if (get(at, PAIR_MISSING) > 0) countMissing(at);
  if (get(at, PAIR_MISSING) > 0) return;
  const now = eventTime;
  setEventTime(get(at, PAIR_TIME));
  if (get(at, PAIR_SIDE) != 0) heldRule(group, at);
  else {
    if (get(at, PAIR_TIME) >= get(at, PAIR_GATE)) passGate(group, at);
    flatRule(group, at);
  }
  setEventTime(now);
}

/** The gate is due: it runs when it is the group's turn. */
function passGate(group: u32, at: usize): void {
  const instance = pairInstance(at);
  const over = u32(get(at, PAIR_COUNT) - parameter(instance, WINDOW));
  if (!gateTurn(group, instance, get(at, PAIR_BARS + BAR_US), over)) return;
  moveSamples(group, at, u32(get(at, PAIR_COUNT)));
  gatePair(group, at, instance);
}

/** The whole pass over every block, one lane or two at a time: for tests and benches. */
export function pairsBeatScalar(clock: f64): void {
  pairsBeat<f64>(clock);
}
export function pairsBeatLanes(clock: f64): void {
  pairsBeat<v128>(clock);
}
