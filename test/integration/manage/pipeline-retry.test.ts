// What becomes of a pipeline when the machine takes something away from it: a thread, the compiler's process, time, the
// whole process. Threads and processes are really ended here.
import type { ChildProcess } from "node:child_process";
import type { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { failed, ok } from "../../../src/domain/result.ts";
import type { Manage } from "../../../src/manage/manage.ts";
import type { TrialHooks } from "../../../src/manage/pipeline/trial/trials.ts";
import type { PipelineRecord } from "../../../src/store/pipelines.ts";
import { eventually } from "../../support/eventually.ts";
import { Client } from "../../support/server/client.ts";
import { dataDir, type Message, startEngine } from "../../support/manage/engine.ts";
import { closed, deploy, ofCode, ofType, openManage, until } from "../../support/manage/managed.ts";
import * as pipelines from "../../support/manage/pipelines.ts";
import { strategyOf } from "../../support/sandbox/python.ts";
import { opened } from "../../support/store/store-files.ts";

const HOUR_US = 3_600e6;
interface Trying {
  readonly kind: string;
}
interface Threads {
  readonly lanes: readonly { readonly worker: Worker; readonly job: { readonly request: Trying } | null }[];
  run(kind: string, asked: unknown, signal: unknown, hooks: TrialHooks): unknown;
}
/** Ends the threads in which the tests are tried, so many, each as it is given them; answers how many it has ended. */
function endTrials(manage: Manage, most: number): () => number {
  const threads = manage.pipelines["threads"] as unknown as Threads;
  const run = threads.run.bind(threads);
  let ended = 0;
  threads.run = (kind, asked, signal, hooks) => {
    const onStart = (): void => {
      hooks.onStart();
      if (kind !== "tests" || ended === most) return;
      const lane = threads.lanes.find(({ job }) => job?.request.kind === kind);
      if (lane === undefined) throw new Error("no thread is at the tests");
      ended++;
      void lane.worker.terminate();
    };
    return run(kind, asked, signal, { onStart, onLost: (why) => hooks.onLost(why) });
  };
  return () => ended;
}

/** Ends the compiler's processes, so many, each as it is begun; answers how many it has ended. */
function endCompilers(manage: Manage, most: number): () => number {
  const compilers = manage.compiler["compilers"] as unknown as { start(): ChildProcess };
  const start = compilers.start.bind(compilers);
  let ended = 0;
  compilers.start = () => {
    const child = start();
    if (ended === most) return child;
    if (!child.kill("SIGKILL")) throw new Error("the compiler cannot be ended");
    ended++;
    return child;
  };
  return () => ended;
}

/** Ends the threads that read Python, so many, each as it is begun; answers how many it has ended. */
function endReaders(manage: Manage, most: number): () => number {
  const checker = manage.compiler["checker"] as unknown as { start(): Worker };
  const start = checker.start.bind(checker);
  let ended = 0;
  checker.start = () => {
    const worker = start();
    if (ended === most) return worker;
    ended++;
    void worker.terminate();
    return worker;
  };
  return () => ended;
}

/** As soon as it can be. */
async function decided(manage: Manage, pipelineId: string): Promise<void> {
  await eventually(
    () => manage.pipelines.decide(pipelineId, true, {}, "test"),
    ({ ok }) => ok,
  );
}

describe("a stage whose thread is lost", () => {
  it("is tried once more, which is told, and counts as if nothing had been", async () => {
    const manage = await openManage({ stages: ["syntax_check", "unit_tests"] });
    const told: string[] = [];
    manage.pipelines.join(
      () => false,
      ({ data }) => void told.push(`${data.event} ${String(data.stage)}`),
    );
    const ended = endTrials(manage, 1);
    const pipelineId = await deploy(manage, await ofCode(manage));
    const record = await until(manage, pipelineId);
    expect(ended()).toBe(1);
    expect(record).toMatchObject({ status: "completed", stagesCompleted: 2 });
    expect(record.results["unit_tests"]).toMatchObject({ passed: true, attempts: 2 });
    expect(record.results["syntax_check"]).not.toHaveProperty("attempts");
    expect(told.filter((one) => one === "stage_started unit_tests")).toHaveLength(2);
    const { lines } = await manage.pipelines.lines(pipelineId, { stage: "unit_tests", limit: 100 });
    expect(lines.map(({ message }) => message)).toContainEqual(expect.stringMatching(/ended: it is tried once more/));
  });

  it("fails when that is lost as well", async () => {
    const manage = await openManage({ stages: ["syntax_check", "unit_tests"] });
    const ended = endTrials(manage, 2);
    const pipelineId = await deploy(manage, await ofCode(manage));
    const record = await until(manage, pipelineId);
    expect(ended()).toBe(2);
    expect(record).toMatchObject({ status: "failed", reason: "stage_failed", currentStage: "unit_tests" });
    expect(record.error).toContain("thread ended");
    expect(record.results["unit_tests"]).toMatchObject({ passed: false, attempts: 2 });
  });

  it("is tried once more where it was the compiler's process", async () => {
    const manage = await openManage({}, { compiled: null });
    const ended = endCompilers(manage, 1);
    const pipelineId = await deploy(manage, await ofCode(manage));
    const record = await until(manage, pipelineId);
    expect(ended()).toBe(1);
    expect(record).toMatchObject({ status: "completed" });
    expect(record.results["syntax_check"]).toMatchObject({ passed: true, attempts: 2 });
  });

  it.each([
    [1, { status: "completed" }, { passed: true, attempts: 2 }],
    [2, { status: "failed", reason: "stage_failed" }, { passed: false, attempts: 2 }],
  ])(
    "is tried once more, and no oftener, where it was the thread that reads Python: lost %i times",
    async (lost, becomes, stage) => {
      const manage = await openManage();
      const ended = endReaders(manage, lost);
      const draft = { name: "read", code: strategyOf("return 'BUY'"), language: "python" } as const;
      const made = await manage.registry.create(draft, "test");
      if (!made.ok) throw new Error(JSON.stringify(made.failure));
      const record = await until(manage, await deploy(manage, made.value.strategyId));
      expect(ended()).toBe(lost);
      expect(record).toMatchObject(becomes);
      expect(record.results["syntax_check"]).toMatchObject(stage);
    },
  );
});

describe("a pipeline that failed", () => {
  it("is tried again from the stage that failed, as a new one, with an entry in the audit trail", async () => {
    const engine = await startEngine({ ROLLOUT_STEP_MS: "1" });
    const socket = await Client.ready(`ws://127.0.0.1:${engine.port}/ws`);
    const free = await pipelines.busy(engine);
    const id = await pipelines.builtin(engine);
    const first = await pipelines.deploy(engine, id, { deployment_type: "rolling" });
    await pipelines.atStage(engine, first, "backtest");
    await engine.ask("POST", `/deployments/${first}/cancel`);
    const lost = await pipelines.until(engine, first);
    expect(lost).toMatchObject({ status: "failed", current_stage: "backtest", stages_completed: 2 });
    await free();
    await socket.ask({ op: "subscribe", id: 1, channel: "pipeline", filter: { strategies: [id] } });
    const path = `/deployments/${String(lost["pipeline_id"])}/retry`;
    const asked = await engine.ask("POST", path, { approver: "ada", comment: "the machine was busy" });
    const again = { status: "deployment_retried", retry_of: lost["pipeline_id"], current_stage: "backtest" };
    expect(asked).toMatchObject({ status: 200, body: { ...again, strategy_id: id, deployment_type: "rolling" } });
    const pipelineId = String(asked.body["pipeline_id"]);
    const done = await pipelines.until(engine, pipelineId);
    expect(done).toMatchObject({ status: "completed", retry_of: lost["pipeline_id"], stages_completed: 6 });
    const [before, after] = [lost["results"], done["results"]] as readonly Record<string, unknown>[];
    expect(after?.["unit_tests"]).toEqual(before?.["unit_tests"]); // taken over, not made again
    const said = ({ data }: Message): string => {
      const { event, stage, pipeline_id: of } = data as Message;
      return of === pipelineId ? `${String(event)} ${String(stage)}` : "of another";
    };
    const updates = await socket.updatesUntil((update) => said(update) === "completed null");
    const told = updates.map(said).filter((one) => one !== "of another");
    expect(told.slice(0, 2)).toEqual(["queued null", "stage_started backtest"]);
    const { body } = await engine.ask("GET", "/audit?action=pipeline.retry");
    const to = { pipeline_id: pipelineId, approver: "ada", comment: "the machine was busy" };
    expect(body["audit"]).toMatchObject([{ target: lost["pipeline_id"], from: { status: "failed" }, to }]);
    const of = (pipeline: unknown) => engine.ask("POST", `/deployments/${String(pipeline)}/retry`);
    expect(await of(lost["pipeline_id"])).toMatchObject({ status: 409, body: { error: "invalid_state" } });
    expect(await of(pipelineId)).toMatchObject({ status: 409, body: { error: "invalid_state" } });
    expect(await of("pipe_nobody")).toMatchObject({ status: 404 });
  });

  it("is tried again from where it left its strategy in error, but not behind an edit or in an emergency", async () => {
    const engine = await startEngine();
    const id = await pipelines.create(engine, pipelines.strategyCode("this.sel();"));
    const lost = await pipelines.deployed(engine, id);
    expect(await pipelines.strategy(engine, id)).toMatchObject({ status: "error" });
    const path = `/deployments/${String(lost["pipeline_id"])}/retry`;
    const { body } = await engine.ask("POST", path);
    const second = await pipelines.until(engine, String(body["pipeline_id"]));
    expect(second).toMatchObject({ status: "failed", current_stage: "syntax_check", retry_of: lost["pipeline_id"] });
    const again = `/deployments/${String(second["pipeline_id"])}/retry`;
    await engine.ask("POST", "/risk/emergency-stop", { reason: "drill" });
    expect(await engine.ask("POST", again)).toMatchObject({ status: 409, body: { error: "emergency_stop_active" } });
    await engine.ask("POST", "/risk/resume");
    await engine.ask("PUT", `/strategies/${id}`, { code: pipelines.RSI_CODE });
    expect(await engine.ask("POST", again)).toMatchObject({ status: 409, body: { error: "conflict" } });
  });
});

describe("a waiting approval", () => {
  it("survives the end of the process, and is given to the process behind it", async () => {
    const store = await opened({ file: null });
    const first = await openManage({}, { store });
    const pipelineId = await deploy(first, await ofType(first), { approvalRequired: true });
    const waiting = await until(first, pipelineId, /awaiting/);
    await first.pipelines.close();
    const second = await openManage({}, { store, laterUs: HOUR_US });
    expect(await until(second, pipelineId, /./)).toMatchObject({ status: "awaiting_approval" });
    expect((await until(second, pipelineId, /awaiting/)).askedAt).toBe(waiting.askedAt);
    await decided(second, pipelineId);
    expect(await until(second, pipelineId)).toMatchObject({ status: "completed", askedAt: null });
  });

  it("expires 24 hours after it was asked for, whatever was restarted meanwhile", async () => {
    const store = await opened({ file: null });
    const first = await openManage({}, { store });
    const pipelineId = await deploy(first, await ofType(first), { approvalRequired: true });
    await until(first, pipelineId, /awaiting/);
    await first.pipelines.close();
    const second = await openManage({}, { store, laterUs: 25 * HOUR_US });
    expect(await until(second, pipelineId)).toMatchObject({ status: "failed", reason: "timeout" });
  });

  it("in the middle of a rollout does not: what it was asked about is gone", async () => {
    const store = await opened({ file: null });
    const settings = { evidence: "require" } as const;
    const first = await openManage(settings, { store });
    const pipelineId = await deploy(first, await ofType(first), { type: "canary" });
    await until(first, pipelineId, /awaiting/);
    await first.pipelines.close();
    const second = await openManage(settings, { store });
    const record = await until(second, pipelineId, /./);
    expect(record).toMatchObject({ status: "failed", reason: "cancelled" });
  });
});

describe("a rollout whose code has to be compiled again", { timeout: 300_000 }, () => {
  /** Approved by a later process, whose compiler is ended so many times while it is at it. */
  async function approved(lost: number): Promise<{ record: PipelineRecord; said: readonly string[]; begun: number }> {
    const store = await opened({ file: null });
    const first = await openManage({}, { store });
    const pipelineId = await deploy(first, await ofCode(first), { approvalRequired: true });
    await until(first, pipelineId, /awaiting/);
    await closed(first);
    const second = await openManage({}, { store, compiled: null });
    let begun = 0;
    second.pipelines.deliverBy({ runs: () => true, begin: () => Promise.resolve((begun++, ok(null))) });
    const ended = endCompilers(second, lost);
    await decided(second, pipelineId);
    const record = await until(second, pipelineId);
    expect(ended()).toBe(lost);
    const { lines } = await second.pipelines.lines(pipelineId, { stage: "rollout", limit: 100 });
    return { record, said: lines.map(({ message }) => message), begun };
  }

  it("goes on when the compiler is lost once: what runs is asked, and measured", async () => {
    const { record, said, begun } = await approved(1);
    expect([record.status, record.error, begun]).toEqual(["completed", null, 1]);
    expect(said).toContainEqual(expect.stringMatching(/the compiler .*: it is tried once more/));
  });

  it("fails when it is lost again: nothing comes into force that nobody could look at", async () => {
    const { record, begun } = await approved(2);
    expect(record).toMatchObject({ status: "failed", reason: "stage_failed" });
    expect(record.error).toContain("the compiler");
    expect(begun).toBe(0);
  });
});

describe("a rollout whose version cannot be opened beside the one that trades", () => {
  it("fails with the reason: nothing comes into force that nobody measured", async () => {
    const manage = await openManage();
    manage.pipelines.deliverBy({
      runs: () => true,
      begin: () => Promise.resolve(failed("its parameter period is 500")),
    });
    const record = await until(manage, await deploy(manage, await ofCode(manage)));
    expect(record).toMatchObject({ status: "failed", reason: "stage_failed" });
    expect(record.error).toBe(
      "the new version cannot be opened beside the one that trades: its parameter period is 500",
    );
    expect(manage.registry.get(record.strategyId)?.deployedVersion).toBeNull();
  });
});

describe("kill -9", () => {
  it("at every stage leaves no pipeline stuck, and takes no waiting approval away", async () => {
    const env = { DATA_DIR: dataDir(), ROLLOUT_STEP_MS: "60000" };
    const lost: string[] = [];
    let engine = await startEngine(env);
    const id = await pipelines.builtin(engine);
    const waiting = await pipelines.deploy(engine, await pipelines.builtin(engine), { approval_required: true });
    await pipelines.until(engine, waiting, /awaiting/);
    for (const behind of ["", "unit_tests", "backtest", "paper_trading", "risk_validation", "performance_validation"]) {
      const pipelineId = await pipelines.deploy(engine, id, { deployment_type: "canary" });
      if (behind !== "")
        await engine.line("pipeline stage", (line) => line["stage"] === behind && line["pipeline_id"] === pipelineId);
      await engine.kill();
      lost.push(pipelineId);
      engine = await startEngine(env);
      const ended = await pipelines.until(engine, pipelineId, /./);
      expect(ended).toMatchObject({ status: "failed", reason: "cancelled" });
      expect(ended["error"]).toContain("the engine ended before the pipeline did");
      expect(await pipelines.strategy(engine, id)).toMatchObject({ status: "deployed" });
      expect(await pipelines.until(engine, waiting, /./)).toMatchObject({ status: "awaiting_approval" });
    }
    const { body } = await engine.ask("GET", "/deployments?status=failed&limit=50");
    expect((body["deployments"] as readonly Message[]).map((one) => one["pipeline_id"])).toEqual(lost.toReversed());
    const approved = await engine.ask("POST", `/deployments/${waiting}/approve`);
    expect(approved.status).toBe(200);
    expect(await pipelines.until(engine, waiting)).toMatchObject({ status: "completed" });
    const retried = await engine.ask("POST", `/deployments/${lost.at(-1) ?? ""}/retry`);
    expect(retried).toMatchObject({ status: 200, body: { current_stage: "risk_validation" } });
  });
});
