// Groups whose legs are at a real venue, or wait for their events on paper, when the whole group is to be left: what opens
// it is taken back, and everything that is held is left, whatever is on its way.
import { describe, expect, it } from "vitest";
import { freeTerms, type Order, Simulation, Trader, type TradeSignal } from "../../../src/simulation/simulation.ts";

interface Sent {
  readonly order: Order;
  readonly symbol: number;
  readonly side: Order["side"];
  readonly quantity: number;
}

class Pair {
  readonly sent: Sent[] = [];
  readonly cancels: number[] = [];
  readonly refusals: string[] = [];
  readonly simulation: Simulation;
  private readonly trader: Trader;
  private time = 1e15;

  constructor(live: boolean) {
    const remote = {
      send: (order: Order, quantity: number) => {
        const { symbol, side } = order;
        this.sent.push({ order, symbol, side, quantity });
      },
      cancel: ({ id }: Order) => void this.cancels.push(id),
    };
    const instruments = [freeTerms("A"), freeTerms("B")];
    this.simulation = new Simulation({ capital: 100_000, instruments, ...(live ? { remote } : {}) });
    const policy = { role: "group", positionSize: 0.1, legValue: 0 } as const;
    this.trader = new Trader(this.simulation, policy, (reason) => this.refusals.push(reason));
    this.tick();
  }

  tick(symbols = [0, 1]): void {
    this.time += 1e6;
    for (const symbol of symbols) expect(this.simulation.trade(symbol, this.time, 100, 1e9)).toBeNull();
  }
  /** By what each leg weighs. */
  says(first: TradeSignal["action"], second: TradeSignal["action"], weights = [1, 1]): void {
    const leg = (symbol: number, action: TradeSignal["action"]): TradeSignal => {
      return { symbol, action, entry: 100, stop: 0, target: 0, values: [weights[symbol] ?? 1], group: 1 };
    };
    this.trader.signals([leg(0, first), leg(1, second)]);
  }
  fill({ order: { id }, quantity }: Sent, part = quantity): void {
    const fill = { quantity: part, price: 100, fee: 0, time: this.time };
    expect(this.simulation.told(id, { kind: "fill", fill })).toBeNull();
    if (part === quantity) this.end({ order: { id } }, "filled");
  }
  end({ order: { id } }: { readonly order: Pick<Order, "id"> }, state: "rejected" | "cancelled" | "filled"): void {
    expect(this.simulation.told(id, { kind: "state", state, reason: "as it pleases" })).toBeNull();
  }
  told(from: number): readonly (readonly [number, Order["side"], number])[] {
    return this.sent.slice(from).map(({ symbol, side, quantity }) => [symbol, side, quantity]);
  }
  get held(): readonly number[] {
    return [0, 1].map((symbol) => this.simulation.held(symbol));
  }
  at(place: number): Sent {
    const sent = this.sent[place];
    if (sent === undefined) throw new Error(`nothing was sent as number ${place}`);
    return sent;
  }
}

/** Long 100 A and short 100 B. */
function open(): Pair {
  const pair = new Pair(true);
  pair.says("buy", "sell");
  pair.fill(pair.at(0));
  pair.fill(pair.at(1));
  expect(pair.held).toEqual([100, -100]);
  return pair;
}

describe("a group that is to be left", () => {
  it("is left of the leg that was filled, while the way out of the refused one goes on", () => {
    const pair = open();
    pair.says("sell", "buy");
    pair.fill(pair.at(3));
    pair.end(pair.at(2), "rejected");
    expect(pair.held).toEqual([100, 100]);
    pair.says("exit", "exit");
    expect(pair.told(4)).toEqual([[1, "sell", 100]]);
    pair.says("exit", "exit");
    pair.tick();
    expect(pair.told(5)).toEqual([[0, "sell", 100]]);
    for (const sent of pair.sent.slice(4)) pair.fill(sent);
    expect([pair.held, pair.simulation.orders()]).toEqual([[0, 0], []]);
  });

  it("is left of what its legs are filled before they are out of the market, and of nothing else", () => {
    for (const filled of [0, 30, 100]) {
      const pair = new Pair(true);
      pair.says("buy", "sell");
      pair.says("exit", "exit");
      expect(pair.cancels).toHaveLength(2);
      const [first, second] = [pair.at(0), pair.at(1)];
      if (filled > 0) pair.fill(first, filled);
      if (filled < 100) pair.end(first, "cancelled");
      pair.end(second, "cancelled");
      expect(pair.told(2)).toEqual(filled === 0 ? [] : [[0, "sell", filled]]);
      if (filled > 0) pair.fill(pair.at(2));
      expect([pair.held, pair.simulation.orders()]).toEqual([[0, 0], []]);
      pair.says("buy", "sell"); // nothing is on its way any more
      expect(pair.sent.length).toBe(filled === 0 ? 4 : 5);
    }
  });

  it("is left of both legs while one of them turns, however much of that is filled", () => {
    for (const filled of [0, 150]) {
      const pair = open();
      pair.says("sell", "buy");
      pair.fill(pair.at(3));
      pair.says("exit", "exit");
      const turn = pair.at(2);
      expect(pair.cancels).toEqual([turn.order.id]);
      expect(pair.told(4)).toEqual([[1, "sell", 100]]); // the exit of the other waits for the turn
      pair.fill(pair.at(4));
      if (filled > 0) pair.fill(turn, filled);
      pair.end(turn, "cancelled");
      expect(pair.told(5)).toEqual([filled === 0 ? [0, "sell", 100] : [0, "buy", 50]]);
      pair.fill(pair.at(5));
      expect([pair.held, pair.simulation.orders()]).toEqual([[0, 0], []]);
    }
  });

  it("is left wholly while a leg is only made smaller", () => {
    const pair = open();
    pair.says("buy", "sell", [0.5, 1]);
    expect(pair.told(2)).toEqual([[0, "sell", 50]]);
    pair.end(pair.at(2), "rejected");
    pair.says("exit", "exit");
    for (let place = 3; place < 8; place++) {
      pair.tick();
      const next = pair.sent[place];
      if (next !== undefined) pair.fill(next);
    }
    expect([pair.held, pair.simulation.orders()]).toEqual([[0, 0], []]);
    expect(pair.told(3)).toEqual([
      [1, "buy", 100],
      [0, "sell", 50],
      [0, "sell", 50],
    ]);
  });

  it("is not opened on paper by legs that still wait for an event of their symbol", () => {
    const pair = new Pair(false);
    pair.says("buy", "sell");
    pair.tick([0]);
    pair.says("exit", "exit");
    pair.tick();
    expect([pair.held, pair.simulation.orders()]).toEqual([[0, 0], []]);
    pair.says("buy", "sell");
    pair.tick();
    pair.says("sell", "buy");
    pair.tick([0]);
    pair.says("exit", "exit");
    pair.tick();
    expect([pair.held, pair.simulation.orders()]).toEqual([[0, 0], []]);
  });
});

it("a group that is to be turned while its legs are on their way says that it is not", () => {
  const pair = new Pair(true);
  pair.says("buy", "sell");
  pair.says("buy", "sell"); // what is on its way already
  expect(pair.refusals).toEqual([]);
  pair.says("sell", "buy");
  expect(pair.refusals).toEqual(["a leg of the group is on its way"]);
  expect(pair.sent).toHaveLength(2);
});

describe("a group that is to be held after all while the way out of a leg waits that the venue has refused", () => {
  /** As it was opened, and to be left since; of each leg whether the venue took that. */
  function leaving(...taken: readonly [boolean, boolean]): Pair {
    const pair = open();
    pair.says("exit", "exit");
    for (const [place, filled] of taken.entries())
      if (filled) pair.fill(pair.at(2 + place));
      else pair.end(pair.at(2 + place), "rejected");
    return pair;
  }

  it("keeps that leg, and opens the other one again", () => {
    const pair = leaving(true, false);
    pair.says("buy", "sell");
    expect(pair.told(4)).toEqual([[0, "buy", 100]]);
    pair.fill(pair.at(4));
    for (let second = 0; second < 40; second++) pair.tick();
    expect([pair.held, pair.simulation.orders(), pair.sent.length]).toEqual([[100, -100], [], 5]);
    pair.says("exit", "exit");
    expect(pair.told(5)).toEqual([
      [0, "sell", 100],
      [1, "buy", 100],
    ]);
  });

  it("keeps both", () => {
    const pair = leaving(false, false);
    pair.says("buy", "sell");
    for (let second = 0; second < 40; second++) pair.tick();
    expect([pair.held, pair.simulation.orders(), pair.sent.length]).toEqual([[100, -100], [], 4]);
  });

  it("makes what is left of that leg as large as it is to be", () => {
    const pair = open();
    pair.says("exit", "exit");
    pair.fill(pair.at(2));
    pair.fill(pair.at(3), 40);
    pair.end(pair.at(3), "cancelled");
    pair.says("buy", "sell");
    expect(pair.told(4)).toEqual([
      [0, "buy", 100],
      [1, "sell", 40],
    ]);
  });

  it("waits for that leg where it is to be smaller, or is at the venue again", () => {
    const smaller = leaving(true, false);
    smaller.says("buy", "sell", [1, 0.5]);
    expect([smaller.told(4), smaller.refusals]).toEqual([[], ["a leg of the group is on its way"]]);
    const there = leaving(true, false);
    there.tick();
    there.says("buy", "sell");
    expect(there.told(4)).toEqual([[1, "buy", 100]]);
    there.end(there.at(4), "rejected");
    there.tick();
    there.tick();
    expect(there.told(5)).toEqual([[1, "buy", 100]]);
  });

  it.each([
    ["turned", "sell", "buy", 1],
    ["made smaller", "buy", "sell", 0.5],
  ] as const)("is not sent about with every event where it is to be held and %s by turns", (_, one, other, weight) => {
    const pair = open();
    const moves = (): void => pair.says(one, other, [weight, 1]);
    moves();
    const first = pair.sent.length;
    for (let place = 2; place < first; place++) pair.end(pair.at(place), "rejected");
    for (let turn = 0; turn < 5; turn++) {
      pair.says("buy", "sell");
      moves();
    }
    expect(pair.sent).toHaveLength(first);
    pair.tick();
    expect(pair.told(first)[0]).toEqual([0, "sell", weight < 1 ? 50 : 100]);
    expect(pair.at(first).order.reduceOnly).toBe(true);
  });

  it("waits while a leg that was taken back may still be filled", () => {
    const pair = new Pair(true);
    pair.says("buy", "sell");
    pair.fill(pair.at(0));
    pair.fill(pair.at(1), 40);
    pair.says("exit", "exit");
    pair.fill(pair.at(2));
    pair.end(pair.at(3), "rejected");
    pair.says("buy", "sell");
    expect([pair.told(4), pair.refusals]).toEqual([[], ["a leg of the group is on its way"]]);
  });

  it("is left of it all the same where the other one may not be opened", () => {
    const pair = new Pair(true);
    pair.says("buy", "sell");
    pair.fill(pair.at(1));
    pair.end(pair.at(0), "rejected");
    pair.says("exit", "exit");
    pair.end(pair.at(2), "rejected");
    pair.says("buy", "sell"); // within the pause of the first leg
    expect(pair.refusals).toEqual([
      "the venue did not take the entry before this one: the next may leave after a pause",
    ]);
    pair.tick();
    expect(pair.told(3)).toEqual([[1, "buy", 100]]);
    pair.fill(pair.at(3));
    expect([pair.held, pair.simulation.orders()]).toEqual([[0, 0], []]);
  });
});

describe("a group of which the venue did not take a leg, within the pause behind that", () => {
  /** The first leg is filled, the second one is refused. */
  const half = (): Pair => {
    const pair = new Pair(true);
    pair.says("buy", "sell");
    pair.fill(pair.at(0));
    pair.end(pair.at(1), "rejected");
    return pair;
  };

  it("is turned, where the other side of that leg was not refused", () => {
    const pair = half();
    pair.says("sell", "buy");
    expect(pair.told(2)).toEqual([
      [0, "sell", 200],
      [1, "buy", 100],
    ]);
  });

  it("is left when it is to be turned and may not, and not opened by one leg alone", () => {
    const pair = half();
    pair.says("sell", "buy");
    pair.fill(pair.at(2));
    pair.end(pair.at(3), "rejected");
    expect(pair.held).toEqual([-100, 0]);
    pair.says("buy", "sell");
    expect(pair.told(4)).toEqual([[0, "buy", 100]]);
    expect(pair.at(4).order.reduceOnly).toBe(true);
    expect(pair.refusals).toEqual([
      "the venue did not take the entry before this one: the next may leave after a pause",
    ]);
    pair.fill(pair.at(4));
    expect([pair.held, pair.simulation.orders()]).toEqual([[0, 0], []]);
    pair.tick();
    pair.says("buy", "sell");
    expect(pair.told(5)).toEqual([
      [0, "buy", 100],
      [1, "sell", 100],
    ]);
  });

  it("gets smaller where it is to, and not larger", () => {
    const pair = half();
    pair.says("buy", "sell", [0.5, 1]);
    expect(pair.told(2)).toEqual([[0, "sell", 50]]);
    pair.fill(pair.at(2));
    expect(pair.held).toEqual([50, 0]);
  });

  it("is not touched where nothing of it leaves", () => {
    const pair = half();
    pair.says("buy", "sell");
    expect(pair.told(2)).toEqual([]);
    pair.tick();
    pair.says("buy", "sell");
    expect(pair.told(2)).toEqual([[1, "sell", 100]]);
  });
});
