import { describe, expect, it } from "vitest";
import { Stage } from "../../support/simulation.ts";

describe("liquidity", () => {
  it("of a bar is its volume times the participation, shared by all orders of that bar", () => {
    const stage = new Stage({ costs: { participation: 0.1 }, capital: 1e6 });
    stage.flat(100);
    const [first, second] = [stage.buy(8), stage.buy(8)];
    stage.flat(100, 100);
    expect([first.filled, second.filled]).toEqual([8, 2]);
    stage.flat(101, 100);
    expect([second.filled, second.price]).toEqual([8, (2 * 100 + 6 * 101) / 8]);
  });

  it("of a bar without volume is none", () => {
    const stage = new Stage({ costs: { participation: 1 } });
    stage.flat(100);
    const order = stage.buy(1);
    stage.flat(100, 0);
    expect([order.state, stage.fills.length]).toEqual(["new", 0]);
  });

  it("of a trade is what it traded, and each trade brings its own", () => {
    const stage = new Stage({ costs: { participation: 0.5 } });
    stage.trade(100, 1);
    const order = stage.buy(3, { kind: "limit", limit: 100 });
    stage.trade(100, 2);
    stage.trade(100, 2);
    expect(order.filled).toBe(2);
    stage.trade(99, 10);
    expect([order.filled, order.price]).toEqual([3, 100]);
  });

  it("of a quote is gone once taken: the same quote again brings nothing, a larger size the difference, another price all", () => {
    const stage = new Stage({ costs: { participation: 1 } });
    stage.quote(99, 100, 5, 5);
    const order = stage.buy(20);
    stage.quote(99, 100, 5, 5);
    expect(order.filled).toBe(5);
    stage.quote(99, 100, 5, 5);
    expect(order.filled).toBe(5);
    stage.quote(99, 100, 5, 8);
    expect(order.filled).toBe(8);
    stage.quote(99, 101, 5, 5);
    expect([order.filled, stage.prices.at(-1)]).toEqual([13, 101]);
  });

  it("of the two sides of a quote is counted apart", () => {
    const stage = new Stage({ costs: { participation: 1 } });
    stage.quote(99, 100, 5, 5);
    stage.buy(5);
    stage.sell(5);
    stage.quote(99, 100, 5, 5);
    expect(stage.fills.map(({ side, quantity, price }) => [side, quantity, price])).toEqual([
      ["buy", 5, 100],
      ["sell", 5, 99],
    ]);
  });

  it("of a quote is shared by orders that are filled together with others", () => {
    const stage = new Stage({ costs: { participation: 1 }, symbols: 2 });
    stage.quote(99, 100, 5, 5, 0);
    stage.quote(49, 50, 5, 5, 1);
    const legs = stage.simulation.submitTogether([
      { symbol: 0, side: "buy", kind: "market", quantity: 4 },
      { symbol: 1, side: "sell", kind: "market", quantity: 4 },
    ]);
    const late = stage.buy(4);
    expect(legs.ok).toBe(true);
    stage.quote(99, 100, 5, 5, 0);
    stage.quote(49, 50, 5, 5, 1);
    expect(stage.fills.map(({ symbol, side, price, quantity }) => [symbol, side, price, quantity])).toEqual([
      [0, "buy", 100, 4],
      [0, "buy", 100, 1],
      [1, "sell", 49, 4],
    ]);
    expect(late.filled).toBe(4);
  });

  it("leaves whole lots: what is less than one is not taken", () => {
    const stage = new Stage({ costs: { participation: 0.1 }, terms: { lot: 2 } });
    stage.flat(100);
    const order = stage.buy(7);
    expect(order.quantity).toBe(6);
    stage.flat(100, 50);
    expect(order.filled).toBe(4);
  });
});
