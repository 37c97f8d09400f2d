// Orders that are filled together, where one of them ends before it could be.
import { describe, expect, it } from "vitest";
import {
  freeTerms,
  type OrderRequest,
  Simulation,
  Trader,
  type TradeSignal,
} from "../../../src/simulation/simulation.ts";

const STEP_US = 1_000_000;

class Pair {
  readonly fills: string[] = [];
  readonly sim = new Simulation({
    capital: 100_000,
    instruments: [freeTerms("X"), freeTerms("Y")],
    onFill: ({ symbol, side, quantity }) => this.fills.push(`${side} ${quantity} of ${"XY"[symbol]}`),
  });
  private time = 1e15;

  constructor() {
    this.price(0);
    this.price(1);
  }

  price(symbol: number, price = 100): void {
    this.sim.trade(symbol, (this.time += STEP_US), price, 1e9);
  }

  /** The numbers of the orders. */
  together(...requests: Pick<OrderRequest, "symbol" | "side" | "quantity" | "reduceOnly">[]): readonly number[] {
    const sent = this.sim.submitTogether(requests.map((request) => ({ ...request, kind: "market" })));
    if (!sent.ok) throw new Error(sent.failure);
    return sent.value.map(({ id }) => id);
  }
}

/** Five of both are held, and a stop guards those of X. */
function held(): Pair {
  const pair = new Pair();
  pair.together({ symbol: 0, side: "buy", quantity: 5 }, { symbol: 1, side: "buy", quantity: 5 });
  pair.price(0);
  pair.price(1);
  pair.sim.submit({ symbol: 0, side: "sell", kind: "stop", stop: 95, quantity: 5, reduceOnly: true });
  pair.fills.length = 0;
  return pair;
}

describe("where an order of a group ends before the group is filled", () => {
  it.each(["not yet", "already"])("another one that would open a position ends too, its own event %s come", (when) => {
    const pair = new Pair();
    const [x = 0] = pair.together({ symbol: 0, side: "buy", quantity: 1 }, { symbol: 1, side: "sell", quantity: 1 });
    if (when === "already") pair.price(1);
    pair.sim.cancel(x);
    pair.price(0);
    pair.price(1);
    expect([pair.fills, pair.sim.orders()]).toEqual([[], []]);
  });

  it.each([true, false])("another one that only leaves a position is filled (said so: %s)", (reduceOnly) => {
    const pair = held();
    pair.together(
      { symbol: 0, side: "sell", quantity: 2, reduceOnly: true },
      { symbol: 1, side: "sell", quantity: 2, reduceOnly },
    );
    pair.price(0, 94);
    pair.price(1);
    expect(pair.fills).toEqual(["sell 5 of X", "sell 2 of Y"]);
    expect(pair.sim.orders()).toEqual([]);
  });

  it("but one that would turn a position ends", () => {
    const pair = held();
    pair.together({ symbol: 0, side: "sell", quantity: 2, reduceOnly: true }, { symbol: 1, side: "sell", quantity: 8 });
    pair.price(0, 94);
    pair.price(1);
    expect([pair.fills, pair.sim.held(1)]).toEqual([["sell 5 of X"], 5]);
  });

  it("what it held can be left by the next signal of the group", () => {
    const pair = new Pair();
    const trader = new Trader(pair.sim, { role: "group", positionSize: 0.1 });
    const signal = (symbol: number, action: TradeSignal["action"]): TradeSignal => {
      return { symbol, action, entry: 100, stop: Number.NaN, target: Number.NaN, values: [], group: 1 };
    };
    const both = (x: TradeSignal["action"], y: TradeSignal["action"]) => trader.signals([signal(0, x), signal(1, y)]);
    both("buy", "sell");
    pair.price(0);
    pair.price(1);
    const sizes = [pair.sim.held(0), pair.sim.held(1)];
    expect(Math.min(...sizes.map(Math.abs))).toBeGreaterThan(0);
    both("sell", "buy");
    pair.sim.cancel(pair.sim.orders()[0]?.id ?? 0);
    pair.price(1);
    expect([pair.sim.held(0), pair.sim.held(1), pair.sim.orders().length]).toEqual([...sizes, 0]);
    both("exit", "exit");
    pair.price(0);
    pair.price(1);
    expect([pair.sim.held(0), pair.sim.held(1)]).toEqual([0, 0]);
  });
});
