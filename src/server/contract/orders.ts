// Orders, positions and the portfolio: /orders, /positions, /portfolio.
import {
  count,
  done,
  executionId,
  idOf,
  nextCursor,
  page,
  pageOf,
  strategyId,
  strategyName,
  symbol,
  time,
  titled,
} from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { dictionary, flag, list, nullable, number, object, oneOf, optional, text } from "./schema.ts";

const orderId = idOf("ord", "an order");
const STATES = ["pending", "open", "partially_filled", "filled", "cancelled", "rejected", "expired"] as const;
const above = (description: string, example: number) =>
  number(description, { exclusiveMinimum: 0, examples: [example] });

const order = titled(
  "Order",
  object({
    order_id: orderId,
    execution_id: executionId,
    strategy_id: strategyId,
    strategy_name: strategyName,
    symbol,
    side: oneOf(["BUY", "SELL"], "Side."),
    type: oneOf(["market", "limit", "stop", "stop_limit", "trailing_stop"], "Kind."),
    status: oneOf(STATES, "State."),
    quantity: number("Units of the symbol.", { minimum: 0, examples: [100] }),
    filled_quantity: number("Of it, filled.", { minimum: 0, examples: [0] }),
    average_price: nullable(above("Mean price of what is filled; null before.", 150.2)),
    price: nullable(above("Limit; null for market orders.", 150.25)),
    stop_price: nullable(above("Trigger; null without one.", 148)),
    purpose: oneOf(
      ["signal", "stop", "target", "trailing", "expired", "liquidated"],
      "What it is for: a decision, or a way out of a position.",
    ),
    reduce_only: flag("It only leaves a position."),
    reason: nullable(text("Why it was cancelled, rejected or expired; null otherwise.")),
    created_at: time("When it was placed."),
    updated_at: time("When it last changed."),
  }),
);

const filters = {
  strategy_id: optional(strategyId),
  symbol: optional(symbol),
};

const ofExecution = optional(oneOf(["running", "paused"], "Only of executions in this state."));

export const listOrders = endpoint({
  method: "GET",
  path: "/orders",
  tag: "orders",
  summary: "Orders",
  description:
    "Newest first. A quote that replaces another one is the same order with other numbers. Of those that were never filled, an execution keeps its newest 1,000.",
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
  errors: ["invalid_state", "conflict", "storage_unavailable"],
});

export const cancelOrder = endpoint({
  method: "POST",
  path: "/orders/{order_id}/cancel",
  tag: "orders",
  summary: "Cancels an order",
  description: "One that is not final.",
  params: { order_id: orderId },
  answer: object({ status: done("cancelled"), order_id: orderId }),
  errors: ["invalid_state", "conflict", "storage_unavailable"],
});

const position = titled(
  "Position",
  object({
    strategy_id: strategyId,
    strategy_name: strategyName,
    execution_id: executionId,
    symbol,
    quantity: number("Units of the symbol; negative: short.", { examples: [100] }),
    avg_price: number("Mean price of what is held.", { minimum: 0, examples: [150.25] }),
    unrealized_pnl: number("At the last price.", { examples: [42.5] }),
    mark_price: number("The last price.", { minimum: 0, examples: [150.7] }),
  }),
);
const net = titled(
  "NetPosition",
  object({
    symbol,
    quantity: number("Long less short.", { examples: [70] }),
    avg_price: number("Cost of the net position by its quantity; 0 where nothing is left.", {
      minimum: 0,
      examples: [150.25],
    }),
    unrealized_pnl: number("Of all positions in the symbol.", { examples: [42.5] }),
    gross_exposure: number("Their values without sign.", { minimum: 0, examples: [21_000] }),
    net_exposure: number("Their values.", { examples: [10_500] }),
    strategies: count("Strategies that hold some."),
  }),
);

export const listPositions = endpoint({
  method: "GET",
  path: "/positions",
  tag: "orders",
  summary: "Positions",
  description:
    "Those that are not flat, of executions that are open, and what they net to by symbol. Both follow the filters; the page only cuts `positions`.",
  query: { ...filters, status: ofExecution, ...page },
  answer: object({
    positions: list(position, "The newest execution first."),
    net: list(net, "By symbol."),
    count: count("Items in this page."),
    next_cursor: nextCursor,
  }),
});

const shareOf = (meaning: string) =>
  dictionary(number("Share.", { minimum: 0, maximum: 1 }), meaning, { examples: [{ strat_abc123: 0.4 }] });
const allocation = titled(
  "Allocation",
  object({
    method: oneOf(["risk_parity", "hierarchical"], "Risk parity, or risk parity along a tree of what moves alike."),
    weights: shareOf("By strategy, adding up to 1: what it should have by the returns of its executions. Only told."),
    actual: shareOf("By strategy, adding up to 1: what it has of the capital of all."),
    unmeasured: dictionary(text("Why."), "By strategy that is given an equal share: why it cannot be measured.", {
      examples: [{ strat_abc123: "3 of 20 observations" }],
    }),
    shrinkage: number("How far correlations were drawn towards 0, because there are few observations.", {
      minimum: 0,
      maximum: 1,
    }),
  }),
);

export const getPortfolio = endpoint({
  method: "GET",
  path: "/portfolio",
  tag: "orders",
  summary: "Capital, exposure and target weights",
  description:
    "The whole book: all executions that are open. The filters narrow everything but `allocation`; it is one answer, without pages.",
  query: { strategy_id: optional(strategyId), status: ofExecution },
  answer: titled(
    "Portfolio",
    object({
      capital: number("With open profit.", { examples: [100_000] }),
      gross_exposure: number("Sum of the values of all positions.", { minimum: 0, examples: [35_000] }),
      net_exposure: number("Long less short.", { examples: [12_000] }),
      cash: number("What is not in positions.", { examples: [88_000] }),
      realized_pnl: number("Of positions that were left, before fees.", { examples: [1_250.5] }),
      unrealized_pnl: number("Of positions that are held.", { examples: [-75.25] }),
      fees: number("Paid.", { examples: [42.1] }),
      carry: number("Funding and borrowing; negative when paid.", { examples: [-3.5] }),
      executions: count("Executions that are open."),
      weights: object({
        symbols: dictionary(number("Share of the capital; negative: short."), "By symbol.", {
          examples: [{ AAPL: 0.12 }],
        }),
        strategies: dictionary(number("Share of the capital; negative: short."), "By strategy.", {
          examples: [{ strat_abc123: 0.12 }],
        }),
      }),
      target_weights: dictionary(number("Share of the capital."), "By strategy: what a full position of it is worth.", {
        examples: [{ strat_abc123: 0.25 }],
      }),
      learned_weights: dictionary(
        number("By what its positions are multiplied."),
        "By strategy whose execution was started with allocation learned.",
        { examples: [{ strat_abc123: 1.2 }] },
      ),
      allocation,
    }),
  ),
});
