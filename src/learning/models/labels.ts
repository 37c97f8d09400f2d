// What became of buying at a bar: labels by triple barrier. Stop and target lie so many average ranges from the close; the
// purchase is made at the next open, as the strategy's would be; whichever is reached first ends it, else the close `bars`
// bars after the decision. A bar that reaches both was stopped, and an open beyond a barrier is the price.
//   net = exit / entry - 1 - cost;  label = 1 where net > 0, else 0;  NaN where the end is not known yet or a price is bad
// Lopez de Prado (2018), "Advances in Financial Machine Learning", chapter 3.
import type { Bars } from "./features.ts";

export interface BarrierSettings {
  /** Distances from the close in average true ranges. */
  readonly stopRanges: number;
  readonly targetRanges: number;
  /** Bars at most; also what training rows are purged by. */
  readonly bars: number;
  /** Of entry and exit together, as a share. */
  readonly cost: number;
}

export interface Labels {
  readonly label: Float64Array;
  readonly net: Float64Array;
  /** Bar at which the label was known; never later than the bar of the decision plus `bars`. */
  readonly end: Int32Array;
}

export function labelsOf(bars: Bars, range: Float64Array, settings: BarrierSettings): Labels {
  const count = bars.close.length;
  const label = new Float64Array(count).fill(Number.NaN);
  const net = new Float64Array(count).fill(Number.NaN);
  const end = new Int32Array(count).fill(-1);
  for (let bar = 0; bar + settings.bars < count; bar++) {
    const found = followed(bars, bar, range[bar] ?? Number.NaN, settings);
    if (found === null) continue;
    end[bar] = found.end;
    net[bar] = found.net;
    label[bar] = found.net > 0 ? 1 : 0;
  }
  return { label, net, end };
}

function followed(
  bars: Bars,
  from: number,
  range: number,
  settings: BarrierSettings,
): { readonly end: number; readonly net: number } | null {
  const close = bars.close[from] ?? Number.NaN;
  const entry = bars.open[from + 1] ?? Number.NaN;
  const stop = close - settings.stopRanges * range;
  const target = close + settings.targetRanges * range;
  if (!(range > 0 && stop > 0 && entry > 0 && target < Infinity)) return null;
  const last = from + settings.bars;
  for (let bar = from + 1; bar <= last; bar++) {
    const exit = barrier(bars, bar, stop, target) ?? (bar === last ? (bars.close[bar] ?? Number.NaN) : null);
    if (exit === null) continue;
    const net = exit / entry - 1 - settings.cost;
    return Number.isFinite(net) ? { end: bar, net } : null;
  }
  return null;
}

/** The price at which this bar ends it; null: it does not. */
function barrier(bars: Bars, bar: number, stop: number, target: number): number | null {
  const open = bars.open[bar] ?? Number.NaN;
  if (open <= stop || open >= target) return open;
  if ((bars.low[bar] ?? Number.NaN) <= stop) return stop;
  return (bars.high[bar] ?? Number.NaN) >= target ? target : null;
}
