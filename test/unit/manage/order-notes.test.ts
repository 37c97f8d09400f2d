// Which orders are told of, and when: on the real venue and its trader.
import { describe, expect, it } from "vitest";
import { OrderNotes } from "../../../src/manage/executions/order-notes.ts";
import { freeTerms, NO_COSTS, Simulation, Trader, type TradeSignal } from "../../../src/simulation/simulation.ts";

class Desk {
  readonly notes = new OrderNotes();
  readonly venue: Simulation;
  private time = 0;

  /** `participation`: share of each event's volume that orders may take; `orderLatencyUs`: their way to the market. */
  constructor(participation: number | null = null, orderLatencyUs = 0) {
    this.venue = new Simulation({
      capital: 100_000,
      costs: { ...NO_COSTS, participation, orderLatencyUs },
      instruments: [freeTerms("BTCUSD")],
      onOrder: (order) => this.notes.note(order, "BTCUSD", this.time, this.venue),
    });
    this.trade(100);
  }

  trade(price: number): void {
    this.time += 1_000;
    this.venue.trade(0, this.time, price, 1_000);
  }
}

function quoted(bid: number, ask: number): TradeSignal {
  const none = Number.NaN;
  return { symbol: 0, action: "buy", entry: none, stop: none, target: none, values: [bid, ask, 1, 1], group: 0 };
}

describe("the quotes of a market maker", () => {
  it("are two orders that are changed, however often they move", () => {
    const { notes, venue } = new Desk();
    const desk = new Trader(venue, { role: "quotes" });
    desk.signals([quoted(99, 101)]);
    expect(notes.urgent()).toBe(true);
    expect(notes.take().map(({ number, side, state }) => [number, side, state])).toEqual([
      [1, "BUY", "new"],
      [2, "SELL", "new"],
    ]);
    for (let move = 1; move <= 50; move++) {
      desk.signals([quoted(99 - move / 100, 101 + move / 100)]);
      if (move > 1) expect(notes.urgent(), `move ${move}`).toBe(false);
      else notes.take();
    }
    expect(notes.waits).toBe(true);
    expect(notes.take().map(({ number, limit, state }) => [number, limit, state])).toEqual([
      [1, 98.5, "working"],
      [2, 101.5, "working"],
    ]);
    expect(venue.orders()).toHaveLength(2);
  });

  it("keep what was filled before they moved, and end as one order", () => {
    const desk = new Desk(0.05);
    const trader = new Trader(desk.venue, { role: "quotes" });
    trader.signals([quoted(99, 101)]);
    desk.trade(100);
    desk.notes.take();
    desk.trade(98.9);
    const part = desk.notes.take().find(({ number }) => number === 1);
    expect(part).toMatchObject({ state: "partially_filled", filled: 50, average: 99 });
    trader.signals([quoted(98, 101)]);
    expect(desk.notes.urgent()).toBe(false);
    expect(desk.notes.take()).toMatchObject([{ number: 1, limit: 98, state: "partially_filled", filled: 50 }]);
    desk.trade(99);
    for (let tick = 0; tick < 3; tick++) desk.trade(97.5);
    const [last] = desk.notes.take();
    expect([last?.number, last?.state, last?.filled]).toEqual([1, "filled", last?.quantity]);
    expect(last?.filled).toBeCloseTo(50 + 10_000 / 98, 9);
    expect(desk.notes.get(1)).toBeNull();
    expect(desk.notes.cancel(1)).toBeNull();
  });
});

describe("a quote that has moved while the one before it was on its way out of the market", () => {
  it("has what that one was filled until it was gone, at once", () => {
    const desk = new Desk(null, 1_500);
    const trader = new Trader(desk.venue, { role: "quotes" });
    trader.signals([quoted(99, 101)]);
    desk.trade(100);
    desk.trade(100);
    desk.notes.take();
    trader.signals([quoted(98, 101)]);
    desk.notes.take();
    desk.notes.urgent();
    desk.trade(98.5);
    expect(desk.notes.urgent()).toBe(true);
    const [told] = desk.notes.take();
    expect(told).toMatchObject({ number: 1, limit: 98, state: "partially_filled", average: 99 });
    expect(told?.filled).toBeCloseTo(10_000 / 99, 9);
    expect(told?.filled).toBe(desk.venue.held(0));
    desk.trade(99);
    for (let tick = 0; tick < 3; tick++) desk.trade(97);
    const [last] = desk.notes.take();
    expect([last?.number, last?.state, last?.filled]).toEqual([1, "filled", desk.venue.held(0)]);
    expect(last?.quantity).toBe(last?.filled);
  });

  it("holds on to no more of those before it than are in the market still", () => {
    const desk = new Desk(null, 1_500);
    const trader = new Trader(desk.venue, { role: "quotes" });
    for (let move = 0; move < 50; move++) {
      trader.signals([quoted(99 - move / 100, 101)]);
      desk.trade(100);
    }
    const [bid] = desk.venue
      .orders()
      .filter(({ side }) => side === "buy")
      .slice(-1);
    let links = 0;
    for (let order: unknown = bid; order !== null && order !== undefined; links++) {
      void (order as { readonly before: unknown }).before;
      order = (order as { readonly leaving: unknown }).leaving;
    }
    expect(bid?.chain).toBe(1);
    expect(links).toBeLessThanOrEqual(4);
  });
});

describe("an order", () => {
  it("is told once for everything that happened to it since the last time", () => {
    const desk = new Desk();
    desk.venue.submit({ symbol: 0, side: "buy", kind: "limit", limit: 95, quantity: 3 });
    desk.trade(100);
    desk.notes.amend(1, { limit: 96 });
    desk.notes.amend(1, { quantity: 2 });
    desk.trade(94);
    expect(desk.notes.take().map(({ number, state, quantity, average }) => [number, state, quantity, average])).toEqual(
      [[1, "filled", 2, 94]], // at another price it came anew, and took
    );
    expect(desk.notes.take()).toEqual([]);
    desk.trade(93);
    expect(desk.notes.urgent()).toBe(false);
  });

  it("whose stop follows the market is told where it is, when it is asked for", () => {
    const desk = new Desk();
    desk.venue.submit({ symbol: 0, side: "buy", kind: "market", quantity: 1 });
    desk.trade(100);
    desk.venue.submit({ symbol: 0, side: "sell", kind: "trailing_stop", quantity: 1, trail: 5, reduceOnly: true });
    desk.trade(100);
    desk.notes.take();
    desk.trade(110);
    expect([desk.notes.urgent(), desk.notes.waits]).toEqual([false, true]);
    expect(desk.notes.take()).toMatchObject([{ kind: "trailing_stop", stop: 105, trail: 5 }]);
  });
});
