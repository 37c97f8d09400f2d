import { describe, expect, it } from "vitest";
import { rolePolicy, Trader, type Policy, type TradeSignal } from "../../../src/simulation/simulation.ts";
import { Stage, type StageOptions } from "../../support/simulation.ts";

function signalOf(given: Partial<TradeSignal>): TradeSignal {
  return { symbol: 0, action: "buy", entry: 100, stop: 98, target: 103, values: [], group: 0, ...given };
}

function trading(policy: Partial<Policy> = {}, options: StageOptions = {}) {
  const stage = new Stage({ capital: 100_000, ...options });
  const refused: string[] = [];
  const trader = new Trader(stage.simulation, policy, (reason) => refused.push(reason));
  const say = (given: Partial<TradeSignal>): void => trader.signal(signalOf(given));
  return { stage, trader, say, refused };
}

describe("a trader of directions", () => {
  it("opens a long position of the size in force with the signal's stop and target", () => {
    const { stage, say } = trading({ positionSize: 0.1 });
    stage.flat(100);
    say({});
    stage.bar(100, 102, 99, 101);
    expect(stage.simulation.held(0)).toBe(100);
    expect(stage.simulation.orders().map(({ kind, stop, limit, quantity }) => [kind, stop, limit, quantity])).toEqual([
      ["stop", 98, null, 100],
      ["limit", null, 103, 100],
    ]);
    stage.bar(101, 104, 100, 103);
    expect(stage.trades.map(({ reason, exitPrice }) => [reason, exitPrice])).toEqual([["target", 103]]);
    expect(stage.simulation.orders()).toEqual([]);
  });

  it("keeps a position whose signal is repeated, and does not double an order that is on its way", () => {
    const { stage, say } = trading({ levels: false });
    stage.flat(100);
    say({});
    say({});
    stage.flat(100);
    say({});
    stage.flat(100);
    expect(stage.fills.length).toBe(1);
  });

  it("takes a sell as the end of a long position, and without one as nothing, unless it may sell short", () => {
    const { stage, say } = trading({ levels: false });
    stage.flat(100);
    say({ action: "sell" });
    stage.flat(100);
    expect(stage.fills).toEqual([]);
    say({});
    stage.flat(100);
    say({ action: "sell" });
    stage.flat(105);
    expect(stage.simulation.held(0)).toBe(0);
    expect(stage.trades.map(({ reason }) => reason)).toEqual(["signal"]);
  });

  it("turns a position when it may sell short, and its stop lies above then", () => {
    const { stage, say } = trading({ allowShort: true });
    stage.flat(100);
    say({});
    stage.flat(100);
    say({ action: "sell", stop: 102, target: 97 });
    stage.flat(100);
    expect(stage.simulation.held(0)).toBe(-100);
    expect(stage.trades.map(({ reason }) => reason)).toEqual(["flip"]);
    stage.bar(100, 103, 99, 101);
    expect(stage.trades.map(({ side, reason, exitPrice }) => [side, reason, exitPrice])[1]).toEqual([
      "short",
      "stop",
      102,
    ]);
  });

  it("closes at an exit and takes back an entry that is on its way", () => {
    const { stage, say } = trading({ levels: false });
    stage.flat(100);
    say({});
    say({ action: "exit" });
    stage.flat(100);
    expect(stage.fills).toEqual([]);
    say({});
    stage.flat(100);
    say({ action: "exit" });
    stage.flat(100);
    expect(stage.simulation.held(0)).toBe(0);
  });

  it("closes at the returns of the policy in place of the signal's levels", () => {
    const { stage, say } = trading({ stopLoss: -0.05, takeProfit: 0.1 });
    stage.flat(100);
    say({});
    stage.flat(110);
    stage.bar(110, 111, 104, 104);
    expect(stage.trades.map(({ reason, exitPrice }) => [reason, exitPrice])).toEqual([["stop", 104.5]]);
  });

  it("follows the best price at the distance of the policy", () => {
    const { stage, say } = trading({ levels: false, trail: 0.02 });
    stage.flat(100);
    say({});
    stage.flat(100);
    stage.bar(100, 110, 100, 109);
    stage.bar(109, 109, 107, 108);
    expect(stage.trades.map(({ reason, exitPrice }) => [reason, exitPrice])).toEqual([["trailing", 108]]);
  });

  it("never makes a position larger than max_position_size, and a wilder symbol's smaller", () => {
    const capped = trading({ positionSize: 1, maxPositionSize: 5_000, levels: false });
    capped.stage.flat(100);
    capped.say({});
    capped.stage.flat(100);
    expect(capped.stage.simulation.held(0)).toBe(50);
    const [wild, calm] = [0.2, 0.01].map((move) => {
      const run = trading({ targetVolatility: 0.2, periodsPerYear: 252, levels: false });
      for (let index = 0; index < 40; index++) run.stage.flat(index % 2 === 0 ? 100 : 100 * (1 + move));
      run.say({});
      run.stage.flat(100);
      return run.stage.simulation.held(0);
    });
    expect(wild).toBeLessThan(20);
    expect(calm).toBeCloseTo(10_000 / 101, 9);
  });

  it("only takes what can be had at once at the entry price when the signal says so", () => {
    const { stage, say } = trading({ levels: false });
    stage.quote(99, 100);
    say({ immediate: true, entry: 100 });
    stage.quote(100, 101);
    expect(stage.fills).toEqual([]);
    expect(stage.simulation.orders()).toEqual([]);
    say({ immediate: true, entry: 101 });
    stage.quote(100, 101);
    expect(stage.prices).toEqual([101]);
  });

  it("says why it opens nothing: trades of the day, open positions, no price", () => {
    const { stage, say, refused } = trading({ maxTradesPerDay: 1, levels: false }, { symbols: 3 });
    stage.flat(100);
    say({});
    stage.flat(100);
    say({ action: "exit" });
    stage.flat(100);
    say({});
    expect(refused).toEqual(["1 positions were opened today, and max_trades_per_day is 1"]);
    const few = trading({ maxOpenPositions: 1, levels: false }, { symbols: 2 });
    few.stage.flat(100);
    few.say({});
    few.stage.flat(100);
    few.say({ symbol: 1 });
    expect(few.refused).toEqual(["1 positions are open, and max_open_positions is 1"]);
  });
});

describe("a trader of groups", () => {
  it("fills the legs of a pair together, by their weights, both ways", () => {
    const policy = { ...rolePolicy("pairs_trading"), positionSize: 0.1 };
    const { stage, trader } = trading(policy, { symbols: 2 });
    stage.trade(100, 1, 0);
    stage.trade(50, 1, 1);
    trader.signals([
      signalOf({ symbol: 0, action: "buy", group: 7, values: [2, 0.5, 0.01, 1] }),
      signalOf({ symbol: 1, action: "sell", group: 7, values: [2, 0.5, 0.01, -0.5] }),
    ]);
    stage.trade(100, 1, 0);
    expect(stage.fills).toEqual([]);
    stage.trade(50, 1, 1);
    expect([stage.simulation.held(0), stage.simulation.held(1)]).toEqual([100, -100]);
    trader.signals([
      signalOf({ symbol: 0, action: "exit", group: 7 }),
      signalOf({ symbol: 1, action: "exit", group: 7 }),
    ]);
    stage.trade(101, 1, 0);
    stage.trade(49, 1, 1);
    expect(stage.trades.map(({ symbol, pnl }) => [symbol, pnl])).toEqual([
      ["S0", 100],
      ["S1", 100],
    ]);
  });

  it("changes a leg again only when its aim moved by more than a tenth", () => {
    const policy = { ...rolePolicy("pairs_trading"), positionSize: 0.1 };
    const { stage, trader } = trading(policy, { symbols: 2 });
    const hold = (weight: number): void => {
      trader.signals([
        signalOf({ symbol: 0, action: "buy", group: 7, values: [2, 0.5, 0.01, 1] }),
        signalOf({ symbol: 1, action: "sell", group: 7, values: [2, 0.5, 0.01, -weight] }),
      ]);
      stage.trade(100, 1, 0);
      stage.trade(50, 1, 1);
    };
    stage.trade(100, 1, 0);
    stage.trade(50, 1, 1);
    hold(0.5);
    hold(0.52);
    expect(stage.fills.length).toBe(2);
    hold(0.7);
    expect(stage.fills.length).toBe(3);
    expect(stage.simulation.held(1)).toBeCloseTo(-140, 9);
  });
});

describe("a trader of quotes", () => {
  const maker = { ...rolePolicy("adaptive_quote"), positionSize: 0.01, inventory: 2 };
  const quote = (bid: number, ask: number, bidSize = 1, askSize = 1): TradeSignal =>
    signalOf({ values: [bid, ask, bidSize, askSize] });

  it("rests on both sides, is filled at its own prices and earns the spread", () => {
    const { stage, trader } = trading(maker);
    stage.quote(99, 101);
    trader.signal(quote(99.5, 100.5));
    stage.quote(99, 101);
    stage.trade(99.5);
    stage.trade(100.5);
    expect(stage.fills.map(({ side, price, maker: rested }) => [side, price, rested])).toEqual([
      ["buy", 99.5, true],
      ["sell", 100.5, true],
    ]);
    expect(stage.simulation.books().realised).toBeGreaterThan(0);
  });

  it("moves a side whose price moved, leaves the other, and takes both back at an exit", () => {
    const { stage, trader } = trading(maker);
    stage.quote(99, 101);
    trader.signal(quote(99.5, 100.5));
    stage.quote(99, 101);
    const before = stage.simulation.orders().map(({ id }) => id);
    trader.signal(quote(99.4, 100.5));
    const after = stage.simulation.orders();
    expect(new Set(after.map(({ limit }) => limit))).toEqual(new Set([100.5, 99.4]));
    expect(after.filter(({ id }) => before.includes(id)).map(({ limit }) => limit)).toEqual([100.5]);
    trader.signal(signalOf({ action: "exit" }));
    expect(stage.simulation.orders()).toEqual([]);
  });

  it("does not quote the side that would add to a full inventory", () => {
    const { stage, trader } = trading(maker);
    stage.quote(99, 101);
    for (let index = 0; index < 5; index++) {
      trader.signal(quote(99.5, 100.5));
      stage.quote(99, 101);
      stage.trade(99.5);
    }
    expect(stage.simulation.held(0)).toBeCloseTo(2_000 / 99.5, 9);
    expect(stage.simulation.orders().map(({ side }) => side)).toEqual(["sell"]);
  });

  it("is refused rather than made a taker when the market has moved through the quote", () => {
    const { stage, trader } = trading(maker);
    stage.quote(99, 101);
    trader.signal(quote(99.5, 100.5));
    stage.quote(98, 99.5);
    expect(stage.fills).toEqual([]);
    expect(stage.moves.filter(({ state }) => state === "rejected").length).toBe(1);
  });
});
