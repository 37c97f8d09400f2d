// An order of an account's own book as the gate is told of it: nothing is filled yet.
import type { Order } from "../../../src/simulation/simulation.ts";

export function limitOrder(given: Partial<Order> & Pick<Order, "limit">): Order {
  return {
    id: 0,
    chain: 0,
    before: null,
    symbol: 0,
    side: "buy",
    kind: "limit",
    state: "new",
    quantity: 0,
    filled: 0,
    price: 0,
    stop: null,
    trailing: null,
    oco: 0,
    timeInForce: "gtc",
    postOnly: false,
    reduceOnly: false,
    purpose: "signal",
    submittedAt: 0,
    reason: null,
    ...given,
  };
}
