// Which regime somebody means who says what the market is like: `regime` or `market_regime` by the engine's word for it, or
// the words that clients send for volatility and trend. Senders say what they like, so what is not understood counts as
// not said; nothing that is: null. Pure.
import { type Regime, REGIMES } from "../domain/regime.ts";

const WORDS: readonly (readonly [field: string, words: readonly string[], regime: Regime])[] = [
  ["volatility", ["high", "extreme", "rising"], "volatile"],
  ["trend", ["strong", "up", "down", "bullish", "bearish", "trending"], "trending"],
  ["volatility", ["low", "falling"], "calm"],
  ["trend", ["none", "sideways", "flat", "ranging", "neutral"], "ranging"],
];

export function regimeMeant(conditions: Readonly<Record<string, unknown>>): Regime | null {
  for (const named of [conditions["regime"], conditions["market_regime"]]) {
    const regime = REGIMES.find((one) => one === named);
    if (regime !== undefined) return regime;
  }
  const found = WORDS.find(([field, words]) => words.some((word) => word === conditions[field]));
  return found?.[2] ?? null;
}
