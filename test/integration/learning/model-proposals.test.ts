// From recorded bars to a strategy: trained in a thread at a learning beat, kept with its lineage, proposed because its
// evidence holds, and deployed through the pipeline when somebody approves. A real stream, store and compiler.
import { describe, expect, it, vi } from "vitest";
import { encodeModel, FRESH_WATCH, INPUTS, modelHash } from "../../../src/learning/models.ts";
import type { Outcome } from "../../../src/learning/outcome.ts";
import type { Learning } from "../../../src/manage/learning/learning.ts";
import { openLearning } from "../../support/learning/learning-engine.ts";
import { storeBars } from "../../support/learning/bar-tables.ts";
import { surgeMarket } from "../../support/learning/surge-market.ts";
import { dataDir } from "../../support/manage/engine.ts";
import { wholePipeline } from "../../support/manage/whole-pipeline.ts";
import { strategyOf } from "../../support/sandbox/python.ts";

/** Foretold with 0.8, and lost. */
const LOST: Omit<Outcome, "strategy"> = {
  instance: 1,
  symbol: "BTCUSD",
  side: 1,
  confidenceRaw: 0.8,
  confidence: 0.8,
  openedAt: 1,
  closedAt: 2,
  net: -0.01,
  ended: "stop",
  regime: "calm",
  source: "execution",
};
const NAME = "learned_btcusd_bar_1m_0827763e";
/** Other learners propose as well. */
const proposed = ({ proposals }: Learning) => proposals.open().find(({ kind }) => kind === "model");

describe("a model of recorded bars", () => {
  it("is kept with where it came from, proposed, and becomes a version of a strategy with a pipeline", async () => {
    const dir = dataDir();
    storeBars(dir, surgeMarket({ seed: 4, bars: 3_000, edge: 1.5 }));
    const { learning, manage, close } = await openLearning(dir, dir);
    let clock = 1_800_000_000_000_000;
    await vi.waitFor(
      async () => {
        learning.beat((clock += 60_000_000));
        await learning.rounds.idle();
        expect(proposed(learning)).toBeDefined();
      },
      { timeout: 100_000, interval: 100 },
    );
    const model = learning.models.all().find(({ kind }) => kind === "ml");
    expect(model).toMatchObject({
      kind: "ml",
      strategyType: NAME,
      lineage: { symbol: "BTCUSD", seed: 1, proven: true, drift: { found: [] }, rows: 3_000 },
    });
    const proposal = proposed(learning);
    expect(proposal).toMatchObject({ kind: "model", strategyType: NAME, before: null });
    const approved = await learning.proposals.approve(proposal?.proposalId ?? "", "tester");
    expect(approved).toMatchObject({ ok: true, value: { carriedOut: { version: "1.0.0" } } });
    const strategy = [...manage.registry.all()].find(({ strategyName }) => strategyName === NAME);
    expect(strategy).toMatchObject({ language: "assemblyscript", parameters: { symbols: ["BTCUSD"] } });
    const [pipeline] = manage.pipelines.list({ strategyId: strategy?.strategyId ?? "" });
    const begun = await wholePipeline(manage, pipeline?.pipelineId ?? "");
    expect(begun).toMatchObject({ version: "1.0.0", deploymentType: "direct" });
    const version = await manage.registry.version(strategy?.strategyId ?? "", "1.0.0");
    expect(version?.code).toContain(`// Learned: model ${String(model?.lineage["model_hash"])}.`);
    await close();
  });

  it("that has drifted is not deployed, and says why", async () => {
    const dir = dataDir();
    const { learning, manage } = await openLearning(dir);
    const drift = { found: ["after 90 outcomes it foretells no better than the base rate"] };
    const given = { kind: "ml", strategy: NAME, samples: 100, lineage: { symbol: "BTCUSD", drift }, content: "{}" };
    const kept = await learning.models.keep(given);
    if (!kept.ok) throw new Error("not kept");
    const refused = async (to: object) => {
      const what = { kind: "model", subject: NAME, what: "learned_model", strategy: NAME, from: null, to };
      const made = await learning.proposals.propose({ ...what, reason: "tried", evidence: {} }, "test");
      return learning.proposals.approve(made.ok ? made.value.proposalId : "", "tester");
    };
    const { modelId } = kept.value;
    expect(await refused({ model_id: modelId, model_hash: "0" })).toMatchObject({
      failure: { code: "conflict", issue: expect.stringContaining("has drifted: after 90 outcomes") as string },
    });
    await learning.models.keep({ ...given, modelId, lineage: { symbol: "BTCUSD", drift: { found: [] } } });
    expect(await refused({ model_id: modelId, model_hash: "0" })).toMatchObject({
      failure: { code: "conflict", issue: "its model is not the one that was proposed" },
    });
    expect(await refused({ model_id: "model_gone", model_hash: "0" })).toMatchObject({
      failure: { code: "conflict" },
    });
    expect([...manage.registry.all()]).toEqual([]);
  });

  it("does not become a version of somebody else's strategy of its name", async () => {
    const { learning, manage } = await openLearning(dataDir());
    const weights = { kind: "logistic", values: new Float64Array(3 * INPUTS.length + 1) } as const;
    const bytes = encodeModel({ weights, enter: 0.5, barMs: 60_000, stopRanges: 1.5, targetRanges: 2, bars: 12 });
    const known = { reference: { cuts: [], shares: [], base: 0.5, rows: 500 }, watch: FRESH_WATCH, until: 0, cost: 0 };
    const content = JSON.stringify({ file: Buffer.from(bytes).toString("base64"), known });
    const lineage = { symbol: "BTCUSD", drift: { found: [] } };
    const kept = await learning.models.keep({ kind: "ml", strategy: NAME, samples: 100, lineage, content });
    if (!kept.ok) throw new Error("not kept");
    const python = {
      code: strategyOf("return 'BUY'"),
      language: "python",
      parameters: { symbols: ["BTCUSD"] },
    } as const;
    expect(await manage.registry.create({ name: NAME, ...python }, "somebody")).toMatchObject({ ok: true });
    const to = { model_id: kept.value.modelId, model_hash: modelHash(bytes) };
    const what = { kind: "model", subject: NAME, what: "learned_model", strategy: NAME, from: null, to };
    const made = await learning.proposals.propose({ ...what, reason: "tried", evidence: {} }, "test");
    expect(await learning.proposals.approve(made.ok ? made.value.proposalId : "", "tester")).toMatchObject({
      failure: { code: "conflict", issue: expect.stringContaining(`named ${NAME} is there already`) as string },
    });
  });

  it("drifts by the outcomes of its strategy, and is left alone by those of others", async () => {
    const { learning, manage } = await openLearning(dataDir(), dataDir());
    const known = { reference: { cuts: [], shares: [], base: 0.5, rows: 500 }, watch: FRESH_WATCH, until: 0, cost: 0 };
    const content = JSON.stringify({ file: "", known });
    const hash = "0f".repeat(32);
    const lineage = { symbol: "BTCUSD", model_hash: hash, drift: { found: [] } };
    await learning.models.keep({ kind: "ml", strategy: NAME, samples: 100, lineage, content });
    const drift = async (strategy: string, outcomes: number): Promise<unknown> => {
      for (let index = 0; index < outcomes; index++) learning.outcome({ ...LOST, strategy });
      learning.beat(1_800_000_000_000_000);
      await learning.rounds.idle();
      return learning.models.all().find(({ kind }) => kind === "ml")?.lineage["drift"];
    };
    expect(await drift("learned_ethusd_bar_1m", 200)).toEqual({ found: [] });
    // Nobody trades by it yet: what comes to its strategy is not its own.
    expect(await drift(NAME, 200)).toEqual({ found: [] });
    const code = `// Learned: model ${hash}.\n`;
    const made = await manage.registry.create({ name: NAME, code, language: "assemblyscript" }, "test");
    if (!made.ok) throw new Error(JSON.stringify(made.failure));
    const { strategyId } = made.value;
    for (const move of ["deploy", "stages_pass"] as const)
      await manage.registry.move(strategyId, move, { actor: "test" });
    const order = { actor: "test", deployed: "1.0.0" };
    expect(await manage.registry.move(strategyId, "rollout_done", order)).toMatchObject({ ok: true });
    expect(await drift(NAME, 5)).toEqual({ found: [] });
    expect(await drift(NAME, 20)).toEqual({
      found: ["after 25 outcomes it foretells no better than the base rate"],
    });
  });
});
