// What the engine does to a strategy by itself while somebody else has the database for so long that the store gives up:
// its execution is paused, or ends, at once, and the strategy follows as soon as the store takes it.
import { join } from "node:path";
import { expect, it } from "vitest";
import { openLibsql } from "../../../src/store/sqlite/libsql-driver.ts";
import { Paper } from "../../support/manage/paper.ts";
import { temporaryFolder } from "../../support/store/store-files.ts";
import { strategyCode } from "../../support/strategy-code.ts";

const SYMBOL = "OWNUSD";
const HOLDS = strategyCode("if (market.position == 0) this.buy(1.0);");
const FAILS = strategyCode("assert(market.price < 150, `it is too high`);");
const parameters = { symbols: [SYMBOL], position_size: 1 };

it.each([
  ["is paused with its execution that has reached a limit", HOLDS, [100, 101, 60], "paused", "paused"],
  ["is in error with its execution that has failed", FAILS, [100, 101, 200], "error", "error"],
] as const)("a strategy %s", async (_, code, prices, execution, strategy) => {
  const id = "strat_ownmoves";
  const file = join(temporaryFolder(), "engine.db");
  const riskLimits = { daily_loss_limit: -10_000 };
  const paper = await Paper.open({ strategies: [{ id, code, parameters, riskLimits }], file });
  const { registry, executions } = paper.manage;
  const { executionId } = await paper.start(id);
  const answers: string[] = [];
  const move = registry.move.bind(registry);
  registry.move = async (...asked) => {
    const moved = await move(...asked);
    answers.push(moved.ok ? "ok" : moved.failure.code);
    return moved;
  };
  const other = openLibsql(file, true);
  other.script("BEGIN IMMEDIATE");
  await paper.feed(prices.map((price) => ({ symbol: SYMBOL, price, volume: 1_000_000 })));
  await paper.until(() => answers.length > 0);
  expect(answers).toEqual(["storage_unavailable"]);
  expect(executions.get(executionId)?.status).toBe(execution);
  expect(registry.get(id)?.status).toBe("deployed");
  other.script("COMMIT");
  other.close();
  await paper.until(() => registry.get(id)?.status === strategy);
  expect(answers.at(-1)).toBe("ok");
});
