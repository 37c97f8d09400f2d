// How executions begin: what is heard of one before its thread has it, and what becomes of one whose start could not be
// confirmed.
import { join } from "node:path";
import { expect, it } from "vitest";
import { failed } from "../../../src/domain/result.ts";
import { openLibsql } from "../../../src/store/sqlite/libsql-driver.ts";
import { Paper } from "../../support/manage/paper.ts";
import { temporaryFolder } from "../../support/store/store-files.ts";
import { strategyCode } from "../../support/strategy-code.ts";

const ID = "strat_beginning";
const CODE = strategyCode("if (market.position == 0) this.buy(1.0);");
const strategy = { id: ID, code: CODE, parameters: { symbols: ["BGNUSD"] } };
/** Turns in which each execution is once. */
const BEATS = 200;

interface Inside {
  readonly hearing: { readonly beat: () => void };
}

it("is heard of first when it has begun, and no turn of figures comes before", async () => {
  const file = join(temporaryFolder(), "engine.db");
  const first = await Paper.open({ strategies: [strategy], file, shared: true });
  const { executions } = first.manage;
  const { hearing } = executions as unknown as Inside;
  const starting = first.start(ID);
  while (executions.active().length === 0) await new Promise((resolve) => setImmediate(resolve));
  for (let turn = 0; turn < BEATS; turn++) hearing.beat();
  expect(await starting).toMatchObject({ status: "running", resumed: false });
  expect(first.heard[0]).toMatchObject(["started", { strategyId: ID, resumed: false }]);
  for (let turn = 0; turn < BEATS; turn++) hearing.beat();
  expect(first.heard.map(([event]) => event)).toContain("updated");
  await first.close();
  const later = await Paper.open({ strategies: [strategy], file, stored: true, autoResume: true });
  await later.until(() => later.heard.length > 0);
  expect(later.heard[0]).toMatchObject(["resumed", { strategyId: ID, resumed: true }]);
});

it("whose start may have been stored although it was refused is over in the next process", async () => {
  const file = join(temporaryFolder(), "engine.db");
  const first = await Paper.open({ strategies: [strategy], file, shared: true });
  const database = openLibsql(file, true);
  const answer = await first.manage.executions.start(ID, {}, (_, statements) => {
    for (const { sql, params } of statements) database.run(sql, params);
    return Promise.resolve(failed({ code: "storage_unavailable" })); // as of a thread that died behind its commit
  });
  expect(answer).toEqual(failed({ code: "storage_unavailable" }));
  expect(first.manage.executions.active()).toEqual([]);
  await first.close();
  expect(database.all("SELECT status, stop_reason FROM executions")).toEqual([
    { status: "stopped", stop_reason: "start_not_confirmed" },
  ]);
  database.close();
  const later = await Paper.open({ strategies: [strategy], file, stored: true, autoResume: true });
  expect(later.manage.executions.active()).toEqual([]);
  expect(await later.start(ID)).toMatchObject({ status: "running" });
});
