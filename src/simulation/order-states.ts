// The life of an order as one table: every state and every allowed move. A move that is not here is a fault of the engine.
//   new               accepted, on its way to the market
//   working           in the market, nothing filled
//   partially_filled  in the market, something filled
export type OrderState = "new" | "working" | "partially_filled" | "filled" | "cancelled" | "rejected" | "expired";

export const MOVES: Readonly<Record<OrderState, readonly OrderState[]>> = {
  new: ["working", "partially_filled", "filled", "cancelled", "rejected", "expired"],
  working: ["partially_filled", "filled", "cancelled", "expired"],
  partially_filled: ["partially_filled", "filled", "cancelled", "expired"],
  filled: [],
  cancelled: [],
  rejected: [],
  expired: [],
};

export function isOver(state: OrderState): boolean {
  return MOVES[state].length === 0;
}

export function mayMove(from: OrderState, to: OrderState): boolean {
  return MOVES[from].includes(to);
}
