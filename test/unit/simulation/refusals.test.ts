import { describe, expect, it } from "vitest";
import { Stage } from "../../support/simulation.ts";

const LARGE = 1e15;

describe("an event that cannot be", () => {
  const kinds: readonly (readonly [string, (stage: Stage) => string | null, RegExp])[] = [
    ["a bar with a price that is no number", (stage) => stage.bar(100, Number.NaN, 99, 100), /positive finite/],
    ["a bar with a price of 0", (stage) => stage.bar(100, 101, 0, 100), /positive finite/],
    ["a bar whose high is below its close", (stage) => stage.bar(100, 101, 99, 102), /low <= open, close <= high/],
    ["a bar beyond the range of prices", (stage) => stage.flat(LARGE * 2), /at most 1e15/],
    ["a bar with a volume below 0", (stage) => stage.flat(100, -1), /not below 0/],
    ["a bar with an endless volume", (stage) => stage.flat(100, Number.POSITIVE_INFINITY), /finite/],
    ["a trade at a price below 0", (stage) => stage.trade(-1), /positive finite/],
    ["a quote whose bid is above its ask", (stage) => stage.quote(101, 100), /no bid above its ask/],
    ["a quote with a size below 0", (stage) => stage.quote(99, 100, -1, 1), /not below 0/],
    ["a bar of the past", (stage) => stage.simulation.bar(0, 0, 1, 1, 1, 1, 1, 1), /no event ends before the last one/],
    ["a bar that ends before it starts", (stage) => stage.simulation.bar(0, 9e15, 8e15, 1, 1, 1, 1, 1), /end after/],
    ["funding that is no number", (stage) => stage.simulation.funding(0, 9e15, Number.NaN), /finite/],
    ["an event of an unknown symbol", (stage) => stage.simulation.trade(7, 9e15, 1, 1), /no symbol has this number/],
  ];

  for (const [name, send, reason] of kinds) {
    it(`(${name}) is refused with the reason and changes nothing`, () => {
      const stage = new Stage();
      stage.flat(100);
      const order = stage.buy(1);
      const before = JSON.stringify(stage.simulation.books());
      expect(send(stage)).toMatch(reason);
      expect(stage.fills).toEqual([]);
      expect(JSON.stringify(stage.simulation.books())).toBe(before);
      expect(stage.simulation.mark(0)).toBe(100);
      stage.flat(101);
      expect([order.state, stage.prices]).toEqual(["filled", [101]]);
    });
  }

  it("at which a position would be worth more than can be counted is refused", () => {
    const stage = new Stage();
    stage.flat(1e-3);
    stage.buy(1_000_000);
    stage.flat(1e-3);
    expect(stage.flat(LARGE)).toMatch(/more than an account can count/);
    expect(stage.simulation.equity()).toBe(10_000);
  });
});

describe("an order that cannot be", () => {
  const orders: readonly (readonly [string, Parameters<Stage["refusal"]>[0], RegExp])[] = [
    ["no quantity", {}, /either a quantity or a share/],
    ["a negative quantity", { quantity: -1 }, /positive finite number, not -1/],
    ["a quantity that is no number", { quantity: Number.NaN }, /not NaN/],
    ["a limit order without a limit", { kind: "limit", quantity: 1 }, /kind limit needs a limit/],
    ["a market order with a limit", { quantity: 1, limit: 5 }, /kind market takes no limit/],
    ["a stop order without a stop", { kind: "stop", quantity: 1 }, /needs a stop/],
    ["a limit that is no number", { kind: "limit", quantity: 1, limit: Number.NaN }, /limit must be a positive finite/],
    ["a trailing stop without a distance", { kind: "trailing_stop", quantity: 1 }, /needs a trail/],
    ["a share of a limit order", { kind: "limit", share: 1, limit: 5 }, /only market orders may name a share/],
    ["a share below 0", { share: -1 }, /from 0 to 100, not -1/],
    ["a post-only market order", { quantity: 1, postOnly: true }, /only limit orders can be post-only/],
    [
      "a post-only order that is immediate",
      { kind: "limit", quantity: 1, limit: 5, postOnly: true, timeInForce: "ioc" },
      /cannot be immediate/,
    ],
    ["a bracket with a stop below 0", { quantity: 1, bracket: { stop: -5 } }, /bracket.stop must be a positive/],
    ["a pair without a number", { quantity: 1, oco: 0 }, /whole number above 0/],
    ["an unknown symbol", { symbol: 9, quantity: 1 }, /no symbol has this number/],
    ["more than can be counted", { quantity: 1e12 }, /more than an account can count to the millionth/],
    ["a price of 1e15 for many", { kind: "limit", quantity: 1e3, limit: LARGE }, /more than an account can count/],
  ];
  for (const [name, request, reason] of orders) {
    it(`(${name}) is refused with the reason`, () => {
      const stage = new Stage();
      stage.flat(100);
      expect(stage.refusal(request)).toMatch(reason);
      expect(stage.simulation.orders()).toEqual([]);
    });
  }

  it("because of the symbol's steps says which: lot and least notional", () => {
    const stage = new Stage({ terms: { lot: 0.1, minNotional: 50, tick: 0.5 } });
    stage.flat(100);
    expect(stage.refusal({ quantity: 0.01 })).toBe("quantity 0.01 is less than one lot, 0.1");
    expect(stage.refusal({ quantity: 0.2 })).toBe("quantity 0.2 at 100 is worth less than the least order of 50");
    expect(stage.submit({ quantity: 1, kind: "limit", limit: 99.9 }).limit).toBe(99.5);
    expect(stage.submit({ side: "sell", quantity: 1, kind: "limit", limit: 99.9 }).limit).toBe(100);
  });
});

describe("margin", () => {
  const margin = { initial: 0.5, maintenance: 0.25 };

  it("lets a position be worth as many times the equity as its share allows, and rejects more with the numbers", () => {
    const stage = new Stage({ margin });
    stage.flat(100);
    const fits = stage.buy(200);
    const more = stage.buy(1);
    stage.flat(100);
    expect([fits.state, more.state]).toEqual(["filled", "rejected"]);
    expect(more.reason).toBe("it needs equity of 10050, and there is 10000");
  });

  it("never hinders the end of a position", () => {
    const stage = new Stage({ margin: { initial: 1, maintenance: 0 } });
    stage.flat(100);
    stage.buy(100);
    stage.flat(100);
    stage.flat(50);
    stage.sell(100);
    stage.flat(50);
    expect(stage.simulation.held(0)).toBe(0);
  });

  it("closes a position by force at the price at which the equity falls to the maintenance share of it", () => {
    const stage = new Stage({ margin });
    stage.flat(100);
    stage.buy(200);
    stage.flat(100);
    stage.bar(100, 100, 60, 65);
    const [trade] = stage.trades;
    expect(trade?.reason).toBe("liquidated");
    // 10,000 + 200 (p - 100) = 0.25 x 200 p
    expect(trade?.exitPrice).toBeCloseTo(10_000 / 150, 9);
    expect(stage.simulation.held(0)).toBe(0);
  });

  it("closes at the open of a bar that opens beyond that price, and also a short position", () => {
    const stage = new Stage({ margin });
    stage.flat(100);
    stage.sell(200);
    stage.flat(100);
    stage.bar(130, 131, 129, 130);
    expect(stage.trades.map(({ side, reason, exitPrice }) => [side, reason, exitPrice])).toEqual([
      ["short", "liquidated", 130],
    ]);
  });
});
