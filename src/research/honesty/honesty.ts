// The truth about backtests, as one door: is a result more than luck, choice and one lucky order of trades? Statistics are
// pure and seeded; the trial ledger alone touches a file. docs/honesty.md says what each test asks.
export {
  type Check,
  CHECK_NAMES,
  CHECK_SIDES,
  CHECK_STATUSES,
  type CheckName,
  type CheckStatus,
  type Judgement,
  JUDGEMENTS,
  type Verdict,
} from "./check.ts";
export { batchOf, openTrialLedger, setsOf, type TrialBatch, type TrialCount, type TrialLedger } from "./ledger.ts";
export { crossValidate, type CrossValidation } from "./cross-validation.ts";
export { shorter, stepsKept } from "./shorter.ts";
export { returnsOf } from "./returns.ts";
export { checkTitle } from "./sentences.ts";
export { type Grid, type Neighbour, parameterKey, stabilityMap, type StabilityMap } from "./stability.ts";
export { type Evidence, examine } from "./verdict.ts";
export {
  type Optimise,
  walkForward,
  type WalkForward,
  walkForwardWindows,
  type Window,
  type WindowOptions,
} from "./walk-forward.ts";
