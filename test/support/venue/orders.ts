// Orders for tests of the venue's room, and a gateway over a store of the test's own.
import { UNSENT } from "../../../src/manage/venue/ticket.ts";
import type { OrderToPlace } from "../../../src/manage/venue/venue.ts";
import type { VenueOrderRecord } from "../../../src/store/venue.ts";

export function buyOrder(clientOrderId: string, more: Partial<OrderToPlace> = {}): OrderToPlace {
  return {
    clientOrderId,
    executionId: "exec_1",
    strategyId: "strat_1",
    symbol: "BTCUSD",
    side: "buy",
    kind: "market",
    quantity: 2,
    limit: null,
    stop: null,
    timeInForce: "gtc",
    postOnly: false,
    reduceOnly: false,
    mark: 100,
    ...more,
  };
}

export function recordOf(order: OrderToPlace): VenueOrderRecord {
  return { ...order, ...UNSENT, venue: "test", createdAt: 1, updatedAt: 1 };
}
