// A verdict as JSON and back; part of the result's document.
import { CHECK_NAMES, CHECK_SIDES, CHECK_STATUSES, JUDGEMENTS, type Check, type Verdict } from "../honesty/honesty.ts";
import type { Reader } from "./reader.ts";

export function verdictFields(verdict: Verdict): Readonly<Record<string, unknown>> {
  const { judgement, sentence, trials, observations, seed, checks } = verdict;
  return { judgement, sentence, trials, observations, seed, checks: checks.map(checkFields) };
}

function checkFields({ name, figure, threshold, passes, status, sentence }: Check): Readonly<Record<string, unknown>> {
  return { name, figure, threshold, passes, status, sentence };
}

export function readVerdict(at: Reader): Verdict {
  return {
    judgement: at.at("judgement").oneOf(JUDGEMENTS),
    sentence: at.at("sentence").text(),
    trials: at.at("trials").number(),
    observations: at.at("observations").number(),
    seed: at.at("seed").number(),
    checks: at.at("checks").list((one) => ({
      name: one.at("name").oneOf(CHECK_NAMES),
      figure: one.at("figure").numberOrNull(),
      threshold: one.at("threshold").number(),
      passes: one.at("passes").oneOf(CHECK_SIDES),
      status: one.at("status").oneOf(CHECK_STATUSES),
      sentence: one.at("sentence").text(),
    })),
  };
}
