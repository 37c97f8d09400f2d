// Proposals from the learner to what comes of them: decided once, carried out once, over a restart as well; and a round of
// the generator over recorded history, in its thread, through the core that trades.
import { describe, expect, it, onTestFinished } from "vitest";
import { CANARY, type LearningTarget } from "../../../src/manage/learning/learning.ts";
import { type GenerationJob } from "../../../src/manage/learning/jobs.ts";
import { LearningThread } from "../../../src/manage/learning/work.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { wantedInstances } from "../../../src/manage/registry/builtin.ts";
import type { Strategy } from "../../../src/manage/registry/registry.ts";
import { failed } from "../../../src/domain/result.ts";
import { founderOf } from "../../../src/learning/generation.ts";
import { translateRules } from "../../../src/learning/rules.ts";
import { openTrialLedger } from "../../../src/research/research.ts";
import { StrategyCompiler } from "../../../src/sandbox/sandbox.ts";
import { COMPILED } from "../../support/compiled.ts";
import { openLearning } from "../../support/learning/learning-engine.ts";
import { HistoryFolder } from "../../support/history-folder.ts";
import { dataDir } from "../../support/manage/engine.ts";
import { wholePipeline } from "../../support/manage/whole-pipeline.ts";

const QUALITY: LearningTarget = { kind: "threshold", strategy: "momentum_rider", name: "min_signal_quality" };
const WHY = { reason: "better on 8 of 10 folds", evidence: { folds: 10 } };
const CANDIDATE = {
  kind: CANARY,
  subject: "momentum_rider",
  what: "momentum_threshold",
  strategy: "momentum_rider",
  from: { momentum_threshold: 1 },
  to: { momentum_threshold: 1.5 },
  ...WHY,
};

describe("a proposal", () => {
  it("is one for each subject, decided once, and a change when it is approved", async () => {
    const { learning, plane, manage } = await openLearning(dataDir());
    const { proposals, book } = learning;
    const first = await proposals.propose({ target: QUALITY, to: 0.105, ...WHY }, "learning:test");
    const again = await proposals.propose({ target: QUALITY, to: 0.11, ...WHY }, "learning:test");
    if (!first.ok || !again.ok) throw new Error("a proposal was refused");
    const { proposalId: id } = again.value;
    // Who read the first one does not approve the second one by it.
    expect(id).not.toBe(first.value.proposalId);
    expect(again.value).toMatchObject({ before: 0.1, after: 0.11, status: "proposed" });
    const retired = { status: "rejected", carriedOut: { superseded_by: id } };
    expect(proposals.get(first.value.proposalId)).toMatchObject(retired);
    const fresher = { ...WHY, evidence: { folds: 12 } };
    const third = await proposals.propose({ target: QUALITY, to: 0.11, ...fresher }, "learning:test");
    expect(third).toMatchObject({ value: { proposalId: id, evidence: { folds: 12 } } });
    expect([proposals.all().length, proposals.open().length]).toEqual([2, 1]);
    const told = (await manage.audit.page({ limit: 5 })).entries.map(({ action }) => action);
    expect(told).toEqual(["learning.propose", "learning.supersede", "learning.propose"]);
    expect(book.valueOf(QUALITY)).toBe(0.1);
    await learning.freeze(true, "ada");
    expect(await proposals.approve(id, "ada")).toMatchObject({ ok: false, failure: { code: "conflict" } });
    await learning.freeze(false, "ada");
    expect(await proposals.approve(id, "ada")).toMatchObject({ ok: true, value: { status: "approved" } });
    await plane.stream.evaluated();
    expect(book.valueOf(QUALITY)).toBe(0.11);
    for (const decide of [proposals.approve(id, "ada"), proposals.reject(id, "ada")])
      expect(await decide).toMatchObject({ ok: false, failure: { code: "invalid_state", state: "approved" } });
    const { entries } = await manage.audit.page({ limit: 20 });
    const made = entries.find(({ action }) => action === "learning.change");
    expect(made).toMatchObject({ actor: "ada", before: 0.1, after: 0.11 });
    // What is not within its bounds any more stays open.
    const far = await proposals.propose({ target: QUALITY, to: 0.2, ...WHY }, "learning:test");
    const farId = far.ok ? far.value.proposalId : "";
    expect(await proposals.approve(farId, "ada")).toMatchObject({ ok: false, failure: { code: "conflict" } });
    expect(proposals.get(farId)?.status).toBe("proposed");
    expect(await proposals.reject(farId, "ada")).toMatchObject({ ok: true, value: { status: "rejected" } });
    expect(await proposals.approve("prop_nobody", "ada")).toMatchObject({ ok: false, failure: { code: "not_found" } });
  });

  it("of the kind canary starts one pipeline, and no second one when it was interrupted", async () => {
    const dir = dataDir();
    const first = await openLearning(dir);
    const proposed = await first.learning.proposals.propose(CANDIDATE, "learning:generator");
    const id = proposed.ok ? proposed.value.proposalId : "";
    const approved = await first.learning.proposals.approve(id, "ada");
    expect(approved).toMatchObject({ ok: true, value: { status: "approved", decidedBy: "ada" } });
    const [pipeline, ...others] = first.manage.pipelines.list({});
    expect(others).toEqual([]);
    expect(await wholePipeline(first.manage, pipeline?.pipelineId ?? "")).toMatchObject({ deploymentType: "canary" });
    const made = first.manage.registry.get(pipeline?.strategyId ?? "");
    expect(made).toMatchObject({ implementation: "momentum_rider", parameters: { momentum_threshold: 1.5 } });
    expect(made?.deployedVersion).toBeNull();
    // As a kill behind the pipeline's beginning would leave it: nobody noted that it was carried out.
    const { store } = first;
    await store.commit([
      { sql: "UPDATE learning_proposals SET carried_out = NULL WHERE proposal_id = ?", params: [id] },
    ]);
    await first.close();
    const second = await openLearning(dir);
    // The end of the process ended the pipeline, so what was approved has none.
    const { pipelines, registry } = second.manage;
    expect(pipelines.list({}).map(({ status }) => status)).toEqual(["failed"]);
    expect(second.learning.proposals.get(id)?.carriedOut).toBeNull();
    await second.learning.resume();
    const [lost, begun, ...more] = pipelines.list({});
    expect([lost?.pipelineId, begun?.strategyId, more]).toEqual([pipeline?.pipelineId, pipeline?.strategyId, []]);
    const carriedOut = { strategy_id: pipeline?.strategyId, pipeline_id: begun?.pipelineId };
    expect(second.learning.proposals.get(id)?.carriedOut).toEqual(carriedOut);
    await second.learning.resume();
    expect([pipelines.list({}).length, registry.size]).toEqual([2, 1]);
  });

  it("that was approved is not carried out at a start while learning is frozen, and once where it cannot be", async () => {
    const dir = dataDir();
    const first = await openLearning(dir);
    const proposed = await first.learning.proposals.propose({ ...CANDIDATE, kind: "odd" }, "learning:generator");
    const id = proposed.ok ? proposed.value.proposalId : "";
    // As a kill behind the decision would leave it.
    const sql = "UPDATE learning_proposals SET status = 'approved', decided_by = 'ada' WHERE proposal_id = ?";
    await first.store.commit([{ sql, params: [id] }]);
    await first.learning.freeze(true, "ada");
    await first.close();
    const { learning } = await openLearning(dir);
    let asked = 0;
    learning.proposals.carryOut("odd", () => {
      asked++;
      return Promise.resolve(failed({ code: "conflict", issue: "never" }));
    });
    await learning.resume();
    expect([asked, learning.proposals.get(id)?.status]).toEqual([0, "approved"]);
    await learning.freeze(false, "ada");
    expect([asked, learning.proposals.get(id)?.status]).toEqual([1, "proposed"]);
    await learning.resume();
    expect(asked).toBe(1);
  });

  it("of the kind canary is silent until it is rolled out, whatever becomes of its pipeline", async () => {
    const { learning, manage } = await openLearning(dataDir());
    const { pipelines, registry } = manage;
    const candidate = async (subject: string) => {
      const proposed = await learning.proposals.propose({ ...CANDIDATE, subject }, "learning:generator");
      return learning.proposals.approve(proposed.ok ? proposed.value.proposalId : "", "ada");
    };
    expect((await candidate("one")).ok).toBe(true);
    const [pipeline] = pipelines.list({});
    const [id, now] = [pipeline?.strategyId ?? "", () => registry.get(pipeline?.strategyId ?? "")];
    const speaks = () => wantedInstances(now() as Strategy).some(({ enabled }) => enabled);
    expect([now()?.status, now()?.deployedVersion, speaks()]).toEqual(["testing", null, false]);
    expect((await registry.update(id, { parameters: { momentum_threshold: 1.2 } }, "ada")).ok).toBe(true);
    expect((await pipelines.cancel(pipeline?.pipelineId ?? "", {}, "ada")).ok).toBe(true);
    expect([now()?.status, now()?.deployedVersion, speaks()]).toEqual(["draft", null, false]);
    await registry.move(id, "stop", { actor: "ada" });
    await registry.move(id, "reset", { actor: "ada" });
    expect([now()?.status, now()?.deployedVersion, speaks()]).toEqual(["draft", null, false]);
    for (const move of ["deploy", "stages_pass"] as const) await registry.move(id, move, { actor: "ada" });
    expect(speaks()).toBe(false);
    await registry.move(id, "rollout_done", { actor: "pipeline", deployed: "1.0.1" });
    expect([now()?.status, now()?.deployedVersion, speaks()]).toEqual(["deployed", "1.0.1", true]);
    // Where no pipeline begins, nothing stays.
    pipelines.join(
      () => true,
      () => undefined,
    );
    expect(await candidate("two")).toMatchObject({ ok: false, failure: { code: "emergency_stop_active" } });
    expect(registry.size).toBe(1);
  });
});

describe("a round of the generator", () => {
  it("runs every candidate over recorded history and counts it in the trial ledger", async () => {
    const engine = await openLearning(dataDir());
    const folder = await recorded();
    const job: GenerationJob = {
      kind: "generation",
      strategy: "mean_reversion",
      parameters: {},
      axes: [{ name: "entry_z", min: 1, max: 3, whole: false }],
      dataDir: folder.path,
      spanMs: 30 * 86_400_000,
      capital: 10_000,
      seed: 1,
      engineVersion: "test",
      now: 1,
      evolution: { parents: 2, children: 2, generations: 1, first: 3 },
    };
    const made = await engine.learning.thread.run(job);
    expect(made).toMatchObject({
      ok: true,
      value: { kind: "generation", evidence: { trials: 6, symbols: ["BTCUSD"] } },
    });
    expect(countedIn(folder)).toBe(6);
    // 400 bars prove nothing.
    expect(made.ok && made.value.refusal).toEqual(expect.any(String));
  });

  it("has rules compiled by the main thread, runs them in its own, and counts them as well", async () => {
    const folder = await recorded();
    const options = { memoryBytes: 16 * 1024 * 1024, timeoutMs: 120_000, folder: COMPILED };
    const compiler = new StrategyCompiler(options, translateRules);
    onTestFinished(() => compiler.close());
    const thread = new LearningThread({ share: 1, log: SILENT_LOG });
    onTestFinished(() => thread.close());
    const texts: string[] = [];
    thread.compileBy(async (code) => {
      texts.push(code);
      const compiled = await compiler.compile(code, "rules");
      return compiled.ok ? compiled : failed(JSON.stringify(compiled.failure));
    });
    const made = await thread.run({
      kind: "composition",
      founders: [founderOf("momentum_rider")],
      signals: ["momentum_rider", "mean_reversion"],
      dataDir: folder.path,
      spanMs: 30 * 86_400_000,
      capital: 10_000,
      seed: 1,
      engineVersion: "test",
      now: 1,
      evolution: { parents: 1, children: 1, generations: 1, first: 1 },
    });
    expect(made).toMatchObject({ ok: true, value: { kind: "composition", evidence: { trials: 3 } } });
    expect(made.ok && made.value.refusal).toEqual(expect.any(String));
    expect(new Set(texts).size).toBe(3);
    expect(texts).toContain(made.ok ? made.value.best : "");
    expect(countedIn(folder)).toBe(3);
  });
});

async function recorded(): Promise<HistoryFolder> {
  const folder = new HistoryFolder();
  const rows = ["time,open,high,low,close,volume"];
  let price = 100;
  for (let bar = 0; bar < 400; bar++) {
    price *= 1 + 0.004 * Math.sin(bar / 9) + (bar % 7 === 0 ? 0.002 : -0.0003);
    rows.push(`${1_735_689_600 + bar * 300},${price},${price * 1.001},${price * 0.999},${price},1000`);
  }
  const path = folder.file("BTCUSD.csv", rows.join("\n"));
  expect(await folder.import(path, { symbol: "BTCUSD" })).toMatchObject({ rows: 400 });
  return folder;
}

function countedIn(folder: HistoryFolder): number | null {
  const ledger = openTrialLedger(folder.path);
  const read = folder.history.list().map((one) => ({ ...one, dataset: one.id }));
  return ledger.ok ? ledger.value.count(read).trials : null;
}
