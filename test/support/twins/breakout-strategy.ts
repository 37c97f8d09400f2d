// breakout_strategy, slow and obvious: channels, averages and rules from whole lists of bars, one bar after the other.
import type { Bar, BarSignal } from "../bars.ts";
import { columnsOf, directional, meanVolumes } from "./features.ts";
import { HoldTwin } from "./hold.ts";
import { atr } from "./indicators.ts";

export interface BreakoutParameters {
  readonly entry_length: number;
  readonly exit_length: number;
  readonly buffer_atr: number;
  readonly volume_multiplier: number;
  readonly require_volume: number;
  readonly stop_atr: number;
  readonly target_atr: number;
  readonly trail_atr: number;
}
export const BREAKOUT_DEFAULTS: BreakoutParameters = {
  entry_length: 20,
  exit_length: 10,
  buffer_atr: 0.1,
  volume_multiplier: 1.5,
  require_volume: 1,
  stop_atr: 2,
  target_atr: 3,
  trail_atr: 3,
};

export function breakoutTwin(bars: readonly Bar[], given: Partial<BreakoutParameters> = {}): readonly BarSignal[] {
  const p = { ...BREAKOUT_DEFAULTS, ...given };
  const { high, low } = columnsOf(bars);
  const ranges = atr(columnsOf(bars), 20, false);
  const means = meanVolumes(bars, 20);
  const { adx: strengths } = directional(bars, 14);
  const hold = new HoldTwin();
  bars.forEach(([, , , close, volume], t) => {
    if (t < Math.max(p.entry_length, p.exit_length)) return;
    const before = (list: readonly number[], n: number): readonly number[] => list.slice(t - n, t);
    const [upper, lower] = [Math.max(...before(high, p.entry_length)), Math.min(...before(low, p.entry_length))];
    const range = ranges[t]! > close * 1e-9 ? ranges[t]! : Number.NaN;
    const distance = (multiple: number, share: number, price: number): number =>
      Number.isNaN(range) ? share * price : multiple * range;
    let closed = 0;
    if (hold.side !== 0) {
      hold.best = hold.side > 0 ? Math.max(hold.best, close) : Math.min(hold.best, close);
      const [floor, ceiling] = [Math.min(...before(low, p.exit_length)), Math.max(...before(high, p.exit_length))];
      const stopped = hold.side * (close - hold.stop) <= 0;
      const reached = hold.side * (close - hold.target) >= 0;
      const trailed = hold.side * (hold.best - close) >= distance(p.trail_atr, 0.03, hold.best);
      if (stopped || reached || trailed || (hold.side > 0 ? close < floor : close > ceiling)) {
        closed = hold.side;
        hold.leave(t, close, upper);
      }
    }
    const side = close > upper ? 1 : close < lower ? -1 : 0;
    if (side === 0 || side === closed) return;
    const beyond = side > 0 ? close - upper : lower - close;
    if (!(beyond > (Number.isNaN(range) ? 0 : p.buffer_atr * range))) return;
    const ratio = means[t]! > 0 ? volume / means[t]! : 0;
    if (p.require_volume !== 0 && !(volume > p.volume_multiplier * means[t]!)) return;
    const adx = strengths[t]! >= 0 ? strengths[t]! : 0;
    const far = Number.isNaN(range) ? 0 : Math.min(beyond / range, 1);
    const busy = means[t]! > 0 ? Math.min(ratio - 1, 1) : 0;
    hold.wish(t, {
      side,
      entry: close,
      stop: close - side * distance(p.stop_atr, 0.02, close),
      target: close + side * distance(p.target_atr, 0.03, close),
      confidence: 0.5 + 0.25 * far + 0.15 * busy + (adx > 25 ? 0.1 : 0),
      values: [upper, lower, ratio, adx],
    });
  });
  return hold.signals;
}
