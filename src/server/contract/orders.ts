// Orders, positions and the portfolio: /orders, /positions, /portfolio.
import { done, idOf, page, pageOf, strategyId, symbol, time, titled } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { dictionary, nullable, number, object, oneOf, optional } from "./schema.ts";

const orderId = idOf("order", "an order");
const STATES = ["pending", "open", "partially_filled", "filled", "cancelled", "rejected"] as const;
const above = (description: string, example: number) =>
  number(description, { exclusiveMinimum: 0, examples: [example] });

const order = titled(
  "Order",
  object({
    order_id: orderId,
    strategy_id: strategyId,
    symbol,
    side: oneOf(["BUY", "SELL"], "Side."),
    type: oneOf(["market", "limit", "stop", "stop_limit"], "Kind."),
    status: oneOf(STATES, "State."),
    quantity: above("Units of the symbol.", 100),
    filled_quantity: number("Of it, filled.", { minimum: 0, examples: [0] }),
    price: nullable(above("Limit; null for market orders.", 150.25)),
    stop_price: nullable(above("Trigger; null without one.", 148)),
    created_at: time("When it was placed."),
    updated_at: time("When it last changed."),
  }),
);

const filters = {
  strategy_id: optional(strategyId),
  symbol: optional(symbol),
};

export const listOrders = endpoint({
  method: "GET",
  path: "/orders",
  tag: "orders",
  summary: "Orders",
  description: "Newest first.",
  query: { ...filters, status: optional(oneOf(STATES, "Only in this state.")), ...page },
  answer: pageOf("orders", order),
});

export const amendOrder = endpoint({
  method: "PUT",
  path: "/orders/{order_id}",
  tag: "orders",
  summary: "Changes an order",
  description: "One that is not final.",
  params: { order_id: orderId },
  body: object({
    price: optional(above("Limit.", 150.5)),
    quantity: optional(above("Units of the symbol.", 50)),
    stop_price: optional(above("Trigger.", 147)),
  }),
  answer: order,
  errors: ["invalid_state", "storage_unavailable"],
});

export const cancelOrder = endpoint({
  method: "POST",
  path: "/orders/{order_id}/cancel",
  tag: "orders",
  summary: "Cancels an order",
  description: "One that is not final.",
  params: { order_id: orderId },
  answer: object({ status: done("cancelled"), order_id: orderId }),
  errors: ["invalid_state", "storage_unavailable"],
});

const position = titled(
  "Position",
  object({
    strategy_id: strategyId,
    symbol,
    quantity: number("Units of the symbol; negative: short.", { examples: [100] }),
    avg_price: number("Mean price of what is held.", { minimum: 0, examples: [150.25] }),
    unrealized_pnl: number("At the last price.", { examples: [42.5] }),
  }),
);

export const listPositions = endpoint({
  method: "GET",
  path: "/positions",
  tag: "orders",
  summary: "Positions",
  description: "Those that are not flat.",
  query: { ...filters, ...page },
  answer: pageOf("positions", position),
});

export const getPortfolio = endpoint({
  method: "GET",
  path: "/portfolio",
  tag: "orders",
  summary: "Capital, exposure and target weights",
  description: "The whole book.",
  answer: titled(
    "Portfolio",
    object({
      capital: number("With open profit.", { examples: [100_000] }),
      gross_exposure: number("Sum of the values of all positions.", { minimum: 0, examples: [35_000] }),
      net_exposure: number("Long less short.", { examples: [12_000] }),
      target_weights: dictionary(number("Share of the capital."), "By strategy.", {
        examples: [{ strat_abc123: 0.25 }],
      }),
    }),
  ),
});
