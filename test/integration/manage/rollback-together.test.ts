// Two people hear one alarm and roll back at the same moment, to two versions or to the one before: one of them is
// answered that it is done, the other that it was not, and what is told as deployed is what trades.
import { expect, it } from "vitest";
import { SizedVersions } from "../../support/manage/sized-versions.ts";

const ID = "strat_together1";
const ORDERS = [
  ["1.0.0", "2.0.0"],
  ["2.0.0", "1.0.0"],
  [undefined, "1.0.0"],
  [undefined, undefined],
] as const;

it.each(ORDERS)("goes back to one of %s and %s, which trades, and on from there", async (...wanted) => {
  const versions = await SizedVersions.open(ID, 0.3);
  const { registry, pipelines, executions } = versions.paper.manage;
  const sizes = new Map([["1.0.0", await versions.bought()]]);
  for (const [version, size] of [["2.0.0", 0.6] as const, ["3.0.0", 0.9] as const]) {
    await versions.rollOut(version, size);
    sizes.set(version, await versions.bought());
  }
  expect(new Set(sizes.values()).size).toBe(3);

  const answers = await Promise.all(wanted.map((to) => pipelines.rollback(ID, { to }, "test")));
  expect(answers).toMatchObject([
    { ok: true, value: { from: "3.0.0", to: wanted[0] ?? "2.0.0" } },
    { ok: false, failure: { code: "conflict" } },
  ]);
  const deployed = registry.get(ID)?.deployedVersion ?? "";
  expect(deployed).toBe(wanted[0] ?? "2.0.0");
  expect(executions.active()).toMatchObject([{ status: "running", version: deployed, error: null }]);
  expect(await versions.bought()).toBe(sizes.get(deployed));

  const other = wanted[1] ?? "1.0.0";
  expect(await pipelines.rollback(ID, { to: wanted[1] }, "test")).toMatchObject({ ok: true, value: { to: other } });
  expect(await versions.bought()).toBe(sizes.get(other));
});
