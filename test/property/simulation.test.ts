// What holds of the simulated venue whatever is traded: see the sentences. Random markets of random orders; a failing
// seed is printed by fast-check.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MOVES, type OrderState } from "../../src/simulation/order-states.ts";
import { markets, RandomRun, SYMBOLS, type Market } from "../support/random-trading.ts";

const RUNS = { numRuns: 200 };

function runAll(market: Market, exact: boolean, look: (run: RandomRun) => void = () => undefined): RandomRun {
  const run = new RandomRun(market, exact);
  for (const step of market.steps) {
    run.take(step);
    look(run);
  }
  return run;
}

describe("random trading", () => {
  it("adds up to the millionth: cash and positions at cost, fees, carry and realised profit", () => {
    fc.assert(
      fc.property(markets(false), (market) => {
        runAll(market, false, (run) => expect(run.gap()).toBe(0));
      }),
      RUNS,
    );
  });

  it("never fills before its event, beyond the event's liquidity or prices, past a limit, or more than was asked", () => {
    fc.assert(
      fc.property(markets(true), (market) => {
        expect(runAll(market, true).faults).toEqual([]);
      }),
      RUNS,
    );
  });

  it("keeps the same rules with slippage, but for the prices of the event", () => {
    fc.assert(
      fc.property(markets(false), (market) => {
        expect(runAll(market, false).faults).toEqual([]);
      }),
      RUNS,
    );
  });

  it("opens nothing more once everything is cancelled and the cancellations have arrived", () => {
    fc.assert(
      fc.property(
        markets(false),
        fc.array(fc.double({ min: 0.9, max: 1.1, noNaN: true }), { maxLength: 10 }),
        (market, moves) => {
          const run = runAll(market, false);
          run.simulation.cancelAll();
          for (let symbol = 0; symbol < SYMBOLS; symbol++)
            run.take({ do: "bar", symbol, moves: [1, 1, 1, 1], volume: 0 });
          for (let symbol = 0; symbol < SYMBOLS; symbol++)
            run.take({ do: "bar", symbol, moves: [1, 1, 1, 1], volume: 0 });
          const held = Array.from({ length: SYMBOLS }, (_, symbol) => Math.abs(run.simulation.held(symbol)));
          // What was filled while the cancellation was on its way may have brought its stop and target.
          expect(run.simulation.orders().filter(({ reduceOnly }) => !reduceOnly)).toEqual([]);
          for (const move of moves) {
            run.take({ do: "bar", symbol: 0, moves: [move, 1, move, 1], volume: 100 });
            expect(Math.abs(run.simulation.held(0))).toBeLessThanOrEqual(held[0] ?? 0);
          }
        },
      ),
      RUNS,
    );
  });

  it("gives what its closed trades and its open positions earned, and nothing else", () => {
    fc.assert(
      fc.property(markets(false), (market) => {
        const run = runAll(market, false);
        if (run.simulation.openPositions() > 0) return;
        const earned = run.trades.reduce((sum, { pnl }) => sum + Math.round(pnl * 1e6), 0);
        const { capital, cash, carry } = run.simulation.books();
        const traded = run.trades.reduce((sum, trade) => sum + Math.round(trade.carry * 1e6), 0);
        expect(cash - capital - (carry - traded)).toBe(earned);
      }),
      RUNS,
    );
  });

  it("gives the same fills again, bit for bit", () => {
    fc.assert(
      fc.property(markets(false), (market) => {
        const fills = () =>
          runAll(market, false).fills.map(({ order, quantity, price, fee, time }) => [
            order.id,
            quantity,
            price,
            fee,
            time,
          ]);
        expect(fills()).toEqual(fills());
      }),
      { numRuns: 50 },
    );
  });
});

describe("the states of an order", () => {
  it("lead from new to an end, and from an end nowhere", () => {
    const reached = new Set<OrderState>(["new"]);
    for (const state of reached) for (const next of MOVES[state]) reached.add(next);
    expect(reached.size).toBe(Object.keys(MOVES).length);
    for (const end of ["filled", "cancelled", "rejected", "expired"] as const) expect(MOVES[end]).toEqual([]);
  });
});
