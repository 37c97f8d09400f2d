// The rules of momentum_rider, each with the mutation that takes it out and the test that must notice.
import type { AuditedRule } from "./rule.ts";

const RULE = {
  strategy: "momentum_rider",
  file: "assembly/kernels/trend-following/momentum-rider.ts",
  test: "test/unit/assembly/momentum-rider.test.ts",
};

export const MOMENTUM_RIDER_RULES: readonly AuditedRule[] = [
  {
    ...RULE,
    rule: "speaks only above its threshold",
    find: "if (!(size > threshold) || coolingDown(cell",
    replace: "if (size == 0 || coolingDown(cell",
    name: "speaks exactly when its strength is above the threshold",
  },
  {
    ...RULE,
    rule: "the side is the sign of M",
    find: "const side: f64 = strength > 0 ? 1 : -1;",
    replace: "const side: f64 = 1;",
    name: "buys the rising reference trend and sells the falling one",
  },
  {
    ...RULE,
    rule: "leaves when M turns or falls",
    find: "if (over && !(flags & layout.FLAG_HISTORY)) {",
    replace: "if (false) {",
    name: "asks for an exit when its strength turns",
  },
  {
    ...RULE,
    rule: "volume can be required",
    find: "if (!confirmed && parameter(instance, REQUIRE_VOLUME) != 0) return;",
    replace: "",
    name: "honours its parameters",
  },
  {
    ...RULE,
    rule: "a slower timeframe may not disagree",
    find: "if (slowerDisagrees(cell, side, column<f64>(cell, layout.MOMENTUM_HORIZON))) return;",
    replace: "",
    name: "stays silent while the confirming timeframe disagrees",
  },
  {
    ...RULE,
    rule: "stop by percent",
    find: "parameter(instance, STOP_PERCENT) * price",
    replace: "0.5 * price",
    name: "buys the rising reference trend",
  },
  {
    ...RULE,
    rule: "target by percent",
    find: "parameter(instance, TARGET_PERCENT) * price",
    replace: "0.5 * price",
    name: "buys the rising reference trend",
  },
  {
    ...RULE,
    rule: "stop by ATR",
    find: "byAtr ? parameter(instance, STOP_ATR) * atr",
    replace: "byAtr ? 9 * atr",
    name: "honours its parameters",
  },
  {
    ...RULE,
    rule: "confidence is capped",
    find: "const confidence = certain < CONFIDENCE_MAX ? certain : CONFIDENCE_MAX;",
    replace: "const confidence = certain;",
    name: "buys the rising reference trend",
  },
  {
    ...RULE,
    rule: "horizons not filled are left out",
    find: "const filled = less<T>(horizon, count);",
    replace: "const filled = less<T>(splat<T>(-1), count);",
    name: "agrees with its twin",
  },
  {
    ...RULE,
    rule: "the trend is that of the longest filled horizon",
    find: "const longer = both<T>(filled, less<T>(longest, horizon));",
    replace: "const longer = both<T>(filled, equal<T>(longest, splat<T>(0)));",
    name: "tells the trend of its longest filled horizon",
  },
];
