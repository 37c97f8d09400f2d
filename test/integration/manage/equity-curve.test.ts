// The course of an execution's equity as it is asked for: up to now while it runs, and with its lowest point for ever.
import { expect, it } from "vitest";
import { Paper } from "../../support/manage/paper.ts";
import { strategyCode } from "../../support/strategy-code.ts";

const ID = "strat_curve01";
const CODE = strategyCode("if (market.count == 1) this.buy(0.5);");
const MANY = 500;
const PRICES = [100, 100, 101, 102, 95, 101, 102, 103];

/** Buys before the second price and holds; the last tick is one of the second of the one before. */
async function held(apart: number) {
  const paper = await Paper.open({ strategies: [{ id: ID, code: CODE, parameters: { symbols: ["BTCUSD"] } }] });
  const { executions } = paper.manage;
  const { executionId } = await paper.start(ID);
  const tick = async (price: number): Promise<void> => {
    await paper.feed([{ symbol: "BTCUSD", price }]);
    await paper.settled();
  };
  for (const price of PRICES) {
    paper.pass(apart);
    await tick(price);
  }
  await tick(104);
  const { quantity, price: bought } = paper.trades[0] ?? { quantity: 0, price: 0 };
  const pnl = (): number => executions.get(executionId)?.pnl ?? Number.NaN;
  await expect.poll(pnl).toBeCloseTo(quantity * (104 - bought), 4); // told when the market has come to rest
  const asked = (most: number) => executions.equity(executionId, most);
  const metrics = () => executions.get(executionId)?.metrics;
  return { paper, pnl, asked, metrics };
}

function deepestOf(points: readonly { readonly drawdown: number }[]): number {
  return Math.min(...points.map(({ drawdown }) => drawdown));
}

it("ends with the equity of the moment, and keeps its end and its deepest point when the execution is over", async () => {
  const { paper, pnl, asked, metrics } = await held(1.5);
  const running = await asked(MANY);
  expect(running.length).toBeGreaterThan(PRICES.length);
  expect(running.at(-1)?.equity).toBeCloseTo(100_000 + pnl(), 4);
  const times = running.map(({ time }) => time);
  expect(times).toEqual(times.toSorted((one, other) => one - other));
  const deepest = deepestOf(running);
  expect(deepest).toBeLessThan(-0.005);
  const stopped = await paper.manage.desk.stop(ID, "test");
  expect(stopped).toMatchObject({ ok: true, value: { status: "stopped" } });
  const over = await asked(MANY);
  expect(deepestOf(over)).toBe(deepest);
  expect(metrics()?.max_drawdown).toBeCloseTo(deepest, 9);
  expect(over.at(-1)?.equity).toBeCloseTo(100_000 + pnl(), 4);
  expect(new Set(over.map(({ time }) => time)).size).toBe(over.length);
  expect(deepestOf(await asked(3))).toBe(deepest);
});

it("keeps the points of a course of less than ten seconds, of which nothing is stored before its end", async () => {
  const { paper, asked } = await held(1.1);
  const running = await asked(MANY);
  expect(running.length).toBeGreaterThan(PRICES.length);
  await paper.manage.desk.stop(ID, "test");
  const over = await asked(MANY);
  expect(over.slice(0, -1)).toEqual(running.slice(0, -1)); // the last one is of the moment at which it was asked for
});
