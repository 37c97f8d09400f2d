// The rules of macro_trend_tracker, each with the mutation that takes it out and the test that must notice.
import type { AuditedRule } from "./rule.ts";

const RULE = {
  strategy: "macro_trend_tracker",
  file: "assembly/kernels/htf/macro-trend-tracker.ts",
  test: "test/unit/assembly/macro-trend-tracker.test.ts",
};

export const MACRO_TREND_TRACKER_RULES: readonly AuditedRule[] = [
  {
    ...RULE,
    rule: "waits until the longest horizon is filled",
    find: "if (missing > 0 || flags & layout.FLAG_HISTORY) return;",
    replace: "if (flags & layout.FLAG_HISTORY) return;",
    name: "says how many closes are missing, and is silent until then",
  },
  {
    ...RULE,
    rule: "decides once in a period",
    find: "if (period == column<f64>(cell, PERIOD)) return;",
    replace: "",
    name: "decides with the first close that the longest horizon allows",
  },
  {
    ...RULE,
    rule: "weekly option",
    find: "weekly ? (day + 3) / 7 + 1 : monthOf(day)",
    replace: "monthOf(day)",
    name: "decides with the first close of each week",
  },
  {
    ...RULE,
    rule: "side is the mean sign of three returns",
    find: "sum += move > 0 ? 1 : move < 0 ? -1 : 0;",
    replace: "sum += 1;",
    name: "agrees with its twin at every decision",
  },
  {
    ...RULE,
    rule: "exit when the sign has turned",
    find: "if (heldSide(cell) * blend < 0) leave(cell, close, blend);",
    replace: "if (heldSide(cell) * blend < 0) return;",
    name: "leaves with an exit at the decision at which the sign has turned",
  },
  {
    ...RULE,
    rule: "stop",
    find: "if (heldSide(cell) != 0 && stopReached(cell, close)) leave(cell, close, 0);",
    replace: "",
    name: "leaves at the first close at or beyond the stop",
  },
  {
    ...RULE,
    rule: "volatility around the weighted mean, annualised by 261",
    find: "const YEAR: f64 = 261;",
    replace: "const YEAR: f64 = 252;",
    name: "agrees with its twin at every decision",
  },
  {
    ...RULE,
    rule: "confidence from mean sign and t",
    find: "abs(blend) * (certain < 1.0 ? certain : 1.0)",
    replace: "abs(blend)",
    name: "agrees with its twin at every decision",
  },
  {
    ...RULE,
    rule: "size limited",
    find: "(full < most ? full : most)",
    replace: "full",
    name: "scales its size with volatility and risk tolerance",
  },
  {
    ...RULE,
    rule: "confirming timeframe",
    find: "if (slowerDisagrees(cell, side, parameter(instance, HORIZON_SHORT))) return;",
    replace: "",
    name: "stays out while the confirming timeframe has moved the other way",
  },
];
