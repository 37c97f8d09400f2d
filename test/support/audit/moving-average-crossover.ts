// Every rule of moving_average_crossover, with the text that takes it out of the kernel and the test that must then fail.
import type { AuditedRule } from "./rule.ts";

const FILE = "assembly/kernels/trend-following/moving-average-crossover.ts";
const TEST = "test/unit/assembly/moving-average-crossover.test.ts";
const rule = (name: string, find: string, replace: string, test: string): AuditedRule => {
  return { strategy: "moving_average_crossover", rule: name, file: FILE, find, replace, test: TEST, name: test };
};

export const CROSSOVER_RULES: readonly AuditedRule[] = [
  rule(
    "a signal only when the flag turns",
    "const turn = flag != 0 && now != flag ? now : 0;",
    "const turn = now;",
    "speaks once",
  ),
  rule(
    "hysteresis",
    "const border = least < price * NOISE ? price * NOISE : least;",
    "const border = price * NOISE;",
    "keeps its flag while the averages are closer",
  ),
  rule(
    "regime factor on the hysteresis",
    "const factor = regimeFactor(symbol, layout.MOVING_AVERAGE_CROSSOVER);",
    "const factor: f64 = 1;",
    "turns its flag earlier",
  ),
  rule(
    "ADX where required",
    "if (parameter(instance, REQUIRE_ADX) != 0 && !(adx > parameter(instance, ADX_THRESHOLD))) return;",
    "",
    "asks for directed movement",
  ),
  rule(
    "no entry while the slower timeframe disagrees",
    "if (slowerDisagrees(cell, side, column<f64>(cell, FAST))) return;",
    "",
    "stays silent while the confirming timeframe",
  ),
  rule("stop behind the slow average", "near < behind ? behind : near", "near", "puts the stop at two ATR or behind"),
  rule("exit at the stop", "if (stopReached(cell, price)) return true;", "", "stops at the stop"),
  rule("exit at the target", "if (targetReached(cell, price)) return true;", "", "takes the target"),
  rule("exit at the opposite cross", "if (turn == -heldSide(cell)) return true;", "", "ends with the opposite cross"),
  rule(
    "exit after the horizon",
    "return heldSamples(cell) >= (horizon > 0 ? horizon : column<f64>(cell, FAST));",
    "return horizon < 0;",
    "ends after the length of the fast average",
  ),
  rule(
    "confidence by slope and distance",
    "tanh((slope * side + abs(distance)) / atr)",
    "0.5",
    "is the more confident",
  ),
];
