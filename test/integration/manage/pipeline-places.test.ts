// Who has a place among the pipelines that run, and whose time counts: with real threads that are kept busy.
import { describe, expect, it, onTestFinished } from "vitest";
import { ok } from "../../../src/domain/result.ts";
import { Trials } from "../../../src/manage/pipeline/trial/trials.ts";
import { NO_WAITS, openWorkshop } from "../../../src/manage/pipeline/workshop.ts";
import { Company } from "../../../src/manage/pipeline/company.ts";
import type { Deadline } from "../../../src/manage/pipeline/deadline.ts";
import { deploy, ofCode, ofType, openManage, until } from "../../support/manage/managed.ts";

describe("the only place among those that run", () => {
  it("is free while a pipeline waits for its approval", async () => {
    const manage = await openManage({ concurrent: 1 });
    const first = await deploy(manage, await ofType(manage), { approvalRequired: true });
    await until(manage, first, /awaiting/);
    const second = await deploy(manage, await ofType(manage));
    await until(manage, second, /completed/);
    expect(manage.pipelines.get(first)?.status).toBe("awaiting_approval");
  });

  it("is free while a pipeline's strategy is paused, and is waited for again behind that", async () => {
    const manage = await openManage({ concurrent: 1 });
    const [paused, other] = [await ofType(manage), await ofType(manage)];
    const first = await deploy(manage, paused);
    await manage.registry.move(paused, "pause", { actor: "test" });
    const second = await deploy(manage, other, { approvalRequired: true });
    await until(manage, second, /awaiting/);
    expect(manage.pipelines.get(first)?.endedAt).toBeNull();
    // Another one has the place when it is resumed: it waits, and that is no time of its own.
    const third = await ofType(manage);
    const held = await deploy(manage, third);
    const turns = manage.pipelines["turns"];
    const keep = await turns.take(new AbortController().signal);
    await until(manage, held, /completed/);
    await manage.registry.move(paused, "resume", { actor: "test" });
    await expect.poll(() => turns.waiting).toBeGreaterThan(0);
    const { deadline } = manage.pipelines["active"].get(paused) as unknown as { readonly deadline: Deadline };
    expect(deadline["onLate"]).not.toBeNull();
    expect(deadline["timer"]).toBeNull();
    expect(manage.pipelines.get(first)?.endedAt).toBeNull();
    keep?.();
    await until(manage, first, /completed|failed/);
    expect(manage.pipelines.get(first)).toMatchObject({ status: "completed" });
  });
});

describe("a strategy that is paused just when its stages are passed", () => {
  it("comes into force when it is resumed, and nothing is lost on the way", async () => {
    const manage = await openManage({});
    const strategyId = await ofType(manage);
    const { registry } = manage;
    const moving = registry.move.bind(registry);
    const refused: unknown[] = [];
    registry.move = async (id, move, order) => {
      // The pause is stored between the pipeline's last look and its move.
      if (move === "stages_pass" && refused.length === 0) await moving(id, "pause", { actor: "test" });
      const moved = await moving(id, move, order);
      if (!moved.ok) refused.push(moved.failure);
      return moved;
    };
    const pipelineId = await deploy(manage, strategyId);
    await expect.poll(() => refused.length).toBeGreaterThan(0);
    expect(refused).toMatchObject([{ code: "invalid_state", state: "paused" }]);
    expect(manage.pipelines.get(pipelineId)).toMatchObject({ status: "running" });
    await moving(strategyId, "resume", { actor: "test" });
    await until(manage, pipelineId, /completed|failed/);
    expect(manage.pipelines.get(pipelineId)).toMatchObject({ status: "completed" });
    expect(registry.get(strategyId)).toMatchObject({ status: "deployed" });
  });
});

describe("a trial and a run behind those of others", () => {
  it("hold the budget of their stage until a thread is at them", async () => {
    const manage = await openManage({});
    const strategyId = await ofType(manage);
    const threads = new Trials();
    onTestFinished(() => threads.close());
    const { registry, backtests, compiler } = manage;
    const signal = new AbortController().signal;
    const told: string[] = [];
    const queued = () => {
      told.push("waits");
      let waits = true;
      return () => {
        if (waits) told.push("begins");
        waits = false;
      };
    };
    const base = {
      registry,
      backtests,
      compiler,
      threads,
      company: new Company(),
      live: null,
      mode: "auto",
      trials: () => 1,
    } as const;
    const context = await openWorkshop({ ...NO_WAITS, ...base, queued }, { strategyId, version: "1.0.0" }, signal);
    if (!context.ok) throw new Error(context.failure);
    // As many as there are threads, and each stands still for as long as this test wants.
    const columns = Array.from({ length: 40 }, (_, set) =>
      Float64Array.from({ length: 4_000 }, (_, at) => Math.sin(at * set)),
    );
    const idle = { onStart: () => undefined, onLost: () => undefined };
    const before = [1, 2, 3].map(() => threads.run("overfitting", { columns }, signal, idle));
    const tried = context.value.tried("overfitting", { columns: columns.slice(0, 2) });
    expect(told).toEqual(["waits"]);
    await Promise.race(before);
    expect(told).toEqual(["waits"]);
    await tried;
    expect(told).toEqual(["waits", "begins"]);
    told.length = 0;
    const runs = [context.value.ran("backtest"), context.value.ran("paper_trading")];
    await expect.poll(() => told.length, { interval: 2 }).toBeGreaterThanOrEqual(3);
    expect(told.slice(0, 3)).toEqual(["waits", "waits", "begins"]);
    await Promise.all(runs);
    expect(told).toEqual(["waits", "waits", "begins", "begins"]);
  });
});

describe("the only place among the soaks", () => {
  it("is waited for, which is told, and is given to the next when a soak is over", async () => {
    const manage = await openManage({ concurrent: 1, stages: ["unit_tests", "backtest", "paper_trading"] });
    const ends: (() => void)[] = [];
    const begun: string[] = [];
    manage.pipelines.soakBy(({ strategyId }) => {
      const seen = { events: 1, trades: 0, pnl: 0, maxDrawdown: 0, breach: null, fault: null, lost: null };
      begun.push(strategyId);
      const over = new Promise<void>((resolve) => void ends.push(resolve));
      return Promise.resolve(ok({ seen: () => seen, over, end: () => Promise.resolve({ seen, tape: null }) }));
    });
    const soaking = async () => {
      const strategyId = await ofCode(manage);
      const pipelineId = await deploy(manage, strategyId, { soakMs: 3_600_000 });
      await expect.poll(() => manage.pipelines.progress(pipelineId)).not.toBeNull();
      return { strategyId, pipelineId };
    };
    const first = await soaking();
    const second = await soaking();
    expect(manage.pipelines.progress(first.pipelineId)).toMatchObject({ queued: false });
    expect(manage.pipelines.progress(second.pipelineId)).toMatchObject({ stage: "paper_trading", queued: true });
    expect(begun).toEqual([first.strategyId]);
    ends[0]?.();
    await expect.poll(() => manage.pipelines.progress(second.pipelineId)?.queued).toBe(false);
    expect(begun).toEqual([first.strategyId, second.strategyId]);
    const { lines } = await manage.pipelines.lines(second.pipelineId, { stage: "paper_trading", limit: 100 });
    const said = lines.map(({ message }) => message);
    expect(said).toContain("as many soaks run as may at once: it waits for its turn");
    expect(said).toContain("its soak begins");
    const { results: found } = await until(manage, first.pipelineId, /completed/);
    // Its backtest was made while its tests ran: the time is that of the run, not that of asking for its result.
    const results = found as Record<string, { readonly duration_ms: number }>;
    expect(results["backtest"]?.duration_ms).toBeGreaterThan(5);
    expect(results["backtest"]).toHaveProperty("waited_ms");
  }, 300_000);
});
