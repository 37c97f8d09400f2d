// The rules of spread_adjuster, each with the mutation that takes it out and the test that must notice.
import type { AuditedRule } from "./rule.ts";

const RULE = {
  strategy: "spread_adjuster",
  file: "assembly/kernels/market-making/spread-adjuster.ts",
  test: "test/unit/assembly/spread-adjuster.test.ts",
};

export const SPREAD_ADJUSTER_RULES: readonly AuditedRule[] = [
  {
    ...RULE,
    rule: "leans against inventory",
    find: "mul<T>(column<T>(cell, SPREAD_INVENTORY), risk)",
    replace: "splat<T>(0)",
    name: "leans against inventory",
  },
  {
    ...RULE,
    rule: "never closer than fee and least spread",
    find: "const kept = smaller<T>(larger<T>(half, least), most);",
    replace: "const kept = smaller<T>(half, most);",
    name: "never quotes closer than the maker fee",
  },
  {
    ...RULE,
    rule: "the instrument's maker fee",
    find: "return instrument(whole(column<f64>(cell, layout.CELL_SYMBOL)), reference.INSTRUMENT_MAKER_BPS);",
    replace: "return 1;",
    name: "takes the maker fee from",
  },
  {
    ...RULE,
    file: "assembly/instances.ts",
    rule: "a fee that changes",
    find: "if (asset == 0 && fees) configureSymbol(layout.SPREAD_ADJUSTER, symbol);",
    replace: "",
    name: "takes the maker fee from",
  },
  {
    ...RULE,
    rule: "normalised mode",
    find: "const noise = select2<T>(normalised, root<T>(column<T>(cell, SPREAD_TICK)), fast);",
    replace: "const noise = fast;",
    name: "follows the normalised formula in mode 1",
  },
  {
    ...RULE,
    rule: "waits for its estimators",
    find: "return add<T>(larger<T>(splat<T>(0), sub<T>(splat<T>(MOVES_MIN), moves)), fit);",
    replace: "return splat<T>(0);",
    name: "waits for its estimators even where",
  },
];
