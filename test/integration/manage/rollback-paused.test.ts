// A rollback while the strategy is paused: the version is in force, and nothing trades before somebody resumes.
import { expect, it } from "vitest";
import { Paper } from "../../support/manage/paper.ts";
import { strategyCode } from "../../support/strategy-code.ts";

const ID = "strat_paused01";
const SYMBOL = "RBPUSD";
/** Version 1.0.0 trades a tenth, 2.0.0 the half, so that a fill says whose it is. */
const codeOf = (size: number): string =>
  strategyCode(`if (market.count % 10 == 1) this.buy(${size}); else if (market.count % 10 == 6) this.sell(${size});`);

async function deployedTwice(): Promise<Paper> {
  const parameters = { symbols: [SYMBOL] };
  const paper = await Paper.open({ strategies: [{ id: ID, code: codeOf(0.1), parameters }] });
  const { registry } = paper.manage;
  expect(await registry.update(ID, { code: codeOf(0.5), version: "2.0.0" }, "test")).toMatchObject({ ok: true });
  for (const move of ["deploy", "stages_pass"] as const) await registry.move(ID, move, { actor: "test" });
  const deployed = { actor: "test", deployed: "2.0.0" };
  expect(await registry.move(ID, "rollout_done", deployed)).toMatchObject({ ok: true });
  return paper;
}

/** Ticks, until everything of them was heard. */
async function ticks(paper: Paper, count = 40): Promise<void> {
  await paper.feed(Array.from({ length: count }, (_, tick) => ({ symbol: SYMBOL, price: 100 + (tick % 7) })));
  await expect.poll(() => paper.manage.executions.behind).toBe(0);
}

async function traded(paper: Paper): Promise<void> {
  for (const before = paper.trades.length; paper.trades.length < before + 4;) await ticks(paper);
}

it("leaves strategy and execution paused, and resumed the execution trades the version", async () => {
  const paper = await deployedTwice();
  const { registry, pipelines, executions } = paper.manage;
  await paper.start(ID);
  await traded(paper);
  expect(await registry.move(ID, "pause", { actor: "test" })).toMatchObject({ ok: true });
  await ticks(paper);

  expect(await pipelines.rollback(ID, {}, "test")).toMatchObject({
    ok: true,
    value: { from: "2.0.0", to: "1.0.0" },
  });
  expect(registry.get(ID)).toMatchObject({ status: "paused", statusBefore: "deployed", deployedVersion: "1.0.0" });
  expect(executions.active()).toMatchObject([{ status: "paused", version: "1.0.0" }]);
  const quiet = paper.trades.length;
  for (let round = 0; round < 3; round++) await ticks(paper);
  expect(paper.trades.length).toBe(quiet);
  expect(executions.active()).toMatchObject([{ status: "paused", version: "1.0.0", error: null }]);

  expect(await registry.move(ID, "resume", { actor: "test" })).toMatchObject({ ok: true });
  expect(registry.get(ID)).toMatchObject({ status: "deployed", deployedVersion: "1.0.0" });
  await traded(paper);
  expect(executions.active()).toMatchObject([{ status: "running", version: "1.0.0", error: null }]);
});

it("of a strategy that was stopped before it was paused starts nothing, also when it is resumed", async () => {
  const paper = await deployedTwice();
  const { registry, pipelines, executions } = paper.manage;
  await paper.start(ID);
  await traded(paper);
  for (const move of ["stop", "pause"] as const) await registry.move(ID, move, { actor: "test" });
  await expect.poll(() => executions.active()).toEqual([]);
  expect(await pipelines.rollback(ID, { to: "1.0.0" }, "test")).toMatchObject({ ok: true });
  expect(registry.get(ID)).toMatchObject({ status: "paused", statusBefore: "deployed", deployedVersion: "1.0.0" });
  expect(await registry.move(ID, "resume", { actor: "test" })).toMatchObject({ ok: true });
  const quiet = paper.trades.length;
  await ticks(paper);
  expect([registry.get(ID)?.status, executions.active(), paper.trades.length]).toEqual(["deployed", [], quiet]);
});

it("is refused where the pause stands over a deployment under way", async () => {
  const paper = await deployedTwice();
  const { registry, pipelines } = paper.manage;
  for (const move of ["deploy", "pause"] as const) await registry.move(ID, move, { actor: "test" });
  expect(await pipelines.rollback(ID, { to: "1.0.0" }, "test")).toMatchObject({
    failure: { code: "invalid_state", state: "paused" },
  });
  expect(registry.get(ID)).toMatchObject({ status: "paused", statusBefore: "testing", deployedVersion: "2.0.0" });
});
