// Every rule of fed_policy_detector with the change that takes it out.
import type { AuditedRule } from "./rule.ts";

const KERNEL = "assembly/kernels/news-driven/fed-policy-detector.ts";
const SURPRISE = "assembly/kernels/news-driven/rates-surprise.ts";

function rule(name: string, find: string, replace: string, test: string, file = KERNEL): AuditedRule {
  return {
    strategy: "fed_policy_detector",
    rule: name,
    file,
    find,
    replace,
    test: "test/unit/assembly/fed-policy-detector.test.ts",
    name: test,
  };
}

export const POLICY_RULES: readonly AuditedRule[] = [
  rule(
    "the front contract is scaled",
    "return left > 0 ? (days / left) * change : days * change;",
    "return change;",
    "is the front contract's change",
    SURPRISE,
  ),
  rule("the next contract is not", "if (ahead > 0) return change;", "", "is the change itself", SURPRISE),
  rule(
    "the last days keep the factor",
    "const left = days - day < lastDays ? lastDays : days - day;",
    "const left = days - day;",
    "keeps its factor in the last days",
    SURPRISE,
  ),
  rule(
    "the first day goes on from the month before",
    "if (day != 1 || ahead != 0 || number == 0) return before;",
    "if (day != -1) return before;",
    "on the first day of a month",
    SURPRISE,
  ),
  rule(
    "events of the window revise",
    "const revises = count > 0 && since <= afterUs;",
    "const revises = false;",
    "is revised by what comes",
    SURPRISE,
  ),
  rule(
    "sigma learns from the past",
    "squares += surprise * surprise;",
    "squares += 0.0 * surprise;",
    "and its z agree with the twin",
    SURPRISE,
  ),
  rule(
    "2.5 basis points",
    "if (!(abs(surprise) >= parameter(instance, SURPRISE_MIN) * factor)) return;",
    "if (factor == 0) return;",
    "asks for 2.5 basis points",
  ),
  rule("side against the surprise", "const pull = -surprise *", "const pull = surprise *", "sells an unexpected rise"),
  rule(
    "side by the beta",
    "* instrument(symbol, INSTRUMENT_RATES_BETA);",
    "* (instrument(symbol, INSTRUMENT_RATES_BETA) * 0 + 1);",
    "takes its side from the instrument",
  ),
  rule(
    "entries end with the window",
    "since > 0 && since <= parameter(instance, WINDOW_AFTER) * MINUTE_US",
    "since > 0",
    "enters on what becomes known",
  ),
  rule(
    "a bar from before the announcement knows nothing of it",
    "since > 0 && since <= parameter",
    "since <= parameter",
    "does not enter on a bar that ended before",
  ),
  rule("late events are not entered upon", "now - lastAnnouncement() > latest ||", "", "enters on what becomes known"),
  rule("an old price is no price", "now - priced > FRESH_US ||", "", "does not enter at an old price"),
  rule(
    "exit after its time",
    "if (time - column<f64>(cell, POLICY_ENTERED) >= parameter(instance, HOLD) * MINUTE_US) return true;",
    "",
    "leaves after its time",
  ),
  rule("stop", "if (hold.stopReached(cell, price)) return true;", "", "leaves at its stop and at its target"),
  rule("target", "return hold.targetReached(cell, price);", "return false;", "leaves at its stop and at its target"),
  rule(
    "one trade per announcement",
    "if (column<f64>(cell, POLICY_TRADED) == <f64>announcements()) return;",
    "",
    "leaves at its stop and at its target, and trades an announcement once",
  ),
  rule(
    "the slower timeframe must not disagree",
    "if (hold.cellCools(cell) || hold.slowerDisagrees(cell, side, 1)) return;",
    "if (hold.cellCools(cell)) return;",
    "waits while the confirming timeframe disagrees",
  ),
];
