// The limits of a strategy that the engine knows; other keys are kept and mean nothing to it. Losses are negative.
import type { FieldIssue } from "../../domain/failure.ts";
import type { JsonObject } from "./merge.ts";

interface Rule {
  readonly fits: (value: number) => boolean;
  readonly must: string;
}

const RULES: Readonly<Record<string, Rule>> = {
  max_position_size: { fits: (value) => value > 0, must: "must be a number above 0" },
  daily_loss_limit: { fits: (value) => value <= 0, must: "must be a number of at most 0: losses are negative" },
  max_drawdown: { fits: (value) => value >= -1 && value <= 0, must: "must be a number from -1 to 0" },
  var_95: { fits: (value) => value >= -1 && value <= 0, must: "must be a number from -1 to 0" },
  expected_shortfall_95: { fits: (value) => value >= -1 && value <= 0, must: "must be a number from -1 to 0" },
  max_correlation: { fits: (value) => value >= -1 && value <= 1, must: "must be a number from -1 to 1" },
  max_open_positions: {
    fits: (value) => Number.isSafeInteger(value) && value >= 1,
    must: "must be an integer of at least 1",
  },
};

export function riskLimitIssues(limits: JsonObject): readonly FieldIssue[] {
  return Object.entries(RULES).flatMap(([name, { fits, must }]) => {
    const value = limits[name];
    const good = value === undefined || (typeof value === "number" && fits(value));
    return good ? [] : [{ field: `risk_limits.${name}`, issue: must }];
  });
}
