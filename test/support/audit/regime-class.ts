// The rules by which regime_shift_detector names the regime of a symbol, each with the mutation that takes it out and
// the test that must notice: a detector that is taken out makes a test red.
import type { AuditedRule } from "./rule.ts";

const CLASS = {
  strategy: "regime_shift_detector",
  test: "test/unit/assembly/regime-class.test.ts",
  file: "assembly/kernels/htf/regime-class.ts",
};
const DELAYED = "is found later without the cumulative sums";
const TWIN = "agrees with its twin";

export const REGIME_CLASS_RULES: readonly AuditedRule[] = [
  { ...CLASS, rule: "word of the cumulative sum", find: "u32(sumsSpeak(cell, best)) +", replace: "", name: DELAYED },
  {
    ...CLASS,
    rule: "word of the run length",
    find: "u32(runsBelow(run, RECENT) > runThreshold) +",
    replace: "",
    name: DELAYED,
  },
  { ...CLASS, rule: "word of volume", find: "u32(volumeSpeaks(cell, best))", replace: "0", name: DELAYED },
  {
    ...CLASS,
    rule: "the filter expects what learning found",
    find: "(y - mean) / sigma",
    replace: "y - mean",
    name: TWIN,
  },
  { ...CLASS, rule: "it must be sure", find: "!(probability(cell, best) > SURE)", replace: "false", name: TWIN },
  {
    ...CLASS,
    rule: "it must be so for bars on end",
    find: "if (streak < ",
    replace: "if (false && streak < ",
    name: TWIN,
  },
  { ...CLASS, rule: "a wild return is weak evidence", find: "+ OUTLIER_DENSITY;", replace: ";", name: TWIN },
];
