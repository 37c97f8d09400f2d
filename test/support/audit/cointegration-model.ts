// The rules of cointegration_model, each with the mutation that takes it out and the test that must notice.
import type { AuditedRule } from "./rule.ts";

const RULE = {
  strategy: "cointegration_model",
  file: "assembly/kernels/statistical/cointegration-model.ts",
  test: "test/unit/assembly/cointegration-model.test.ts",
};

export const COINTEGRATION_MODEL_RULES: readonly AuditedRule[] = [
  {
    ...RULE,
    rule: "enters only from entry_z on",
    find: "  if (!(distance >= parameter(instance, ENTRY_Z))) return;\n",
    replace: "",
    name: "follows its parameters",
  },
  {
    ...RULE,
    rule: "enters only at rank 1 or more",
    file: "assembly/kernels/statistical/group-spread.ts",
    find: "const trades = reverts && (load<f64>(row, GROUP_RANK) >= 1 || load<f64>(row, GROUP_SIDE) != 0);",
    replace: "const trades = reverts;",
    name: "enters only while Johansen's test finds a rank of one",
  },
  {
    ...RULE,
    rule: "waits after a stop until the spread has come back",
    find: "  if (load<f64>(row, GROUP_ARMED) == 0) return;\n",
    replace: "",
    name: "stops when the spread breaks and waits until it has come back",
  },
  {
    ...RULE,
    rule: "half-life of one bar at least",
    find: "  if (!(halfLife >= 1)) return;\n",
    replace: "",
    name: "trades no half-life below one bar",
  },
  {
    ...RULE,
    rule: "half-life of a quarter of the window at most",
    find: "  if (!(halfLife <= quarter)) return;\n",
    replace: "",
    name: "trades no half-life above a quarter of the window",
  },
  {
    ...RULE,
    rule: "leaves at exit_z",
    find: "if (!stopped && distance > parameter(instance, EXIT_Z)) return;",
    replace: "if (!stopped) return;",
    name: "does at every bar what the written-out model does",
  },
  {
    ...RULE,
    rule: "stops at stop_z",
    find: "    distance >= parameter(instance, STOP_Z) ||\n    spreadP",
    replace: "    spreadP",
    name: "stops at stop_z while everything else is as it was",
  },
  {
    ...RULE,
    rule: "time stop after three half-lives",
    find: "    held >= 3 * entryHalfLife;",
    replace: "    false;",
    name: "does at every bar what the written-out model does",
  },
];
