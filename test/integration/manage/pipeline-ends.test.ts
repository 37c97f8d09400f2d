// Pipelines on a real store, without a server, at the moments that are hard to hit from outside: while one is ending, while
// its strategy is paused, while a commit is on its way, and when there are too many of them.
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { EmbeddedBus } from "../../../src/bus/embedded-bus.ts";
import { Manage } from "../../../src/manage/manage.ts";
import { FORGET_EVERY, KEPT, Ledger } from "../../../src/manage/pipeline/ledger.ts";
import { DEFAULT_SETTINGS } from "../../../src/manage/pipeline/settings.ts";
import { type PipelineRecord, readPipelineHeads } from "../../../src/store/pipelines.ts";
import type { Store } from "../../../src/store/store.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { eventually } from "../../support/eventually.ts";
import { CONFIG_DEFAULTS } from "../../support/manage/config-defaults.ts";
import { wholePipeline } from "../../support/manage/whole-pipeline.ts";
import { opened } from "../../support/store/store-files.ts";

const DIRECT = { type: "direct", approvalRequired: true } as const;
const AWAITING = /awaiting/;
/** Not null: it is paused, and this goes on with it. */
interface Waiting {
  readonly resumed: (() => void) | null;
}

/** `before`: each commit waits for it. */
function watched(store: Store, before: () => unknown): Store {
  return {
    commit: async (statements) => {
      await before();
      return store.commit(statements);
    },
    undo: (statements) => store.undo(statements),
    query: (sql, params) => store.query(sql, params),
    reads: store.reads,
    status: () => store.status(),
    close: () => store.close(),
  };
}

function over(store: Store, settings: object = {}): Manage {
  let clock = 1_756_029_600_000_000;
  return new Manage({
    store,
    bus: new EmbeddedBus(),
    now: () => (clock += 7),
    log: SILENT_LOG,
    configDefaults: CONFIG_DEFAULTS,
    pipeline: { ...DEFAULT_SETTINGS, stages: ["syntax_check"], stepMs: 1, ...settings },
  });
}

async function builtin(manage: Manage): Promise<string> {
  const made = await manage.registry.register({ type: "moving_average_crossover" }, "test");
  if (!made.ok) throw new Error(made.failure.code);
  return made.value.strategyId;
}

async function deploy(manage: Manage, strategyId: string): Promise<string> {
  const begun = await manage.pipelines.deploy(strategyId, DIRECT, "test");
  if (!begun.ok) throw new Error(begun.failure.code);
  return begun.value.pipelineId;
}

async function until(manage: Manage, pipelineId: string, states: RegExp): Promise<PipelineRecord> {
  await eventually(
    () => manage.pipelines.get(pipelineId),
    (found) => found !== null && states.test(found.status),
  );
  return wholePipeline(manage, pipelineId);
}

describe("a pipeline that ends", () => {
  it("leaves a paused strategy paused at every moment, and moves that to which it resumes", async () => {
    const seen: unknown[] = [];
    let strategyId = "";
    const manage: Manage = over(
      watched(await opened({ file: null }), () => seen.push(manage.registry.get(strategyId)?.status)),
    );
    await manage.load();
    strategyId = await builtin(manage);
    const pipelineId = await deploy(manage, strategyId);
    await until(manage, pipelineId, AWAITING);
    await manage.registry.move(strategyId, "pause", { actor: "test" });
    seen.length = 0;
    expect(await manage.pipelines.cancel(pipelineId, {}, "test")).toMatchObject({ ok: true });
    expect(new Set(seen)).toEqual(new Set(["paused"]));
    expect(manage.registry.get(strategyId)).toMatchObject({ status: "paused", statusBefore: "deployed" });
    expect(await wholePipeline(manage, pipelineId)).toMatchObject({ status: "failed", reason: "cancelled" });
    await manage.registry.move(strategyId, "resume", { actor: "test" });
    expect(manage.registry.get(strategyId)).toMatchObject({ status: "deployed", statusBefore: null });
    await manage.close();
  });

  it("takes no approval any more", async () => {
    const manage = over(await opened({ file: null }));
    await manage.load();
    const pipelineId = await deploy(manage, await builtin(manage));
    await until(manage, pipelineId, AWAITING);
    manage.pipelines.emergencyStop("drill");
    const late = await manage.pipelines.decide(pipelineId, true, {}, "test");
    expect(late).toMatchObject({ ok: false, failure: { code: "invalid_state" } });
    expect(await until(manage, pipelineId, /failed/)).toMatchObject({ reason: "emergency_stop" });
    await manage.close();
  });

  it("does so as well when the emergency stop comes while its deployment is being stored", async () => {
    let armed = false;
    let stopped = false;
    const store = watched(await opened({ file: null }), () => {
      stopped = armed;
    });
    const manage = over(store);
    await manage.load();
    manage.pipelines.join(
      () => stopped,
      () => undefined,
    );
    const strategyId = await builtin(manage);
    armed = true;
    const pipelineId = await deploy(manage, strategyId);
    expect(await until(manage, pipelineId, /awaiting|failed/)).toMatchObject({ reason: "emergency_stop" });
    await manage.close();
  });
});

describe("a pipeline under way", () => {
  it("has its time stand still while its strategy is paused", async () => {
    let pausing = false;
    const timeoutMs = 60_000;
    const store = await opened({ file: null });
    const manage: Manage = over(store, { timeoutMs });
    await manage.load();
    const strategyId = await builtin(manage);
    manage.pipelines.join(
      () => false,
      () => {
        if (pausing) return;
        pausing = true; // it has just been queued
        void manage.registry.move(strategyId, "pause", { actor: "test" });
      },
    );
    // From before its time begins: what is left of it is then this clock's.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const pipelineId = await deploy(manage, strategyId);
    const { active } = manage.pipelines as unknown as { readonly active: ReadonlyMap<string, Waiting> };
    await expect.poll(() => active.get(strategyId)?.resumed ?? null, { interval: 1 }).not.toBeNull();
    await store.query("SELECT 1", []); // behind all that was on its way to the store, which has time limits of its own
    expect(vi.getTimerCount()).toBe(0); // nor has anything else
    vi.advanceTimersByTime(10 * timeoutMs);
    expect(manage.pipelines.get(pipelineId)?.endedAt).toBeNull();
    vi.useRealTimers();
    await manage.registry.move(strategyId, "resume", { actor: "test" });
    expect(await until(manage, pipelineId, /awaiting|failed/)).toMatchObject({ status: "awaiting_approval" });
    await manage.close();
  });
});

describe("the ledger", () => {
  it("forgets the oldest that have ended, once the store has, and none that has not", async () => {
    const store = await opened({ file: null });
    const ledger = new Ledger({ store, now: () => 1, log: SILENT_LOG });
    const strategy = over(store);
    await strategy.load();
    const strategyId = await builtin(strategy);
    const one = (index: number): PipelineRecord => ({
      pipelineId: `pipe_${index}`,
      strategyId,
      version: "1.0.0",
      deploymentType: "direct",
      status: index === 0 ? "awaiting_approval" : "failed",
      currentStage: "approval",
      stages: [],
      stagesCompleted: 0,
      results: {},
      rollout: [],
      approvalRequired: true,
      rollbackOnFailure: true,
      rolledBack: false,
      error: null,
      reason: null,
      startedAt: index,
      endedAt: index === 0 ? null : index,
      retryOf: null,
      askedAt: null,
      soakMs: 0,
      certificate: null,
    });
    for (const index of [0, 1]) await store.commit(ledger.inserting(one(index)).statements);
    for (let index = 0; index < KEPT + FORGET_EVERY; index++) ledger.add(one(index));
    const insertion = ledger.inserting(one(KEPT + FORGET_EVERY));
    expect(ledger.get("pipe_1")).not.toBeNull();
    expect(await store.commit(insertion.statements)).toEqual({ ok: true, value: undefined });
    insertion.stored();
    expect(ledger.get("pipe_0")).toMatchObject({ endedAt: null });
    expect(ledger.get("pipe_1")).toBeNull();
    expect(ledger.get(`pipe_${FORGET_EVERY}`)).not.toBeNull();
    const kept = (await readPipelineHeads(store)).map(({ pipelineId }) => pipelineId);
    expect(kept).toEqual(["pipe_0", `pipe_${KEPT + FORGET_EVERY}`]);
    await strategy.close();
  });
});
