// What an execution has come to is what its positions come to, also in the second in which its market came to rest.
import { expect, it } from "vitest";
import { portfolioOf } from "../../../src/manage/manage.ts";
import { Paper } from "../../support/manage/paper.ts";
import { strategyCode } from "../../support/strategy-code.ts";

const BUYS = strategyCode("if (market.position == 0) this.buy(1.0);");

it("tells the profit at the last price, and at every moment a portfolio that adds up", async () => {
  const paper = await Paper.open({ strategies: [{ id: "strat_rest01", code: BUYS }] });
  const { executionId } = await paper.start("strat_rest01");
  await paper.feed([{ symbol: "AAA", price: 100 }]);
  await paper.feed([{ symbol: "AAA", price: 100 }]);
  await paper.until(() => paper.trades.length > 0);
  const { quantity, price: bought } = paper.trades[0] ?? { quantity: 0, price: 0 };
  const { executions } = paper.manage;
  paper.pass(10);
  await paper.feed([{ symbol: "AAA", price: 101 }]); // a step of the figures ends
  await paper.settled();
  await paper.feed([{ symbol: "AAA", price: 90 }]); // the next one never does
  const { capital, realised, unrealised, fees, carry } = portfolioOf(executions.holders());
  expect(capital - 100_000).toBeCloseTo(realised + unrealised - fees + carry, 4);
  await expect.poll(() => executions.get(executionId)?.pnl ?? 0).toBeCloseTo(quantity * (90 - bought), 4);
  expect(unrealised).toBeCloseTo(quantity * (90 - bought), 4);
});
