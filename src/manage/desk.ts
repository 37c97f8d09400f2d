// Executions among the rest of the management plane: what is asked of them is a move of their strategy as well, what
// happens to them is told on the bus, and a limit that was reached or a program that failed becomes an alert and the
// strategy's state. The sockets are told by whoever listens to `executions`.
import { announce, type Bus, TOPICS } from "../bus/bus.ts";
import { type Failure, invalid } from "../domain/failure.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import type { TradeRecord } from "../store/executions.ts";
import type { JsonObject } from "../store/strategies.ts";
import type { Log } from "../telemetry/log.ts";
import { type Execution, type Executions, type VenueSetback, withLearnedWeight } from "./executions/executions.ts";
import type { Alerts, Audit } from "./oversight/oversight.ts";
import { moveByItself } from "./own-move.ts";
import { orderView, positionView } from "./order-views.ts";
import type { Registry, Strategy } from "./registry/registry.ts";

export interface DeskOptions {
  readonly executions: Executions;
  readonly registry: Registry;
  readonly audit: Audit;
  readonly alerts: Alerts;
  readonly bus: Bus;
  readonly log: Log;
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
  /** What learning makes of an implementation's capital, 1 being usual; null: it knows none. Fails while nobody can say. */
  readonly weightOf: (implementation: string) => Result<number | null, Failure>;
}

const UNWEIGHTED = invalid(
  "execution_config.allocation",
  "may be learned for one of the engine's own strategies only, because of others learning knows no weight",
);

/** What leaves a position; every other order of that kind is an exit. */
const PROTECTING: Readonly<Partial<Record<VenueSetback["purpose"], string>>> = {
  stop: "stop",
  trailing: "trailing stop",
  target: "target",
};

export class Desk {
  private readonly options: DeskOptions;

  constructor(options: DeskOptions) {
    this.options = options;
    options.executions.listen({
      onExecution: (event, execution) => {
        if (event === "started") this.started(execution);
        if (event === "stopped") this.stopped(execution);
      },
      onTrade: (execution, trade) => this.traded(execution, trade),
      onOrder: (order) => announce(options.bus, TOPICS.order, orderView(order, this.nameOf(order))),
      onPosition: (position) => announce(options.bus, TOPICS.position, positionView(position, this.nameOf(position))),
      onFigures: ({ strategyId, executionId, metrics, pnl, tradeCount }) =>
        announce(options.bus, TOPICS.performance, {
          ...this.idsOf({ executionId, strategyId }),
          metrics: { ...metrics, pnl, trade_count: tradeCount },
        }),
      onBreach: (execution, reason) => void this.breached(execution, reason),
      onOut: ({ strategyId, executionId }, version, reason) => {
        const message = `version ${version} in execution ${executionId} failed, its symbols are the deployed one's: ${reason}`;
        options.alerts.raise({ level: "warning", type: "system", strategyId, message });
      },
      onSetback: (execution, setback) => this.setBack(execution, setback),
      onFault: (execution, reason) => void this.failed(execution, reason),
    });
  }

  async start(strategyId: string, asked: JsonObject, actor: string): Promise<Result<Execution, Failure>> {
    const { executions, audit, registry, weightOf } = this.options;
    const implementation = registry.get(strategyId)?.implementation ?? null;
    const weight = implementation === null ? ok(null) : weightOf(implementation);
    const config = withLearnedWeight(asked, weight.ok ? weight.value : null);
    if (config === null) return weight.ok ? failed(UNWEIGHTED) : weight;
    const started = await executions.start(strategyId, config, ({ executionId, version }, statements) => {
      const to = { strategy_id: strategyId, version, execution_config: config };
      return audit.record({ actor, action: "execution.start", target: executionId, from: null, to }, statements);
    });
    if (!started.ok || registry.get(strategyId)?.status !== "stopped") return started;
    const moved = await registry.move(strategyId, "start", { actor });
    return moved.ok ? started : moved;
  }

  /** The strategy is stopped from whatever state; null: nothing was running. */
  async stop(strategyId: string, actor: string): Promise<Result<Execution | null, Failure>> {
    const { executions, registry } = this.options;
    const ended = await executions.stop(strategyId, "requested");
    const moved = await registry.move(strategyId, "stop", { actor });
    return moved.ok ? ok(ended) : moved;
  }

  /** Only the execution; its strategy stays as it is and can be started again. Null: it is over already. */
  async stopExecution(executionId: string, actor: string): Promise<Execution | null> {
    const { executions, audit } = this.options;
    const known = executions.get(executionId);
    if (known === null || (known.status !== "running" && known.status !== "paused")) return null;
    const ended = await executions.stop(known.strategyId, "requested");
    const to = { strategy_id: known.strategyId, pnl: ended?.pnl ?? known.pnl };
    await audit.note({ actor, action: "execution.stop", target: executionId, from: null, to });
    return ended;
  }

  private started({ executionId, strategyId, startTime }: Execution): void {
    const timestamp = iso(startTime);
    announce(this.options.bus, TOPICS.executionStarted, {
      ...this.idsOf({ executionId, strategyId }),
      timestamp,
    });
  }

  private nameOf({ strategyId }: Pick<Execution, "strategyId">): string | null {
    return this.options.registry.nameOf(strategyId);
  }

  private idsOf({ executionId, strategyId }: Pick<Execution, "executionId" | "strategyId">) {
    return { execution_id: executionId, strategy_id: strategyId, strategy_name: this.nameOf({ strategyId }) };
  }

  private stopped({ executionId, strategyId, startTime, endTime, pnl, tradeCount, stopReason }: Execution): void {
    const end = endTime ?? this.options.now();
    announce(this.options.bus, TOPICS.executionStopped, {
      ...this.idsOf({ executionId, strategyId }),
      timestamp: iso(end),
      duration_minutes: minutesBetween(startTime, end),
      pnl,
      trade_count: tradeCount,
      reason: stopReason ?? "requested",
    });
  }

  private traded({ executionId, strategyId }: Execution, trade: TradeRecord): void {
    announce(this.options.bus, TOPICS.trade, {
      ...this.idsOf({ executionId, strategyId }),
      trade: tradeView(trade),
    });
  }

  private async breached({ strategyId, executionId }: Execution, reason: string): Promise<void> {
    const { alerts, executions } = this.options;
    const message = `execution ${executionId} is paused: ${reason}`;
    alerts.raise({ level: "critical", type: "risk", strategyId, message });
    const wanted = (): boolean => executions.get(executionId)?.status === "paused";
    await moveByItself(this.options, { strategyId, move: "pause", wanted });
  }

  /** What is sent again and again is one alert that counts up. */
  private setBack({ strategyId, executionId }: Execution, setback: VenueSetback): void {
    const { symbol, side, quantity, purpose, reason, turned } = setback;
    const protecting = PROTECTING[purpose];
    const order = protecting ?? (turned ? "order that was to turn the position" : "exit");
    const what = `the ${order} of execution ${executionId} (${side} ${quantity} ${symbol})`;
    const exit = `${turned ? "the position is left instead, and that" : "it"} is sent again until nothing is held`;
    const then = protecting === undefined ? exit : "it is watched and sent again";
    this.options.alerts.raise({
      level: "critical",
      type: "risk",
      strategyId,
      symbol,
      message: `${what} was not executed at the venue: ${reason}; ${then}`,
      key: `${executionId} ${purpose} was not executed`,
    });
  }

  /** A strategy does not do what it should, and no execution has told it. */
  faulty(strategyId: string, error: string): void {
    const { alerts, bus, now } = this.options;
    const ids = { strategy_id: strategyId, strategy_name: this.nameOf({ strategyId }), execution_id: null };
    announce(bus, TOPICS.error, { ...ids, error, timestamp: iso(now()) });
    alerts.raise({ level: "critical", type: "system", strategyId, message: `strategy ${strategyId}: ${error}` });
  }

  private async failed({ strategyId, executionId }: Execution, error: string): Promise<void> {
    const { alerts, executions, bus, now } = this.options;
    announce(bus, TOPICS.error, { ...this.idsOf({ executionId, strategyId }), error, timestamp: iso(now()) });
    const message = `execution ${executionId} ended in error: ${error}`;
    alerts.raise({ level: "critical", type: "system", strategyId, message });
    const wanted = (): boolean => executions.list({ status: "active", strategyId }).length === 0;
    await moveByItself(this.options, { strategyId, move: "fail", error, wanted });
  }
}

/** As REST, the sockets and the bus show a fill. */
export function tradeView({ tradeId, symbol, side, quantity, price, timestamp, pnl }: TradeRecord) {
  return { trade_id: tradeId, symbol, side, quantity, price, timestamp: iso(timestamp), pnl };
}

export function minutesBetween(startUs: number, endUs: number): number {
  return Math.max(0, endUs - startUs) / 60e6;
}

/** Whether the strategy's error has been told by its execution: then it is not told once more. */
export function toldByExecution(executions: Executions, { strategyId, lastError }: Strategy): boolean {
  const ended = executions.list({ status: "error", strategyId }).at(-1);
  const execution = ended === undefined ? null : executions.get(ended);
  return execution !== null && execution.error !== null && execution.error === lastError;
}

function iso(timeUs: number): string {
  return new Date(timeUs / 1000).toISOString();
}
