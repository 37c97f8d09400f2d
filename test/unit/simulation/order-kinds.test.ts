import { describe, expect, it } from "vitest";
import { Stage } from "../../support/simulation.ts";

/** A stage that has seen one bar at 100. */
function opened(options: ConstructorParameters<typeof Stage>[0] = {}): Stage {
  const stage = new Stage(options);
  stage.flat(100);
  return stage;
}
/** One that holds 10 units bought at 100. */
function holding(options: ConstructorParameters<typeof Stage>[0] = {}): Stage {
  const stage = opened(options);
  stage.buy(10);
  stage.flat(100);
  return stage;
}

describe("a limit order", () => {
  it("rests until its price is reached, and is filled there as a maker", () => {
    const stage = opened();
    const order = stage.buy(1, { kind: "limit", limit: 95 });
    stage.bar(100, 101, 96, 97);
    expect(order.state).toBe("working");
    stage.bar(97, 98, 94, 96);
    expect(stage.fills.map(({ price, maker }) => [price, maker])).toEqual([[95, true]]);
  });

  it("is filled at the open of a bar that opens beyond it", () => {
    const stage = opened();
    stage.buy(1, { kind: "limit", limit: 95 });
    stage.flat(100);
    stage.bar(93, 99, 92, 98);
    expect(stage.prices).toEqual([93]);
  });

  it("takes at once when the market is already there, and pays no more than the market asks", () => {
    const stage = opened();
    stage.buy(1, { kind: "limit", limit: 105 });
    stage.bar(101, 103, 100, 102);
    expect(stage.fills.map(({ price, maker }) => [price, maker])).toEqual([[101, false]]);
  });

  it("needs the market to go beyond its price when resting orders are filled that way", () => {
    const stage = opened({ costs: { resting: "through" } });
    stage.buy(1, { kind: "limit", limit: 95 });
    stage.bar(100, 101, 95, 97);
    expect(stage.fills).toEqual([]);
    stage.bar(97, 98, 94.9, 96);
    expect(stage.prices).toEqual([95]);
  });

  it("that is post-only is rejected rather than filled on arrival, and otherwise rests", () => {
    const stage = opened();
    const crossing = stage.buy(1, { kind: "limit", limit: 100, postOnly: true });
    const resting = stage.buy(1, { kind: "limit", limit: 90, postOnly: true });
    stage.bar(100, 101, 99, 100);
    expect([crossing.state, crossing.reason]).toEqual(["rejected", "it would take at 100, and it is post-only"]);
    expect(resting.state).toBe("working");
    stage.bar(92, 93, 89, 90);
    expect(resting.state).toBe("filled");
  });
});

describe("a stop order", () => {
  it("is filled at its level inside a bar, and at the open of a bar that opens beyond it", () => {
    const inside = holding();
    inside.sell(10, { kind: "stop", stop: 95 });
    inside.bar(100, 101, 94, 96);
    expect(inside.prices[1]).toBe(95);
    const beyond = holding();
    beyond.sell(10, { kind: "stop", stop: 95 });
    beyond.bar(92, 96, 91, 95);
    expect(beyond.prices[1]).toBe(92);
  });

  it("buys above the market as it sells below", () => {
    const stage = opened();
    stage.buy(1, { kind: "stop", stop: 105 });
    stage.bar(100, 104, 99, 103);
    expect(stage.fills).toEqual([]);
    stage.bar(103, 106, 102, 104);
    expect(stage.prices).toEqual([105]);
  });

  it("with a limit becomes a limit order: filled at the level when that is inside, and never beyond the limit", () => {
    const near = opened();
    near.buy(1, { kind: "stop_limit", stop: 105, limit: 106 });
    near.bar(100, 107, 99, 104);
    expect(near.prices).toEqual([105]);
    const gap = opened();
    const order = gap.buy(1, { kind: "stop_limit", stop: 105, limit: 106 });
    gap.bar(108, 109, 107, 108);
    expect([gap.fills.length, order.state]).toEqual([0, "working"]);
    gap.bar(108, 108, 105, 107);
    expect(gap.prices).toEqual([106]);
  });
});

describe("a trailing stop", () => {
  it("follows the best price at its distance and never goes back", () => {
    const stage = holding();
    const order = stage.sell(10, { kind: "trailing_stop", trail: 5 });
    expect(order.stop).toBe(95);
    stage.bar(100, 110, 100, 109);
    expect(order.stop).toBe(105);
    stage.bar(109, 109, 106, 107);
    expect(order.stop).toBe(105);
    stage.bar(107, 108, 104, 105);
    expect(stage.trades.map(({ reason, exitPrice }) => [reason, exitPrice])).toEqual([["trailing", 105]]);
  });

  it("is filled at its new level when the bar that raised it closes below that", () => {
    const stage = holding();
    stage.sell(10, { kind: "trailing_stop", trail: 5 });
    stage.bar(100, 120, 100, 110);
    expect(stage.prices[1]).toBe(115);
  });

  it("of a short position follows the lowest price", () => {
    const stage = opened();
    stage.sell(1);
    stage.flat(100);
    stage.buy(1, { kind: "trailing_stop", trail: 5, reduceOnly: true });
    stage.bar(100, 100, 90, 91);
    stage.bar(91, 96, 91, 95);
    expect(stage.trades.map(({ exitPrice }) => exitPrice)).toEqual([95]);
  });
});

describe("a bracket", () => {
  const bracket = { stop: 95, target: 105 } as const;

  it("comes into force with the fill of its entry, and one side cancels the other", () => {
    const stage = opened();
    stage.buy(10, { bracket });
    expect(stage.simulation.orders().length).toBe(1);
    stage.bar(100, 106, 99, 104);
    expect(stage.trades.map(({ reason, exitPrice }) => [reason, exitPrice])).toEqual([["target", 105]]);
    expect(stage.simulation.orders()).toEqual([]);
    expect(stage.moves.at(-1)?.reason).toMatch(/of its pair was filled/);
  });

  it("is stopped rather than paid when a bar reaches both", () => {
    const stage = opened();
    stage.buy(10, { bracket });
    stage.bar(100, 110, 90, 100);
    expect(stage.trades.map(({ reason, exitPrice }) => [reason, exitPrice])).toEqual([["stop", 95]]);
  });

  it("after an entry inside a bar may be stopped in that bar, and paid only in the next", () => {
    const stopped = opened();
    stopped.buy(10, { kind: "limit", limit: 98, bracket });
    stopped.flat(100);
    stopped.bar(100, 106, 94, 100);
    expect(stopped.trades.map(({ reason }) => reason)).toEqual(["stop"]);
    const waiting = opened();
    waiting.buy(10, { kind: "limit", limit: 98, bracket });
    waiting.flat(100);
    waiting.bar(100, 106, 97, 100);
    expect(waiting.trades).toEqual([]);
    waiting.bar(100, 106, 97, 100);
    expect(waiting.trades.map(({ reason }) => reason)).toEqual(["target"]);
  });

  it("whose stop lies beyond the price of the entry ends at that price, never at one that was not there", () => {
    const stage = opened();
    stage.buy(10, { bracket });
    stage.bar(94, 94.5, 93, 94);
    expect(stage.trades.map(({ reason, entryPrice, exitPrice }) => [reason, entryPrice, exitPrice])).toEqual([
      ["stop", 94, 94],
    ]);
  });

  it("grows with the fills of its entry, and what one side sells the other need not", () => {
    const stage = opened({ costs: { participation: 0.5 } });
    stage.buy(10, { bracket });
    stage.flat(100, 8);
    expect(stage.simulation.orders().map(({ kind, quantity }) => [kind, quantity])).toEqual([
      ["market", 10],
      ["stop", 4],
      ["limit", 4],
    ]);
    stage.flat(100, 100);
    expect(stage.simulation.orders().map(({ quantity }) => quantity)).toEqual([10, 10]);
    stage.bar(100, 106, 100, 101, 6);
    expect(stage.simulation.orders().map(({ kind, quantity, filled }) => [kind, quantity - filled])).toEqual([
      ["stop", 7],
      ["limit", 7],
    ]);
  });

  it("goes with the position when something else closes it", () => {
    const stage = opened();
    stage.buy(10, { bracket });
    stage.flat(100);
    stage.sell(10);
    stage.flat(101);
    expect(stage.simulation.orders()).toEqual([]);
    stage.bar(100, 100, 90, 90);
    expect(stage.simulation.held(0)).toBe(0);
  });
});

describe("two orders of one number", () => {
  it("cancel each other: what one fills, the other loses", () => {
    const stage = holding();
    const low = stage.sell(10, { kind: "stop", stop: 90, oco: 1 });
    const high = stage.sell(10, { kind: "limit", limit: 110, oco: 1 });
    stage.bar(100, 111, 99, 100);
    expect([high.state, low.state]).toEqual(["filled", "cancelled"]);
    expect([low.quantity, low.filled]).toEqual([10, 0]); // what was ordered
    expect(stage.simulation.held(0)).toBe(0);
  });
});

describe("reduce-only", () => {
  it("sells no more than is held, and is cancelled when nothing is left", () => {
    const stage = holding();
    const order = stage.sell(25, { reduceOnly: true });
    stage.flat(100);
    expect(stage.simulation.held(0)).toBe(0);
    expect([order.filled, order.state]).toEqual([10, "cancelled"]);
    const nothing = opened();
    const idle = nothing.sell(1, { reduceOnly: true });
    nothing.flat(100);
    expect([idle.state, idle.reason]).toEqual(["cancelled", "there is no position left that it could reduce"]);
  });
});

describe("time in force", () => {
  it("ioc takes what is there at its first event and cancels the rest", () => {
    const stage = opened({ costs: { participation: 1 } });
    const order = stage.buy(10, { timeInForce: "ioc" });
    stage.flat(100, 4);
    expect([order.filled, order.state, order.reason]).toEqual([4, "cancelled", "the rest could not be had at once"]);
    const missed = stage.buy(1, { kind: "limit", limit: 90, timeInForce: "ioc" });
    stage.bar(100, 100, 80, 95);
    expect([missed.filled, missed.state]).toEqual([0, "cancelled"]);
  });

  it("fok takes all or nothing", () => {
    const stage = opened({ costs: { participation: 1 } });
    const order = stage.buy(10, { timeInForce: "fok" });
    stage.flat(100, 4);
    expect([order.filled, order.state, order.reason]).toEqual([0, "cancelled", "only 4 of 10 could be had at once"]);
    const whole = stage.buy(10, { timeInForce: "fok" });
    stage.flat(100, 10);
    expect(whole.state).toBe("filled");
  });

  it("day ends with the session: at midnight UTC, or when the market closes", () => {
    const stage = opened({ terms: { session: { open: 1, close: 3 } } });
    const order = stage.buy(1, { kind: "limit", limit: 50, timeInForce: "day" });
    stage.flat(100);
    expect(order.state).toBe("working");
    stage.flat(100);
    expect(order.state).toBe("working");
    stage.flat(49);
    expect([order.state, stage.fills.length]).toEqual(["expired", 0]);
  });
});

describe("changes", () => {
  it("of price and quantity are in force from the next event, and a cancelled order is not filled", () => {
    const stage = opened();
    const order = stage.buy(10, { kind: "limit", limit: 90 });
    stage.flat(100);
    expect(stage.simulation.amend(order.id, { limit: 95, quantity: 4 }).ok).toBe(true);
    stage.bar(100, 100, 94, 96);
    expect(stage.fills.map(({ price, quantity }) => [price, quantity])).toEqual([[95, 4]]);
    const other = stage.buy(1, { kind: "limit", limit: 90 });
    stage.flat(96);
    expect(stage.simulation.cancel(other.id).ok).toBe(true);
    stage.bar(96, 96, 80, 85);
    expect([other.state, other.reason]).toEqual(["cancelled", "cancelled on request"]);
  });

  it("arrive late with the latency: until then the order is filled as it was", () => {
    const stage = new Stage({ costs: { orderLatencyUs: 1_500_000 } });
    stage.trade(100);
    const order = stage.buy(1, { kind: "limit", limit: 95 });
    stage.trade(100);
    stage.trade(100);
    stage.simulation.cancel(order.id);
    stage.trade(94);
    expect(stage.prices).toEqual([95]);
    const second = stage.buy(1, { kind: "limit", limit: 90 });
    stage.trade(94);
    stage.trade(94);
    stage.simulation.cancel(second.id);
    stage.trade(94);
    stage.trade(80);
    expect(second.state).toBe("cancelled");
  });

  it("of orders that are over are refused with what is possible", () => {
    const stage = opened();
    const order = stage.buy(1);
    stage.flat(100);
    const refused = stage.simulation.cancel(order.id);
    expect(!refused.ok && refused.failure).toBe(
      `order ${order.id} is not open; only orders that are new, working or partially filled can be changed`,
    );
  });
});

describe("whoever follows an order", () => {
  it("is told of each move, and of an amendment that leaves its state as it is", () => {
    const stage = opened();
    const order = stage.buy(2, { kind: "limit", limit: 95 });
    stage.flat(100);
    stage.simulation.amend(order.id, { limit: 96, quantity: 3 });
    expect([order.limit, order.quantity]).toEqual([96, 3]);
    stage.bar(100, 101, 94, 97);
    expect(stage.moves.map(({ state }) => state)).toEqual(["new", "working", "working", "filled"]);
  });

  it("is told that an order of a pair was made smaller by what the other filled", () => {
    const stage = holding({ costs: { participation: 0.5 } });
    const stop = stage.sell(10, { kind: "stop", stop: 90, oco: 1 });
    stage.sell(10, { kind: "limit", limit: 110, oco: 1 });
    stage.flat(100);
    stage.bar(110, 111, 109, 110, 8);
    expect(stop.quantity).toBe(6);
    expect(stage.moves.filter(({ id }) => id === stop.id).map(({ state }) => state)).toEqual([
      "new",
      "working",
      "working",
    ]);
  });
});
