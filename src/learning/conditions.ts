// Which regime somebody means who says what the market is like: `regime` by its word, or the words that clients send for
// volatility and trend. Nothing that is understood: null. Pure.
import { type Regime, REGIMES } from "../domain/regime.ts";

const WORDS: readonly (readonly [field: string, words: readonly string[], regime: Regime])[] = [
  ["volatility", ["high", "extreme", "rising"], "volatile"],
  ["trend", ["strong", "up", "down", "bullish", "bearish", "trending"], "trending"],
  ["volatility", ["low", "falling"], "calm"],
  ["trend", ["none", "sideways", "flat", "ranging", "neutral"], "ranging"],
];

/** A string: what is wrong with it. */
export function regimeMeant(
  conditions: Readonly<Record<string, unknown>>,
): { readonly regime: Regime | null } | { readonly issue: string } {
  const named = conditions["regime"] ?? conditions["market_regime"];
  if (named !== undefined) {
    const regime = REGIMES.find((one) => one === named);
    return regime === undefined ? { issue: `regime must be one of ${REGIMES.join(", ")}` } : { regime };
  }
  const found = WORDS.find(([field, words]) => words.some((word) => word === conditions[field]));
  return { regime: found?.[2] ?? null };
}
