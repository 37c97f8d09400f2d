// A rollback whose change the store refuses, minutes after a rollout: the execution, which had been given to the version
// before, is the deployed one's again, and trades.
import { join } from "node:path";
import { expect, it } from "vitest";
import { openLibsql } from "../../../src/store/sqlite/libsql-driver.ts";
import { SizedVersions } from "../../support/manage/sized-versions.ts";
import { temporaryFolder } from "../../support/store/store-files.ts";

const ID = "strat_unstored1";

it("leaves the version that was deployed in its place, as often as it is tried", async () => {
  const file = join(temporaryFolder(), "engine.db");
  const versions = await SizedVersions.open(ID, 0.3, file);
  const { registry, pipelines, executions } = versions.paper.manage;
  const ofFirst = await versions.bought();
  await versions.rollOut("2.0.0", 0.9);
  const ofSecond = await versions.bought();
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
    expect(await versions.bought()).toBe(ofSecond);
    expect(executions.active()).toMatchObject([{ status: "running", version: "2.0.0", error: null }]);
  }

  expect(await pipelines.rollback(ID, {}, "test")).toMatchObject({ ok: true, value: { to: "1.0.0" } });
  database.close();
  expect(await versions.bought()).toBe(ofFirst);
  expect(executions.active()).toMatchObject([{ status: "running", version: "1.0.0", error: null }]);
});
