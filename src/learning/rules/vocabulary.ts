// What a rule text may name of the market: readings of the event at hand, indicators over the events of the symbol, and a few
// functions. One row a word: what it takes, what it is, and how the SDK (assembly/sdk) says it. Prices are in the symbol's
// unit; shares are fractions (2 % is 0.02); durations are microseconds; hours and weekdays are UTC.
import { REGIME_SIGNAL } from "../../domain/program-signals.ts";
import { LENGTH_MAX } from "./limits.ts";

/** `plain`: a number that was written down, which may also stand for a price. */
export type Type = "boolean" | "number" | "plain" | "price" | "share" | "duration" | "regime" | "side";

/** What an indicator is given once, when it is made. */
export interface Length {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly whole: boolean;
  /** Where it is left out; null: it must be given. */
  readonly standard: number | null;
}

/** By the name behind the dot; the empty one stands for none. */
type Fields = Readonly<Record<string, readonly [type: Type, says: string]>>;

export interface Word {
  readonly kind: "reading" | "indicator";
  readonly name: string;
  readonly lengths: readonly Length[];
  readonly fields: Fields;
  /** Class of the SDK and what its `next` is given; null: the reading stands in the event. */
  readonly made: readonly [kind: string, next: string] | null;
  readonly meaning: string;
}

const samples = (name: string, standard: number | null = null, least = 1): Length => ({
  name,
  least,
  most: LENGTH_MAX,
  whole: true,
  standard,
});

function reading(name: string, type: Type, says: string, meaning: string): Word {
  return { kind: "reading", name, lengths: [], fields: { "": [type, says] }, made: null, meaning };
}
/** One for the whole text: what is held, or the state of the market. */
function kept(name: string, made: Word["made"], fields: Fields, meaning: string): Word {
  return { kind: "reading", name, lengths: [], fields, made, meaning };
}
function indicator(
  name: string,
  lengths: readonly Length[],
  made: readonly [string, string],
  fields: Fields,
  meaning: string,
): Word {
  return { kind: "indicator", name, lengths, fields, made, meaning };
}

const HELD = ["Held", "market"] as const;
const VOLATILITY = ["Volatility", "market.price"] as const;
const CLOSE = "market.price";
const BAR = "market.high, market.low, market.price";

export const WORDS: readonly Word[] = [
  reading("price", "price", CLOSE, "of the trade, close of the bar, middle of the quote"),
  reading("open", "price", "market.open", "of the bar; of a trade its price"),
  reading("high", "price", "market.high", "of the bar; of a trade its price"),
  reading("low", "price", "market.low", "of the bar; of a trade its price"),
  reading("bid", "price", "known(market.bid)", "best price to sell at; not known before the first quote"),
  reading("ask", "price", "known(market.ask)", "best price to buy at; not known before the first quote"),
  reading("spread", "price", "known(market.ask) - known(market.bid)", "between the best prices"),
  reading("volume", "number", "market.volume", "of the trade or bar; 0 at a quote"),
  reading("hour", "number", "hour(market.time)", "of the day, 0 to 23"),
  reading("minute", "number", "minute(market.time)", "of the hour, 0 to 59"),
  reading("weekday", "number", "weekday(market.time)", "1 Monday to 7 Sunday"),
  kept("position", HELD, { "": ["side", "side"] }, "what is held: long, short or flat"),
  kept("held", HELD, { "": ["duration", "age"] }, "since the position was first seen; not known while flat"),
  kept("entry", HELD, { "": ["price", "entry"] }, "price at which the position was first seen; not known while flat"),
  kept("profit", HELD, { "": ["share", "profit"] }, "of the position since then; not known while flat"),
  reading("regime", "regime", `S_${REGIME_SIGNAL}.side`, "trending, ranging, volatile, calm or unknown"),
  kept(
    "volatility",
    VOLATILITY,
    { "": ["number", "ratio"], high: ["boolean", "high"], low: ["boolean", "low"] },
    "of the last 20 returns over that of the last 100; high above 1.5, low below 0.67",
  ),
  indicator("sma", [samples("n")], ["Sma", CLOSE], { "": ["price", "value"] }, "simple average of prices"),
  indicator("ema", [samples("n")], ["Ema", CLOSE], { "": ["price", "value"] }, "exponential average of prices"),
  indicator("rsi", [samples("n", 14)], ["Rsi", CLOSE], { "": ["number", "value"] }, "relative strength, 0 to 100"),
  indicator("atr", [samples("n", 14)], ["Atr", BAR], { "": ["price", "value"] }, "average true range"),
  indicator(
    "deviation",
    [samples("n", null, 2)],
    ["Deviation", CLOSE],
    { "": ["price", "value"] },
    "standard deviation of prices",
  ),
  indicator(
    "zscore",
    [samples("n", 20, 2)],
    ["ZScore", CLOSE],
    { "": ["number", "value"] },
    "distance from the average in deviations",
  ),
  indicator(
    "bollinger",
    [samples("n", 20, 2), { name: "width", least: 0, most: 100, whole: false, standard: 2 }],
    ["Bollinger", CLOSE],
    { "": ["price", "middle"], middle: ["price", "middle"], upper: ["price", "upper"], lower: ["price", "lower"] },
    "average and its bands",
  ),
  indicator(
    "macd",
    [samples("fast", 12), samples("slow", 26), samples("signal", 9)],
    ["Macd", CLOSE],
    { "": ["price", "value"], signal: ["price", "signal"], histogram: ["price", "histogram"] },
    "difference of two exponential averages, its own average, and their difference",
  ),
  indicator(
    "highest",
    [samples("n", 20)],
    ["Channel", "market.high, market.low"],
    { "": ["price", "upper"] },
    "high of the n events before this one",
  ),
  indicator(
    "lowest",
    [samples("n", 20)],
    ["Channel", "market.high, market.low"],
    { "": ["price", "lower"] },
    "low of the n events before this one",
  ),
  indicator("change", [samples("n", 1)], ["Change", CLOSE], { "": ["share", "value"] }, "of the price over n events"),
  indicator(
    "average_volume",
    [samples("n", 20)],
    ["Sma", "market.volume"],
    { "": ["number", "value"] },
    "simple average of volumes",
  ),
];

/** Functions: how many they take, and what the SDK calls them. */
export const FUNCTIONS: Readonly<Record<string, readonly [count: number, says: string]>> = {
  abs: [1, "magnitude"],
  min: [2, "lesser"],
  max: [2, "larger"],
};

/** Words that are values by themselves; the numbers are those of the SDK, of regimes assembly/regimes.ts. */
export const VALUES: Readonly<Record<string, readonly [type: Type, value: number]>> = {
  unknown: ["regime", 0],
  trending: ["regime", 1],
  ranging: ["regime", 2],
  volatile: ["regime", 3],
  calm: ["regime", 4],
  short: ["side", -1],
  flat: ["side", 0],
  long: ["side", 1],
};

/** What can be asked of a strategy's signals. */
export const SIGNAL_FIELDS: Readonly<Record<string, readonly [type: Type, says: string]>> = {
  buy: ["boolean", "buy"],
  sell: ["boolean", "sell"],
  exit: ["boolean", "exit"],
  long: ["boolean", "long"],
  short: ["boolean", "short"],
  flat: ["boolean", "flat"],
  side: ["side", "side"],
  confidence: ["number", "confidence"],
};

export function wordOf(name: string): Word | null {
  return WORDS.find((one) => one.name === name) ?? null;
}
