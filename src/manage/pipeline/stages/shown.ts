// Of a run's result what a pipeline shows and keeps: the fields of the test result, without the lists that make it long.
import type { JsonObject } from "../../../store/strategies.ts";
import type { JobResult } from "../../backtests/backtests.ts";

const LONG: ReadonlySet<string> = new Set(["equity_curve", "trades", "runs", "stakes"]);

export function shownOf(result: JobResult): JsonObject {
  return Object.fromEntries(Object.entries(result).filter(([name]) => !LONG.has(name)));
}
