// Whether what is found about a strategy's figures counts against it (VALIDATION_MODE). Figures of a synthetic market say
// nothing about a market, so by default they are shown and fail nobody; a strategy that names symbols with recorded history
// is judged by it.
import type { JobResult } from "../backtests/backtests.ts";
import type { StageContext } from "./stage.ts";

export function countsAgainst({ mode, strategy }: Pick<StageContext, "mode" | "strategy">, result: JobResult): boolean {
  if (mode !== "auto") return mode === "strict";
  const { symbols } = strategy.parameters;
  return Array.isArray(symbols) && symbols.length > 0 && result["data_source"] === "history";
}
