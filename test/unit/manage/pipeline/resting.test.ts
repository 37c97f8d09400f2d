// What a pipeline's time is: not what it rests for the sake of a soak.
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ok } from "../../../../src/domain/result.ts";
import { PipelineRun, type RunOptions } from "../../../../src/manage/pipeline/run.ts";
import { DEFAULT_SETTINGS } from "../../../../src/manage/pipeline/settings.ts";
import type { StageContext } from "../../../../src/manage/pipeline/stage.ts";
import { Turns } from "../../../../src/manage/pipeline/turns.ts";
import type { PipelineRecord } from "../../../../src/store/pipelines.ts";
import { SILENT_LOG } from "../../../../src/telemetry/log.ts";
import { PipelineSpans } from "../../../../src/manage/pipeline/spans.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const TIMEOUT_MS = 15_000;
const nothing = () => undefined;
const RECORD = {
  pipelineId: "pipe_1",
  strategyId: "strat_1",
  stages: ["paper_trading"],
  stagesCompleted: 0,
  results: {},
  status: "queued",
  deploymentType: "direct",
  askedAt: null,
} as unknown as PipelineRecord;

/** One whose only stage lasts so long, and rests meanwhile or does not. */
function lasting(ms: number, rests: boolean) {
  const turns = new Turns(1);
  const ledger = { put: () => Promise.resolve(ok(undefined)), say: nothing, putting: nothing, add: nothing };
  const strategy = { status: "testing", parameters: {}, riskLimits: {} };
  const registry = { get: () => strategy, move: () => Promise.resolve(ok(strategy)) };
  const news = { tell: nothing, stageEnded: nothing, failed: nothing, completed: nothing };
  const counters = { tested: nothing, failed: nothing, completed: nothing };
  const after = () => new Promise((resolve) => setTimeout(resolve, ms));
  const context: RunOptions["context"] = (...[, , , rest]) =>
    Promise.resolve(
      ok({
        strategy,
        soakMs: ms,
        ran: () => Promise.resolve(ok({})),
        soaked: async () => {
          await (rests ? rest(after) : after());
          return ok(null);
        },
        certified: () => Promise.resolve(ok(null)),
        lost: () => null,
        spent: () => 1,
        log: nothing,
      } as unknown as StageContext),
    );
  const settings = { ...DEFAULT_SETTINGS, timeoutMs: TIMEOUT_MS };
  const parts = { ledger, registry, news, counters, turns, settings, context, log: SILENT_LOG };
  const more = { now: () => 0, delivery: () => null, onBacktest: nothing, heldBack: () => 0 };
  return {
    run: new PipelineRun(RECORD, { spans: new PipelineSpans(RECORD), ...parts, ...more } as unknown as RunOptions),
    turns,
    news,
  };
}

it("takes what its stages take, up to the longest that a pipeline may", async () => {
  const { run, news } = lasting(TIMEOUT_MS + 1_000, false);
  const failed = vi.spyOn(news, "failed");
  void run.go();
  await vi.advanceTimersByTimeAsync(2 * TIMEOUT_MS);
  expect(failed).toHaveBeenCalledWith(expect.objectContaining({ reason: "timeout" }), "paper_trading");
});

it("does not run while a stage rests, nor is its place taken meanwhile", async () => {
  const { run, news, turns } = lasting(10 * TIMEOUT_MS, true);
  const [failed, completed] = [vi.spyOn(news, "failed"), vi.spyOn(news, "completed")];
  void run.go();
  await vi.advanceTimersByTimeAsync(9 * TIMEOUT_MS);
  const leave = await turns.take(new AbortController().signal); // of one place
  expect(leave).not.toBeNull();
  leave?.();
  await vi.advanceTimersByTimeAsync(2 * TIMEOUT_MS);
  expect(completed).toHaveBeenCalledTimes(1);
  expect(failed).not.toHaveBeenCalled();
});
