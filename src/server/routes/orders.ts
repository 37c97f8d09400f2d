// Orders, positions and the portfolio of the book: /orders, /positions, /portfolio.
import { ok } from "../../domain/result.ts";
import {
  type Manage,
  type NetPosition,
  netted,
  orderState,
  orderView,
  portfolioOf,
  positionsOf,
  positionView,
} from "../../manage/manage.ts";
import * as contract from "../contract/orders.ts";
import { pageOfChosen, positionCursor, readPosition } from "../list-page.ts";
import type { Router } from "../router.ts";

export function orderRoutes(router: Router, manage: Manage): void {
  const { executions, audit, registry } = manage;
  const view = (order: OrderRecord) => orderView(order, registry.nameOf(order.strategyId));
  router.route(contract.listOrders, async ({ query }) => {
    const position = readPosition(query);
    if (!position.ok) return position;
    const { limit, before } = position.value;
    const found = await executions.orders.list({
      strategyId: query.strategy_id ?? null,
      symbol: query.symbol?.toUpperCase() ?? null,
      state: query.status === undefined ? null : orderState(query.status),
      before: before ?? null,
      limit: limit + 1,
    });
    const items = found.slice(0, limit);
    const next = found.length > limit ? (items.at(-1)?.position ?? null) : null;
    return ok({ orders: items.map(view), count: items.length, next_cursor: positionCursor(next) });
  });
  router.route(contract.amendOrder, async ({ params: { order_id: id }, body, head }) => {
    const { price, quantity, stop_price: stop } = body;
    const from = termsOf(await executions.orders.get(id));
    const change = {
      ...(price === undefined ? {} : { limit: price }),
      ...(quantity === undefined ? {} : { quantity }),
      ...(stop === undefined ? {} : { stop }),
    };
    const changed = await executions.changeOrder(id, change, () =>
      audit.note({ actor: head.caller.id, action: "order.amend", target: id, from, to: { ...from, ...body } }),
    );
    return changed.ok ? ok(view(changed.value)) : changed;
  });
  router.route(contract.cancelOrder, async ({ params: { order_id: id }, head }) => {
    const from = termsOf(await executions.orders.get(id));
    const cancelled = await executions.changeOrder(id, null, () =>
      audit.note({
        actor: head.caller.id,
        action: "order.cancel",
        target: id,
        from,
        to: { ...from, status: "cancelled" },
      }),
    );
    return cancelled.ok ? ok({ status: "cancelled", order_id: id } as const) : cancelled;
  });
  bookRoutes(router, manage);
}

/** What of an order can be changed, for the audit trail. */
function termsOf(order: OrderRecord | null) {
  if (order === null) return {};
  const { status, price, quantity, stop_price } = orderView(order, null);
  return { status, price, quantity, stop_price };
}
type OrderRecord = Parameters<typeof orderView>[0];

function nameOfPosition({ executionId, symbol }: ReturnType<typeof positionsOf>[number]): string {
  return `${executionId}.${symbol}`;
}

function bookRoutes(router: Router, manage: Manage): void {
  const { executions, registry } = manage;
  router.route(contract.listPositions, ({ query }) => {
    const { strategy_id: strategyId, symbol, status } = query;
    const wanted = positionsOf(executions.holders(status)).filter(
      (position) =>
        (strategyId === undefined || position.strategyId === strategyId) &&
        (symbol === undefined || position.symbol === symbol.toUpperCase()),
    );
    const page = pageOfChosen(query, { all: positionsOf(executions.holders()), shown: wanted, nameOf: nameOfPosition });
    if (!page.ok) return page;
    const { items, nextCursor } = page.value;
    const positions = items.map((one) => positionView(one, registry.nameOf(one.strategyId)));
    return ok({ positions, net: netted(wanted).map(netView), count: items.length, next_cursor: nextCursor });
  });
  router.route(contract.getPortfolio, async ({ query }) => {
    const { strategy_id: wanted, status } = query;
    const holders = executions
      .holders(status)
      .filter(({ strategyId }) => wanted === undefined || strategyId === wanted);
    const book = portfolioOf(holders);
    return ok({
      capital: book.capital,
      gross_exposure: book.grossExposure,
      net_exposure: book.netExposure,
      cash: book.cash,
      realized_pnl: book.realised,
      unrealized_pnl: book.unrealised,
      fees: book.fees,
      carry: book.carry,
      executions: holders.length,
      weights: book.weights,
      target_weights: book.targets,
      learned_weights: learnedWeights(manage, holders),
      allocation: await manage.allocation(),
    });
  });
}

function learnedWeights(
  { executions }: Manage,
  holders: ReturnType<Manage["executions"]["holders"]>,
): Readonly<Record<string, number>> {
  const sized = holders.flatMap(({ executionId, strategyId }) => {
    const weight = executions.get(executionId)?.config["learned_weight"];
    return typeof weight === "number" ? [[strategyId, weight] as const] : [];
  });
  return Object.fromEntries(sized);
}

function netView({ symbol, quantity, averagePrice, unrealised, gross, net, strategies }: NetPosition) {
  return {
    symbol,
    quantity,
    avg_price: averagePrice,
    unrealized_pnl: unrealised,
    gross_exposure: gross,
    net_exposure: net,
    strategies,
  };
}
