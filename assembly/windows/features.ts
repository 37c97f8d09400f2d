// What several strategies read of one series beside windows/series.ts, kept only where one of them listens (SERIES_RICH)
// and once per sample whatever their number. Sample 0 is the first one taken here; k counts on from it.
//   RSI 14      Wilder: averages of gains and losses, seed = mean of the first 14 (k = 1 .. 14)
//   +DM, -DM    averages like these; +DI = 100 average(+DM) / ATR14. DX = 100 |+DM - -DM| / (+DM + -DM) from k = 14,
//               where the true range cancels; ADX 14 = its average, seed k = 14 .. 27
//   ATR 20      average of the true range, seed k = 1 .. 20
//   closes      the last 64, in the series' price unit; channels: windows/channels.ts
// An average y of n samples goes on as y (n - 1)/n + x/n and holds their sum before its seed is complete. Averages below
// 1e-30 become zero. O(1) per sample, written over lanes as series.ts is.
import * as layout from "../layout";
import { add, both, div, flush, larger, less, magnitude, mul, select2, smaller, splat, sub } from "../lanes";
import { CHANNELS, CHANNEL_SLOTS, takeChannels } from "./channels";
import { column, putColumn, ringSlot } from "./columns";
import { whole } from "../math/whole";

export const TAKEN: u32 = layout.SERIES_FEATURES; // samples taken here
const GAIN: u32 = TAKEN + 1;
const LOSS: u32 = TAKEN + 2;
const PLUS: u32 = TAKEN + 3;
const MINUS: u32 = TAKEN + 4;
const ADX: u32 = TAKEN + 5;
const ATR20: u32 = TAKEN + 6;
/** Ring of the closes, behind the channels; together they take FEATURE_SLOTS. */
export const CLOSES: usize = CHANNELS + (CHANNEL_SLOTS << layout.HISTORY_SHIFT);
export const CLOSE_SLOTS: u32 = layout.FEATURE_SLOTS - CHANNEL_SLOTS;

/** Takes one sample before the series does: its columns still hold the sample before. */
export function takeFeatures<T>(at: usize, window: usize, close: T, high: T, low: T, range: T): void {
  // A series that begins anew begins anew here.
  const k = smaller<T>(column<T>(at, TAKEN), column<T>(at, layout.SERIES_COUNT));
  const zero = splat<T>(0);
  const begun = less<T>(zero, k);
  const change = select2<T>(begun, sub<T>(close, column<T>(at, layout.SERIES_CLOSE)), zero);
  const gain = larger<T>(zero, change);
  const up = sub<T>(high, column<T>(at, layout.SERIES_HIGH));
  const down = sub<T>(column<T>(at, layout.SERIES_LOW), low);
  const rises = both<T>(begun, both<T>(less<T>(down, up), less<T>(zero, up)));
  const falls = both<T>(begun, both<T>(less<T>(up, down), less<T>(zero, down)));
  const keep = keeping<T>(k, 14);
  const take = taking<T>(k, 14);
  const plus = average<T>(column<T>(at, PLUS), select2<T>(rises, up, zero), keep, take);
  const minus = average<T>(column<T>(at, MINUS), select2<T>(falls, down, zero), keep, take);
  putColumn<T>(at, GAIN, average<T>(column<T>(at, GAIN), gain, keep, take));
  putColumn<T>(at, LOSS, average<T>(column<T>(at, LOSS), sub<T>(gain, change), keep, take));
  putColumn<T>(at, PLUS, plus);
  putColumn<T>(at, MINUS, minus);
  putColumn<T>(at, ADX, adx<T>(at, k, plus, minus));
  const first = select2<T>(begun, range, zero);
  putColumn<T>(at, ATR20, average<T>(column<T>(at, ATR20), first, keeping<T>(k, 20), taking<T>(k, 20)));
  putColumn<T>(at, TAKEN, add<T>(k, splat<T>(1)));
  remember<T>(window, k, close, high, low);
}

function adx<T>(at: usize, k: T, plus: T, minus: T): T {
  const zero = splat<T>(0);
  const sum = add<T>(plus, minus);
  const share = div<T>(magnitude<T>(sub<T>(plus, minus)), sum);
  const dx = mul<T>(splat<T>(100), select2<T>(less<T>(zero, sum), share, zero));
  const place = sub<T>(k, splat<T>(13)); // 1 at the first DX
  const next = average<T>(column<T>(at, ADX), dx, keeping<T>(place, 14), taking<T>(place, 14));
  return select2<T>(less<T>(place, splat<T>(0.5)), zero, next);
}

/** Factor of the state: 0 at k = 0, 1 while the seed is summed, 1/n when it is complete, then (n - 1)/n. */
function keeping<T>(k: T, n: f64): T {
  const later = select2<T>(less<T>(k, splat<T>(n + 0.5)), splat<T>(1.0 / n), splat<T>(1.0 - 1.0 / n));
  const early = select2<T>(less<T>(k, splat<T>(n - 0.5)), splat<T>(1), later);
  return select2<T>(less<T>(k, splat<T>(0.5)), splat<T>(0), early);
}
/** Factor of the new value. */
function taking<T>(k: T, n: f64): T {
  return select2<T>(less<T>(k, splat<T>(n - 0.5)), splat<T>(1), splat<T>(1.0 / n));
}
function average<T>(state: T, x: T, keep: T, take: T): T {
  return flush<T>(add<T>(mul<T>(state, keep), mul<T>(x, take)));
}

/** Closes and channels. Lanes of a block may stand at different slots; in lockstep both are written at once. */
function remember<T>(window: usize, k: T, close: T, high: T, low: T): void {
  if (!isVector<T>()) {
    remembered<f64>(window, whole(<f64>k), <f64>close, <f64>high, <f64>low);
    return;
  }
  const counts = changetype<v128>(k);
  const first = whole(f64x2.extract_lane(counts, 0));
  const second = whole(f64x2.extract_lane(counts, 1));
  const c = changetype<v128>(close);
  const h = changetype<v128>(high);
  const l = changetype<v128>(low);
  if (first == second) {
    remembered<v128>(window, first, c, h, l);
    return;
  }
  remembered<f64>(window, first, f64x2.extract_lane(c, 0), f64x2.extract_lane(h, 0), f64x2.extract_lane(l, 0));
  remembered<f64>(window + 8, second, f64x2.extract_lane(c, 1), f64x2.extract_lane(h, 1), f64x2.extract_lane(l, 1));
}
function remembered<T>(window: usize, k: u32, close: T, high: T, low: T): void {
  store<T>(ringSlot(window + CLOSES, k, CLOSE_SLOTS), close);
  takeChannels<T>(window, k, high, low);
}

/** 0 .. 100; 50 where nothing moved. Valid from the 15th sample on. */
export function rsi14(at: usize): f64 {
  const gain = column<f64>(at, GAIN);
  const total = gain + column<f64>(at, LOSS);
  return total > 0 ? (100.0 * gain) / total : 50.0;
}
/** Wilder's ADX once its seed is complete, else 0. */
export function readyAdx(at: usize): f64 {
  return column<f64>(at, TAKEN) >= 28 ? column<f64>(at, ADX) : 0;
}
/** +DI - -DI, -100 .. 100; 0 while the averages or the ATR are not ready. */
export function directional(at: usize): f64 {
  const ready = column<f64>(at, TAKEN) >= 15 && column<f64>(at, layout.SERIES_COUNT) >= 15;
  const range = column<f64>(at, layout.SERIES_ATR);
  return ready && range > 0 ? (100.0 * (column<f64>(at, PLUS) - column<f64>(at, MINUS))) / range : 0;
}
/** Wilder's ATR of 20 samples once its seed is complete, else 0. */
export function readyAtr20(at: usize): f64 {
  return column<f64>(at, TAKEN) >= 21 ? column<f64>(at, ATR20) : 0;
}
