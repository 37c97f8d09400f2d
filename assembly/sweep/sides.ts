// What each rule wants at every close of a span: the side of the position from the next open on, -1, 0 or 1, written to
// the job's scratch, one vector a bar. An average or a channel that does not exist yet is NaN and decides nothing.
//   ma_cross      long while mean(fast) > mean(slow); below: flat or short (STATE_BELOW); equal: as it was
//   ma_momentum   as ma_cross where the close moved the same way over k bars; otherwise as it was
//   donchian      long above the upper entry channel, short below the lower one if STATE_BELOW is -1; a long ends below the
//                 lower exit channel, a short above the upper one; entries are looked at first, and none before both exist
//   ma_stop       the bar of an upward cross 1, of a downward cross 0, all others AS_IT_WAS: stops end positions as well
import { blockOf, stateOf, word } from "./book";
import {
  JOB_CLOSE,
  JOB_FROM,
  JOB_ROWS,
  JOB_SETS,
  JOB_SIDES,
  JOB_TO,
  ROW_ENTRY_LOWER,
  ROW_ENTRY_UPPER,
  ROW_EXIT_LOWER,
  ROW_EXIT_UPPER,
  ROW_FAST,
  ROW_PAST,
  ROW_SLOW,
  STATE_BEFORE_FAST,
  STATE_BEFORE_SLOW,
  STATE_BELOW,
  STATE_SIDE,
} from "./sweep-layout";
import {
  atMost,
  both,
  choose,
  decide,
  earlyPairs,
  either,
  fetch,
  firstHalves,
  gather,
  keep,
  known,
  lanes,
} from "./width";
import { latePairs, less, secondHalves, splat, spread } from "./width";

/** Of ma_stop: no cross at this bar. */
export const AS_IT_WAS: i32 = 2;

/** Address of a row of one of the sets from `set` on; the first one's for lanes that this width does not have. */
function row<T, E>(job: usize, place: u32, set: u32, lane: u32): usize {
  const which = lane < lanes<T, E>() ? set + lane : set;
  return usize(load<u32>(usize(word(job, JOB_ROWS)) + (usize(place * word(job, JOB_SETS) + which) << 2)));
}
function spanBytes<E>(job: usize): usize {
  return usize(word(job, JOB_TO) - word(job, JOB_FROM)) * sizeof<E>();
}

export function crossSides<T, E, C>(job: usize, set: u32): void {
  averageSides<T, E, C, Trend>(job, set);
}
export function momentumSides<T, E, C>(job: usize, set: u32): void {
  averageSides<T, E, C, Momentum>(job, set);
}

/** Averages alone decide, or together with the close of k bars ago: the size of the type tells which. */
type Trend = u8;
type Momentum = u16;

function averageSides<T, E, C, R>(job: usize, set: u32): void {
  const block = blockOf<E>(job, set);
  const fast0 = row<T, E>(job, ROW_FAST, set, 0);
  const fast1 = row<T, E>(job, ROW_FAST, set, 1);
  const fast2 = row<T, E>(job, ROW_FAST, set, 2);
  const fast3 = row<T, E>(job, ROW_FAST, set, 3);
  const slow0 = row<T, E>(job, ROW_SLOW, set, 0);
  const slow1 = row<T, E>(job, ROW_SLOW, set, 1);
  const slow2 = row<T, E>(job, ROW_SLOW, set, 2);
  const slow3 = row<T, E>(job, ROW_SLOW, set, 3);
  const past0 = row<T, E>(job, ROW_PAST, set, 0);
  const past1 = row<T, E>(job, ROW_PAST, set, 1);
  const past2 = row<T, E>(job, ROW_PAST, set, 2);
  const past3 = row<T, E>(job, ROW_PAST, set, 3);
  const close = usize(word(job, JOB_CLOSE));
  const below = stateOf<E>(block, STATE_BELOW, set & 3);
  const end = spanBytes<E>(job);
  let out = usize(word(job, JOB_SIDES));
  let side = fetch<T>(stateOf<E>(block, STATE_SIDE, set & 3));
  if (sizeof<E>() == 8) {
    const belows = fetch<T>(below);
    for (let at: usize = 0; at < end; at += sizeof<E>(), out += 16) {
      const fast = gather<T, E>(fast0 + at, fast1 + at, fast2 + at, fast3 + at);
      const slow = gather<T, E>(slow0 + at, slow1 + at, slow2 + at, slow3 + at);
      const now = spread<T, E>(close + at);
      const past = momentum<R>() ? gather<T, E>(past0 + at, past1 + at, past2 + at, past3 + at) : now;
      side = wanted<T, E, C, R>(fast, slow, past, now, belows, side);
      keep<T>(out, side);
    }
    return;
  }
  // Four numbers are gathered sooner by rows: four bars of each set, whose verdicts are then turned into those of four sets
  // at each bar. What is worked out for bars behind the last one is not read.
  const open = splat<T, E>(<E>NaN);
  const below0 = spread<T, E>(below);
  const below1 = spread<T, E>(below + 4);
  const below2 = spread<T, E>(below + 8);
  const below3 = spread<T, E>(below + 12);
  for (let at: usize = 0; at < end; at += 16, out += 64) {
    const now = fetch<T>(close + at);
    const set0 = wantedAt<T, E, C, R>(fast0 + at, slow0 + at, past0 + at, now, below0, open);
    const set1 = wantedAt<T, E, C, R>(fast1 + at, slow1 + at, past1 + at, now, below1, open);
    const set2 = wantedAt<T, E, C, R>(fast2 + at, slow2 + at, past2 + at, now, below2, open);
    const set3 = wantedAt<T, E, C, R>(fast3 + at, slow3 + at, past3 + at, now, below3, open);
    const early01 = earlyPairs<T>(set0, set1);
    const early23 = earlyPairs<T>(set2, set3);
    const late01 = latePairs<T>(set0, set1);
    const late23 = latePairs<T>(set2, set3);
    side = follow<T, E, C>(out, firstHalves<T>(early01, early23), side);
    side = follow<T, E, C>(out + 16, secondHalves<T>(early01, early23), side);
    side = follow<T, E, C>(out + 32, firstHalves<T>(late01, late23), side);
    side = follow<T, E, C>(out + 48, secondHalves<T>(late01, late23), side);
  }
}
function momentum<R>(): bool {
  return sizeof<R>() == sizeof<Momentum>();
}
/** Of four bars of one set, whose rows lie there. */
function wantedAt<T, E, C, R>(near: usize, far: usize, past: usize, now: T, below: T, open: T): T {
  return wanted<T, E, C, R>(fetch<T>(near), fetch<T>(far), momentum<R>() ? fetch<T>(past) : now, now, below, open);
}
/** The side that averages point to; `open` where they decide nothing. */
function wanted<T, E, C, R>(fast: T, slow: T, past: T, now: T, below: T, open: T): T {
  let up = less<T, E, C>(slow, fast);
  let down = less<T, E, C>(fast, slow);
  if (momentum<R>()) {
    up = both<C>(up, less<T, E, C>(past, now));
    down = both<C>(down, less<T, E, C>(now, past));
  }
  return decide<T, C>(up, splat<T, E>(1), down, below, open);
}
/** Writes the side of every set at a bar, as it was where nothing is decided. */
function follow<T, E, C>(out: usize, decided: T, side: T): T {
  const next = choose<T, C>(known<T, E, C>(decided), decided, side);
  keep<T>(out, next);
  return next;
}

export function channelSides<T, E, C>(job: usize, set: u32): void {
  const block = blockOf<E>(job, set);
  const top0 = row<T, E>(job, ROW_ENTRY_UPPER, set, 0);
  const top1 = row<T, E>(job, ROW_ENTRY_UPPER, set, 1);
  const top2 = row<T, E>(job, ROW_ENTRY_UPPER, set, 2);
  const top3 = row<T, E>(job, ROW_ENTRY_UPPER, set, 3);
  const bottom0 = row<T, E>(job, ROW_ENTRY_LOWER, set, 0);
  const bottom1 = row<T, E>(job, ROW_ENTRY_LOWER, set, 1);
  const bottom2 = row<T, E>(job, ROW_ENTRY_LOWER, set, 2);
  const bottom3 = row<T, E>(job, ROW_ENTRY_LOWER, set, 3);
  const lid0 = row<T, E>(job, ROW_EXIT_UPPER, set, 0);
  const lid1 = row<T, E>(job, ROW_EXIT_UPPER, set, 1);
  const lid2 = row<T, E>(job, ROW_EXIT_UPPER, set, 2);
  const lid3 = row<T, E>(job, ROW_EXIT_UPPER, set, 3);
  const floor0 = row<T, E>(job, ROW_EXIT_LOWER, set, 0);
  const floor1 = row<T, E>(job, ROW_EXIT_LOWER, set, 1);
  const floor2 = row<T, E>(job, ROW_EXIT_LOWER, set, 2);
  const floor3 = row<T, E>(job, ROW_EXIT_LOWER, set, 3);
  const close = usize(word(job, JOB_CLOSE));
  const zero = splat<T, E>(0);
  const above = splat<T, E>(1);
  const below = fetch<T>(stateOf<E>(block, STATE_BELOW, set & 3));
  const shorts = less<T, E, C>(below, zero);
  const end = spanBytes<E>(job);
  let out = usize(word(job, JOB_SIDES));
  let side = fetch<T>(stateOf<E>(block, STATE_SIDE, set & 3));
  for (let at: usize = 0; at < end; at += sizeof<E>(), out += 16) {
    const now = spread<T, E>(close + at);
    const top = gather<T, E>(top0 + at, top1 + at, top2 + at, top3 + at);
    const bottom = gather<T, E>(bottom0 + at, bottom1 + at, bottom2 + at, bottom3 + at);
    const lid = gather<T, E>(lid0 + at, lid1 + at, lid2 + at, lid3 + at);
    const floor = gather<T, E>(floor0 + at, floor1 + at, floor2 + at, floor3 + at);
    const ready = both<C>(known<T, E, C>(top), known<T, E, C>(lid));
    const up = both<C>(ready, less<T, E, C>(top, now));
    const down = both<C>(both<C>(ready, shorts), less<T, E, C>(now, bottom));
    side = endsIn<T, E, C>(side, now, lid, floor, ready);
    side = decide<T, C>(up, above, down, below, side);
    keep<T>(out, side);
  }
}
/** 0 where a long is below the lower exit channel or a short above the upper one. */
function endsIn<T, E, C>(side: T, now: T, lid: T, floor: T, ready: C): T {
  const zero = splat<T, E>(0);
  const long = both<C>(less<T, E, C>(zero, side), less<T, E, C>(now, floor));
  const short = both<C>(less<T, E, C>(side, zero), less<T, E, C>(lid, now));
  return choose<T, C>(both<C>(ready, either<C>(long, short)), zero, side);
}

export function crossingSides<T, E, C>(job: usize, set: u32): void {
  const block = blockOf<E>(job, set);
  const fast0 = row<T, E>(job, ROW_FAST, set, 0);
  const fast1 = row<T, E>(job, ROW_FAST, set, 1);
  const fast2 = row<T, E>(job, ROW_FAST, set, 2);
  const fast3 = row<T, E>(job, ROW_FAST, set, 3);
  const slow0 = row<T, E>(job, ROW_SLOW, set, 0);
  const slow1 = row<T, E>(job, ROW_SLOW, set, 1);
  const slow2 = row<T, E>(job, ROW_SLOW, set, 2);
  const slow3 = row<T, E>(job, ROW_SLOW, set, 3);
  const zero = splat<T, E>(0);
  const above = splat<T, E>(1);
  const none = splat<T, E>(<E>AS_IT_WAS);
  const end = spanBytes<E>(job);
  let out = usize(word(job, JOB_SIDES));
  let fastBefore = fetch<T>(stateOf<E>(block, STATE_BEFORE_FAST, set & 3));
  let slowBefore = fetch<T>(stateOf<E>(block, STATE_BEFORE_SLOW, set & 3));
  for (let at: usize = 0; at < end; at += sizeof<E>(), out += 16) {
    const fast = gather<T, E>(fast0 + at, fast1 + at, fast2 + at, fast3 + at);
    const slow = gather<T, E>(slow0 + at, slow1 + at, slow2 + at, slow3 + at);
    const up = both<C>(less<T, E, C>(slow, fast), atMost<T, E, C>(fastBefore, slowBefore));
    const down = both<C>(less<T, E, C>(fast, slow), atMost<T, E, C>(slowBefore, fastBefore));
    keep<T>(out, decide<T, C>(up, above, down, zero, none));
    fastBefore = fast;
    slowBefore = slow;
  }
  keep<T>(stateOf<E>(block, STATE_BEFORE_FAST, set & 3), fastBefore);
  keep<T>(stateOf<E>(block, STATE_BEFORE_SLOW, set & 3), slowBefore);
}
