// Every rule of sentiment_analysis with the change that takes it out.
import type { AuditedRule } from "./rule.ts";

const KERNEL = "assembly/kernels/news-driven/sentiment-analysis.ts";
const WINDOW = "assembly/kernels/news-driven/sentiment-window.ts";

function rule(name: string, find: string, replace: string, test: string, file = KERNEL): AuditedRule {
  return {
    strategy: "sentiment_analysis",
    rule: name,
    file,
    find,
    replace,
    test: "test/unit/assembly/sentiment-analysis.test.ts",
    name: test,
  };
}

export const SENTIMENT_RULES: readonly AuditedRule[] = [
  rule(
    "items weigh less with age",
    "return exp((-LN2 * us) / halfLifeUs);",
    "return 1.0;",
    "halves the weight of an item every three hours",
    WINDOW,
  ),
  rule(
    "prior items pull the score to 0",
    "(prior + column<f64>(cell, SENTIMENT_WEIGHT))",
    "(1e-9 * prior + column<f64>(cell, SENTIMENT_WEIGHT))",
    "halves the weight of an item every three hours",
    WINDOW,
  ),
  rule(
    "duplicates weigh a tenth",
    "weight *= parameter(instance, DUPLICATE_WEIGHT)",
    "weight *= 1.0",
    "weighs a near-duplicate a tenth",
  ),
  rule(
    "duplicates differ in six bits at most",
    "const DUPLICATE_BITS: i64 = 6;",
    "const DUPLICATE_BITS: i64 = 7;",
    "weighs a near-duplicate a tenth",
  ),
  rule(
    "the window forgets after 30 days",
    "putCell(cell, bucket(newest) + part, 0)",
    "putCell(cell, bucket(newest) + part, column<f64>(cell, bucket(newest) + part))",
    "agrees with its twin",
    WINDOW,
  ),
  rule("z has a threshold", "* regimeFactor(symbol, layout.SENTIMENT_ANALYSIS)", "* 0.1", "asks for |z|"),
  rule("five effective items", "if (!(items >= parameter(instance, ITEMS_MIN))) return;", "", "asks for five"),
  rule("the return agrees", "if (!(moved * side > 0)) return;", "", "does not enter against the return"),
  rule(
    "the window holds enough hours",
    "putCell(cell, SENTIMENT_Z, enough ? z : 0);",
    "putCell(cell, SENTIMENT_Z, z);",
    "is silent without news",
  ),
  rule(
    "exit when z is back",
    "if (abs(column<f64>(cell, SENTIMENT_Z)) < parameter(instance, EXIT_Z)) return true;",
    "",
    "leaves when z has come back",
  ),
  rule(
    "exit after three hours",
    "if (time - column<f64>(cell, SENTIMENT_ENTERED) >= parameter(instance, HOLD_HOURS) * HOUR_US) return true;",
    "",
    "leaves after three hours",
  ),
  rule("stop", "if (hold.stopReached(cell, price)) return true;", "", "leaves at its stop and at its target"),
  rule("target", "return hold.targetReached(cell, price);", "return false;", "leaves at its stop and at its target"),
  rule(
    "one trade per excursion",
    "if (column<f64>(cell, SENTIMENT_SPENT) == side) return;",
    "",
    "trades an excursion of z once",
  ),
  rule(
    "an old price is no price",
    "if (old <= FRESH_US && old >= -FRESH_US)",
    "if (old == old)",
    "enters at the last price",
  ),
  rule(
    "the slower timeframe must not disagree",
    "if (hold.cellCools(cell) || hold.slowerDisagrees(cell, side, 1)) return;",
    "if (hold.cellCools(cell)) return;",
    "stays silent while the confirming timeframe disagrees",
  ),
];
