// Every rule of breakout_strategy, with the text that takes it out of the kernel and the test that must then fail.
import type { AuditedRule } from "./rule.ts";

const FILE = "assembly/kernels/trend-following/breakout-strategy.ts";
const TEST = "test/unit/assembly/breakout-strategy.test.ts";
const rule = (name: string, find: string, replace: string, test: string): AuditedRule => {
  return { strategy: "breakout_strategy", rule: name, file: FILE, find, replace, test: TEST, name: test };
};

export const BREAKOUT_RULES: readonly AuditedRule[] = [
  rule(
    "entry only beyond the channel plus buffer",
    "if (!(beyond > factor * parameter(instance, BUFFER_ATR) * atr)) return;",
    "",
    "asks for the buffer beyond the channel",
  ),
  rule(
    "entry only with volume",
    "if (!confirmed && parameter(instance, REQUIRE_VOLUME) != 0) return;",
    "",
    "asks for volume, unless told not to",
  ),
  rule(
    "no entry while the slower timeframe disagrees",
    "if (slowerDisagrees(cell, side, <f64>lengthOf(instance, EXIT_LENGTH))) return;",
    "",
    "stays silent while the confirming timeframe falls",
  ),
  rule("exit at the stop", "if (stopReached(cell, price)) return true;", "", "stops at the stop"),
  rule("no entry on the side that has just ended", "!(over && side == held)", "true", "takes the target"),
  rule("exit at the target", "if (targetReached(cell, price)) return true;", "", "takes the target"),
  rule(
    "exit behind the best close",
    "if ((best - price) * held >= targetDistance(instance, best, atr, parameter(instance, TRAIL_ATR))) return true;",
    "",
    "trails the best close",
  ),
  rule(
    "exit beyond the exit channel",
    "return held > 0 ? price < channelLow<f64>(window, taken, length) : price > channelHigh<f64>(window, taken, length);",
    "return length == 0;",
    "leaves when the close falls below the exit channel",
  ),
  rule(
    "regime factor on the entry",
    "const factor = regimeFactor(symbol, layout.BREAKOUT_STRATEGY);",
    "const factor: f64 = 1;",
    "needs a smaller buffer and volume",
  ),
  rule(
    "confidence grows with directed movement",
    "(adx > STRONG_ADX ? 0.1 : 0)",
    "0",
    "is the more confident the farther, the busier and the more directed",
  ),
  rule("confidence grows with volume", "0.15 * busy", "0", "is the more confident the farther, the busier"),
  rule("confidence grows with distance", "0.25 * far", "0", "is the more confident the farther"),
];
