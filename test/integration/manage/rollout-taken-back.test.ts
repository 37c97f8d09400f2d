// A rollout that does not come to its end: called off while its strategy is paused, in a step or behind the promotion, or
// refused by the store at the very last. What trades afterwards is what the registry says, in the same execution.
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Delivery, DeliveryRun } from "../../../src/manage/pipeline/pipeline.ts";
import { openLibsql } from "../../../src/store/sqlite/libsql-driver.ts";
import { eventually } from "../../support/eventually.ts";
import { Paper } from "../../support/manage/paper.ts";
import { wholePipeline } from "../../support/manage/whole-pipeline.ts";
import { temporaryFolder } from "../../support/store/store-files.ts";
import { strategyCode } from "../../support/strategy-code.ts";

const SYMBOL = "TBKUSD";
const parameters = { symbols: [SYMBOL] };
/** Opens and closes by what an event says alone; fills tell by their size whose they are. */
const codeWith = (size: number): string =>
  strategyCode(`if (market.volume == 1.0) this.buy(0.5, 0, 0, ${size}); else if (market.volume == 6.0) this.close();`);
/** Ticks of a round: one position is opened and closed in each ten. */
const ROUND = 40;
/** Its stages, on a machine that is busy with other work. */
const MS = 240_000;

interface Inside {
  readonly delivery: Delivery;
  readonly active: ReadonlyMap<string, { readonly resumed: (() => void) | null }>;
}

/** Of a strategy whose first version trades: what was bought in a round, in units of account, and the second on its way. */
async function trading(id: string, file: string | null = null) {
  const settings = { stages: ["syntax_check"], stepMs: 1 } as const;
  const paper = await Paper.open({ strategies: [{ id, code: codeWith(0.3), parameters }], file, pipeline: settings });
  const { registry, pipelines } = paper.manage;
  await paper.start(id);
  const bought = async (): Promise<number> => {
    const from = paper.trades.length;
    await paper.feed(Array.from({ length: ROUND }, (_, at) => ({ symbol: SYMBOL, price: 100, volume: at % 10 })));
    await paper.until(() => paper.trades.length >= from + (2 * ROUND) / 10);
    const first = paper.trades.slice(from).find(({ side }) => side === "BUY");
    return Math.round((first?.quantity ?? 0) * (first?.price ?? 0));
  };
  const ofFirst = await bought();
  const rollOut = async (): Promise<string> => {
    expect(await registry.update(id, { code: codeWith(0.9), version: "2.0.0" }, "test")).toMatchObject({ ok: true });
    const begun = await pipelines.deploy(id, { type: "canary" }, "test");
    if (!begun.ok) throw new Error(JSON.stringify(begun.failure));
    return begun.value.pipelineId;
  };
  return { paper, bought, ofFirst, rollOut };
}

/** Pauses behind the step that gives the new version so many percent, before the pipeline hears that it is done. */
function pausingAt(percent: number, pipelines: unknown, pause: () => Promise<unknown>): Delivery {
  const { delivery } = pipelines as Inside;
  const paused = (run: DeliveryRun): DeliveryRun => ({
    share: async (given, by) => {
      await run.share(given, by);
      if (given === percent) await pause();
    },
    promote: async () => {
      const switched = await run.promote();
      if (percent === 100) await pause();
      return switched;
    },
    evidence: () => run.evidence(),
    listen: (look) => run.listen(look),
    revert: (reason) => run.revert(reason),
    end: () => run.end(),
  });
  return {
    runs: (strategyId) => delivery.runs(strategyId),
    begin: async (...by) => {
      const begun = await delivery.begin(...by);
      return begun.ok && begun.value !== null ? { ok: true, value: paused(begun.value) } : begun;
    },
  };
}

describe("a rollout that is not done", () => {
  it.each([
    ["in a step", 5],
    ["behind the promotion", 100],
  ])(
    "and is called off while its strategy is paused %s leaves the trading to the version before",
    async (_, percent) => {
      const id = `strat_takenback${percent}`;
      const { paper, bought, ofFirst, rollOut } = await trading(id);
      const { registry, pipelines, executions } = paper.manage;
      const { active } = pipelines as unknown as Inside;
      pipelines.deliverBy(pausingAt(percent, pipelines, () => registry.move(id, "pause", { actor: "test" })));
      const pipelineId = await rollOut();
      await eventually(
        () => active.get(id)?.resumed ?? null,
        (stands) => stands !== null,
        MS,
      );
      expect(pipelines.get(pipelineId)).toMatchObject({ status: "running", endedAt: null });
      expect((await wholePipeline(paper.manage, pipelineId)).rollout.at(-1)).toMatchObject({ percent });
      expect(await pipelines.cancel(pipelineId, {}, "test")).toMatchObject({ ok: true });
      const ended = await wholePipeline(paper.manage, pipelineId);
      expect(ended).toMatchObject({ status: "failed", reason: "cancelled" });
      expect(registry.get(id)).toMatchObject({ status: "paused", deployedVersion: "1.0.0" });
      expect(executions.active()).toMatchObject([{ status: "paused", version: "1.0.0", error: null }]);
      expect(await registry.move(id, "resume", { actor: "test" })).toMatchObject({ ok: true });
      expect(await bought()).toBe(ofFirst);
      expect(executions.active()).toMatchObject([{ status: "running", version: "1.0.0", error: null }]);
    },
  );

  it("because the store refuses its last step is taken back as well", async () => {
    const id = "strat_unstored2";
    const file = join(temporaryFolder(), "engine.db");
    const { paper, bought, ofFirst, rollOut } = await trading(id, file);
    const { registry, executions } = paper.manage;
    // A rule of the tables that is ours to lift.
    const database = openLibsql(file, true);
    const when = "BEFORE UPDATE ON strategies WHEN NEW.deployed_version = '2.0.0'";
    database.run(`CREATE TRIGGER refused ${when} BEGIN SELECT RAISE(ABORT, 'not now'); END`);
    const pipelineId = await rollOut();
    const ended = await eventually(
      () => wholePipeline(paper.manage, pipelineId),
      ({ endedAt }) => endedAt !== null,
      MS,
    );
    database.close();
    expect(ended).toMatchObject({ status: "failed" });
    expect(ended.rollout.at(-1)).toMatchObject({ percent: 100 });
    expect(registry.get(id)).toMatchObject({ status: "deployed", deployedVersion: "1.0.0" });
    expect(executions.active()).toMatchObject([{ status: "running", version: "1.0.0", error: null }]);
    expect(await bought()).toBe(ofFirst);
  });
});
