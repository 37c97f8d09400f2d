// What an answer of the execution engine means, and that one that cannot be read means nothing.
import { describe, expect, it } from "vitest";
import { messageOf } from "../../../../src/manage/venue/wire.ts";

const read = (payload: object) => messageOf(Buffer.from(JSON.stringify({ topic: "strategy.order.update", payload })));
const order = { client_order_id: "ord_1", order_id: "x1", symbol: "BTCUSD", status: "open", filled_quantity: 0 };

describe("an answer of the execution engine", () => {
  it("says that there is no such order with a literal null alone", () => {
    const status = { type: "status", request_id: "r" };
    expect(read({ ...status, order: null })).toMatchObject({ answer: { kind: "status", order: null } });
    for (const wrong of [{}, { error: "rate limit" }, { order: "none" }, { order: [] }])
      expect(read({ ...status, ...wrong })).toEqual({ kind: "answer", requestId: "r", answer: null });
    for (const field of [
      { status: "pending_cancel" },
      { filled_quantity: undefined },
      { filled_quantity: "1" },
      { fills: [3] },
    ])
      expect(read({ ...status, order: { ...order, ...field } })).toMatchObject({ answer: null });
  });

  it("is no snapshot when a list is missing or a row of it cannot be read", () => {
    const snapshot = { type: "snapshot", request_id: "r", orders: [order], positions: [{ symbol: "A", quantity: 1 }] };
    expect(read(snapshot)).toMatchObject({ answer: { kind: "snapshot", open: [{ clientOrderId: "ord_1" }] } });
    for (const wrong of [{ orders: undefined }, { positions: null }, { orders: [order, 3] }, { orders: [{}] }])
      expect(read({ ...snapshot, ...wrong })).toMatchObject({ answer: null });
    expect(read({ ...snapshot, positions: [{ symbol: "A", quantity: "1" }] })).toMatchObject({ answer: null });
  });
});
