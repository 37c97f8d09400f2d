// The course of an execution's equity as it is asked for: up to now while it runs, and with its lowest point for ever.
import { expect, it } from "vitest";
import { Paper } from "../../support/manage/paper.ts";
import { strategyCode } from "../../support/strategy-code.ts";

const ID = "strat_curve01";
const CODE = strategyCode("if (market.count == 1) this.buy(0.5);");
const MANY = 500;

it("ends with the equity of the moment, and keeps its end and its deepest point when the execution is over", async () => {
  const paper = await Paper.open({ strategies: [{ id: ID, code: CODE, parameters: { symbols: ["BTCUSD"] } }] });
  const { executions } = paper.manage;
  const { executionId } = await paper.start(ID);
  const tick = async (price: number): Promise<void> => {
    await paper.feed([{ symbol: "BTCUSD", price }]);
    await paper.settled();
  };
  for (const price of [100, 100, 101, 102, 95, 101, 102, 103]) {
    paper.pass(1.5);
    await tick(price);
  }
  await tick(104); // in the second of the one before
  const pnl = (): number => executions.get(executionId)?.pnl ?? Number.NaN;
  await expect.poll(pnl).not.toBe(0);
  const running = await executions.equity(executionId, MANY);
  expect(running.at(-1)?.equity).toBeCloseTo(100_000 + pnl(), 4);
  const times = running.map(({ time }) => time);
  expect(times).toEqual(times.toSorted((one, other) => one - other));
  const deepest = Math.min(...running.map(({ drawdown }) => drawdown));
  expect(deepest).toBeLessThan(-0.005);
  const stopped = await paper.manage.desk.stop(ID, "test");
  expect(stopped).toMatchObject({ ok: true, value: { status: "stopped" } });
  const { metrics } = executions.get(executionId) ?? {};
  const over = await executions.equity(executionId, MANY);
  expect(Math.min(...over.map(({ drawdown }) => drawdown))).toBe(deepest);
  expect(metrics?.max_drawdown).toBeCloseTo(deepest, 9);
  expect(over.length).toBeGreaterThan(7);
  expect(over.at(-1)?.equity).toBeCloseTo(100_000 + pnl(), 4);
  expect(new Set(over.map(({ time }) => time)).size).toBe(over.length);
  expect(Math.min(...(await executions.equity(executionId, 3)).map(({ drawdown }) => drawdown))).toBe(deepest);
});
