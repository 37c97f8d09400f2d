// The inputs of a model as columns over all bars, by the core's batch indicators. assembly/sdk/model-inputs.ts says the same
// one bar at a time for the strategy that a model becomes: other code for the same conventions, equal up to rounding, which
// a test holds it to. Every value follows from its bar and those before; what cannot be said is NaN.
import { FIRST_NONE, SEED_MEAN } from "../../stream/kernels/core.ts";
import type { Workbench } from "./workbench.ts";

/** Columns of one length, oldest bar first. */
export interface Bars {
  /** Ends of the bars, microseconds. */
  readonly time: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
}

/** The order is that of the model's weights and of the strategy's inputs. */
export const INPUTS = [
  "change_1",
  "change_5",
  "change_20",
  "rsi_14",
  "z_20",
  "range_share",
  "macd_share",
  "channel_20",
  "volume_20",
  "volatility_ratio",
  "close_place",
] as const;
export type InputName = (typeof INPUTS)[number];

/** Bars before every window is filled and what lay before the first one has faded from the averages. */
export const WARM_BARS = 120;

export interface Inputs {
  /** By INPUTS. */
  readonly columns: readonly Float64Array[];
  /** Average true range of 14 bars, in price units: what stops and targets are counted in. */
  readonly range: Float64Array;
}

/** Clears the workbench. */
export function inputsOf(bench: Workbench, bars: Bars): Inputs {
  bench.clear();
  const { core } = bench;
  const count = bars.close.length;
  const [high, low, close, volume] = [bars.high, bars.low, bars.close, bars.volume].map((column) => bench.put(column));
  if (high === undefined || low === undefined || close === undefined || volume === undefined) return EMPTY;
  const scratch = bench.take(count + 200);
  const filled = (fill: (out: number) => void): Float64Array => {
    const out = bench.take(count);
    fill(out);
    return bench.read(out, count);
  };
  const change = bench.take(count);
  core.change(close, count, 1, change);
  const [line, signals, histogram, upper, lower] = [0, 0, 0, 0, 0].map(() => bench.take(count));
  if (line === undefined || signals === undefined || histogram === undefined) return EMPTY;
  if (upper === undefined || lower === undefined) return EMPTY;
  core.macd(close, count, 12, 26, 9, SEED_MEAN, line, signals, histogram);
  core.donchian(high, low, count, 20, 1, upper, lower, scratch);
  const range = filled((out) => core.atr(high, low, close, count, 14, FIRST_NONE, out));
  const [top, bottom] = [bench.read(upper, count), bench.read(lower, count)];
  const fast = filled((out) => core.rollingDeviation(change, count, 5, 1, out, scratch));
  const slow = filled((out) => core.rollingDeviation(change, count, 60, 1, out, scratch));
  const volumes = filled((out) => core.sma(volume, count, 20, out));
  const columns = [
    bench.read(change, count),
    filled((out) => core.change(close, count, 5, out)),
    filled((out) => core.change(close, count, 20, out)),
    filled((out) => core.rsi(close, count, 14, out)).map((value) => value / 100),
    filled((out) => core.zScore(close, count, 20, 1, out, scratch)),
    over(range, bars.close),
    over(bench.read(histogram, count), bars.close),
    over(between(bars.close, bottom), between(top, bottom)),
    over(bars.volume, volumes),
    over(fast, slow),
    over(between(bars.close, bars.low), between(bars.high, bars.low)),
  ];
  return { columns, range };
}

const EMPTY: Inputs = { columns: [], range: new Float64Array(0) };

function between(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, index) => value - (b[index] ?? Number.NaN));
}

/** NaN where there is nothing to divide by. */
function over(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, index) => (b[index] === 0 ? Number.NaN : value / (b[index] ?? Number.NaN)));
}
