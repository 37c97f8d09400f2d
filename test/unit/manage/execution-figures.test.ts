// Figures of a running execution where there is little or nothing to compute them from, and when they go on elsewhere.
// That they are those of the whole series is a property (test/property/execution-figures.test.ts).
import { describe, expect, it } from "vitest";
import { Figures, RETURNS_MIN, STEP_US } from "../../../src/manage/executions/figures.ts";
import { metricsOf } from "../../../src/manage/executions/metrics.ts";
import { Random } from "../../support/random.ts";

const CAPITAL = 100_000;

describe("the figures of an execution", () => {
  it("are not there while there is too little, and are shown as zeros that say so", () => {
    const figures = new Figures(CAPITAL);
    for (let step = 1; step < RETURNS_MIN; step++) figures.step(step * STEP_US, CAPITAL + step, 0);
    figures.trade({ pnl: 5, entryTime: 0, exitTime: 120e6 });
    figures.trade({ pnl: -5, entryTime: 0, exitTime: 0 });
    const few = figures.figured(CAPITAL + 29);
    expect(few).toMatchObject({ sharpe_ratio: null, win_rate: 0.5, avg_trade_duration: 1, profit_factor: 1 });
    expect(few.samples).toEqual({ returns: RETURNS_MIN - 1, trades: 2 });
    const shown = metricsOf(few);
    expect(shown).toMatchObject({ sharpe_ratio: 0, sortino_ratio: null, win_rate: 0.5 });
    expect(shown.not_available).toContain("sharpe_ratio");
    expect(shown.not_available).not.toContain("win_rate");
    figures.step(RETURNS_MIN * STEP_US, CAPITAL + 31, 0);
    expect(figures.figured(CAPITAL + 31).sharpe_ratio).toBeGreaterThan(0);
  });

  it("of nothing at all are zeros, and nothing is available", () => {
    const { samples, not_available, sortino_ratio, profit_factor, ...numbers } = metricsOf(
      new Figures(CAPITAL).figured(CAPITAL),
    );
    expect(Object.values(numbers).every((value) => value === 0)).toBe(true);
    expect([sortino_ratio, profit_factor]).toEqual([null, null]);
    expect(samples).toEqual({ returns: 0, trades: 0 });
    expect(not_available).toHaveLength(10);
  });

  it("never are anything but finite, whatever the account goes through", () => {
    const figures = new Figures(CAPITAL);
    for (const [step, equity] of [CAPITAL, 1e15, -5, -6, 0, 1e-9, 1e15, CAPITAL].entries())
      for (let again = 0; again < 10; again++) figures.step((step * 10 + again + 1) * STEP_US, equity, again - 4);
    const { samples: _, ...figured } = figures.figured(CAPITAL);
    for (const value of Object.values(figured)) expect(value === null || Number.isFinite(value)).toBe(true);
  });

  it("go on in another process behind what was stored, with trades counted once", () => {
    const random = new Random(3);
    const [whole, first] = [new Figures(CAPITAL), new Figures(CAPITAL)];
    let equity = CAPITAL;
    const trades = [7, -3, 2].map((pnl, index) => ({ pnl, entryTime: index * 1e6, exitTime: index * 3e6 }));
    const both = (one: Figures, step: number, change: number): void => {
      one.drawdown(equity);
      one.step(step * STEP_US, equity, change / 2);
    };
    const changes = Array.from({ length: 200 }, () => 0.001 * random.normal());
    let second = first;
    for (const [index, change] of changes.entries()) {
      equity *= 1 + change;
      both(whole, index + 1, change);
      if (index === 100) {
        second = new Figures(CAPITAL);
        for (const trade of trades) second.trade(trade);
        second.goOn({ highest: CAPITAL, deepest: 0, before: equity }, first.course());
      }
      both(second, index + 1, change);
      if (index === 50) for (const one of [whole, first]) for (const trade of trades) one.trade(trade);
    }
    expect(second.figured(equity)).toEqual(whole.figured(equity));
  });
});
