// Rolling history of one sampled price: the last closes, their EWMA variance, Wilder's ATR and the volume mean.
// One sample costs the same whatever the windows hold. Written over lanes: T = f64 takes one series (event driver),
// T = v128 takes the two series of a block whose bars end together (cycle driver).
//   ewma variance  v = 0.94 v + 0.06 r^2, first v = r^2, r = ln(close / previous close); floored at 1e-30
//   ATR 14         true range from the second sample on; seed = mean of the first 14, then (13 atr + range) / 14
//   volume sum     of the last 20 samples, rebuilt exactly every 1024 samples against drift
import * as layout from "../layout";
import { add, bits, div, gather, larger, less, magnitude, mul, select2, splat, sub } from "../lanes";
import { ln } from "../math/ln";
import { history, lane, series } from "../plan";
import { column, putColumn, ringSlot } from "./columns";
import { takeFeatures } from "./features";
import { whole } from "../math/whole";

export { column, putColumn } from "./columns";

const LAMBDA: f64 = 0.94;
const FLOOR: f64 = 1e-30;
const REFRESH: u32 = 1023; // mask

export function seriesLane(index: u32): usize {
  return lane(series, index, layout.SERIES_COLUMNS);
}
export function historyLane(index: u32): usize {
  return history + (index >> 4) * layout.HISTORY_TILE_BYTES + ((index & 15) << 3);
}
/** Takes one closed sample into the series, or into both of a block. */
export function takeSample<T>(at: usize, window: usize, close: T, high: T, low: T, volume: T, time: T): void {
  const count = column<T>(at, layout.SERIES_COUNT);
  const first = less<T>(count, splat<T>(0.5));
  const lnClose = ln<T>(close);
  const step = sub<T>(lnClose, column<T>(at, layout.SERIES_LN));
  const square = mul<T>(step, step);
  const blended = add<T>(
    mul<T>(splat<T>(LAMBDA), column<T>(at, layout.SERIES_VARIANCE)),
    mul<T>(splat<T>(1.0 - LAMBDA), square),
  );
  const second = less<T>(count, splat<T>(1.5));
  const variance = select2<T>(first, splat<T>(0), select2<T>(second, square, blended));
  const range = trueRange<T>(at, high, low);
  takeRich<T>(at, window, close, high, low, range);
  const atr = column<T>(at, layout.SERIES_ATR);
  const sum = add<T>(atr, range);
  const weighed = add<T>(mul<T>(splat<T>(13), atr), range);
  const mean = div<T>(select2<T>(less<T>(count, splat<T>(14.5)), sum, weighed), splat<T>(14));
  const nextAtr = select2<T>(less<T>(count, splat<T>(13.5)), sum, mean);
  putColumn<T>(at, layout.SERIES_VARIANCE, larger<T>(variance, splat<T>(FLOOR)));
  putColumn<T>(at, layout.SERIES_ATR, select2<T>(first, splat<T>(0), larger<T>(nextAtr, splat<T>(FLOOR))));
  putColumn<T>(at, layout.SERIES_LN, lnClose);
  putColumn<T>(at, layout.SERIES_CLOSE, close);
  putColumn<T>(at, layout.SERIES_HIGH, high);
  putColumn<T>(at, layout.SERIES_LOW, low);
  putColumn<T>(at, layout.SERIES_VOLUME, volume);
  putColumn<T>(at, layout.SERIES_TIME, time);
  putColumn<T>(at, layout.SERIES_COUNT, add<T>(count, splat<T>(1)));
  takeHistory<T>(at, window, count, lnClose, volume);
}

/** What only some series keep: of a block both, one or none. */
function takeRich<T>(at: usize, window: usize, close: T, high: T, low: T, range: T): void {
  const rich = bits<T>(less<T>(splat<T>(0), column<T>(at, layout.SERIES_RICH)));
  if (rich == 0) return;
  if (!isVector<T>() || rich == 3) {
    takeFeatures<T>(at, window, close, high, low, range);
    return;
  }
  const c = changetype<v128>(close);
  const h = changetype<v128>(high);
  const l = changetype<v128>(low);
  const r = changetype<v128>(range);
  if (rich == 1)
    takeFeatures<f64>(
      at,
      window,
      f64x2.extract_lane(c, 0),
      f64x2.extract_lane(h, 0),
      f64x2.extract_lane(l, 0),
      f64x2.extract_lane(r, 0),
    );
  else
    takeFeatures<f64>(
      at + 8,
      window + 8,
      f64x2.extract_lane(c, 1),
      f64x2.extract_lane(h, 1),
      f64x2.extract_lane(l, 1),
      f64x2.extract_lane(r, 1),
    );
}

function trueRange<T>(at: usize, high: T, low: T): T {
  const previous = column<T>(at, layout.SERIES_CLOSE);
  const above = magnitude<T>(sub<T>(high, previous));
  const below = magnitude<T>(sub<T>(low, previous));
  return larger<T>(sub<T>(high, low), larger<T>(above, below));
}

/** History and volume. Lanes of a block may stand at different slots; in lockstep both are written at once. */
function takeHistory<T>(at: usize, window: usize, count: T, lnClose: T, volume: T): void {
  if (!isVector<T>()) {
    remember<f64>(at, window, whole(<f64>count), <f64>lnClose, <f64>volume);
    return;
  }
  const counts = changetype<v128>(count);
  const closes = changetype<v128>(lnClose);
  const volumes = changetype<v128>(volume);
  const first = whole(f64x2.extract_lane(counts, 0));
  const second = whole(f64x2.extract_lane(counts, 1));
  if (first == second) {
    remember<v128>(at, window, first, closes, volumes);
    return;
  }
  remember<f64>(at, window, first, f64x2.extract_lane(closes, 0), f64x2.extract_lane(volumes, 0));
  remember<f64>(at + 8, window + 8, second, f64x2.extract_lane(closes, 1), f64x2.extract_lane(volumes, 1));
}

function remember<T>(at: usize, window: usize, count: u32, lnClose: T, volume: T): void {
  store<T>(ringSlot(window, count, layout.HISTORY_SLOTS), lnClose);
  const volumes = window + (layout.HISTORY_SLOTS << layout.HISTORY_SHIFT);
  const leaving = load<T>(ringSlot(volumes, count - layout.VOLUME_WINDOW, layout.VOLUME_SLOTS));
  store<T>(ringSlot(volumes, count, layout.VOLUME_SLOTS), volume);
  const sum = at + layout.SERIES_VOLUME_SUM * layout.COLUMN_BYTES;
  if ((count & REFRESH) == REFRESH) {
    let exact = splat<T>(0);
    for (let back: i32 = layout.VOLUME_WINDOW - 1; back >= 0; back--) {
      exact = add<T>(exact, load<T>(ringSlot(volumes, count - back, layout.VOLUME_SLOTS)));
    }
    store<T>(sum, exact);
  } else {
    // Before the window is full the leaving slot still holds the zero it began with.
    store<T>(sum, sub<T>(add<T>(load<T>(sum), volume), leaving));
  }
}

/** ln close `back` samples before the newest one; two series side by side for v128. Only valid where back < count. */
export function lnBack<T>(window0: usize, window1: usize, count: T, back: T): T {
  const slot = sub<T>(sub<T>(count, splat<T>(1)), back);
  if (isVector<T>()) {
    const slots = changetype<v128>(slot);
    const first = ringSlot(window0, whole(f64x2.extract_lane(slots, 0)), layout.HISTORY_SLOTS);
    const second = ringSlot(window1, whole(f64x2.extract_lane(slots, 1)), layout.HISTORY_SLOTS);
    return gather<T>(first, second);
  }
  return load<T>(ringSlot(window0, whole(<f64>slot), layout.HISTORY_SLOTS));
}

/** Mean volume of the last samples, at most 20; 0 before the first. */
export function meanVolume(at: usize): f64 {
  const count = column<f64>(at, layout.SERIES_COUNT);
  if (count < 1) return 0;
  const filled = count < <f64>layout.VOLUME_WINDOW ? count : <f64>layout.VOLUME_WINDOW;
  return column<f64>(at, layout.SERIES_VOLUME_SUM) / filled;
}

/** Wilder's ATR once its seed is complete, else 0. */
export function readyAtr(at: usize): f64 {
  return column<f64>(at, layout.SERIES_COUNT) >= 15 ? column<f64>(at, layout.SERIES_ATR) : 0;
}
