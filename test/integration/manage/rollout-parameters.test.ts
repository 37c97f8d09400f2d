// Parameters that are changed while their version is rolled out: they are in force for what trades as soon as it is deployed.
import { describe, expect, it } from "vitest";
import { Paper, path } from "../../support/manage/paper.ts";
import { wholePipeline } from "../../support/manage/whole-pipeline.ts";
import { eventually } from "../../support/eventually.ts";
import { strategyCode } from "../../support/strategy-code.ts";

/** Buys as often as its parameter says, so much of its size: what it does tells which one runs, with which parameter. */
const every = (size: string): string =>
  strategyCode(
    `this.seen++; if (this.seen % i32(EVERY.value) != 0) return;
    if (market.position > 0) this.close(); else this.buy(1, 0, 0, ${size});`,
    "private seen: i32 = 0;",
    'const EVERY = parameter("every", 10, 1, 1000, "events");',
  );
const [OLD, NEW] = [every("1.0"), every("0.5")];
/** All stages, on a machine that is busy with other work. */
const DEPLOYED_MS = 240_000;

describe("a strategy whose parameters change while its new version is rolled out", () => {
  it("trades by them once the rollout is done, without being started again", async () => {
    const parameters = { symbols: ["TUNEUSD"], every: 1000 };
    const paper = await Paper.open({ strategies: [{ id: "strat_retuned", code: OLD, parameters }] });
    const { manage } = paper;
    const { executionId } = await paper.start("strat_retuned");
    await manage.registry.update("strat_retuned", { code: NEW }, "test");
    const wanted = { type: "blue_green", approvalRequired: true } as const;
    const begun = await manage.pipelines.deploy("strat_retuned", wanted, "test");
    if (!begun.ok) throw new Error(begun.failure.code);
    const { pipelineId } = begun.value;
    const until = (states: RegExp) =>
      eventually(
        () => wholePipeline(manage, pipelineId),
        ({ status }) => states.test(status),
        DEPLOYED_MS,
      );
    expect(await until(/awaiting|failed/)).toMatchObject({ status: "awaiting_approval", error: null });
    await manage.pipelines.decide(pipelineId, true, {}, "test");
    await eventually(
      () => wholePipeline(manage, pipelineId),
      ({ rollout }) => rollout.length > 0, // in shadow by now
    );
    await manage.registry.update("strat_retuned", { parameters: { every: 1 } }, "test");
    expect(await until(/completed|failed/)).toMatchObject({ status: "completed", error: null });
    // One trade for each tick behind the first one; with the old parameter there would be none.
    await paper.feed(path("TUNEUSD", 100, 1.001, 20));
    await paper.settled();
    await paper.until(() => paper.trades.length >= 19);
    expect(paper.trades).toHaveLength(19);
    for (const { quantity, price } of paper.trades) expect(quantity * price).toBeLessThan(6_000); // half of a tenth
    expect(manage.executions.get(executionId)).toMatchObject({ status: "running", version: "1.0.1" });
  });
});
