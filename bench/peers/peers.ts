// Indicators of other people's npm packages, over their own kind of input (arrays of numbers, lists of candles), each as
// its documentation says to use it for a whole history. The packages are no dependencies of the engine: they are
// installed below this folder by `npm run bench:peers`, and what is not installed is left out.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { IndicatorName } from "../kernels/indicator-bars.ts";

const HERE = fileURLToPath(new URL("../../../../bench/peers/package.json", import.meta.url));

export interface PeerBars {
  readonly high: readonly number[];
  readonly low: readonly number[];
  readonly close: readonly number[];
}
export interface Peer {
  readonly name: string;
  readonly calls: Readonly<Partial<Record<IndicatorName, () => unknown>>>;
}

type Call = (...values: readonly unknown[]) => unknown;
type Functions = Readonly<Record<string, Call>>;

/** The packages that are installed; `absent` names the others. */
export async function peers(
  bars: PeerBars,
): Promise<{ readonly found: readonly Peer[]; readonly absent: readonly string[] }> {
  const found: Peer[] = [];
  const absent: string[] = [];
  for (const [name, calls] of Object.entries(PACKAGES)) {
    const module = await load(name);
    if (module === undefined) absent.push(name);
    else found.push({ name, calls: calls(module, bars) });
  }
  return { found, absent };
}

async function load(name: string): Promise<Record<string, unknown> | undefined> {
  if (!existsSync(HERE)) return undefined;
  try {
    const path = createRequire(HERE).resolve(name);
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}

const PACKAGES: Readonly<Record<string, (module: Record<string, unknown>, bars: PeerBars) => Peer["calls"]>> = {
  "@ixjb94/indicators": (module, { high, low, close }) => {
    const IndicatorsSync = module["IndicatorsSync"] as new () => Functions;
    const ta = new IndicatorsSync();
    return {
      "SMA 50": () => ta["sma"]?.(close, 50),
      "EMA 50": () => ta["ema"]?.(close, 50),
      "RSI 14": () => ta["rsi"]?.(close, 14),
      // Lower, middle, upper.
      "Bollinger 20": () => (ta["bbands"]?.(close, 20, 2) as readonly unknown[] | undefined)?.[2],
      "ATR 14": () => ta["atr"]?.(high, low, close, 14),
      // Its Donchian channel slices a window per bar; its maximum and minimum are faster.
      "Donchian 20": () => [ta["max"]?.(high, 20), ta["min"]?.(low, 20)],
      "MACD 12, 26, 9": () => ta["macd"]?.(close, 12, 26, 9),
    };
  },
  indicatorts: (module, { high, low, close }) => {
    const ta = module as Functions;
    return {
      "SMA 50": () => ta["sma"]?.(close, { period: 50 }),
      "EMA 50": () => ta["ema"]?.(close, { period: 50 }),
      "RSI 14": () => ta["rsi"]?.(close, { period: 14 }),
      "Bollinger 20": () => ta["bb"]?.(close, { period: 20 }),
      "ATR 14": () => ta["atr"]?.(high, low, close, { period: 14 }),
      // Of the closes only: half of the work.
      "Donchian 20": () => ta["dc"]?.(close, { period: 20 }),
      "MACD 12, 26, 9": () => ta["macd"]?.(close, { fast: 12, slow: 26, signal: 9 }),
    };
  },
  technicalindicators: (module, { high, low, close }) => {
    const ta = module as Functions;
    const values = close;
    const macd = {
      values,
      fastPeriod: 12,
      slowPeriod: 26,
      signalPeriod: 9,
      SimpleMAOscillator: false,
      SimpleMASignal: false,
    };
    return {
      "SMA 50": () => ta["sma"]?.({ period: 50, values }),
      "EMA 50": () => ta["ema"]?.({ period: 50, values }),
      "RSI 14": () => ta["rsi"]?.({ period: 14, values }),
      "Bollinger 20": () => ta["bollingerbands"]?.({ period: 20, stdDev: 2, values }),
      "ATR 14": () => ta["atr"]?.({ period: 14, high, low, close }),
      "Donchian 20": () => [ta["highest"]?.({ period: 20, values: high }), ta["lowest"]?.({ period: 20, values: low })],
      "MACD 12, 26, 9": () => ta["macd"]?.(macd),
    };
  },
  "trading-signals": (module, { high, low, close }) => {
    const candles = close.map((price, t) => ({ high: high[t], low: low[t], close: price }));
    const all = (name: string, inputs: readonly unknown[], ...settings: readonly unknown[]): unknown => {
      const indicator = make(module, name, ...settings);
      return indicator.updates(inputs, false);
    };
    return {
      "SMA 50": () => all("SMA", close, 50),
      "EMA 50": () => all("EMA", close, 50),
      "RSI 14": () => all("RSI", close, 14),
      "Bollinger 20": () => all("BollingerBands", close, 20, 2),
      "ATR 14": () => all("ATR", candles, 14),
      "Donchian 20": () => all("DonchianChannels", candles, 20),
      "MACD 12, 26, 9": () => all("MACD", close, ...[12, 26, 9].map((n) => make(module, "EMA", n))),
    };
  },
};

interface Streaming {
  updates(inputs: readonly unknown[], replace: boolean): unknown;
}
function make(module: Record<string, unknown>, name: string, ...settings: readonly unknown[]): Streaming {
  const Indicator = module[name] as new (...settings: readonly unknown[]) => Streaming;
  return new Indicator(...settings);
}

/** The last number of what a peer returned, for a look at whether it computes the same thing. */
export function lastNumber(result: unknown): number {
  if (typeof result === "number") return result;
  if (Array.isArray(result)) {
    const list = result as readonly unknown[];
    return lastNumber(typeof list[0] === "number" || !Array.isArray(list[0]) ? list.at(-1) : list[0]);
  }
  if (typeof result !== "object" || result === null) return Number.NaN;
  const fields = result as Record<string, unknown>;
  const first = ["upper", "macd", "MACD", "macdLine", "atrLine"].find((name) => fields[name] !== undefined);
  return lastNumber(first === undefined ? Object.values(fields)[0] : fields[first]);
}
