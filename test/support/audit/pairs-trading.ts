// The rules of pairs_trading, each with the mutation that takes it out and the test that must notice.
import type { AuditedRule } from "./rule.ts";

const FOLDER = "assembly/kernels/statistical";
const TESTS = "test/unit/assembly";
const RULE = {
  strategy: "pairs_trading",
  file: `${FOLDER}/pairs-rule.ts`,
  test: `${TESTS}/pairs-trading.test.ts`,
};
const EVERY_BAR = "does at every bar what the written-out strategy does";
const SHUT = { test: `${TESTS}/pairs-trading-rules.test.ts`, name: "opens nothing while the gate is shut" };
const SILENT = {
  test: `${TESTS}/pairs-trading-rules.test.ts`,
  name: "is flat, and stays so, when one leg goes silent",
};
const BETA = { test: `${TESTS}/pairs-trading-rules.test.ts`, name: "is flat when beta leaves its side" };
const FOLLOWS = "follows its parameters";
const BREAKS = "stops when the spread breaks, and waits until it has come back";

export const PAIRS_TRADING_RULES: readonly AuditedRule[] = [
  {
    ...RULE,
    rule: "enters beyond entry_z only",
    find: "  if (!(distance > entry)) return;\n",
    replace: "",
    name: EVERY_BAR,
  },
  {
    ...RULE,
    rule: "does not enter beyond stop_z",
    find: "  if (!(distance < parameter(instance, STOP_Z))) return;\n",
    replace: "",
    name: EVERY_BAR,
  },
  {
    ...RULE,
    rule: "enters only while the gate is passed",
    find: "  if (get(at, PAIR_PASSED) == 0) return;\n",
    replace: "",
    ...SHUT,
  },
  {
    ...RULE,
    rule: "waits after a stop until |z| has been below entry_z",
    find: "  if (get(at, PAIR_ARMED) == 0) return;\n",
    replace: "",
    name: BREAKS,
  },
  {
    ...RULE,
    rule: "buys y below zero, sells it above",
    find: "const side: f64 = get(at, PAIR_Z) > 0 ? -1 : 1;",
    replace: "const side: f64 = get(at, PAIR_Z) > 0 ? 1 : -1;",
    name: EVERY_BAR,
  },
  {
    ...RULE,
    rule: "leaves at exit_z",
    find: "  if (-side * z <= parameter(instance, EXIT_Z)) return leave(group, at, 1);\n",
    replace: "",
    name: EVERY_BAR,
  },
  {
    ...RULE,
    rule: "stops beyond stop_z",
    find: "  if (abs(z) > parameter(instance, STOP_Z)) return leave(group, at, 0);\n",
    replace: "",
    name: EVERY_BAR,
  },
  {
    ...RULE,
    rule: "flat when a leg is silent",
    find: "  if (mismatched(at, instance)) return leave(group, at, 1);\n",
    replace: "",
    ...SILENT,
  },
  {
    ...RULE,
    rule: "no entry while a leg is silent",
    find: "  if (mismatched(at, instance)) return;\n",
    replace: "",
    ...SILENT,
  },
  {
    ...RULE,
    rule: "flat when beta leaves its side",
    find: "  if (!((hedge > 0 ? beta : -beta) >= BETA_MIN)) return leave(group, at, 1);\n",
    replace: "",
    ...BETA,
  },
  {
    ...RULE,
    rule: "no entry without a hedge",
    find: "  if (!(abs(standardBeta(at)) >= BETA_MIN)) return;\n",
    replace: "",
    ...BETA,
  },
  {
    ...RULE,
    rule: "hedges again when beta has moved",
    find: "  if (abs(beta - hedge) > parameter(instance, REHEDGE) * abs(hedge)) rehedge(group, at, side);\n",
    replace: "",
    name: FOLLOWS,
  },
  {
    ...RULE,
    rule: "both legs or none",
    find: "if (!legSignal(group, at, index, side, confidence, ASK)) return;",
    replace: "legSignal(group, at, index, side, confidence, ASK);",
    test: `${TESTS}/pairs-trading-rules.test.ts`,
    name: "sends none when one of the legs may not speak",
  },
  {
    ...RULE,
    rule: "confidence falls with the p-value of the gate",
    find: "const graded = certain * (evidence > 0 ? evidence : 0);",
    replace: "const graded = certain;",
    ...SHUT,
  },
  {
    ...RULE,
    rule: "stop and target scaled by the risk tolerance",
    find: "(0.5 + parameter(instance, layout.PARAMETER_RISK_TOLERANCE)) * unit",
    replace: "unit",
    name: FOLLOWS,
  },
  {
    ...RULE,
    file: `${FOLDER}/pairs-gate.ts`,
    rule: "gate at 5 percent",
    find: "mackinnonCritical(5, CONSTANT",
    replace: "mackinnonCritical(10, CONSTANT",
    ...SHUT,
  },
  {
    ...RULE,
    file: `${FOLDER}/pairs-gate.ts`,
    rule: "judges the pair both ways",
    find: "const turned = crossed < straight || straight != straight;",
    replace: "const turned = straight != straight;",
    ...SHUT,
  },
  {
    ...RULE,
    file: `${FOLDER}/pairs-gate.ts`,
    rule: "residual lags by AIC",
    find: "const lags = maxLag > 0 ? lagsByAic(residuals, count, maxLag, NONE, rest) : 0;",
    replace: "const lags: u32 = 0;",
    ...SHUT,
  },
  {
    ...RULE,
    file: `${FOLDER}/pairs-gate.ts`,
    rule: "standardised data",
    find: "const scale = 1 / sqrt(squares / <f64>(count - 1));",
    replace: "const scale: f64 = 1;",
    name: EVERY_BAR,
  },
  {
    ...RULE,
    file: `${FOLDER}/pairs-gate.ts`,
    rule: "gates come again after regate_seconds",
    find: "get(at, PAIR_TIME) + parameter(instance, REGATE_SECONDS) * SECOND",
    replace: "1e300",
    name: FOLLOWS,
  },
  {
    ...RULE,
    file: `${FOLDER}/pairs-trading.ts`,
    rule: "no gate before regate_seconds are over",
    find: "if (get(at, PAIR_TIME) >= get(at, PAIR_GATE)) passGate(group, at);",
    replace: "passGate(group, at);",
    name: EVERY_BAR,
  },
];
