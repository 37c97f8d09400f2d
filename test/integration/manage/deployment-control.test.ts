// Who has a say in a deployment besides its stages: people who approve, reject, cancel, stop, pause; the operator's
// settings; the emergency stop; and the end of the process.
import { describe, expect, it } from "vitest";
import { dataDir, type Message, startEngine } from "../../support/manage/engine.ts";
import { eventually } from "../../support/eventually.ts";
import * as pipelines from "../../support/manage/pipelines.ts";
import type { EngineProcess } from "../../support/engine-process.ts";

const QUICK = { ROLLOUT_STEP_MS: "10", PIPELINE_STAGES: "syntax_check" };
const post = (engine: EngineProcess, path: string, body: object = {}) => engine.ask("POST", path, body);
const status = async (engine: EngineProcess, id: string) => (await pipelines.strategy(engine, id))["status"];

describe("approval", () => {
  it("is waited for, given once, and audited with who gave it and why", async () => {
    const engine = await startEngine(QUICK);
    const id = await pipelines.builtin(engine);
    const pipelineId = await pipelines.deploy(engine, id, { approval_required: true });
    expect(await pipelines.until(engine, pipelineId, /awaiting/)).toMatchObject({ status: "awaiting_approval" });
    expect(await status(engine, id)).toBe("approved");
    const approval = { approver: "ada", comment: "looks right" };
    expect(await post(engine, `/deployments/${pipelineId}/approve`, approval)).toMatchObject({ status: 200 });
    expect(await pipelines.until(engine, pipelineId)).toMatchObject({ status: "completed" });
    expect(await post(engine, `/deployments/${pipelineId}/approve`)).toMatchObject({ status: 409 });
    const { body } = await engine.ask("GET", "/audit?action=pipeline.approve");
    expect(body["audit"]).toMatchObject([{ target: pipelineId, to: { ...approval, status: "approved" } }]);
    const said = (await pipelines.logs(engine, pipelineId, "&stage=approval")).map(({ message }) => message);
    expect(said.at(-1)).toBe("approved by ada: looks right");
  });

  it("that the operator wants for all is refused by a rejection, and the strategy is what it was", async () => {
    const engine = await startEngine({ ...QUICK, DEPLOYMENT_APPROVAL_REQUIRED: "true" });
    const id = await pipelines.builtin(engine);
    const first = await pipelines.deploy(engine, id, { approval_required: false });
    await pipelines.until(engine, first, /awaiting/);
    expect(await post(engine, `/deployments/${first}/reject`, { comment: "not today" })).toMatchObject({ status: 200 });
    expect(await pipelines.until(engine, first)).toMatchObject({ status: "failed", reason: "rejected" });
    expect(await status(engine, id)).toBe("deployed");
    const second = await pipelines.deploy(engine, id);
    await pipelines.until(engine, second, /awaiting/);
    const third = await pipelines.deploy(engine, id);
    expect(await pipelines.until(engine, second)).toMatchObject({ reason: "cancelled" });
    await pipelines.until(engine, third, /awaiting/);
    await post(engine, `/deployments/${third}/approve`);
    expect(await pipelines.until(engine, third)).toMatchObject({ status: "completed" });
  });
});

describe("evidence that is required", () => {
  it("and is not there makes each step wait for somebody, whose no ends the rollout", async () => {
    const engine = await startEngine({ ...QUICK, ROLLOUT_EVIDENCE: "require" });
    const id = await pipelines.builtin(engine);
    const yes = await pipelines.deploy(engine, id, { deployment_type: "canary" });
    for (const steps of [1, 2, 3]) {
      await eventually(
        async () => (await pipelines.until(engine, yes, /awaiting/))["rollout"] as readonly Message[],
        (rollout) => rollout.length >= steps,
      );
      expect(await post(engine, `/deployments/${yes}/approve`)).toMatchObject({ status: 200 });
    }
    expect(await pipelines.until(engine, yes)).toMatchObject({ status: "completed" });
    const no = await pipelines.deploy(engine, id, { deployment_type: "rolling" });
    await pipelines.until(engine, no, /awaiting/);
    await post(engine, `/deployments/${no}/reject`);
    const ended = { status: "failed", reason: "rejected", rollout: [{ percent: 25, verdict: "inconclusive" }] };
    expect(await pipelines.until(engine, no)).toMatchObject(ended);
    expect(await status(engine, id)).toBe("deployed");
  });
});

describe("a pipeline under way", () => {
  it("is cancelled while it runs and while it waits for its turn", async () => {
    const engine = await startEngine({ MAX_CONCURRENT_DEPLOYMENTS: "1" });
    const free = await pipelines.busy(engine);
    const [one, other] = [await pipelines.builtin(engine), await pipelines.create(engine)];
    const running = await pipelines.deploy(engine, one);
    const waiting = await pipelines.deploy(engine, other);
    expect(await pipelines.until(engine, waiting, /queued/)).toMatchObject({ stages_completed: 0 });
    for (const id of [waiting, running]) {
      expect(await post(engine, `/deployments/${id}/cancel`)).toMatchObject({ status: 200 });
      expect(await pipelines.until(engine, id, /./)).toMatchObject({ status: "failed", reason: "cancelled" });
      expect(await post(engine, `/deployments/${id}/cancel`)).toMatchObject({ status: 409 });
    }
    expect([await status(engine, one), await status(engine, other)]).toEqual(["deployed", "draft"]);
    await free();
    expect(await pipelines.deployed(engine, other)).toMatchObject({ status: "completed" });
  });

  it("stands in the way of deleting its strategy, unless that is forced: then it is cancelled", async () => {
    const engine = await startEngine();
    const free = await pipelines.busy(engine);
    const id = await pipelines.builtin(engine);
    const pipelineId = await pipelines.deploy(engine, id);
    expect((await engine.ask("DELETE", `/strategies/${id}`)).status).toBe(409);
    expect((await engine.ask("DELETE", `/strategies/${id}?force=true`)).status).toBe(200);
    const ended = { status: "failed", reason: "cancelled", error: "its strategy was deleted" };
    expect(await pipelines.until(engine, pipelineId)).toMatchObject(ended);
    await free();
  });

  it("is cancelled by stopping its strategy, and held by pausing it", async () => {
    const engine = await startEngine({ ROLLOUT_STEP_MS: "10" });
    const free = await pipelines.busy(engine);
    const [stopped, paused] = [await pipelines.builtin(engine), await pipelines.builtin(engine)];
    const first = await pipelines.deploy(engine, stopped);
    await post(engine, `/strategies/${stopped}/stop`);
    expect(await pipelines.until(engine, first)).toMatchObject({
      reason: "cancelled",
      error: "its strategy was stopped",
    });
    expect(await status(engine, stopped)).toBe("stopped");
    const second = await pipelines.deploy(engine, paused);
    await pipelines.atStage(engine, second, "backtest");
    await post(engine, `/strategies/${paused}/pause`);
    await free();
    await engine.line("pipeline stage", (line) => line["stage"] === "backtest" && line["pipeline_id"] === second);
    expect(await status(engine, paused)).toBe("paused");
    await post(engine, `/strategies/${paused}/resume`);
    expect(await pipelines.until(engine, second)).toMatchObject({ status: "completed" });
  });

  it("fails when its time is over, and at the emergency stop, which refuses new ones until it is lifted", async () => {
    const engine = await startEngine({ STRATEGY_TIMEOUT: "1" });
    const free = await pipelines.busy(engine);
    const id = await pipelines.builtin(engine);
    const late = await pipelines.deployed(engine, id);
    expect(late).toMatchObject({ status: "failed", reason: "timeout", current_stage: "backtest", rolled_back: true });
    const cut = await pipelines.deploy(engine, id);
    await post(engine, "/risk/emergency-stop", { reason: "drill" });
    expect(await pipelines.until(engine, cut)).toMatchObject({ status: "failed", reason: "emergency_stop" });
    expect(await post(engine, `/strategies/${id}/deploy`)).toMatchObject({
      status: 409,
      body: { error: "emergency_stop_active" },
    });
    await post(engine, "/risk/resume");
    await free();
    expect((await post(engine, `/strategies/${id}/deploy`)).status).toBe(200);
  });

  it("is one of a hundred that wait at most: the next is refused, and told so", async () => {
    const engine = await startEngine({ MAX_CONCURRENT_DEPLOYMENTS: "1", MAX_INSTANCES: "256" });
    const free = await pipelines.busy(engine);
    const ids = await Promise.all(Array.from({ length: 102 }, () => pipelines.create(engine)));
    await pipelines.deploy(engine, await pipelines.builtin(engine));
    const answers = await Promise.all(ids.map((id) => post(engine, `/strategies/${id}/deploy`)));
    const refused = answers.filter((answer) => answer.status !== 200);
    expect(refused).toHaveLength(2);
    expect(refused[0]).toMatchObject({ status: 503, body: { error: "queue_full" } });
    await free();
  });
});

describe("kill -9", () => {
  it("ends what was under way as failed, with the strategy as a failure leaves it, and nothing stuck", async () => {
    const env = { DATA_DIR: dataDir() };
    const engine = await startEngine(env);
    await pipelines.busy(engine);
    const [draft, deployed] = [await pipelines.create(engine), await pipelines.builtin(engine)];
    const lost = [await pipelines.deploy(engine, draft), await pipelines.deploy(engine, deployed)];
    const paused = await pipelines.builtin(engine);
    lost.push(await pipelines.deploy(engine, paused));
    await post(engine, `/strategies/${paused}/pause`);
    await engine.kill();
    const later = await startEngine(env);
    for (const id of lost) {
      const pipeline: Message = await pipelines.until(later, id, /./);
      expect(pipeline).toMatchObject({ status: "failed", reason: "cancelled" });
      expect(pipeline["error"]).toContain("the engine ended");
    }
    expect(await status(later, draft)).toBe("draft");
    expect(await status(later, deployed)).toBe("deployed");
    expect(await status(later, paused)).toBe("paused");
    expect(await later.get("/metrics")).toMatchObject({ total_pipelines: 3, success_rate: 0 });
    expect(await pipelines.deployed(later, deployed)).toMatchObject({ status: "completed" });
    await post(later, `/strategies/${paused}/resume`);
    expect(await status(later, paused)).toBe("deployed");
    const { body } = await later.ask("GET", "/deployments?status=failed");
    expect((body["deployments"] as readonly Message[]).map((one) => one["pipeline_id"])).toEqual(lost.toReversed());
    expect((await pipelines.logs(later, lost[0] ?? "")).at(-1)).toMatchObject({ level: "error" });
  });
});
