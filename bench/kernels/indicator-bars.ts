// Bars for the indicator benchmarks, in the core's memory and in arrays of JavaScript's own, and the seven indicators
// over them on both sides. The walk is seeded; a million bars are more than a branch predictor can learn by heart.
import { instantiateCore, loadCore, type CoreExports } from "../../src/stream/kernels/core.ts";
import { FIRST_NONE, SEED_MEAN } from "../../src/stream/kernels/core-indicators.ts";
import { PAGE_BYTES } from "../../src/stream/rings/memory-plan.ts";
import { Random } from "../../test/support/random.ts";
import * as plain from "../plain/indicators.ts";

export const SMA = 50;
export const EMA = 50;
export const RSI = 14;
export const BOLLINGER = 20;
export const WIDTH = 2;
export const ATR = 14;
export const DONCHIAN = 20;
export const MACD = [12, 26, 9] as const;

/** In the order of the output columns; `outputs` is how many an indicator has. */
export const INDICATORS = [
  { name: "SMA 50", outputs: 1 },
  { name: "EMA 50", outputs: 1 },
  { name: "RSI 14", outputs: 1 },
  { name: "Bollinger 20", outputs: 3 },
  { name: "ATR 14", outputs: 1 },
  { name: "Donchian 20", outputs: 2 },
  { name: "MACD 12, 26, 9", outputs: 3 },
] as const;
export type IndicatorName = (typeof INDICATORS)[number]["name"];
const OUTPUTS = 12;
const FIRST = 65_536;

export class IndicatorBars {
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  /** What the core has written, one column after the other. */
  readonly written: readonly Float64Array[];
  /** What plain JavaScript has written. */
  readonly plainWritten: readonly Float64Array[];
  readonly core: Readonly<Record<IndicatorName, () => void>>;
  readonly plain: Readonly<Record<IndicatorName, () => void>>;

  constructor(count: number, seed: number) {
    const stride = count * 8 + 128; // columns that begin at equal places of a page fight for the same cache lines
    const pages = Math.ceil((FIRST + (OUTPUTS + 4) * stride) / PAGE_BYTES);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    const addresses = Array.from({ length: OUTPUTS + 4 }, (_, column) => FIRST + column * stride);
    const [high = 0, low = 0, close = 0, scratch = 0, ...outs] = addresses;
    const view = (address: number): Float64Array => new Float64Array(memory.buffer, address, count);
    fill([high, low, close].map(view), new Random(seed));
    [this.high, this.low, this.close] = [high, low, close].map((address) => Float64Array.from(view(address))) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    this.written = outs.map(view);
    this.plainWritten = outs.map(() => new Float64Array(count));
    const core = instantiateCore(loadCore("release").module, memory);
    this.core = coreCalls(core, { high, low, close, scratch, outs, count });
    this.plain = this.plainCalls();
  }

  allOf(side: "core" | "plain"): void {
    for (const { name } of INDICATORS) this[side][name]();
  }

  /** Largest difference between the two sides, relative to the price; throws where one is defined and the other not. */
  disagreement(): number {
    let worst = 0;
    this.written.forEach((column, place) => {
      const other = this.plainWritten[place] ?? column;
      column.forEach((value, t) => {
        const own = other[t] ?? Number.NaN;
        if (Number.isNaN(value) !== Number.isNaN(own)) throw new Error(`output ${place} at bar ${t}: ${value}, ${own}`);
        const size = Math.max(1, Math.abs(own));
        if (!Number.isNaN(value)) worst = Math.max(worst, Math.abs(value - own) / size);
      });
    });
    return worst;
  }

  private plainCalls(): Record<IndicatorName, () => void> {
    const { high, low, close } = this;
    const [sma, ema, rsi, middle, upper, lower, atr, top, bottom, line, signal, histogram] = this
      .plainWritten as unknown as readonly [...Twelve];
    return {
      "SMA 50": () => plain.sma(close, SMA, sma),
      "EMA 50": () => plain.ema(close, EMA, ema),
      "RSI 14": () => plain.rsi(close, RSI, rsi),
      "Bollinger 20": () => plain.bollinger(close, BOLLINGER, WIDTH, middle, upper, lower),
      "ATR 14": () => plain.atr(high, low, close, ATR, atr),
      "Donchian 20": () => plain.donchian(high, low, DONCHIAN, top, bottom),
      "MACD 12, 26, 9": () => plain.macd(close, ...MACD, { line, signal, histogram }),
    };
  }
}
type C = Float64Array;
type Twelve = [C, C, C, C, C, C, C, C, C, C, C, C];

interface Places {
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly scratch: number;
  readonly outs: readonly number[];
  readonly count: number;
}

function coreCalls(
  core: CoreExports,
  { high, low, close, scratch, outs, count }: Places,
): Record<IndicatorName, () => void> {
  const [sma = 0, ema = 0, rsi = 0, middle = 0, upper = 0, lower = 0, atr = 0, ...rest] = outs;
  const [top = 0, bottom = 0, line = 0, signal = 0, histogram = 0] = rest;
  return {
    "SMA 50": () => core.sma(close, count, SMA, sma),
    "EMA 50": () => core.ema(close, count, EMA, SEED_MEAN, ema),
    "RSI 14": () => core.rsi(close, count, RSI, rsi),
    "Bollinger 20": () => core.bollinger(close, count, BOLLINGER, WIDTH, 0, middle, upper, lower),
    "ATR 14": () => core.atr(high, low, close, count, ATR, FIRST_NONE, atr),
    "Donchian 20": () => core.donchian(high, low, count, DONCHIAN, 0, top, bottom, scratch),
    "MACD 12, 26, 9": () => core.macd(close, count, ...MACD, SEED_MEAN, line, signal, histogram),
  };
}

function fill(columns: readonly Float64Array[], random: Random): void {
  const [high, low, close] = columns;
  let price = 100;
  for (let t = 0; t < (close?.length ?? 0); t++) {
    price *= Math.exp(0.001 * random.normal());
    close?.fill(price, t, t + 1);
    high?.fill(price * (1 + random.between(0, 0.001)), t, t + 1);
    low?.fill(price * (1 - random.between(0, 0.001)), t, t + 1);
  }
}
