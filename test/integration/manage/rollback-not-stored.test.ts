// A rollback whose change the store refuses, minutes after a rollout: the execution, which had been given to the version
// before, is the deployed one's again, and trades.
import { join } from "node:path";
import { expect, it } from "vitest";
import { openLibsql } from "../../../src/store/sqlite/libsql-driver.ts";
import { Paper } from "../../support/manage/paper.ts";
import { temporaryFolder } from "../../support/store/store-files.ts";
import { strategyCode } from "../../support/strategy-code.ts";

const ID = "strat_unstored1";
const SYMBOL = "RNSUSD";
const parameters = { symbols: [SYMBOL] };
/** Opens and closes by what an event says alone; fills tell by their size whose they are. */
const codeWith = (size: number): string =>
  strategyCode(`if (market.volume == 1.0) this.buy(0.5, 0, 0, ${size}); else if (market.volume == 6.0) this.close();`);
/** Ticks of a round: one position is opened and closed in each ten. */
const ROUND = 40;

it("leaves the version that was deployed in its place, as often as it is tried", async () => {
  const file = join(temporaryFolder(), "engine.db");
  const paper = await Paper.open({ strategies: [{ id: ID, code: codeWith(0.3), parameters }], file });
  const { registry, pipelines, executions, compiler } = paper.manage;
  await paper.start(ID);
  /** What was bought in a round, in units of account. */
  const bought = async (): Promise<number> => {
    const from = paper.trades.length;
    await paper.feed(Array.from({ length: ROUND }, (_, at) => ({ symbol: SYMBOL, price: 100, volume: at % 10 })));
    await paper.until(() => paper.trades.length >= from + (2 * ROUND) / 10);
    const first = paper.trades.slice(from).find(({ side }) => side === "BUY");
    return Math.round((first?.quantity ?? 0) * (first?.price ?? 0));
  };
  const ofFirst = await bought();

  // The rollout of 2.0.0, as a pipeline makes it.
  const code = codeWith(0.9);
  expect(await registry.update(ID, { code, version: "2.0.0" }, "test")).toMatchObject({ ok: true });
  for (const move of ["deploy", "stages_pass"] as const) await registry.move(ID, move, { actor: "test" });
  const compiled = await compiler.compile(code, "assemblyscript");
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.failure));
  const offered = await executions.offer(ID, "beside", { version: "2.0.0", program: compiled.value, parameters });
  if (!offered.ok || offered.value === null) throw new Error("nothing runs");
  expect(await offered.value.promote()).toMatchObject({ fault: null });
  const deployed = { actor: "test", deployed: "2.0.0" };
  expect(await registry.move(ID, "rollout_done", deployed)).toMatchObject({ ok: true });
  offered.value.end();
  const ofSecond = await bought();
  expect(ofSecond).not.toBe(ofFirst);

  // A rule of the tables that is ours to lift.
  const database = openLibsql(file, true);
  const refusal = "CREATE TRIGGER refused BEFORE UPDATE ON strategies BEGIN SELECT RAISE(ABORT, 'not now'); END";
  for (let round = 0; round < 2; round++) {
    database.run(refusal);
    expect(await pipelines.rollback(ID, {}, "test")).toMatchObject({ ok: false });
    database.run("DROP TRIGGER refused");
    expect(registry.get(ID)).toMatchObject({ deployedVersion: "2.0.0", status: "deployed" });
    expect(executions.active()).toMatchObject([{ status: "running", version: "2.0.0", error: null }]);
    expect(await bought()).toBe(ofSecond);
    expect(executions.active()).toMatchObject([{ status: "running", version: "2.0.0", error: null }]);
  }

  expect(await pipelines.rollback(ID, {}, "test")).toMatchObject({ ok: true, value: { to: "1.0.0" } });
  database.close();
  expect(await bought()).toBe(ofFirst);
  expect(executions.active()).toMatchObject([{ status: "running", version: "1.0.0", error: null }]);
});
