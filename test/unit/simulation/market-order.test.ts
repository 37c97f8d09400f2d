import { describe, expect, it } from "vitest";
import { freeTerms, Simulation } from "../../../src/simulation/simulation.ts";
import { Stage } from "../../support/simulation.ts";

describe("a market order", () => {
  it("is filled at the open of the bar after the decision, never by the bar that caused it", () => {
    const stage = new Stage();
    stage.bar(99, 101, 98, 100);
    const order = stage.buy(10);
    expect(stage.fills).toEqual([]);
    expect(order.state).toBe("new");
    stage.bar(105, 110, 104, 109);
    expect(stage.prices).toEqual([105]);
    expect(order.state).toBe("filled");
    expect(stage.simulation.equity()).toBe(10_000 + 10 * (109 - 105));
  });

  it("is filled by the next trade at its price, and by the next quote at the side that it takes", () => {
    const stage = new Stage();
    stage.trade(100);
    stage.buy(1);
    stage.trade(101);
    stage.buy(1);
    stage.quote(102, 104);
    stage.sell(2);
    stage.quote(103, 105);
    expect(stage.prices).toEqual([101, 104, 103]);
    expect(stage.simulation.equity()).toBe(10_000 - 101 - 104 + 206);
  });

  it("that was sent after a late bar had begun is not filled at its open, but at the worse of open and close", () => {
    const { simulation, fills } = new Stage();
    simulation.bar(0, 0, 90, 100, 100, 100, 100, 1); // a minute that was known half a minute late
    simulation.submit({ symbol: 0, side: "buy", kind: "market", quantity: 1 });
    expect(simulation.bar(0, 60, 150, 90, 120, 90, 110, 1)).toBeNull();
    expect(fills.map(({ price }) => price)).toEqual([110]);
  });

  it("of a share puts that share of the equity into the position, fees included", () => {
    const stage = new Stage({ costs: { takerBps: 10 } });
    stage.flat(100);
    stage.submit({ share: 1 });
    stage.flat(50);
    expect(stage.simulation.held(0)).toBeCloseTo(10_000 / (50 * 1.001), 9);
    expect(stage.simulation.books().cash / 1e6).toBeCloseTo(0, 5);
  });

  it("of a share in the other direction closes at the fill and opens at the same price with what is left", () => {
    const stage = new Stage({ costs: { takerBps: 10 } });
    stage.flat(100);
    stage.submit({ share: 1 });
    stage.flat(100);
    stage.submit({ share: 1, side: "sell" });
    stage.flat(110);
    expect(stage.fills.map(({ side, price }) => `${side} ${price}`)).toEqual(["buy 100", "sell 110", "sell 110"]);
    const [trade] = stage.trades;
    expect(trade?.reason).toBe("flip");
    const equity = 10_000 + (trade?.pnl ?? 0);
    expect(stage.simulation.held(0)).toBeCloseTo(-equity / (110 * 1.001), 9);
  });

  it("of share 0 closes what there is", () => {
    const stage = new Stage();
    stage.flat(100);
    stage.buy(10);
    stage.flat(100);
    stage.submit({ share: 0, side: "sell" });
    stage.flat(120);
    expect(stage.simulation.held(0)).toBe(0);
    expect(stage.simulation.equity()).toBe(10_200);
    expect(stage.trades.map(({ reason, pnl }) => [reason, pnl])).toEqual([["signal", 200]]);
  });
});

describe("an order that is sent while another one is filled", () => {
  it("waits for the next event, whatever the rest of the bar brings", () => {
    const prices: number[] = [];
    const simulation = new Simulation({
      capital: 10_000,
      instruments: [freeTerms("S")],
      onFill: ({ price, side }) => {
        prices.push(price);
        if (side === "buy") simulation.submit({ symbol: 0, side: "sell", kind: "stop", stop: 95, quantity: 1 });
      },
    });
    simulation.bar(0, 0, 1, 100, 100, 100, 100, 1);
    simulation.submit({ symbol: 0, side: "buy", kind: "market", quantity: 1 });
    simulation.bar(0, 1, 2, 100, 101, 90, 100, 1);
    expect(prices).toEqual([100]);
    simulation.bar(0, 2, 3, 100, 101, 90, 100, 1);
    expect(prices).toEqual([100, 95]);
  });
});
