// Stages within their budgets: what counts as time of a stage, and what is worth another try.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Attempts, type Open } from "../../../../src/manage/pipeline/attempts.ts";
import type { Rest } from "../../../../src/manage/pipeline/words.ts";
import { Ended } from "../../../../src/manage/pipeline/ending.ts";
import type { StageContext } from "../../../../src/manage/pipeline/stage.ts";
import { STAGES } from "../../../../src/manage/pipeline/stages/stages.ts";
import { ok, failed } from "../../../../src/domain/result.ts";
import { SILENT_LOG } from "../../../../src/telemetry/log.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const { budgetMs } = STAGES.paper_trading;
const say = () => undefined;
const rest: Rest = (work) => work();

/** A workshop whose run is answered by `ran`, and which lost what `lost` says. */
function workshop(ran: () => ReturnType<StageContext["ran"]>, lost: string | null = null): StageContext {
  const strategy = { parameters: {}, riskLimits: {} };
  return { ran, strategy, soakMs: 0, lost: () => lost, spent: () => 5 } as unknown as StageContext;
}
const opening =
  (context: StageContext): Open =>
  () =>
    Promise.resolve(ok(context));
const never = () => new Promise<never>(() => undefined);

describe("a stage", () => {
  it("is late when its budget is over, and that is worth another try", async () => {
    const attempts = new Attempts(opening(workshop(never)), rest, new AbortController().signal, SILENT_LOG);
    const tried = attempts.stage("paper_trading", say);
    await vi.advanceTimersByTimeAsync(budgetMs - 1);
    await vi.advanceTimersByTimeAsync(1);
    const lost = `paper_trading was not done within ${budgetMs / 1000} s`;
    expect(await tried).toMatchObject({ late: true, lost, answer: { passed: false, error: lost } });
  });

  it("does not spend its budget while something that it asked for waits for a thread", async () => {
    let begins: () => void = () => undefined;
    const open: Open = (_, queued) => {
      const context = workshop(() => {
        begins = queued();
        return never();
      });
      return Promise.resolve(ok(context));
    };
    const attempts = new Attempts(open, rest, new AbortController().signal, SILENT_LOG);
    const told = vi.fn();
    void attempts.stage("paper_trading", say).then(told);
    await vi.advanceTimersByTimeAsync(10 * budgetMs);
    expect(told).not.toHaveBeenCalled();
    begins();
    await vi.advanceTimersByTimeAsync(budgetMs - 1);
    expect(told).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(told).toHaveBeenCalledWith(expect.objectContaining({ late: true }));
  });

  it("that was refused is worth another try only where the machine took something away", async () => {
    const of = (lost: string | null) => {
      const context = workshop(() => Promise.resolve(failed("no")), lost);
      return new Attempts(opening(context), rest, new AbortController().signal, SILENT_LOG).stage("paper_trading", say);
    };
    expect(await of(null)).toMatchObject({ lost: null, answer: { error: "no" } });
    expect(await of("its thread ended")).toMatchObject({ lost: "its thread ended", late: false });
  });

  it("is tried again with everything made anew, and what was begun before is given up", async () => {
    const signals: AbortSignal[] = [];
    const open: Open = (signal) => {
      signals.push(signal);
      return Promise.resolve(ok(workshop(() => Promise.resolve(failed("no")))));
    };
    const attempts = new Attempts(open, rest, new AbortController().signal, SILENT_LOG);
    await attempts.stage("paper_trading", say);
    await attempts.stage("backtest", say);
    expect(signals).toHaveLength(1);
    attempts.renew();
    await attempts.stage("backtest", say);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  });

  it("ends with its pipeline, for that one's reason", async () => {
    const abort = new AbortController();
    const attempts = new Attempts(opening(workshop(never)), rest, abort.signal, SILENT_LOG);
    const tried = attempts.stage("paper_trading", say);
    const reason = new Ended("cancelled", "paper_trading", "nobody wants it");
    const ended = expect(tried).rejects.toBe(reason);
    await vi.advanceTimersByTimeAsync(1);
    abort.abort(reason);
    await ended;
  });

  it("that ends behind its pipeline is no fault of the engine's", async () => {
    const abort = new AbortController();
    const reason = new Ended("cancelled", "paper_trading", "nobody wants it");
    const error = vi.fn();
    const resting = workshop(async () => {
      await new Promise((resolve) => abort.signal.addEventListener("abort", resolve));
      throw reason;
    });
    const attempts = new Attempts(opening(resting), rest, abort.signal, { ...SILENT_LOG, error });
    const ended = expect(attempts.stage("paper_trading", say)).rejects.toBe(reason);
    await vi.advanceTimersByTimeAsync(1);
    abort.abort(reason);
    await ended;
    await vi.advanceTimersByTimeAsync(1);
    expect(error).not.toHaveBeenCalled();
  });
});
