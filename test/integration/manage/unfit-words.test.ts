// Users' code that fails with words that the store does not take: U+0000, and half of a pair of surrogates. What failed
// has failed all the same, on the disk as well.
import { join } from "node:path";
import { expect, it } from "vitest";
import { Paper } from "../../support/manage/paper.ts";
import { deploy, ofCode, openManage, until } from "../../support/manage/managed.ts";
import { temporaryFolder } from "../../support/store/store-files.ts";
import { strategyCode } from "../../support/strategy-code.ts";

/** As it stands in the code of the author, who writes escapes. */
const SAID = String.raw`a\0b\uD800c`;
const TOLD = "a\ufffdb\ufffdc";

it("end a pipeline and its strategy's trial", async () => {
  const code = `${strategyCode("")}
export function testOfWords(): void {
  assert(false, "${SAID}");
}
`;
  const manage = await openManage({ stages: ["syntax_check", "unit_tests"] });
  const strategyId = await ofCode(manage, code);
  const record = await until(manage, await deploy(manage, strategyId));
  expect(record).toMatchObject({ status: "failed", reason: "stage_failed" });
  expect(record.error).toContain(TOLD);
  const strategy = manage.registry.get(strategyId);
  expect(strategy).toMatchObject({ status: "error", lastError: record.error });
});

it("end an execution, and the next process does not bring it back", async () => {
  const id = "strat_unfitwords";
  const file = join(temporaryFolder(), "engine.db");
  const code = strategyCode(`assert(market.price < 150, "${SAID}");`);
  const strategy = { id, code, parameters: { symbols: ["UFWUSD"] } };
  const first = await Paper.open({ strategies: [strategy], file, shared: true });
  const { executionId } = await first.start(id);
  await first.feed([100, 200].map((price) => ({ symbol: "UFWUSD", price })));
  await first.until(() => first.manage.registry.get(id)?.status === "error");
  const error = first.manage.executions.get(executionId)?.error;
  expect(error).toContain(TOLD);
  expect(first.manage.registry.get(id)?.lastError).toBe(error);
  await first.close();
  const later = await Paper.open({ strategies: [strategy], file, stored: true, autoResume: true });
  expect(later.manage.executions.active()).toEqual([]);
  expect(later.manage.executions.get(executionId)).toMatchObject({ status: "error", error });
  expect(later.manage.registry.get(id)).toMatchObject({ status: "error", lastError: error });
});
