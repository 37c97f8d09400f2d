// The rules of volatility_responsive_mm, each with the mutation that takes it out and the test that must notice.
import type { AuditedRule } from "./rule.ts";

const RULE = {
  strategy: "volatility_responsive_mm",
  file: "assembly/kernels/market-making/volatility-responsive-mm.ts",
  test: "test/unit/assembly/volatility-responsive-mm.test.ts",
};

export const VOLATILITY_RESPONSIVE_MM_RULES: readonly AuditedRule[] = [
  {
    ...RULE,
    rule: "reference leans on the MACD",
    find: "close * (1 + 0.5 * natr * (-0.5 * z + lean))",
    replace: "close",
    name: "agrees with its twin",
  },
  {
    ...RULE,
    rule: "pulled above pull_ratio",
    find: "if (ratio > parameter(instance, PULL)) {",
    replace: "if (false) {",
    name: "pulls its quotes with one exit",
  },
  {
    ...RULE,
    rule: "stays away for pull_s",
    find: "time < column<f64>(cell, PULLED_UNTIL) ||",
    replace: "",
    name: "pulls its quotes with one exit",
  },
  {
    ...RULE,
    rule: "twice as wide between the ratios",
    find: "const half = parameter(instance, LEVEL) * natr * band;",
    replace: "const half = parameter(instance, LEVEL) * natr;",
    name: "quotes twice as wide",
  },
  {
    ...RULE,
    rule: "half the size between the ratios",
    find: "parameter(instance, ORDER_SIZE) / band",
    replace: "parameter(instance, ORDER_SIZE)",
    name: "quotes twice as wide",
  },
  {
    ...RULE,
    rule: "profit barrier",
    find: "layout.CELL_TARGET)) >= 0) why = 1;",
    replace: "layout.CELL_TARGET)) >= 1e9) why = 1;",
    name: "ends it at the profit barrier",
  },
  {
    ...RULE,
    rule: "loss barrier",
    find: "layout.CELL_STOP)) <= 0) why = 2;",
    replace: "layout.CELL_STOP)) <= -1e9) why = 2;",
    name: "ends it at the loss barrier",
  },
  {
    ...RULE,
    rule: "time barrier",
    find: "parameter(instance, TIME_LIMIT_S) * 1e6) why = 3;",
    replace: "1e18) why = 3;",
    name: "ends a fill after time_limit_s",
  },
  {
    ...RULE,
    rule: "waits for its MACD",
    find: "column<f64>(cell, layout.CELL_MISSING) > 0 ||",
    replace: "",
    name: "is silent until its MACD can be believed",
  },
  {
    ...RULE,
    rule: "no buying when the inventory is full",
    find: "q >= limit ? 0 : size",
    replace: "size",
    name: "quotes only the side that empties",
  },
];
