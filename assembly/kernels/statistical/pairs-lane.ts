// State of a pair in the table of pairs_trading: one lane for each group, so that a beat walks close memory and takes
// two pairs at a time. Group g of class g & 7 has lane (g >> 3) & 1 of block (g >> 4) * 8 + (g & 7): both lanes of a
// block belong to one class and both to the screen or neither, so a block has one writer for every number of workers.
// Samples lie in the group's row, GROUP_WINDOW_MAX of two f64 (ln of either price), the first at a place of its own: rows
// are so far apart that equal places would share a few sets of the processor's cache. Every bar would touch a row's
// memory, so the newest samples wait in the lane until RECENT of them fill four lines, another group's at another bar;
// who reads the row asks for it first.
import * as layout from "../../layout";
import { BAR_COUNT, BAR_MISSING, BAR_TIME, BAR_WORDS } from "../../groups/bars";
import { KALMAN_BETA, KALMAN_COLUMNS } from "../../math/kalman";
import { cellLane, globals, groupRow } from "../../plan";
import { column } from "../../windows/columns";

export const PAIR_BARS: u32 = 0; // BAR_WORDS columns of groups/bars.ts
export const PAIR_COUNT: u32 = PAIR_BARS + BAR_COUNT;
export const PAIR_MISSING: u32 = layout.PAIR_MISSING; // PAIR_BARS + BAR_MISSING
export const PAIR_TIME: u32 = PAIR_BARS + BAR_TIME;
export const PAIR_PRICE: u32 = BAR_WORDS; //     two: latest price of either leg, 0: none yet
export const PAIR_SILENT: u32 = PAIR_PRICE + 2; // two: bars since the leg ticked, -1: in the open bar
export const PAIR_LN: u32 = PAIR_SILENT + 2; //    two: newest sample
export const PAIR_MEAN: u32 = PAIR_LN + 2; //      two: mean of the samples in the window of the last gate
export const PAIR_SCALE: u32 = PAIR_MEAN + 2; //   two: 1 / their standard deviation, 0: not standardised
export const PAIR_TURNED: u32 = PAIR_SCALE + 2; // 1: y is the second leg
export const PAIR_Q: u32 = PAIR_TURNED + 1; //     variance of a step of theta
export const PAIR_V: u32 = PAIR_Q + 1; //          variance of an observation
export const PAIR_KALMAN: u32 = PAIR_V + 1; //     KALMAN_COLUMNS of math/kalman.ts
export const PAIR_Z: u32 = PAIR_KALMAN + KALMAN_COLUMNS; // e / sqrt(Q) of the newest sample, 0 before the first gate
export const PAIR_SIDE: u32 = PAIR_Z + 1; //       1: y bought, -1: y sold, 0: flat
export const PAIR_ARMED: u32 = PAIR_SIDE + 1; //   1: |z| has been below entry_z since the last stop
export const PAIR_HEDGE: u32 = PAIR_ARMED + 1; //  beta that the position is hedged with
export const PAIR_CONFIDENCE: u32 = PAIR_HEDGE + 1; // at entry
export const PAIR_GATE: u32 = PAIR_CONFIDENCE + 1; // event time at which the next gate is due, 0: none was yet
export const PAIR_PASSED: u32 = PAIR_GATE + 1; //  1: the last gate found the pair cointegrated
export const PAIR_P: u32 = PAIR_PASSED + 1; //     its p-value
export const PAIR_ENTRY: u32 = PAIR_P + 1; //      entry_z
export const PAIR_OWNER: u32 = PAIR_ENTRY + 1; //  instance
export const PAIR_NEWEST: u32 = PAIR_OWNER + 1; // two for each of RECENT samples: sample k in place (k + group) mod RECENT
const RECENT: u32 = 16;

// Parameters, by index (src/domain/catalogue/statistical.ts).
export const WINDOW: u32 = 0;
export const ENTRY_Z: u32 = 1;
export const EXIT_Z: u32 = 2;
export const STOP_Z: u32 = 3;
export const DELTA: u32 = 4;
export const OBSERVATION_VARIANCE: u32 = 5;
export const REGATE_SECONDS: u32 = 6;
export const MAX_LAG: u32 = 7;
export const REHEDGE: u32 = 8;
export const LEG_GAP_BARS: u32 = 9;

const CLASSES: u32 = layout.MAX_WORKERS;
/** First slots of two neighbours in the table of groups are an odd number of sets of four cache lines apart. */
const APART: u32 = 4;

/** Blocks that the groups in use take, and the group of a block's first lane (that of the second is CLASSES higher). */
export function pairBlocks(): u32 {
  return ((load<u32>(globals, layout.GLOBALS_GROUPS) + 2 * CLASSES - 1) / (2 * CLASSES)) * CLASSES;
}
export function blockGroup(block: u32): u32 {
  return (block / CLASSES) * 2 * CLASSES + (block & (CLASSES - 1));
}
export function nextLaneGroup(group: u32): u32 {
  return group + CLASSES;
}
export function blockLane(block: u32): usize {
  return cellLane(layout.PAIRS_TRADING, block << 1);
}
export function pairLane(group: u32): usize {
  const block = (group / (2 * CLASSES)) * CLASSES + (group & (CLASSES - 1));
  return cellLane(layout.PAIRS_TRADING, (block << 1) | ((group / CLASSES) & 1));
}
/** Address of a sample: ln of the first leg's price, then of the second's. */
export function pairSample(group: u32, sample: u32): usize {
  const place = (sample + group + (group << APART)) & (layout.GROUP_WINDOW_MAX - 1);
  return groupRow(group) + layout.GROUP_HEAD_BYTES + (place << 4);
}

/** Sample number `sample` of a pair: ln of either price. */
export function keepSample(group: u32, at: usize, sample: u32, ln0: f64, ln1: f64): void {
  const place = (sample + group) & (RECENT - 1);
  put(at, PAIR_NEWEST + 2 * place, ln0);
  put(at, PAIR_NEWEST + 2 * place + 1, ln1);
  if (place == RECENT - 1) moveSamples(group, at, sample + 1);
}
/** Moves the samples that wait in the lane, if any, into the row; `count`: samples so far. */
export function moveSamples(group: u32, at: usize, count: u32): void {
  const waiting = (count + group - 1) & (RECENT - 1);
  const first: u32 = count - 1 < waiting ? 0 : count - 1 - waiting;
  for (let sample = first; sample < count; sample++) {
    const place = PAIR_NEWEST + 2 * ((sample + group) & (RECENT - 1));
    const to = pairSample(group, sample);
    store<f64>(to, get(at, place));
    store<f64>(to, get(at, place + 1), 8);
  }
}

export function pairInstance(at: usize): u32 {
  return u32(get(at, PAIR_OWNER));
}
export function get(at: usize, index: u32): f64 {
  return column<f64>(at, index);
}
export function put(at: usize, index: u32, value: f64): void {
  store<f64>(at + index * layout.COLUMN_BYTES, value);
}
/** Leg that is y (of the other: 1 - it). */
export function legOfY(at: usize): u32 {
  return u32(get(at, PAIR_TURNED));
}
/** Slope between standardised prices, and between log prices: money of x for each unit of money of y. */
export function standardBeta(at: usize): f64 {
  return get(at, PAIR_KALMAN + KALMAN_BETA);
}
export function hedgeRatio(at: usize): f64 {
  const y = legOfY(at);
  return (standardBeta(at) * get(at, PAIR_SCALE + 1 - y)) / get(at, PAIR_SCALE + y);
}
