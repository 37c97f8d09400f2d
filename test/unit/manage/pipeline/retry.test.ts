import { describe, expect, it } from "vitest";
import { retryFault, retryOf } from "../../../../src/manage/pipeline/retry.ts";
import type { Strategy } from "../../../../src/manage/manage.ts";
import type { PipelineRecord } from "../../../../src/store/pipelines.ts";
import { inputsHash } from "../../../../src/manage/pipeline/inputs.ts";
import { STAGE_NAMES, type StageName } from "../../../../src/manage/pipeline/stage.ts";

const NOW = { parameters: { symbols: ["BTCUSD"], position_size: 1 }, riskLimits: { max_position_size: 100 } };
const SETTINGS = { stages: STAGE_NAMES, approval: false, rollback: true };
const read = (name: StageName, soakMs = 60_000) => ({ inputs_hash: inputsHash(name, NOW, soakMs) });

/** As a pipeline that passed its first `passed` stages and then failed. */
function failedBehind(passed: number, change: Partial<PipelineRecord> = {}): PipelineRecord {
  const results = Object.fromEntries(
    STAGE_NAMES.map((name, place) => [name, { ...read(name), passed: place < passed }]),
  );
  return {
    pipelineId: "pipe_one",
    strategyId: "strat_one",
    version: "1.0.0",
    deploymentType: "canary",
    status: "failed",
    currentStage: STAGE_NAMES[passed] ?? "performance_validation",
    stages: STAGE_NAMES,
    stagesCompleted: passed,
    results,
    rollout: [{ percent: 5 }],
    approvalRequired: true,
    rollbackOnFailure: false,
    rolledBack: true,
    error: "it broke",
    reason: "stage_failed",
    startedAt: 1,
    endedAt: 2,
    retryOf: null,
    askedAt: null,
    soakMs: 60_000,
    certificate: null,
    ...change,
  };
}
const STRATEGY = { strategyId: "strat_one", version: "1.0.0" } as Strategy;

describe("a retry", () => {
  it.each([
    [0, "syntax_check"],
    [2, "backtest"],
    [3, "paper_trading"],
    [4, "risk_validation"],
    [5, "risk_validation"],
    [6, "risk_validation"],
  ])("behind %i passed stages begins with %s, and keeps what was passed before", (passed, stage) => {
    const next = retryOf(failedBehind(passed), NOW, SETTINGS);
    expect(next).toMatchObject({ currentStage: stage, stagesCompleted: STAGE_NAMES.indexOf(stage as never) });
    expect(Object.keys(next.results)).toEqual(STAGE_NAMES.slice(0, next.stagesCompleted));
    expect(Object.values(next.results).every((result) => (result as { passed: boolean }).passed)).toBe(true);
  });

  it("wants what the failed one wanted, and says whose retry it is", () => {
    const wanted = { deploymentType: "canary", approvalRequired: true, rollbackOnFailure: false, soakMs: 60_000 };
    expect(retryOf(failedBehind(1), NOW, SETTINGS)).toMatchObject({ ...wanted, retryOf: "pipe_one", version: "1.0.0" });
    expect(retryOf(failedBehind(1), NOW, SETTINGS)).not.toHaveProperty("rollout");
  });

  it("without risk_validation among the stages begins with the one that failed", () => {
    const stages = ["syntax_check", "backtest", "performance_validation"] as const;
    const again = (passed: number) => retryOf(failedBehind(passed, { stages }), NOW, { ...SETTINGS, stages });
    expect(again(2)).toMatchObject({ currentStage: "performance_validation" });
    expect(again(3)).toMatchObject({ stagesCompleted: 3 });
  });

  it.each([
    ["a limit that the runs read", { max_position_size: 50 }, "backtest"],
    ["a limit that only the soak reads", { max_position_size: 100, daily_loss_limit: -5 }, "paper_trading"],
    ["no limit at all", { max_position_size: 100 }, "risk_validation"],
  ])("begins with the first stage that read what changed: %s", (_, riskLimits, stage) => {
    expect(retryOf(failedBehind(5), { ...NOW, riskLimits }, SETTINGS)).toMatchObject({ currentStage: stage });
  });

  it("without a soak takes over what did not read the limits that changed", () => {
    const stored = Object.fromEntries(STAGE_NAMES.map((name) => [name, read(name, 0)]));
    const riskLimits = { ...NOW.riskLimits, daily_loss_limit: -5 };
    const next = retryOf(failedBehind(5, { soakMs: 0, results: stored }), { ...NOW, riskLimits }, SETTINGS);
    expect(next).toMatchObject({ currentStage: "risk_validation" });
  });

  it("takes over nothing that read other parameters, or of which nobody knows what it read", () => {
    const parameters = { ...NOW.parameters, position_size: 2 };
    expect(retryOf(failedBehind(5), { ...NOW, parameters }, SETTINGS)).toMatchObject({ stagesCompleted: 0 });
    const turned = { position_size: 1, symbols: ["BTCUSD"] };
    expect(retryOf(failedBehind(5), { ...NOW, parameters: turned }, SETTINGS)).toMatchObject({ stagesCompleted: 4 });
    const results = { ...failedBehind(5).results, unit_tests: { passed: true } };
    expect(retryOf(failedBehind(5, { results }), NOW, SETTINGS)).toMatchObject({ currentStage: "unit_tests" });
  });

  it("takes over no run over history from when one did not keep the limits, and what means the same as ever", () => {
    // The hashes that engines wrote before, of NOW.
    const before = { ...failedBehind(5).results };
    const hashes = {
      syntax_check: "fe16999c6a015dda",
      unit_tests: "6670fb1b8d341f2b",
      backtest: "5493a1eb62fb3114",
      paper_trading: "c65dbc3337b437b9",
    };
    for (const [name, hash] of Object.entries(hashes)) before[name] = { inputs_hash: hash, passed: true };
    expect(retryOf(failedBehind(5, { results: before }), NOW, SETTINGS)).toMatchObject({ currentStage: "backtest" });
    const made = { ...before, backtest: failedBehind(5).results["backtest"] };
    expect(retryOf(failedBehind(5, { results: made }), NOW, SETTINGS)).toMatchObject({ currentStage: "paper_trading" });
  });

  it("gets round nothing that the operator demands by now", () => {
    const free = failedBehind(5, { approvalRequired: false, rollbackOnFailure: true });
    expect(retryOf(free, NOW, { ...SETTINGS, approval: true })).toMatchObject({ approvalRequired: true });
    expect(retryOf(free, NOW, { ...SETTINGS, rollback: false })).toMatchObject({ rollbackOnFailure: false });
    expect(retryOf(free, NOW, SETTINGS)).toMatchObject({ approvalRequired: false, rollbackOnFailure: true });
    const fewer = failedBehind(2, { stages: ["syntax_check", "backtest", "risk_validation"] });
    const next = retryOf(fewer, NOW, SETTINGS);
    expect(next).toMatchObject({ stages: STAGE_NAMES, stagesCompleted: 1, currentStage: "unit_tests" });
    expect(Object.keys(next.results)).toEqual(["syntax_check"]);
  });

  it("is for the newest pipeline of a strategy that is still at its version, when it failed", () => {
    const old = failedBehind(1);
    expect(retryFault(old, STRATEGY, old)).toBeNull();
    const running = { ...old, status: "running" } as const;
    expect(retryFault(running, STRATEGY, running)).toMatchObject({ code: "invalid_state", state: "running" });
    const newer = { ...old, pipelineId: "pipe_two" };
    expect(retryFault(old, STRATEGY, newer)).toMatchObject({ code: "invalid_state" });
    expect(retryFault(old, null, old)).toMatchObject({ code: "not_found", kind: "strategy" });
    expect(retryFault(old, { ...STRATEGY, version: "1.0.1" }, old)).toMatchObject({ code: "conflict" });
  });
});
