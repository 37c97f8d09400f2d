// Every rule of earnings_reaction with the change that takes it out.
import type { AuditedRule } from "./rule.ts";

const KERNEL = "assembly/kernels/news-driven/earnings-reaction.ts";
const SURPRISE = "assembly/kernels/news-driven/earnings-surprise.ts";
const MARKET = "assembly/kernels/news-driven/market.ts";

/** Tests of the session and of the market stand in a file of their own. */
const SESSION = ["is taken out", "is waited for a day", "that has closed", "is entered with", "is not waited for"];

function rule(name: string, find: string, replace: string, test: string, file = KERNEL): AuditedRule {
  const folder = "test/unit/assembly";
  const session = SESSION.some((begin) => test.startsWith(begin));
  return {
    strategy: "earnings_reaction",
    rule: name,
    file,
    find,
    replace,
    test: `${folder}/${session ? "earnings-session" : "earnings-reaction"}.test.ts`,
    name: test,
  };
}

export const EARNINGS_RULES: readonly AuditedRule[] = [
  rule(
    "without a consensus the quarter of a year ago is expected",
    "if (reports < 4) return NaN;",
    "if (reports < 400) return NaN;",
    "expects the quarter of a year ago",
    SURPRISE,
  ),
  rule(
    "and its drift",
    "+ (changes > 0 ? drift / <f64>changes : 0)",
    "",
    "expects the quarter of a year ago",
    SURPRISE,
  ),
  rule(
    "the surprise is measured by the errors before it",
    "known && deviation > 0 ? error / deviation : 0",
    "known && deviation > 0 ? error : 0",
    "expects the quarter of a year ago",
    SURPRISE,
  ),
  rule("eight errors", "<f64>misses >= least", "misses > 1", "waits for eight errors", SURPRISE),
  rule("|SUE| has a threshold", "> least;", "> 0;", "asks for a surprise beyond the threshold"),
  rule(
    "EAR has the sign of SUE",
    "if (!(reaction * surprise > 0)) return;",
    "",
    "asks for a reaction of the same sign",
  ),
  rule(
    "three looks at the reaction",
    "const LOOKS: u32 = 3;",
    "const LOOKS: u32 = 5;",
    "does not trade a report that becomes known",
  ),
  rule(
    "the market's return is taken out",
    "return first > 0 && last > 0 ? ln<f64>(last) - ln<f64>(first) : 0;",
    "return 0;",
    "is taken out of the reaction",
    MARKET,
  ),
  rule(
    "the benchmark's close is waited for",
    "if (closed == 1 && market != 0 && !marketKnows(market, column<f64>(cell, EARNINGS_TIME))) return;",
    "",
    "is waited for a day",
  ),
  rule(
    "behind the session's close the next day reacts",
    "? midnight + DAY_US : announced",
    "? announced : announced",
    "that has closed before the announcement",
  ),
  rule(
    "entry at the next session",
    " && inSession(symbolOf(cell), time)",
    "",
    "is entered with its first trade, not before it opens",
  ),
  rule(
    "a decision is dropped in time",
    "const DECIDED_MAX: f64 = 3;",
    "const DECIDED_MAX: f64 = 300;",
    "is not waited for longer",
  ),
  rule(
    "sixty trading days",
    "if (hold.heldSamples(cell) >= parameter(instance, HOLD_SAMPLES)) return true;",
    "",
    "leaves after sixty trading days",
  ),
  rule(
    "three days before the next report",
    "if (time >= column<f64>(cell, EARNINGS_NEXT) - parameter(instance, DAYS_BEFORE) * DAY_US) return true;",
    "",
    "leaves three days before the next report",
  ),
  rule(
    "the next report ends it",
    "hold.leave(cell, load<f64>(symbolRow(symbolOf(cell)), layout.SYMBOL_PRICE), column<f64>(cell, EARNINGS_SUE));",
    "",
    "leaves when the next report comes early",
  ),
  rule("stop", "if (hold.stopReached(cell, price)) return true;", "", "leaves at its stop and at its target"),
  rule("target", "return hold.targetReached(cell, price);", "return false;", "leaves at its stop and at its target"),
  rule("the confidence knows the reaction", " + 0.25 * tanh(abs(reaction) / (2 * daily))", "", "grades its confidence"),
  rule(
    "repeated reports change nothing",
    "if (!isNews(cell, announced)) return;",
    "",
    "ignores a report that is not later",
  ),
];
