// Parameters that are changed while their version is rolled out: they are in force for what trades as soon as it is deployed.
import { describe, expect, it } from "vitest";
import { Paper, path } from "../../support/manage/paper.ts";
import { strategyCode } from "../../support/strategy-code.ts";

/** Buys as often as its parameter says, so that what it does tells with which one it runs. */
const EVERY = strategyCode(
  "this.seen++; if (this.seen % i32(EVERY.value) == 0) { if (market.position > 0) this.close(); else this.buy(); }",
  "private seen: i32 = 0;",
  'const EVERY = parameter("every", 10, 1, 1000, "events");',
);

describe("a strategy whose parameters change while its new version is rolled out", () => {
  it("trades by them once the rollout is done, without being started again", async () => {
    const parameters = { symbols: ["TUNEUSD"], every: 1000 };
    const paper = await Paper.open({ strategies: [{ id: "strat_retuned", code: EVERY, parameters }] });
    const { manage } = paper;
    const { executionId } = await paper.start("strat_retuned");
    await manage.registry.update("strat_retuned", { code: `// again\n${EVERY}` }, "test");
    const wanted = { type: "blue_green", approvalRequired: true } as const;
    const begun = await manage.pipelines.deploy("strat_retuned", wanted, "test");
    if (!begun.ok) throw new Error(begun.failure.code);
    const { pipelineId } = begun.value;
    const status = () => manage.pipelines.get(pipelineId)?.status ?? "";
    const moment = () => new Promise((resolve) => setTimeout(resolve, 5));
    while (!/awaiting|failed/.test(status())) await moment();
    expect(manage.pipelines.get(pipelineId)?.error).toBeNull();
    await manage.pipelines.decide(pipelineId, true, {}, "test");
    while ((manage.pipelines.get(pipelineId)?.rollout.length ?? 0) === 0) await moment(); // in shadow by now
    await manage.registry.update("strat_retuned", { parameters: { every: 1 } }, "test");
    while (!/completed|failed/.test(status())) await moment();
    expect(status()).toBe("completed");
    await paper.settled();
    // Far fewer ticks than the old parameter wants for one trade; its thread may hear of the new one behind the first of them.
    for (let feeds = 0; feeds < 20 && paper.trades.length < 19; feeds++) {
      await paper.feed(path("TUNEUSD", 100, 1.001, 20));
      await paper.settled();
    }
    expect(paper.trades.length).toBeGreaterThanOrEqual(19);
    expect(manage.executions.get(executionId)).toMatchObject({ status: "running", version: "1.0.1" });
  });
});
