// Figures of a running execution, each in constant time, against those of the core over the whole series at once.
import { describe, expect, it } from "vitest";
import { Figures, RETURNS_MIN, STEP_US } from "../../../src/manage/executions/figures.ts";
import { Statistics } from "../../../src/research/statistics.ts";
import { Random } from "../../support/random.ts";

const CAPITAL = 100_000;
const YEAR_US = 365.25 * 86_400e6;

describe("the figures of an execution", () => {
  it("are those of the whole series", () => {
    const random = new Random(11);
    const figures = new Figures(CAPITAL);
    const [own, market]: [number[], number[]] = [[], []];
    let equity = CAPITAL;
    figures.step(STEP_US, equity, 0);
    for (let step = 2; step <= 500; step++) {
      const benchmark = 0.001 * random.normal();
      const change = 0.4 * benchmark + 0.0005 * random.normal();
      equity *= 1 + change;
      own.push(change);
      market.push(benchmark);
      figures.drawdown(equity);
      figures.step(step * STEP_US, equity, benchmark);
    }
    const periods = YEAR_US / STEP_US;
    const statistics = new Statistics();
    const whole = statistics.performance(Float64Array.from(own), periods);
    const beside = statistics.relative(Float64Array.from(own), Float64Array.from(market), periods);
    const metrics = figures.metrics(equity);
    expect(metrics.volatility).toBeCloseTo(whole.volatility ?? 0, 6);
    expect(metrics.sharpe_ratio).toBeCloseTo(whole.sharpe ?? 0, 4);
    expect(metrics.beta).toBeCloseTo(beside.beta ?? 0, 8);
    expect(metrics.information_ratio).toBeCloseTo(beside.informationRatio ?? 0, 4);
    expect(metrics.total_return).toBeCloseTo(equity / CAPITAL - 1, 12);
    let [highest, deepest, at] = [1, 0, 1];
    for (const change of own) {
      at *= 1 + change;
      highest = Math.max(highest, at);
      deepest = Math.min(deepest, at / highest - 1);
    }
    expect(metrics.max_drawdown).toBeCloseTo(deepest, 9);
  });

  it("are zeros, never anything else that is no number, while there is too little", () => {
    const figures = new Figures(CAPITAL);
    for (let step = 1; step < RETURNS_MIN; step++) figures.step(step * STEP_US, CAPITAL + step, 0);
    figures.trade({ pnl: 5, entryTime: 0, exitTime: 120e6 });
    figures.trade({ pnl: -5, entryTime: 0, exitTime: 0 });
    expect(figures.metrics(CAPITAL + 29)).toMatchObject({ sharpe_ratio: 0, win_rate: 0.5, avg_trade_duration: 1 });
    expect(Object.values(new Figures(CAPITAL).metrics(CAPITAL)).every((value) => value === 0)).toBe(true);
  });
});
