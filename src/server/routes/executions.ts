// Executions: /strategies/{id}/start, /executions.
import type { Failure } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import {
  type Balances,
  type Execution,
  type Manage,
  minutesBetween,
  tradeView,
  unknownStrategy,
} from "../../manage/manage.ts";
import type { Engine } from "../engine.ts";
import * as contract from "../contract/executions.ts";
import { unusedLimits } from "../../domain/unread.ts";
import { startStrategy } from "../contract/strategies.ts";
import { pageOfChosen, positionCursor, readPosition } from "../list-page.ts";
import type { Router } from "../router.ts";
import { isoTime } from "../times.ts";

export function executionRoutes(router: Router, engine: Engine): void {
  const { manage } = engine;
  const { desk, executions, registry } = manage;
  const view = (one: Execution) => executionView(one, registry.nameOf(one.strategyId));
  router.route(
    startStrategy,
    async ({ params: { strategy_id: id }, body, head }) => {
      const started = await desk.start(id, body.execution_config ?? {}, head.caller.id);
      if (!started.ok) return started;
      const { executionId, startTime } = started.value;
      const done = { status: "execution_started" as const, execution_id: executionId, strategy_id: id };
      const unused = unusedLimits(registry.get(id)?.riskLimits ?? {});
      return ok({ ...done, start_time: isoTime(startTime), ...unused });
    },
    ({ strategy_id: id }) => (registry.get(id) === null ? unknownStrategy(id) : null),
  );
  router.route(contract.listExecutions, ({ query }) => {
    const { status, strategy_id: strategyId } = query;
    const all = executions.list({ status: "all" });
    const shown = executions.list({ status, ...(strategyId === undefined ? {} : { strategyId }) });
    const page = pageOfChosen(query, { all, shown, nameOf: (id) => id });
    if (!page.ok) return page;
    const items = page.value.items.flatMap((id) => executions.get(id) ?? []);
    return ok({ executions: items.map(view), count: items.length, next_cursor: page.value.nextCursor });
  });
  const unknown = ({ execution_id: id }: { readonly execution_id: string }): Failure | null =>
    executions.get(id) === null ? unknownExecution(id) : null;
  router.route(
    contract.getExecution,
    ({ params }) => {
      const found = executions.get(params.execution_id);
      return found === null
        ? failed(unknownExecution(params.execution_id))
        : ok({ ...view(found), ...readinessView(found, engine) });
    },
    unknown,
  );
  router.route(
    contract.stopExecution,
    async ({ params: { execution_id: id }, head }) => {
      const known = executions.get(id);
      if (known === null) return failed(unknownExecution(id));
      return ok(stoppedView(known.strategyId, await desk.stopExecution(id, head.caller.id)));
    },
    unknown,
  );
  router.route(contract.listTrades, ({ params, query }) => trades(manage, params.execution_id, query), unknown);
  router.route(contract.getLedger, ({ params, query }) => ledger(manage, params.execution_id, query), unknown);
  router.route(
    contract.getEquityCurve,
    async ({ params: { execution_id: id }, query }) => {
      const points = (await executions.equity(id, query.points)).map(({ time, equity, drawdown }) => {
        return { timestamp: isoTime(time), equity, drawdown };
      });
      return ok({ execution_id: id, points, count: points.length });
    },
    unknown,
  );
}

interface TradesQuery {
  readonly limit: number;
  readonly cursor?: string;
  readonly symbol?: string;
}

async function trades({ executions }: Manage, id: string, query: TradesQuery) {
  const position: Result<{ limit: number; before?: number }, Failure> = readPosition(query);
  if (!position.ok) return position;
  const { limit, before } = position.value;
  const found = await executions.trades(id, query.symbol?.toUpperCase() ?? null, before, limit + 1);
  const items = found.slice(0, limit);
  const next = found.length > limit ? (items.at(-1)?.position ?? null) : null;
  const views = items.map((trade) => ({ ...tradeView(trade), execution_id: id }));
  return ok({ trades: views, count: views.length, next_cursor: positionCursor(next) });
}

async function ledger({ executions }: Manage, id: string, query: { readonly limit: number; readonly cursor?: string }) {
  const position: Result<{ limit: number; before?: number }, Failure> = readPosition(query);
  if (!position.ok) return position;
  const { limit, before } = position.value;
  const found = await executions.postings(id, before, limit + 1);
  const items = found.slice(0, limit);
  const next = found.length > limit ? (items.at(-1)?.entry ?? null) : null;
  return ok({
    execution_id: id,
    totals: amountsView(await executions.balances(id)),
    ledger: items.map(({ entry, kind, timestamp, symbol, ...amounts }) => {
      return { entry, kind, timestamp: isoTime(timestamp), symbol, ...amountsView(amounts) };
    }),
    count: items.length,
    next_cursor: positionCursor(next),
  });
}

function amountsView({ cash, cost, fees, realised, carry, capital }: Balances) {
  return { cash, positions: cost, fees, realised, carry, capital };
}

/** As REST and the sockets show it; `strategyName`: as people know it. */
export function executionView(execution: Execution, strategyName: string | null) {
  const { executionId, strategyId, status, startTime, endTime, tradeCount, pnl, metrics, config } = execution;
  return {
    execution_id: executionId,
    strategy_id: strategyId,
    strategy_name: strategyName,
    status,
    start_time: isoTime(startTime),
    end_time: endTime === null ? null : isoTime(endTime),
    trade_count: tradeCount,
    pnl,
    performance_metrics: { ...metrics },
    version: execution.version,
    execution_config: config,
    stop_reason: execution.stopReason,
    error: execution.error,
    open_positions: execution.openPositions,
    orders_refused: execution.ordersRefused,
    last_refusal: execution.lastRefusal,
    event_ranges: execution.reigns.map(({ version, first, last, events }) => {
      return { version, first_sequence: first, last_sequence: last, events };
    }),
  };
}

const OVER = { readiness: null, why_silent: null } as const;
const SEES = { readiness: "ready", why_silent: null } as const;
const UNSEEN = { readiness: "no_input", why_silent: "no event of its symbols has come since it began" } as const;
const LEGLESS = { readiness: "no_input", why_silent: "not all of its symbols have been seen yet" } as const;

/** What it waits for before it can trade. Code is given every event, and waits for the first one alone. */
function readinessView({ strategyId, status, reigns }: Execution, engine: Engine) {
  if (status === "stopped" || status === "error") return OVER;
  const strategy = engine.manage.registry.get(strategyId);
  if (strategy !== null && strategy.implementation !== null) return engine.readinessOf(strategyId) ?? LEGLESS;
  return reigns.length > 0 ? SEES : UNSEEN;
}

/** `execution` null: nothing was running. */
export function stoppedView(strategyId: string, execution: Execution | null) {
  if (execution === null)
    return { status: "stopped" as const, execution_id: null, strategy_id: strategyId, duration_minutes: 0 };
  const { executionId, startTime, endTime } = execution;
  const duration = minutesBetween(startTime, endTime ?? startTime);
  return {
    status: "execution_stopped" as const,
    execution_id: executionId,
    strategy_id: strategyId,
    duration_minutes: duration,
  };
}

function unknownExecution(id: string): Failure {
  return { code: "not_found", kind: "execution", id };
}
