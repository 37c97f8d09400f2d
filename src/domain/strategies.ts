// The catalogue of the 18 strategies, by code. Its entries, one file a family, are in catalogue/.
import { ARBITRAGE } from "./catalogue/arbitrage.ts";
import type { Family, StrategyType, Tier } from "./catalogue/entry.ts";
import { HTF } from "./catalogue/htf.ts";
import { MARKET_MAKING } from "./catalogue/market-making.ts";
import { NEWS_DRIVEN } from "./catalogue/news-driven.ts";
import { STATISTICAL } from "./catalogue/statistical.ts";
import { TREND_FOLLOWING } from "./catalogue/trend-following.ts";

export type { Family, Parameter, StrategyType, Tier } from "./catalogue/entry.ts";

export const STRATEGIES: readonly StrategyType[] = [
  ...ARBITRAGE,
  ...STATISTICAL,
  ...TREND_FOLLOWING,
  ...MARKET_MAKING,
  ...NEWS_DRIVEN,
  ...HTF,
].toSorted((one, other) => one.code - other.code);

/** Whether an instance of the strategy watches sets of symbols instead of each symbol by itself. */
export function isMultiLeg(code: number): boolean {
  return (STRATEGIES[code]?.legs[1] ?? 1) > 1;
}

export const FAMILIES: readonly Family[] = [
  "arbitrage",
  "statistical",
  "trend_following",
  "market_making",
  "news_driven",
  "htf",
];
export const TIERS: readonly Tier[] = ["fast", "tactical", "strategic", "learning"];
