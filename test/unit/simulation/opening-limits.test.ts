// Limits on what may be opened: what is on its way counts as if it were filled, for every role of a trader.
import { describe, expect, it } from "vitest";
import {
  freeTerms,
  isOver,
  NO_COSTS,
  type Policy,
  rolePolicy,
  Simulation,
  Tally,
  Trader,
  type TradeSignal,
  Underway,
} from "../../../src/simulation/simulation.ts";
import { Random } from "../../support/random.ts";
import { Stage, type StageOptions } from "../../support/simulation.ts";

const DAY_US = 86_400_000_000;
const LATE = { feedLatencyUs: 0, orderLatencyUs: 1_500_000 };

function signalOf(given: Partial<TradeSignal>): TradeSignal {
  return { symbol: 0, action: "buy", entry: 100, stop: 98, target: 103, values: [], group: 0, ...given };
}

function trading(policy: Partial<Policy> = {}, options: StageOptions = {}) {
  const stage = new Stage({ capital: 100_000, symbols: 4, ...options });
  const refused: string[] = [];
  const trader = new Trader(stage.simulation, { levels: false, ...policy }, (reason) => refused.push(reason));
  const say = (given: Partial<TradeSignal>): void => trader.signal(signalOf(given));
  const tick = (symbol: number, price = 100): void => void stage.trade(price, 1_000, symbol);
  for (let symbol = 0; symbol < (options.symbols ?? 4); symbol++) tick(symbol);
  return { stage, trader, say, refused, tick };
}

describe("max_open_positions", () => {
  it("counts an entry that is on its way in another symbol", () => {
    const { stage, say, refused, tick } = trading({ maxOpenPositions: 1 });
    say({ symbol: 0 });
    say({ symbol: 1 });
    expect(refused).toEqual(["0 positions are open and 1 may be by orders on their way, and max_open_positions is 1"]);
    for (const symbol of [1, 0]) tick(symbol);
    expect(stage.simulation.openPositions()).toBe(1);
    say({ symbol: 0, action: "exit" });
    tick(0);
    say({ symbol: 1 });
    tick(1);
    expect(stage.simulation.positions().map(({ symbol }) => symbol)).toEqual([1]);
  });

  it("counts one that was taken back until it is over, and frees its place then", () => {
    const { stage, say, refused, tick } = trading({ maxOpenPositions: 1 }, { costs: LATE });
    say({ symbol: 0 });
    say({ symbol: 0, action: "exit" });
    say({ symbol: 1 });
    expect(refused).toHaveLength(1);
    for (const symbol of [0, 0, 0]) tick(symbol);
    say({ symbol: 1 });
    expect(refused).toHaveLength(1);
    expect(stage.simulation.tally).toMatchObject({ held: 0, engaged: 1, coming: 1 });
  });

  it("lets a position be turned and its symbol be entered again", () => {
    const { stage, say, tick } = trading({ maxOpenPositions: 1, allowShort: true });
    for (const action of ["buy", "sell", "buy"] as const) {
      say({ action });
      tick(0);
    }
    expect(stage.simulation.held(0)).toBe(100);
    expect(stage.trades).toHaveLength(2);
  });

  it("enters all legs of a group or none, and lets a group that is held leave", () => {
    const group = (action: TradeSignal["action"], symbols: readonly number[]): TradeSignal[] =>
      symbols.map((symbol, place) => {
        const side = action === "exit" ? action : place === 0 ? "buy" : "sell";
        return signalOf({ symbol, action: side, group: 7, values: [2, 0.5, 0.01, 1] });
      });
    const { stage, trader, refused, tick } = trading({ ...rolePolicy("pairs_trading"), maxOpenPositions: 2 });
    trader.signals(group("buy", [0, 1]));
    trader.signals(group("buy", [2, 3]));
    expect(refused).toEqual(["0 positions are open and 2 may be by orders on their way, and max_open_positions is 2"]);
    for (const symbol of [0, 1, 2, 3]) tick(symbol);
    expect(stage.simulation.positions().map(({ symbol }) => symbol)).toEqual([0, 1]);
    trader.signals(group("exit", [0, 1]));
    for (const symbol of [0, 1]) tick(symbol);
    trader.signals(group("buy", [2, 3]));
    for (const symbol of [2, 3]) tick(symbol);
    expect(stage.simulation.positions().map(({ symbol }) => symbol)).toEqual([2, 3]);
    const narrow = trading({ ...rolePolicy("pairs_trading"), maxOpenPositions: 1 });
    narrow.trader.signals(group("buy", [0, 1]));
    expect(narrow.refused).toHaveLength(1);
    expect(narrow.stage.simulation.orders()).toEqual([]);
  });

  it("keeps a market maker out of a further symbol, and lets it go on in the one that it quotes", () => {
    const { stage, trader, refused, tick } = trading({ ...rolePolicy("adaptive_quote"), maxOpenPositions: 1 });
    const quote = (symbol: number, bid: number, ask: number): void =>
      trader.signal(signalOf({ symbol, values: [bid, ask, 1, 1] }));
    quote(0, 99, 101);
    quote(1, 99, 101);
    expect(refused[0]).toBe("0 positions are open and 1 may be by orders on their way, and max_open_positions is 1");
    expect(new Set(stage.simulation.orders().map(({ symbol }) => symbol))).toEqual(new Set([0]));
    tick(0);
    tick(0, 98);
    quote(0, 97, 99);
    expect(stage.simulation.orders().map(({ side, limit }) => [side, limit])).toEqual([
      ["buy", 97],
      ["sell", 99],
    ]);
  });
});

describe("max_trades_per_day", () => {
  it("counts entries on their way, not those that ended without a fill, and begins anew with the day", () => {
    const { stage, say, refused, tick } = trading({ maxTradesPerDay: 1 });
    say({ symbol: 0 });
    say({ symbol: 1 });
    expect(refused).toEqual([
      "0 positions were opened today and 1 may be by orders on their way, and max_trades_per_day is 1",
    ]);
    say({ symbol: 0, action: "exit" });
    say({ symbol: 1 });
    tick(1);
    expect(stage.simulation.held(1)).toBe(100);
    say({ symbol: 1, action: "exit" });
    tick(1);
    say({ symbol: 1 });
    expect(refused.at(-1)).toBe("1 positions were opened today, and max_trades_per_day is 1");
    stage.simulation.trade(1, DAY_US, 100, 1_000);
    say({ symbol: 1 });
    stage.simulation.trade(1, DAY_US + 1e6, 100, 1_000);
    expect(stage.simulation.held(1)).toBe(100);
  });

  it("holds legs of groups to it, each of them a position, and a group that may not be turned is left", () => {
    const { stage, trader, refused, tick } = trading({ ...rolePolicy("pairs_trading"), maxTradesPerDay: 3 });
    const pair = (first: "buy" | "sell"): void =>
      trader.signals(
        [first, first === "buy" ? "sell" : "buy"].map((action, symbol) =>
          signalOf({ symbol, action: action as "buy" | "sell", group: 7, values: [2, 0.5, 0.01, 1] }),
        ),
      );
    pair("buy");
    for (const symbol of [0, 1]) tick(symbol);
    expect([stage.simulation.held(0), stage.simulation.held(1)]).toEqual([100, -100]);
    pair("sell");
    for (const symbol of [0, 1]) tick(symbol);
    expect([stage.simulation.held(0), stage.simulation.held(1)]).toEqual([0, 0]);
    expect(refused).toEqual(["2 positions were opened today, and max_trades_per_day is 3"]);
  });

  it("lets a market maker that has had its positions of the day only leave what it holds", () => {
    const { stage, trader, tick } = trading({ ...rolePolicy("adaptive_quote"), maxTradesPerDay: 1 });
    const quote = (bid: number, ask: number): void => trader.signal(signalOf({ values: [bid, ask, 1, 1] }));
    quote(99, 101);
    expect(stage.simulation.orders().map(({ side }) => side)).toEqual(["buy"]);
    for (const price of [100, 98]) tick(0, price);
    const held = stage.simulation.held(0);
    expect(held).toBeGreaterThan(0);
    quote(97, 99);
    expect(stage.simulation.orders().map(({ side, reduceOnly }) => [side, reduceOnly])).toEqual([["sell", true]]);
    for (const price of [98, 100]) tick(0, price);
    expect(stage.simulation.held(0)).toBe(0);
    quote(97, 99);
    expect(stage.simulation.orders()).toEqual([]);
  });

  it("ends what is left of a sliced entry whose position was stopped: it would open another one", () => {
    const slicing = { kind: "participation", share: 0.02 } as const;
    const { stage, say, tick } = trading({ maxTradesPerDay: 1, slicing, stopLoss: -0.05 });
    say({});
    tick(0);
    expect(stage.simulation.held(0)).toBe(20);
    tick(0, 90);
    tick(0, 90);
    expect([stage.simulation.held(0), stage.simulation.orders().length, stage.trades.length]).toEqual([0, 0, 1]);
  });
});

describe("max_position_size", () => {
  it("is kept at the price of the fill, and what it leaves no room for is not part of the order", () => {
    const { stage, say, tick } = trading({ positionSize: 1, maxPositionSize: 5_000 });
    say({});
    tick(0, 125);
    expect(stage.simulation.held(0)).toBe(40);
    expect(stage.fills[0]?.order).toMatchObject({ state: "filled", quantity: 40, filled: 40 });
  });

  it("is not passed by an entry that was taken back and is filled all the same", () => {
    const { stage, say, refused, tick } = trading({ maxPositionSize: 5_000 }, { costs: LATE });
    say({});
    tick(1);
    say({ action: "exit" });
    say({});
    expect(refused).toEqual(["the entry before was taken back and may still be filled"]);
    for (let event = 0; event < 4; event++) tick(0);
    expect(stage.simulation.held(0)).toBe(50);
  });

  it("is not passed by turning a position that its stop closes first", () => {
    const { stage, say } = trading({ stopLoss: -0.05, allowShort: true }, { symbols: 1 });
    say({});
    stage.flat(100);
    expect(stage.simulation.held(0)).toBe(100);
    say({ action: "sell" });
    stage.flat(90);
    expect(stage.trades.map(({ reason }) => reason)).toEqual(["stop"]);
    expect(stage.simulation.held(0)).toBe(-100);
  });

  it("is not passed by turning a position whose exit is on its way", () => {
    const { stage, say, tick } = trading({ allowShort: true }, { costs: LATE });
    say({});
    for (const symbol of [0, 0, 0]) tick(symbol);
    expect(stage.simulation.held(0)).toBe(100);
    say({ action: "exit" });
    tick(1);
    say({ action: "sell" });
    for (const symbol of [0, 0, 0, 0]) tick(symbol);
    expect(stage.simulation.held(0)).toBe(-100);
  });

  it("is reached by turning a position whose exit is taken back in time", () => {
    const { stage, say, tick } = trading({ allowShort: true }, { costs: LATE });
    say({});
    for (const symbol of [0, 0, 0]) tick(symbol);
    say({ action: "exit" });
    say({ action: "sell" });
    for (const symbol of [0, 0, 0, 0]) tick(symbol);
    expect(stage.simulation.held(0)).toBe(-100);
  });

  it("bounds a market maker's inventory, with what rests in the market", () => {
    const maker = { ...rolePolicy("adaptive_quote"), maxPositionSize: 5_000, positionSize: 0.04 };
    const { stage, trader, tick } = trading(maker);
    for (let round = 0; round < 6; round++) {
      trader.signal(signalOf({ values: [99, 101, 1, 1] }));
      for (const price of [100, 98]) tick(0, price);
      expect(stage.simulation.held(0) * 99).toBeLessThanOrEqual(5_000 * (1 + 1e-9));
    }
    expect(stage.simulation.held(0) * 99).toBeCloseTo(5_000, 6);
  });
});

it("two traders of one account never open the same position twice", () => {
  const stage = new Stage({ capital: 100_000 });
  const underway = new Underway();
  const traders = [0, 1].map(() => new Trader(stage.simulation, { levels: false }, undefined, underway));
  stage.flat(100);
  for (const trader of traders) trader.signal(signalOf({}));
  stage.flat(100);
  expect(stage.simulation.held(0)).toBe(100);
});

/** What is held by the accounts: positions in all, symbols. */
function heldBy(accounts: readonly Simulation[]): number {
  return new Set(accounts.flatMap((account) => account.positions().map(({ symbol }) => symbol))).size;
}

it("no limit is ever passed, whatever two accounts with traders of all roles are told", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = new Random(seed);
    const tally = new Tally();
    const limits = { maxOpenPositions: 1 + random.integer(4), maxTradesPerDay: 1 + random.integer(12) };
    const capital = 100_000;
    const opened: number[] = [];
    const accounts = [0, 1].map(() => {
      const orderLatencyUs = random.integer(2) * 2_500_000;
      const account: Simulation = new Simulation({
        capital,
        tally,
        instruments: Array.from({ length: 6 }, (_, symbol) => freeTerms(`S${symbol}`)),
        costs: { ...NO_COSTS, orderLatencyUs },
        onFill: ({ symbol, side, quantity, time }) => {
          const signed = side === "buy" ? quantity : -quantity;
          if (Math.abs(account.held(symbol) - signed) < 1e-9) opened.push(Math.floor(time / DAY_US));
        },
      });
      return account;
    });
    const traders = accounts.flatMap((account) => {
      const underway = new Underway();
      return ["", "momentum_rider", "adaptive_quote", "pairs_trading"].map(
        (type) => new Trader(account, { ...rolePolicy(type), ...limits, allowShort: true }, undefined, underway),
      );
    });
    let time = 0;
    for (let event = 0; event < 800; event++) {
      time += random.integer(40) === 0 ? DAY_US / 3 : 1_000_000;
      const symbol = random.integer(6);
      const price = 95 + random.integer(11);
      for (const account of accounts) account.trade(symbol, time, price, 1e6);
      expect(heldBy(accounts), `seed ${seed}`).toBeLessThanOrEqual(limits.maxOpenPositions);
      expect(tally.held).toBe(heldBy(accounts));
      const action = (["buy", "sell", "exit"] as const)[random.integer(3)] ?? "exit";
      const pair = [symbol, (symbol + 1) % 6].map((one, place) => {
        const side = action === "exit" || place === 0 ? action : action === "buy" ? "sell" : "buy";
        return signalOf({ symbol: one, action: side, group: 7, values: [price - 2, price + 2, 1, 1] });
      });
      traders[random.integer(traders.length)]?.signals(pair);
    }
    const days = new Map<number, number>();
    for (const day of opened) days.set(day, (days.get(day) ?? 0) + 1);
    expect(Math.max(0, ...days.values()), `seed ${seed}`).toBeLessThanOrEqual(limits.maxTradesPerDay);
    // Everything that is over is counted out again.
    for (const account of accounts) account.cancelAll();
    time += DAY_US;
    for (let symbol = 0; symbol < 6; symbol++) for (const account of accounts) account.trade(symbol, time, 100, 1e6);
    expect(accounts.flatMap((account) => account.orders()).filter(({ state }) => !isOver(state))).toEqual([]);
    expect(tally).toMatchObject({ coming: 0, engaged: heldBy(accounts), held: heldBy(accounts) });
  }
});
