// What the sides of a span earn. Per bar, in this order: a stop or a target within the bar, equity at the close, its
// return, drawdown, and at the next open the fill of what the close decided; the last close decides nothing any more.
//   equity = cash + units (close - entry)      return = equity / equity before - 1      kept = least of equity / peak
// A stop comes before a target of the same bar; where the bar opens beyond the level, its open is the price.
// Equity at or below zero leaves a share of the peak at or below zero: the set is ruined, its returns mean nothing.
import { blockOf, stateOf, total, trade, word } from "./book";
import { AS_IT_WAS } from "./sides";
import {
  JOB_BARS,
  JOB_CLOSE,
  JOB_FROM,
  JOB_HIGH,
  JOB_LOW,
  JOB_OPEN,
  JOB_SIDES,
  JOB_TO,
  STATE_CASH,
  STATE_ENTRY,
  STATE_EQUITY,
  STATE_KEPT,
  STATE_PEAK,
  STATE_SIDE,
  STATE_STOP,
  STATE_TAKE,
  STATE_UNITS,
  SUM_LOSSES,
  SUM_RETURNS,
  SUM_SQUARES,
} from "./sweep-layout";
import { add, atMost, bits, choose, differs, div, either, fetch, keep, lanes, larger, less, mul } from "./width";
import { smaller, splat, spread, sub } from "./width";

/** The account of rules that leave by signals alone, and of rules with stops: the size of the type tells which. */
export type Signals = u8;
export type Stops = u16;

export function account<T, E, C, S>(job: usize, set: u32): void {
  const block = blockOf<E>(job, set);
  const first = set & 3;
  const close = usize(word(job, JOB_CLOSE));
  const low = usize(word(job, JOB_LOW));
  const high = usize(word(job, JOB_HIGH));
  const sides = usize(word(job, JOB_SIDES));
  const from = word(job, JOB_FROM);
  const count = word(job, JOB_TO) - from;
  const zero = splat<T, E>(0);
  const none = splat<T, E>(<E>AS_IT_WAS);
  let before = fetch<T>(stateOf<E>(block, STATE_EQUITY, first));
  let peak = fetch<T>(stateOf<E>(block, STATE_PEAK, first));
  let kept = fetch<T>(stateOf<E>(block, STATE_KEPT, first));
  let sum = zero;
  let squares = zero;
  let losses = zero;
  let t: u32 = 0;
  // The inner loop ends at every event and calls nothing, so that its values stay in registers.
  while (t < count) {
    const side = fetch<T>(stateOf<E>(block, STATE_SIDE, first));
    const cash = fetch<T>(stateOf<E>(block, STATE_CASH, first));
    const units = fetch<T>(stateOf<E>(block, STATE_UNITS, first));
    const entry = fetch<T>(stateOf<E>(block, STATE_ENTRY, first));
    const stop = fetch<T>(stateOf<E>(block, STATE_STOP, first));
    const take = fetch<T>(stateOf<E>(block, STATE_TAKE, first));
    let turned: u32 = 0;
    let reached: u32 = 0;
    for (; t < count && turned == 0; t++) {
      const at = usize(t) * sizeof<E>();
      if (sizeof<S>() == sizeof<Stops>()) {
        const stopped = atMost<T, E, C>(spread<T, E>(low + at), stop);
        reached = bits<C, E>(either<C>(stopped, atMost<T, E, C>(take, spread<T, E>(high + at))));
        if (reached != 0) break;
      }
      const equity = add<T, E>(cash, mul<T, E>(units, sub<T, E>(spread<T, E>(close + at), entry)));
      const change = div<T, E>(sub<T, E>(equity, before), before);
      const loss = smaller<T, E>(change, zero);
      sum = add<T, E>(sum, change);
      squares = add<T, E>(squares, mul<T, E>(change, change));
      losses = add<T, E>(losses, mul<T, E>(loss, loss));
      peak = larger<T, E>(peak, equity);
      const deeper = less<T, E, C>(equity, mul<T, E>(peak, kept));
      if (bits<C, E>(deeper) != 0) kept = choose<T, C>(deeper, div<T, E>(equity, peak), kept);
      before = equity;
      let next = fetch<T>(sides + (usize(t) << 4));
      if (sizeof<S>() == sizeof<Stops>()) next = choose<T, C>(differs<T, E, C>(next, none), next, side);
      turned = bits<C, E>(differs<T, E, C>(next, side));
    }
    if (reached != 0) endAtLevels<T, E>(job, block, first, t, reached);
    else if (turned != 0) turn<T, E>(job, block, first, t, turned);
  }
  keep<T>(stateOf<E>(block, STATE_EQUITY, first), before);
  keep<T>(stateOf<E>(block, STATE_PEAK, first), peak);
  keep<T>(stateOf<E>(block, STATE_KEPT, first), kept);
  addSums<T, E>(block, SUM_RETURNS, first, sum);
  addSums<T, E>(block, SUM_SQUARES, first, squares);
  addSums<T, E>(block, SUM_LOSSES, first, losses);
}

/** Fills at the open of bar t of the span what the close before decided; there is none after the last bar of the tape. */
function turn<T, E>(job: usize, block: usize, first: u32, t: u32, turned: u32): void {
  const bar = word(job, JOB_FROM) + t;
  const price = load<E>(usize(word(job, JOB_OPEN)) + usize(t) * sizeof<E>());
  const sides = usize(word(job, JOB_SIDES)) + (usize(t - 1) << 4);
  if (bar == word(job, JOB_BARS)) return;
  for (let lane: u32 = 0; lane < lanes<T, E>(); lane++) {
    if ((turned >> lane) & 1) trade<E>(block, first + lane, bar, price, load<E>(sides + lane * sizeof<E>()));
  }
}

/** Ends at their stop or target the positions for which bar t of the span reached it. */
function endAtLevels<T, E>(job: usize, block: usize, first: u32, t: u32, reached: u32): void {
  const offset = usize(t) * sizeof<E>();
  const open = load<E>(usize(word(job, JOB_OPEN)) + offset);
  const low = load<E>(usize(word(job, JOB_LOW)) + offset);
  for (let lane: u32 = 0; lane < lanes<T, E>(); lane++) {
    if (!((reached >> lane) & 1)) continue;
    const stop = load<E>(stateOf<E>(block, STATE_STOP, first + lane));
    const take = load<E>(stateOf<E>(block, STATE_TAKE, first + lane));
    const level: E = low <= stop ? (open < stop ? open : stop) : open > take ? open : take;
    trade<E>(block, first + lane, word(job, JOB_FROM) + t, level, <E>0);
  }
}

function addSums<T, E>(block: usize, column: u32, first: u32, sum: T): void {
  for (let lane: u32 = 0; lane < lanes<T, E>(); lane++) {
    total<E>(block, column, first + lane, <f64>laneOf<T, E>(sum, lane));
  }
}
function laneOf<T, E>(value: T, lane: u32): E {
  if (isVector<T>()) {
    if (lane == 0) return v128.extract_lane<E>(value, 0);
    if (lane == 1) return v128.extract_lane<E>(value, 1);
    if (sizeof<E>() == 4) return lane == 2 ? v128.extract_lane<E>(value, 2) : v128.extract_lane<E>(value, 3);
    return <E>NaN;
  }
  return <E>value;
}
