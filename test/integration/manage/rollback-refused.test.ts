// A rollback to a version that cannot take over the execution that runs is refused with the reason, and nothing has changed:
// what was deployed stays so, and trades on.
import { expect, it } from "vitest";
import { explain } from "../../../src/domain/failure.ts";
import { Paper } from "../../support/manage/paper.ts";
import { strategyCode } from "../../support/strategy-code.ts";

const ID = "strat_refused1";
const SYMBOL = "RBRUSD";
const BODY = "if (market.count % 10 == 1) this.buy(0.5); else if (market.count % 10 == 6) this.sell(0.5);";
const codeWith = (most: number): string =>
  strategyCode(BODY, "", `const PERIOD = parameter("period", 14, 2, ${most}, "samples");`);

it("to the version that it is on, and to one that was never in force, with just that as the reason", async () => {
  const paper = await Paper.open({ strategies: [{ id: ID, code: codeWith(500), parameters: { symbols: [SYMBOL] } }] });
  const { registry, pipelines } = paper.manage;
  expect(await registry.update(ID, { code: codeWith(600), version: "2.0.0" }, "test")).toMatchObject({ ok: true });
  const why = async (to: string): Promise<string> => {
    const back = await pipelines.rollback(ID, { to }, "test");
    return back.ok ? "" : explain(back.failure);
  };
  expect(await why("1.0.0")).toBe(
    `strategy ${ID} is deployed on 1.0.0 already; a rollback needs it to be on another version. Possible now: deploy`,
  );
  expect(await why("2.0.0")).toBe(
    `strategy ${ID} is deployed and never was on 2.0.0; a rollback needs it to be deployed by that version first. Possible now: deploy`,
  );
  expect(registry.get(ID)).toMatchObject({ deployedVersion: "1.0.0", version: "2.0.0" });
});

it("of a version whose parameters are no longer possible", async () => {
  const parameters = { symbols: [SYMBOL] };
  const paper = await Paper.open({ strategies: [{ id: ID, code: codeWith(500), parameters }] });
  const { registry, pipelines, executions } = paper.manage;
  const change = { code: codeWith(5_000), version: "2.0.0", parameters: { ...parameters, period: 800 } };
  expect(await registry.update(ID, change, "test")).toMatchObject({ ok: true });
  for (const move of ["deploy", "stages_pass"] as const) await registry.move(ID, move, { actor: "test" });
  const deployed = { actor: "test", deployed: "2.0.0" };
  expect(await registry.move(ID, "rollout_done", deployed)).toMatchObject({ ok: true });
  await paper.start(ID);
  const traded = async (): Promise<void> => {
    const before = paper.trades.length;
    for (let price = 100; paper.trades.length < before + 4; price++) {
      await paper.feed(Array.from({ length: 20 }, () => ({ symbol: SYMBOL, price: 100 + (price % 7) })));
      await expect.poll(() => executions.behind).toBe(0);
    }
  };
  await traded();

  const back = await pipelines.rollback(ID, { to: "1.0.0" }, "test");
  expect(back).toMatchObject({ ok: false, failure: { code: "conflict" } });
  expect(back.ok ? "" : JSON.stringify(back.failure)).toMatch(
    /stays on version 2\.0\.0: 1\.0\.0 cannot take over: .*period/,
  );
  expect(registry.get(ID)).toMatchObject({ deployedVersion: "2.0.0", status: "deployed" });
  await traded();
  expect(executions.active()).toMatchObject([{ status: "running", version: "2.0.0", error: null }]);

  // With a parameter that both allow there is a way back.
  expect(await registry.update(ID, { parameters: { ...parameters, period: 20 } }, "test")).toMatchObject({ ok: true });
  expect(await pipelines.rollback(ID, { to: "1.0.0" }, "test")).toMatchObject({ ok: true, value: { to: "1.0.0" } });
  expect(executions.active()).toMatchObject([{ status: "running", version: "1.0.0" }]);
  await traded();
});
