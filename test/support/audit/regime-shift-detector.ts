// The rules of regime_shift_detector, each with the mutation that takes it out and the test that must notice.
import type { AuditedRule } from "./rule.ts";

const strategy = "regime_shift_detector";
const test = "test/unit/assembly/regime-shift-detector.test.ts";
const DETECTOR = { strategy, test, file: "assembly/kernels/htf/regime-shift-detector.ts" };
const STATE = { strategy, test, file: "assembly/kernels/htf/regime-state.ts" };

export const REGIME_SHIFT_DETECTOR_RULES: readonly AuditedRule[] = [
  {
    ...STATE,
    rule: "vote of a sure state that has changed",
    find: "vote(cell, 0, moved, span) +",
    replace: "",
    name: "each detector can be one of them",
  },
  {
    ...STATE,
    rule: "the state must be sure",
    find: "posterior(best) > parameter(instance, POSTERIOR_THRESHOLD)",
    replace: "true",
    name: "agrees with its twin",
  },
  {
    ...STATE,
    rule: "vote of the cumulative sum",
    find: "vote(cell, 1, alarm, span) +",
    replace: "",
    name: "each detector can be one of them",
  },
  {
    ...STATE,
    rule: "vote of the run length",
    find: "vote(cell, 2, recent > parameter(instance, RUN_THRESHOLD), span)",
    replace: "0",
    name: "each detector can be one of them",
  },
  {
    ...STATE,
    rule: "a sum begins anew after its alarm",
    find: "if (alarm) cusumInit(at + CUSUM);",
    replace: "",
    name: "agrees with its twin",
  },
  {
    ...STATE,
    rule: "no vote before the detectors have settled",
    find: "if (!(seen > QUIET)) return 0;",
    replace: "",
    name: "agrees with its twin",
  },
  {
    ...STATE,
    rule: "standardised by the reference",
    find: "near((r - mean) / sigma)",
    replace: "near(r / sigma)",
    name: "agrees with its twin",
  },
  {
    ...DETECTOR,
    rule: "two votes make a shift",
    find: "if (<f64>votes >= parameter(instance, VOTES)) shift(cell, instance, votes);",
    replace: "if (votes >= 1) shift(cell, instance, votes);",
    name: "needs as many votes as it is told",
  },
  {
    ...DETECTOR,
    rule: "a full ring reviews its oldest observation",
    find: "if (waiting(cell) == RING) digest(cell, instance, 1);",
    replace: "",
    name: "are each reviewed once and in order",
  },
  {
    ...DETECTOR,
    rule: "exit when the posterior is below 0.6",
    find: "if (left < parameter(instance, EXIT_POSTERIOR)) leave(cell, closeOf(cell), <f64>state);",
    replace: "",
    name: "leaves when the posterior of the state that it entered in falls below 0.6",
  },
  {
    ...DETECTOR,
    rule: "stop",
    find: "if (heldSide(cell) != 0 && stopReached(cell, close)) leave(cell, close, 0);",
    replace: "",
    name: "leaves at the first close at or beyond its stop, or its target",
  },
  {
    ...DETECTOR,
    rule: "target",
    find: "if (heldSide(cell) != 0 && targetReached(cell, close)) leave(cell, close, 0);",
    replace: "",
    name: "leaves at the first close at or beyond its stop, or its target",
  },
  {
    ...DETECTOR,
    rule: "regime map",
    find: "if (abs(wanted) < 1.5) return wanted > 0.5 ? 1 : wanted < -0.5 ? -1 : 0;",
    replace: "",
    name: "takes its side from the regime map",
  },
  {
    ...DETECTOR,
    rule: "drift within its noise has no side",
    find: "if (!(abs(t) >= parameter(instance, DRIFT_MIN))) return 0;",
    replace: "",
    name: "has no side for a drift that is within its noise",
  },
  {
    ...DETECTOR,
    rule: "confidence by votes",
    find: "(posterior(state) * <f64>votes) / 3",
    replace: "posterior(state)",
    name: "with the confidence of posterior and votes",
  },
  {
    ...DETECTOR,
    rule: "only the default instance publishes",
    find: "if (instance != u32(layout.REGIME_SHIFT_DETECTOR)) return;",
    replace: "",
    name: "comes from the default instance only",
  },
  {
    ...DETECTOR,
    rule: "nothing is published while it is disabled",
    find: "if (missingReturns(cell) == 0 && !disabled(instance)) {",
    replace: "if (missingReturns(cell) == 0) {",
    name: "goes when that is disabled",
  },
  {
    ...DETECTOR,
    rule: "confirming timeframe",
    find: "if (slowerDisagrees(cell, side, CONFIRM_BACK)) return;",
    replace: "",
    name: "stays out while the confirming timeframe has moved the other way",
  },
];
