// mean_reversion, slow and obvious: every number from the whole window of bars, one bar after the other. `reviewed`
// windows (Hurst exponent, half-life) are those of the bar before, as when a review follows each bar.
import type { Bar, BarSignal } from "../bars.ts";
import { columnsOf, directional } from "./features.ts";
import { HoldTwin } from "./hold.ts";
import { atr, mean, rsi, variance } from "./indicators.ts";

export interface ReversionParameters {
  readonly length: number;
  readonly entry_z: number;
  readonly rsi_low: number;
  readonly rsi_high: number;
  readonly adx_max: number;
  readonly variance_q: number;
  readonly window: number;
  readonly stop_mode: number;
  readonly stop_z: number;
  readonly stop_atr: number;
  readonly time_stop: number;
}
const DEFAULTS: ReversionParameters = {
  length: 20,
  entry_z: 2,
  rsi_low: 30,
  rsi_high: 70,
  adx_max: 25,
  variance_q: 8,
  window: 256,
  stop_mode: 0,
  stop_z: 1.5,
  stop_atr: 2,
  time_stop: 2,
};

/** Of the last `window` changes of a log price. */
export function varianceRatioTwin(x: readonly number[], q: number): number {
  const n = x.length - 1;
  const mu = (x[n]! - x[0]!) / n;
  const squares = (step: number): number =>
    x.slice(step).reduce((sum, value, k) => sum + (value - x[k]! - step * mu) ** 2, 0);
  const one = squares(1) / (n - 1);
  return one > 1e-30 ? squares(q) / (q * (n - q + 1) * (1 - q / n)) / one : 1;
}
/** Slope of ln sd(x[t + k] - x[t]) on ln k, k = 2 .. 20. */
export function hurstTwin(x: readonly number[]): number {
  const points = Array.from({ length: 19 }, (_, index) => {
    const k = index + 2;
    const steps = x.slice(k).map((value, t) => value - x[t]!);
    return [Math.log(k), 0.5 * Math.log(variance(steps, 0))] as const;
  });
  const slope = line(points);
  return Number.isFinite(slope) ? slope : 0.5;
}
/** -ln 2 / ln(1 + b) of ds = a + b s; 0 where it does not revert. */
export function halfLifeTwin(x: readonly number[]): number {
  const slope = line(x.slice(1).map((next, t) => [x[t]!, next - x[t]!] as const));
  return slope < 0 && slope > -1 ? -Math.LN2 / Math.log(1 + slope) : 0;
}
function line(points: readonly (readonly [number, number])[]): number {
  const [x, y] = [mean(points.map((point) => point[0])), mean(points.map((point) => point[1]))];
  const above = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  return above / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
}
/** Normal distribution function: Taylor's series of its integral, for |z| below 8. */
function normal(z: number): number {
  let term = z;
  let sum = z;
  for (let k = 1; k < 300; k++) {
    term *= (-z * z) / (2 * k);
    sum += term / (2 * k + 1);
  }
  return 0.5 + sum / Math.sqrt(2 * Math.PI);
}

interface Sight {
  readonly z: number;
  readonly middle: number;
  readonly deviation: number;
  readonly percent: number;
  readonly ratio: number;
}
function sight(closes: readonly number[], t: number, p: ReversionParameters): Sight {
  const window = closes.slice(t - p.length + 1, t + 1);
  const middle = window[0]! + mean(window.map((value) => value - window[0]!));
  const deviation = Math.sqrt(variance(window, 1));
  const z = deviation < closes[t]! * 1e-9 ? 0 : (closes[t]! - middle) / deviation;
  const percent = 0.5 + (closes[t]! - middle) / (4 * Math.sqrt(variance(window, 0)));
  const ratio = varianceRatioTwin(closes.slice(t - p.window, t + 1).map(Math.log), p.variance_q);
  return { z, middle, deviation, percent, ratio };
}

export function reversionTwin(bars: readonly Bar[], given: Partial<ReversionParameters> = {}): readonly BarSignal[] {
  const p = { ...DEFAULTS, ...given };
  const { close: closes } = columnsOf(bars);
  const [strength, ranges] = [rsi(closes, 14), atr(columnsOf(bars), 14, false)];
  const { adx } = directional(bars, 14);
  const hold = new HoldTwin();
  let waiting = 0;
  closes.forEach((close, t) => {
    if (t < Math.max(p.length - 1, 27, p.window)) return;
    const { z, middle, deviation, percent, ratio } = sight(closes, t, p);
    const past = closes.slice(t - p.window, t).map(Math.log);
    const half = halfLifeTwin(past);
    if (waiting * z > -p.entry_z) waiting = 0;
    let closed = 0;
    if (hold.side !== 0) {
      const stopped = hold.side * (close - hold.stop) <= 0;
      const done = hold.side * (close - hold.target) >= 0 || hold.side * z >= 0;
      const late = t - hold.since >= p.time_stop * (half > 0 && half < p.window / 4 ? half : p.window / 4);
      if (stopped || (late && !done)) waiting = hold.side;
      if (stopped || done || late) {
        closed = hold.side;
        hold.leave(t, close, z);
      }
    }
    const side = z > 0 ? -1 : 1;
    const stretched = side > 0 ? strength[t]! < p.rsi_low : strength[t]! > p.rsi_high;
    const reverts = ratio < 1 || hurstTwin(past) < 0.5;
    if (side === closed || side === waiting || Math.abs(z) < p.entry_z) return;
    if (!stretched || !reverts || !(adx[t]! < p.adx_max)) return;
    const byAtr = ranges[t]! > close * 1e-9 ? p.stop_atr * ranges[t]! : 0.02 * close;
    hold.wish(t, {
      side,
      entry: close,
      stop: close - side * (p.stop_mode === 0 ? p.stop_z * deviation : byAtr),
      target: close + side * Math.abs(close - middle),
      confidence: (2 * normal(Math.abs(z)) - 1) * Math.min(1, Math.max(0, 1.5 - ratio)),
      values: [z, percent, ratio, half],
    });
  });
  return hold.signals;
}
