// Where the end of a pipeline leaves its strategy, and what is counted of ends.
import { describe, expect, it } from "vitest";
import { Counters } from "../../../../src/manage/pipeline/counters.ts";
import { endMove, type Reason } from "../../../../src/manage/pipeline/ending.ts";
import { moved, type Status } from "../../../../src/manage/lifecycle.ts";
import type { PipelineRecord } from "../../../../src/store/pipelines.ts";

const REASONS: readonly Reason[] = ["rejected", "cancelled", "timeout", "stage_failed", "emergency_stop"];
const end = (reason: Reason, status: Status, deployed: string | null, rollback = true) =>
  endMove(reason, status, { deployedVersion: deployed }, rollback);

describe("the end of a pipeline", () => {
  it("is a move that the lifecycle allows, whatever the reason and the state", () => {
    for (const reason of REASONS)
      for (const status of ["testing", "approved"] as const)
        for (const deployed of [null, "1.0.0"])
          for (const rollback of [true, false]) {
            const step = end(reason, status, deployed, rollback);
            if (step === null) throw new Error("it has to move");
            expect(moved("s", status, step.move, step.to)).toEqual({ ok: true, value: step.to });
          }
  });

  it("brings the earlier version back where there is one and rollback is in force", () => {
    expect(end("stage_failed", "testing", "1.0.0")).toMatchObject({ to: "deployed", rolledBack: true });
    expect(end("stage_failed", "testing", null)).toMatchObject({ to: "error", rolledBack: false });
    expect(end("timeout", "approved", "1.0.0", false)).toMatchObject({ to: "error", rolledBack: false });
  });

  it("that somebody wanted leaves things as they were", () => {
    expect(end("cancelled", "testing", null)).toMatchObject({ to: "draft", rolledBack: false });
    expect(end("rejected", "approved", "1.0.0", false)).toMatchObject({ to: "deployed", rolledBack: false });
  });

  it("moves nothing that was stopped", () => {
    for (const reason of REASONS) expect(end(reason, "stopped", "1.0.0")).toBeNull();
  });
});

describe("the counters", () => {
  const HOUR_US = 3_600e6;
  const record = (change: Partial<PipelineRecord>) => ({ deploymentType: "direct", ...change }) as PipelineRecord;

  it("begin with what earlier runs left, and forget ends that are an hour old", () => {
    let now = 10 * HOUR_US;
    const counters = new Counters(() => now);
    expect(counters.totals()).toMatchObject({ finished: 0, successRate: 1 });
    counters.load([
      record({ status: "completed", endedAt: 1 }),
      record({ status: "failed", endedAt: now - 1 }),
      record({ status: "running", endedAt: null }),
    ]);
    expect(counters.totals()).toEqual({
      finished: 2,
      completed: 1,
      successRate: 0.5,
      deploymentsPerHour: 0,
      pipelinesPerHour: 1,
    });
    counters.completed(record({ deploymentType: "canary" }), 1_500);
    expect(counters.totals()).toMatchObject({ completed: 2, deploymentsPerHour: 1, pipelinesPerHour: 2 });
    now += HOUR_US;
    expect(counters.totals()).toMatchObject({ finished: 3, deploymentsPerHour: 0, pipelinesPerHour: 0 });
  });

  it("count by type and by the place of the failure", () => {
    const counters = new Counters(() => 0);
    counters.completed(record({ deploymentType: "rolling" }), 1);
    counters.failed("backtest", 2);
    counters.failed("approval", 3);
    expect(counters.deployments).toMatchObject({ rolling: 1, direct: 0 });
    expect(counters.errors).toMatchObject({ backtest: 1, rollout: 1, syntax_check: 0 });
    expect(counters.pipelineDuration.count).toBe(3);
  });
});
