// The recorded market on which the tests of a strategy are run: the last weeks of the symbols that it names.
import { openHistory } from "../history/history.ts";
import { chooseMarket, type MarketChoice } from "./market-choice.ts";

const SPAN_MS = 30 * 86_400_000;
const BAR_MS = 300_000;

/** Null: there is no folder, it cannot be read, or one of the symbols has too few bars in it. */
export function recordedMarket(dataDir: string | null, symbols: readonly string[]): MarketChoice | null {
  const opened = dataDir === null ? null : openHistory(dataDir);
  if (opened === null || !opened.ok) return null;
  const wanted = { types: [{ legs: [1, 1] as const }], symbols, spanMs: SPAN_MS, intervalMs: BAR_MS };
  const chosen = chooseMarket(opened.value, wanted);
  return chosen.source === "history" ? chosen : null;
}
