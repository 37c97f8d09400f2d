// The rules of global_liquidity_signal, each with the mutation that takes it out and the test that must notice.
import type { AuditedRule } from "./rule.ts";

const strategy = "global_liquidity_signal";
const test = "test/unit/assembly/global-liquidity-signal.test.ts";
const SIGNAL = { strategy, test, file: "assembly/kernels/htf/global-liquidity-signal.ts" };
const WEEKS = { strategy, test, file: "assembly/kernels/htf/liquidity-weeks.ts" };

export const GLOBAL_LIQUIDITY_SIGNAL_RULES: readonly AuditedRule[] = [
  {
    ...WEEKS,
    rule: "net liquidity is assets less the Treasury's account less repos",
    find: "return assets - treasury - repos;",
    replace: "return assets - treasury;",
    name: "agrees with its twin every week of a made history",
  },
  {
    ...WEEKS,
    rule: "amounts by the unit of the event",
    find: "return value * 1e3;",
    replace: "return value;",
    name: "agrees with its twin on the recorded series",
  },
  {
    ...WEEKS,
    rule: "other units are refused",
    find: "return NaN;\n  }\n}\n\n/** The latest week",
    replace: "return value;\n  }\n}\n\n/** The latest week",
    name: "takes amounts in dollars only",
  },
  {
    ...WEEKS,
    rule: "nothing before its release",
    find: "time >= newYorkTime(7 * week, 16.5) ? week - 1 : week - 2",
    replace: "week - 1",
    name: "does not know a week before half past four in New York",
  },
  {
    ...WEEKS,
    rule: "growth over 13 weeks",
    find: "const GROWTH_WEEKS: i32 = 13;",
    replace: "const GROWTH_WEEKS: i32 = 12;",
    name: "agrees with its twin every week of a made history",
  },
  {
    ...SIGNAL,
    rule: "z beyond its threshold",
    find: "if (!(abs(z) > threshold) || slowerDisagrees",
    replace: "if (slowerDisagrees",
    name: "says nothing while |z| is within its threshold",
  },
  {
    ...SIGNAL,
    rule: "exit when z has turned",
    find: "if (heldSide(cell) * z < 0) leave(cell, price, z);",
    replace: "",
    name: "leaves when z has turned",
  },
  {
    ...SIGNAL,
    rule: "disaster stop",
    find: "if (heldSide(cell) != 0 && stopReached(cell, close)) leave(cell, close, column<f64>(cell, Z));",
    replace: "",
    name: "leaves at a close beyond its disaster stop",
  },
  {
    ...SIGNAL,
    rule: "lag",
    find: "latest - i32(parameter(instance, LAG_WEEKS))",
    replace: "latest",
    name: "sets the growth back by as many weeks as it is told",
  },
  {
    ...SIGNAL,
    rule: "a week is decided once",
    find: "if (column<f64>(cell, WEEK) > column<f64>(cell, DECIDED) && price > 0)",
    replace: "if (column<f64>(cell, WEEK) > 0 && price > 0)",
    name: "with the confidence of half of it, once a week",
  },
  {
    ...SIGNAL,
    rule: "least weeks",
    find: "if (count < parameter(instance, MIN_WEEKS) || !(variance > 1e-24)) return count;",
    replace: "if (!(variance > 1e-24)) return count;",
    name: "is silent before 52 weeks of growth",
  },
];
