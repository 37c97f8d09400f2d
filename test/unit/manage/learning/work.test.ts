// The learning thread: it hangs, dies and fails, and the next job is done all the same.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { GenerationJob } from "../../../../src/manage/learning/jobs.ts";
import { LearningThread } from "../../../../src/manage/learning/work.ts";
import { SILENT_LOG } from "../../../../src/telemetry/log.ts";

const JOB: GenerationJob = {
  kind: "generation",
  strategy: "mean_reversion",
  parameters: {},
  axes: [],
  dataDir: "",
  spanMs: 1,
  capital: 1,
  seed: 1,
  engineVersion: "0",
  now: 0,
};

function faulty(hangMs = 60_000): LearningThread {
  const file = new URL("../../../support/learning/faulty-worker.js", import.meta.url);
  const thread = new LearningThread({ share: 1, log: SILENT_LOG, hangMs, file });
  onTestFinished(() => thread.close());
  return thread;
}

describe("the learning thread", () => {
  it("is replaced when it dies or stands still, and says so until one has done its work", async () => {
    const thread = faulty(200);
    const ends = ["die", "hang", "fine"].map((strategy) => thread.run({ ...JOB, strategy }));
    expect(await ends[0]).toMatchObject({ ok: false, failure: expect.stringMatching(/died/) as string });
    expect(thread.trouble).toMatch(/another one takes its place/);
    expect(await ends[1]).toEqual({ ok: false, failure: "the learning thread stood still" });
    expect((await ends[2])?.ok).toBe(true);
    expect([thread.replaced, thread.trouble]).toEqual([2, null]);
  });

  it("goes on after a job that fails", async () => {
    const thread = faulty();
    expect(await thread.run({ ...JOB, strategy: "fail" })).toEqual({ ok: false, failure: "no" });
    expect((await thread.run(JOB)).ok).toBe(true);
    expect([thread.jobs, thread.failures, thread.replaced]).toEqual([2, 1, 0]);
    expect(thread.trials).toBe(7);
  });

  it("gives up what waits and what is under way when it is closed", async () => {
    const thread = faulty();
    const ends = [thread.run({ ...JOB, strategy: "hang" }), thread.run(JOB)];
    expect(thread.busy).toBe(2);
    await thread.close();
    for (const end of await Promise.all([...ends, thread.run(JOB)])) expect(end.ok).toBe(false);
  });

  it("ends what is under way when it is stopped, and does the next job as ever", async () => {
    const thread = faulty();
    const ends = [thread.run({ ...JOB, strategy: "wait" }), thread.run(JOB)];
    thread.stop();
    expect(await Promise.all(ends)).toEqual([
      { ok: false, failure: "stopped" },
      { ok: false, failure: "stopped" },
    ]);
    expect((await thread.run(JOB)).ok).toBe(true);
    expect(thread.replaced).toBe(0);
  });

  it("generates nothing without recorded history, and says why", async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "learning-"));
    onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
    const thread = new LearningThread({ share: 1, log: SILENT_LOG });
    onTestFinished(() => thread.close());
    const failure = "there is no recorded history to try candidates on";
    expect(await thread.run({ ...JOB, dataDir })).toEqual({ ok: false, failure });
    expect(await thread.run({ ...JOB, dataDir, strategy: "no_such" })).toMatchObject({ ok: false });
  });
});
