// Tells what happened to executions: log lines, and everybody who listens (sockets, bus, figures, desk). Main thread.
import type { TradeRecord } from "../../store/executions.ts";
import type { OrderRecord } from "../../store/orders.ts";
import { type BookedPosition, positionOf } from "../orders/orders.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Entry } from "./entry.ts";
import type { ExecutionEvent, ExecutionListener } from "./listener.ts";
import type { VenueSetback } from "./messages.ts";

const REFUSALS_US = 10_000_000;

export class Audience {
  /** Fills since the start of the process, and what they realised. */
  readonly totals = { trades: 0, pnl: 0 };
  private readonly log: Log;
  private readonly listeners: ExecutionListener[] = [];
  private loggedAt = Number.NEGATIVE_INFINITY;
  private unlogged = 0;

  constructor(log: Log) {
    this.log = log;
  }

  add(listener: ExecutionListener): void {
    this.listeners.push(listener);
  }

  event(event: ExecutionEvent, entry: Entry): void {
    const view = entry.view();
    if (event !== "updated") {
      const { executionId, strategyId, stopReason, error } = view;
      this.log.info(`execution ${event}`, {
        execution_id: executionId,
        strategy_id: strategyId,
        ...(stopReason === null ? {} : { reason: stopReason }),
        ...(error === null ? {} : { error }),
      });
    }
    for (const listener of this.listeners) listener.onExecution?.(event, view);
  }

  trades(entry: Entry, rows: readonly TradeRecord[]): void {
    if (rows.length === 0) return;
    for (const { executionId, symbol, side, pnl } of rows) {
      this.totals.trades++;
      this.totals.pnl += pnl;
      this.log.info("trade", { execution_id: executionId, symbol, side, pnl });
    }
    const view = entry.view();
    for (const row of rows) for (const listener of this.listeners) listener.onTrade?.(view, row);
  }

  orders(records: readonly OrderRecord[]): void {
    for (const record of records) for (const listener of this.listeners) listener.onOrder?.(record);
  }

  positions(entry: Entry, moved: readonly BookedPosition[]): void {
    for (const position of moved)
      for (const listener of this.listeners) listener.onPosition?.(positionOf(entry.record, position));
  }

  /** Risk, or the pause of a venue, refused orders: the log has a line of it every ten seconds at most. */
  refused(entry: Entry, count: number, now: number): void {
    this.unlogged += count;
    if (now < this.loggedAt + REFUSALS_US) return;
    this.loggedAt = now;
    const { executionId, lastRefusal } = entry.view();
    this.log.warn("orders refused", { execution_id: executionId, reason: lastRefusal, orders: this.unlogged });
    this.unlogged = 0;
  }

  /** No more often than the order is sent: its thread waits longer each time. */
  setback(entry: Entry, setback: VenueSetback): void {
    const view = entry.view();
    const { symbol, side, quantity, purpose, reason, times, turned } = setback;
    this.log.warn("the venue did not execute an order that leaves a position", {
      execution_id: view.executionId,
      symbol,
      side,
      quantity,
      purpose,
      reason,
      times,
      ...(turned ? { was_to: "turn the position" } : {}),
    });
    for (const listener of this.listeners) listener.onSetback?.(view, setback);
  }

  figures(entry: Entry): void {
    const view = entry.view();
    for (const listener of this.listeners) listener.onFigures?.(view);
    this.event("updated", entry);
  }

  breach(entry: Entry, reason: string): void {
    for (const listener of this.listeners) listener.onBreach?.(entry.view(), reason);
  }

  out(entry: Entry, version: string, reason: string): void {
    for (const listener of this.listeners) listener.onOut?.(entry.view(), version, reason);
  }

  fault(entry: Entry, reason: string): void {
    for (const listener of this.listeners) listener.onFault?.(entry.view(), reason);
  }
}
