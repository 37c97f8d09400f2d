// Orders that leave for a real venue as they were admitted.
import { expect, it } from "vitest";
import { freeTerms, REDUCE_ONLY, Simulation } from "../../../src/simulation/simulation.ts";

it("an order that was admitted to make a position smaller leaves for a real venue as a reduce-only one", () => {
  const sent: boolean[] = [];
  const simulation = new Simulation({
    capital: 1_000,
    instruments: [freeTerms("X")],
    admit: (request) => (request.side === "sell" ? REDUCE_ONLY : null),
    remote: { send: ({ reduceOnly }) => void sent.push(reduceOnly), cancel: () => undefined },
  });
  simulation.trade(0, 1e15, 100, 1);
  const plain = { symbol: 0, kind: "limit", quantity: 1, limit: 100 } as const;
  simulation.submit({ ...plain, side: "buy" });
  simulation.submit({ ...plain, side: "sell" });
  simulation.submitTogether([{ symbol: 0, kind: "market", quantity: 1, side: "sell" }]);
  // The third waits until the second is over at the venue: both leave the same position.
  expect(sent).toEqual([false, true]);
  expect(simulation.orders().map(({ reduceOnly }) => reduceOnly)).toEqual([false, true, true]);
});
