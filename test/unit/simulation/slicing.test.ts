import { describe, expect, it } from "vitest";
import { executionPolicy, Trader, type Policy } from "../../../src/simulation/simulation.ts";
import { Stage } from "../../support/simulation.ts";

const MINUTE_S = 60;

function opened(options: ConstructorParameters<typeof Stage>[0] = {}): Stage {
  const stage = new Stage(options);
  stage.flat(100);
  return stage;
}
function quantities(stage: Stage): readonly number[] {
  return stage.fills.map(({ quantity }) => Math.round(quantity * 1e6) / 1e6);
}

describe("an order that is sliced by time", () => {
  it("is filled a twentieth for each twentieth of its time, and made up for when nothing came meanwhile", () => {
    const stage = opened();
    const order = stage.buy(20, { slice: { kind: "twap", seconds: 20 } });
    for (let second = 0; second < 5; second++) stage.trade(100 + second);
    expect(quantities(stage)).toEqual([1, 1, 1, 1, 1]);
    expect(stage.prices).toEqual([100, 101, 102, 103, 104]);
    expect([order.state, order.filled]).toEqual(["partially_filled", 5]);
    stage.flat(110); // begins at the last trade and ends a minute later
    stage.trade(111);
    expect([order.state, order.filled, stage.fills.length]).toEqual(["filled", 20, 6]);
  });

  it("expires with its time where its limit kept it from being filled, and never pays more than the limit", () => {
    const stage = opened();
    const order = stage.buy(20, { kind: "limit", limit: 101, slice: { kind: "twap", seconds: 4 } });
    stage.trade(100);
    stage.trade(102);
    stage.trade(100.5);
    expect(stage.prices).toEqual([100, 100.5]);
    expect(quantities(stage)).toEqual([1, 10]);
    for (let second = 0; second < 4; second++) stage.trade(103);
    expect([order.state, order.filled]).toEqual(["expired", 11]);
  });

  it("brings into force a stop and a target that grow with it", () => {
    const stage = opened();
    const bracket = { stop: 90, target: 120 };
    stage.buy(20, { bracket, slice: { kind: "twap", seconds: 20 } });
    stage.trade(100);
    stage.trade(100);
    const [stop, target] = stage.simulation.orders().filter(({ reduceOnly }) => reduceOnly);
    expect([stop?.quantity, target?.quantity]).toEqual([2, 2]);
  });
});

describe("an order that is sliced by volume", () => {
  it("takes its share of each event, each unit once, and nothing where nothing is traded", () => {
    const stage = opened();
    const order = stage.buy(10, { slice: { kind: "participation", share: 0.1 } });
    stage.trade(100, 30);
    stage.trade(100, 0);
    stage.quote(99, 101, 1_000, 20);
    expect(quantities(stage)).toEqual([3, 2]);
    expect(order.state).toBe("partially_filled");
    stage.trade(100, 1_000);
    expect([order.state, order.filled]).toEqual(["filled", 10]);
  });

  it("is one order whose books add up as those of one that is filled at once", () => {
    const [whole, sliced] = [opened({ costs: { takerBps: 10 } }), opened({ costs: { takerBps: 10 } })];
    whole.buy(10);
    sliced.buy(10, { slice: { kind: "participation", share: 0.1 } });
    for (const stage of [whole, sliced]) for (let tick = 0; tick < 5; tick++) stage.trade(100, 20);
    expect(sliced.fills).toHaveLength(5);
    expect(sliced.simulation.books()).toEqual(whole.simulation.books());
  });
});

describe("a trader", () => {
  function traded(policy: Partial<Policy>): Stage {
    const stage = opened();
    const trader = new Trader(stage.simulation, { positionSize: 0.2, ...policy });
    const levels = { entry: 100, stop: Number.NaN, target: Number.NaN, values: [], group: 0 };
    trader.signal({ symbol: 0, action: "buy", ...levels });
    stage.trade(101);
    stage.trade(101);
    trader.signal({ symbol: 0, action: "exit", ...levels });
    stage.trade(102);
    stage.trade(102);
    return stage;
  }

  it("fills entries and exits of signals in parts", () => {
    const stage = traded({ slicing: { kind: "twap", seconds: 40 } });
    // 20 units, of which two seconds bring one part; what is held when the exit comes is left in parts as well.
    expect(stage.fills.map(({ side, quantity }) => [side, Math.round(quantity * 1e6) / 1e6])).toEqual([
      ["buy", 1],
      ["sell", 0.05],
    ]);
  });

  it("does not enter at a price beyond its limit, and then not at all", () => {
    expect(traded({ priceLimitBps: 200 }).prices).toEqual([101, 102]);
    expect(traded({ priceLimitBps: 50 }).fills).toEqual([]);
  });
});

describe("the parameter execution", () => {
  it("is read as a policy, or refused with what it may be", () => {
    expect(executionPolicy(undefined)).toEqual({ ok: true, value: {} });
    expect(executionPolicy({ slice: "twap", seconds: MINUTE_S, price_limit_bps: 20 })).toMatchObject({
      value: { slicing: { kind: "twap", seconds: 60 }, priceLimitBps: 20, targetVolatility: null },
    });
    expect(executionPolicy({ slice: "participation", share: 0.1, target_volatility: 0.2 })).toMatchObject({
      value: { slicing: { kind: "participation", share: 0.1 }, targetVolatility: 0.2 },
    });
    for (const wrong of [
      5,
      [],
      { slice: "vwap" },
      { slice: "twap" },
      { slice: "twap", seconds: 0 },
      { slice: "twap", seconds: 60, share: 0.1 },
      { slice: "participation", share: 1.5 },
      { seconds: 60 },
      { price_limit_bps: -1 },
      { target_volatility: Number.NaN },
      { speed: 1 },
    ])
      expect(executionPolicy(wrong).ok, JSON.stringify(wrong)).toBe(false);
  });
});
