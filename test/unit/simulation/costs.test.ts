import { describe, expect, it } from "vitest";
import {
  CAPITAL_MAX,
  defaultCosts,
  freeTerms,
  NO_COSTS,
  Simulation,
  statedCosts,
  termsOf,
} from "../../../src/simulation/simulation.ts";
import { instrumentDefaults } from "../../../src/domain/instrument.ts";
import { Stage } from "../../support/simulation.ts";

const DAY_US = 86_400_000_000;

describe("costs", () => {
  it("are nothing unless asked for", () => {
    const stage = new Stage();
    stage.flat(100);
    stage.buy(5);
    stage.flat(100);
    stage.sell(5);
    stage.flat(100);
    expect(stage.simulation.equity()).toBe(10_000);
    expect(stage.fills.map(({ fee, slippage }) => fee + slippage)).toEqual([0, 0]);
  });

  it("take the taker's fee of what comes to the market and the maker's of what rested", () => {
    const stage = new Stage({ costs: { takerBps: 10, makerBps: -2 } });
    stage.flat(100);
    stage.buy(10);
    stage.flat(100);
    stage.sell(10, { kind: "limit", limit: 110 });
    stage.flat(100);
    stage.bar(105, 111, 104, 106);
    expect(stage.fills.map(({ fee, maker }) => [fee, maker])).toEqual([
      [1, false],
      [-0.22, true],
    ]);
    expect(stage.trades[0]?.pnl).toBe(100 - 1 + 0.22);
  });

  it("make a taker's price worse by the fixed slippage, and never a resting one's", () => {
    const stage = new Stage({ costs: { slippageBps: 50 } });
    stage.flat(100);
    stage.buy(1);
    stage.bar(100, 101, 99, 100);
    stage.sell(1, { kind: "limit", limit: 110 });
    stage.flat(100);
    stage.bar(109, 111, 108, 110);
    expect(stage.prices[0]).toBeCloseTo(100.5, 9);
    expect(stage.prices[1]).toBe(110);
    expect(stage.fills[0]?.slippage).toBe(0.5);
  });

  it("scale slippage with the deviation of the returns, and with the root of the share of the volume", () => {
    const wild = new Stage({ costs: { volatilitySlippage: 1 } });
    const calm = new Stage({ costs: { volatilitySlippage: 1 } });
    for (const price of [100, 110, 99, 108, 100]) wild.flat(price);
    for (const price of [100, 100.1, 99.9, 100.1, 100]) calm.flat(price);
    for (const stage of [wild, calm]) stage.buy(1);
    for (const stage of [wild, calm]) stage.flat(100);
    expect(wild.prices[0]).toBeGreaterThan(102);
    expect(calm.prices[0]).toBeGreaterThan(100);
    expect(calm.prices[0]).toBeLessThan(100.1);
    const impact = (quantity: number): number => {
      const stage = new Stage({ costs: { impact: 1 }, capital: 1e6 });
      for (const price of [100, 102, 99, 101, 100]) stage.flat(price);
      stage.buy(quantity);
      stage.flat(100);
      return (stage.prices[0] ?? 0) - 100;
    };
    expect(impact(400) / impact(100)).toBeCloseTo(2, 9);
  });

  it("never push a marketable limit beyond its price", () => {
    const stage = new Stage({ costs: { slippageBps: 100 } });
    stage.flat(100);
    stage.buy(1, { kind: "limit", limit: 100.2 });
    stage.flat(100);
    expect(stage.prices).toEqual([100.2]);
  });

  it("hold an order back for the latency of feed and order together", () => {
    const stage = new Stage({ costs: { feedLatencyUs: 900_000, orderLatencyUs: 200_000 } });
    stage.trade(100);
    stage.buy(1);
    stage.trade(101);
    expect(stage.fills).toEqual([]);
    stage.trade(102);
    expect(stage.prices).toEqual([102]);
  });

  it("fill a market order that arrives inside a bar at the worse of open and close", () => {
    for (const [side, price] of [
      ["buy", 105],
      ["sell", 100],
    ] as const) {
      const stage = new Stage({ costs: { orderLatencyUs: 1_000 } });
      stage.flat(100);
      stage.submit({ side, quantity: 1 });
      stage.bar(100, 110, 90, 105);
      expect(stage.prices).toEqual([price]);
    }
  });

  it("pay funding from long to short while the rate is positive, unless it is off", () => {
    for (const [funding, carry] of [
      [true, -10],
      [false, 0],
    ] as const) {
      const stage = new Stage({ costs: { funding } });
      stage.flat(100);
      stage.buy(10);
      stage.flat(100);
      expect(stage.simulation.funding(0, stage.simulation.now(), 0.01)).toBeNull();
      expect(stage.simulation.books().carry).toBe(carry * 1e6);
    }
  });

  it("charge borrowing on what is sold short, by the day, and book it before the position ends", () => {
    const simulation = new Simulation({
      capital: 10_000,
      instruments: [freeTerms("S")],
      costs: { ...NO_COSTS, borrowBps: 3_650 },
    });
    const day = (index: number): void => {
      expect(simulation.bar(0, index * DAY_US, (index + 1) * DAY_US, 100, 100, 100, 100, 1)).toBeNull();
    };
    day(0);
    simulation.submit({ symbol: 0, side: "sell", kind: "market", quantity: 10 });
    for (let index = 1; index <= 10; index++) day(index);
    simulation.submit({ symbol: 0, side: "buy", kind: "market", quantity: 10 });
    day(11);
    expect(simulation.equity()).toBeCloseTo(10_000 - 10, 6); // ten days of 1/1000 of 1000
  });

  it("of an asset type are those of its instruments, and are all stated", () => {
    const costs = defaultCosts("crypto", "BTCUSD");
    expect(costs).toMatchObject({ makerBps: 10, takerBps: 10, borrowBps: 500, participation: 0.1, resting: "through" });
    expect(statedCosts(costs)).toMatchObject({
      maker_fee_bps: 10,
      taker_fee_bps: 10,
      slippage_bps: 2,
      participation: 0.1,
    });
    expect(statedCosts(NO_COSTS)).toMatchObject({ taker_fee_bps: 0, slippage_bps: 0, liquidity: "any size is filled" });
    expect(statedCosts(NO_COSTS)["margin"]).toMatch(/any size/);
    expect(statedCosts(NO_COSTS, { initial: 0.5, maintenance: 0.25 })).toMatchObject({ margin_maintenance: 0.25 });
  });

  it("and steps of a symbol are those of its instrument", () => {
    const simulation = new Simulation({
      capital: 10_000,
      instruments: [termsOf("EURUSD", instrumentDefaults("forex", "EURUSD"))],
    });
    simulation.bar(0, 0, 1, 1.1, 1.1, 1.1, 1.1, 1);
    const sent = simulation.submit({ symbol: 0, side: "buy", kind: "limit", quantity: 10.7, limit: 1.0912345 });
    expect(sent.ok && [sent.value.quantity, sent.value.limit]).toEqual([10, expect.closeTo(1.09123, 12)]);
  });

  it("and capital outside of their ranges are refused with the reason", () => {
    const make = (capital: number, takerBps: number) => () =>
      new Simulation({ capital, instruments: [], costs: { ...NO_COSTS, takerBps } });
    expect(make(CAPITAL_MAX, 0)).not.toThrow();
    expect(make(CAPITAL_MAX * 2, 0)).toThrow(/more than an account can count to the millionth; use at most 1000000000/);
    expect(make(0, 0)).toThrow("capital must be a positive finite number, not 0");
    expect(make(Number.NaN, 0)).toThrow("not NaN");
    expect(make(1, -1)).toThrow("takerBps must be a number from 0 to 1000, not -1");
  });
});
