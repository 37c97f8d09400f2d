// Highest high and lowest low of any number of past samples up to CHANNEL_MAX, at a cost that depends neither on that
// number nor on the prices: for each span 1, 2, 4 .. 32 a ring of the extremes of that many samples that end at a
// sample, each made of two of half its span,
//   H[2s](k) = max(H[s](k), H[s](k - s)),      window of N = max(H[s](k), H[s](k - N + s)),  s <= N < 2 s
// so that cells of different lengths share them. Sample k of span s lies in slot k mod ring(s); highest, then lowest:
//   span    1   2   4    8   16   32
//   ring    2   4   8   16   32   32   pairs; a ring begins behind those of smaller spans, at pair 2 s - 2
// The pairs of samples that lie before the first one are never read where the caller has waited for N + 1 samples.
import * as layout from "../layout";
import { larger, smaller } from "../lanes";

/** Longest channel: the ring of span 32 reaches that far back. */
export const CHANNEL_MAX: u32 = 60;
const WIDEST: u32 = 32;
const LOWEST: usize = 1 << layout.HISTORY_SHIFT; // from the highest to the lowest of a pair
export const CHANNELS: usize = (layout.HISTORY_SLOTS + layout.VOLUME_SLOTS) << layout.HISTORY_SHIFT;
/** Of two values each: 94 pairs. */
export const CHANNEL_SLOTS: u32 = 188;

function pairAt(window: usize, span: u32, k: u32): usize {
  const ring = span < WIDEST ? span * 2 : WIDEST;
  return window + CHANNELS + ((usize(span) * 2 - 2 + (usize(k) & (ring - 1))) << (layout.HISTORY_SHIFT + 1));
}

/** Sample k of one series (f64) or of the two of a block in lockstep (v128). */
export function takeChannels<T>(window: usize, k: u32, high: T, low: T): void {
  let highest = high;
  let lowest = low;
  for (let span: u32 = 1; ; span <<= 1) {
    const pair = pairAt(window, span, k);
    store<T>(pair, highest);
    store<T>(pair, lowest, LOWEST);
    if (span == WIDEST) return;
    const before = pairAt(window, span, k - span);
    highest = larger<T>(highest, load<T>(before));
    lowest = smaller<T>(lowest, load<T>(before, LOWEST));
  }
}

/**
 * Highest high of the `length` samples before the newest of `taken`; needs taken > length, length <= CHANNEL_MAX. Of one
 * series (f64) or of the two of a block that stand at one sample (v128).
 */
export function channelHigh<T>(window: usize, taken: u32, length: u32): T {
  const span: u32 = 1 << (31 - clz(length));
  const last = load<T>(pairAt(window, span, taken - 2));
  return larger<T>(last, load<T>(pairAt(window, span, taken - 2 - length + span)));
}
/** Lowest low of the same samples. */
export function channelLow<T>(window: usize, taken: u32, length: u32): T {
  const span: u32 = 1 << (31 - clz(length));
  const last = load<T>(pairAt(window, span, taken - 2), LOWEST);
  return smaller<T>(last, load<T>(pairAt(window, span, taken - 2 - length + span), LOWEST));
}
