// moving_average_crossover, slow and obvious: averages and rules from whole lists of bars, one bar after the other.
import type { Bar, BarSignal } from "../bars.ts";
import { columnsOf, directional } from "./features.ts";
import { HoldTwin } from "./hold.ts";
import { atr, ema } from "./indicators.ts";

export interface CrossoverParameters {
  readonly fast_length: number;
  readonly slow_length: number;
  readonly hysteresis_atr: number;
  readonly require_adx: number;
  readonly adx_threshold: number;
  readonly stop_atr: number;
  readonly target_r: number;
  readonly horizon: number;
}
const DEFAULTS: CrossoverParameters = {
  fast_length: 12,
  slow_length: 26,
  hysteresis_atr: 0.1,
  require_adx: 0,
  adx_threshold: 20,
  stop_atr: 2,
  target_r: 3,
  horizon: 0,
};

export function crossoverTwin(bars: readonly Bar[], given: Partial<CrossoverParameters> = {}): readonly BarSignal[] {
  const p = { ...DEFAULTS, ...given };
  const { close: closes } = columnsOf(bars);
  const [fast, slow] = [ema(closes, p.fast_length, true), ema(closes, p.slow_length, true)];
  const ranges = atr(columnsOf(bars), 14, false);
  const { plusDi, minusDi, adx: strengths } = directional(bars, 14);
  const ready = (x: number | undefined): number => (x !== undefined && Number.isFinite(x) ? x : 0);
  const hold = new HoldTwin();
  let flag = 0;
  closes.forEach((close, t) => {
    if (t < Math.max(p.fast_length, p.slow_length) + 4) return;
    const distance = fast[t]! - slow[t]!;
    const range = ready(ranges[t]) > close * 1e-9 ? ranges[t]! : 0;
    const border = Math.max(p.hysteresis_atr * range, close * 1e-12);
    const before = flag;
    if (Math.abs(distance) > border) flag = Math.sign(distance);
    const turn = before !== 0 && flag !== before ? flag : 0;
    if (hold.side !== 0) {
      const stopped = hold.side * (close - hold.stop) <= 0;
      const reached = hold.side * (close - hold.target) >= 0;
      const late = t - hold.since >= (p.horizon > 0 ? p.horizon : p.fast_length);
      if (stopped || reached || late || turn === -hold.side) hold.leave(t, close, fast[t]!);
    }
    const adx = ready(strengths[t]);
    if (turn === 0 || (p.require_adx !== 0 && !(adx > p.adx_threshold))) return;
    const side = turn > 0 ? 1 : -1;
    const stop = Math.max(range > 0 ? p.stop_atr * range : 0.02 * close, side * (close - slow[t]!));
    const pull = ((slow[t]! - slow[t - 5]!) / 5) * side + Math.abs(distance);
    hold.wish(t, {
      side,
      entry: close,
      stop: close - side * stop,
      target: close + side * p.target_r * stop,
      confidence: range > 0 ? 0.5 + 0.5 * Math.tanh(pull / range) : 0.5,
      values: [fast[t]!, slow[t]!, adx, range > 0 ? ready(plusDi[t]) - ready(minusDi[t]) : 0],
    });
  });
  return hold.signals;
}
