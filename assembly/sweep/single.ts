// One parameter set of a rule of two averages over a span, two bars side by side: what is left when the sets come in pairs,
// and a sweep of one. The same numbers in the same order as sides.ts and account.ts, so the same bits. Between two trades
// little can happen: the rule turns to the other side, or the equity passes its peak or its lowest share of it. Pairs of
// bars where something of that does are worked bar by bar.
import { blockOf, stateOf, total, trade, word } from "./book";
import {
  JOB_BARS,
  JOB_CLOSE,
  JOB_FROM,
  JOB_OPEN,
  JOB_ROWS,
  JOB_SETS,
  JOB_TO,
  ROW_FAST,
  ROW_PAST,
  ROW_SLOW,
  STATE_BELOW,
  STATE_CASH,
  STATE_ENTRY,
  STATE_EQUITY,
  STATE_KEPT,
  STATE_PEAK,
  STATE_SIDE,
  STATE_UNITS,
  SUM_LOSSES,
  SUM_RETURNS,
  SUM_SQUARES,
} from "./sweep-layout";

function row(job: usize, place: u32, set: u32): usize {
  return usize(load<u32>(usize(word(job, JOB_ROWS)) + (usize(place * word(job, JOB_SETS) + set) << 2)));
}

/** `momentum`: the rule has a past close as well. */
export function single(job: usize, set: u32, momentum: bool): void {
  const block = blockOf<f64>(job, set);
  const lane = set & 3;
  const close = usize(word(job, JOB_CLOSE));
  const near = row(job, ROW_FAST, set);
  const far = row(job, ROW_SLOW, set);
  const past = momentum ? row(job, ROW_PAST, set) : close;
  const count = word(job, JOB_TO) - word(job, JOB_FROM);
  const below = load<f64>(stateOf<f64>(block, STATE_BELOW, lane));
  const always = i64x2.splat(momentum ? 0 : -1);
  let before = f64x2.splat(load<f64>(stateOf<f64>(block, STATE_EQUITY, lane))); // its second lane is the latest
  let peak = load<f64>(stateOf<f64>(block, STATE_PEAK, lane));
  let kept = load<f64>(stateOf<f64>(block, STATE_KEPT, lane));
  let sums = f64x2.splat(0); // of returns and of their squares
  let losses = sums; //         first lane
  let t: u32 = 0;
  while (t < count) {
    const side = load<f64>(stateOf<f64>(block, STATE_SIDE, lane));
    const cash = f64x2.splat(load<f64>(stateOf<f64>(block, STATE_CASH, lane)));
    const units = f64x2.splat(load<f64>(stateOf<f64>(block, STATE_UNITS, lane)));
    const entry = f64x2.splat(load<f64>(stateOf<f64>(block, STATE_ENTRY, lane)));
    // The rule can only want the other side: one comparison of averages and one of closes tell.
    const rises = side != 1;
    const low = rises ? far : near;
    const high = rises ? near : far;
    const from = rises ? past : close;
    const to = rises ? close : past;
    const most = f64x2.splat(peak);
    const least = f64x2.splat(peak * kept);
    // Before the first trade of a rule that may go short, either side is possible: bar by bar.
    const end: u32 = rises && side != below ? 0 : count - 1;
    for (; t < end; t += 2) {
      const at = usize(t) << 3;
      const turns = pointsAt(low + at, high + at, from + at, to + at, always);
      const equity = f64x2.add(cash, f64x2.mul(units, f64x2.sub(v128.load(close + at), entry)));
      const bounds = v128.or(f64x2.lt(most, equity), f64x2.lt(equity, least));
      if (i64x2.bitmask(v128.or(turns, bounds)) != 0) break;
      const earlier = v128.shuffle<f64>(before, equity, 1, 2);
      const change = f64x2.div(f64x2.sub(equity, earlier), earlier);
      sums = withBoth(sums, change, f64x2.mul(change, change));
      losses = withBoth(losses, lostOf(change), change);
      before = equity;
    }
    if (t == count) break;
    // One bar alone: at it or at the next one the rule turns or the equity passes a bound, or it is the last.
    const at = usize(t) << 3;
    const equity = f64x2.add(cash, f64x2.mul(units, f64x2.sub(v128.load64_splat(close + at), entry)));
    before = v128.shuffle<f64>(before, before, 1, 1);
    const change = f64x2.div(f64x2.sub(equity, before), before);
    sums = f64x2.add(sums, v128.shuffle<f64>(change, f64x2.mul(change, change), 0, 2));
    losses = f64x2.add(losses, lostOf(change));
    before = equity;
    const now = f64x2.extract_lane(equity, 0);
    if (peak < now) peak = now;
    if (now < peak * kept) kept = now / peak;
    const wanted = wantedAt(near + at, far + at, past + at, close + at, momentum, side, below);
    turn(job, block, lane, ++t, side, wanted);
  }
  keepAll(block, lane, before, peak, kept, sums, losses);
}

function keepAll(block: usize, lane: u32, before: v128, peak: f64, kept: f64, sums: v128, losses: v128): void {
  store<f64>(stateOf<f64>(block, STATE_EQUITY, lane), f64x2.extract_lane(before, 1));
  store<f64>(stateOf<f64>(block, STATE_PEAK, lane), peak);
  store<f64>(stateOf<f64>(block, STATE_KEPT, lane), kept);
  total<f64>(block, SUM_RETURNS, lane, f64x2.extract_lane(sums, 0));
  total<f64>(block, SUM_SQUARES, lane, f64x2.extract_lane(sums, 1));
  total<f64>(block, SUM_LOSSES, lane, f64x2.extract_lane(losses, 0));
}

/** At which of two bars the averages, and the closes unless `always`, are the lower and the higher one. */
function pointsAt(low: usize, high: usize, from: usize, to: usize, always: v128): v128 {
  const trend = f64x2.lt(v128.load(low), v128.load(high));
  return v128.and(trend, v128.or(f64x2.lt(v128.load(from), v128.load(to)), always));
}

/** Two sums with the numbers of the first bar added, then those of the second. */
function withBoth(sums: v128, one: v128, other: v128): v128 {
  return f64x2.add(f64x2.add(sums, v128.shuffle<f64>(one, other, 0, 2)), v128.shuffle<f64>(one, other, 1, 3));
}

/** Squares of the returns below 0. */
function lostOf(change: v128): v128 {
  const loss = f64x2.pmin(change, f64x2.splat(0));
  return f64x2.mul(loss, loss);
}

function wantedAt(near: usize, far: usize, past: usize, close: usize, momentum: bool, side: f64, below: f64): f64 {
  const fast = load<f64>(near);
  const slow = load<f64>(far);
  const now = load<f64>(close);
  const then = load<f64>(past);
  if (slow < fast && (!momentum || then < now)) return 1;
  return fast < slow && (!momentum || now < then) ? below : side;
}

/** Fills at the open of bar t of the span what the close before decided; there is none after the last bar of the tape. */
function turn(job: usize, block: usize, lane: u32, t: u32, side: f64, wanted: f64): void {
  const bar = word(job, JOB_FROM) + t;
  if (wanted == side || bar == word(job, JOB_BARS)) return;
  trade<f64>(block, lane, bar, load<f64>(usize(word(job, JOB_OPEN)) + (usize(t) << 3)), wanted);
}
