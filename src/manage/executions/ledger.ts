// What is stored of executions: their rows, fills and equity, durable when the store says so. Fills are handed in the order
// of their booking, many together; what the disk does not take now is tried again, in order, and an execution goes on
// meanwhile. At most WAITING_MAX statements wait; beyond that points of equity are left out, fills never.
import type { Failure } from "../../domain/failure.ts";
import type { Result } from "../../domain/result.ts";
import {
  equityTable,
  executionTable,
  readEquity,
  readExecutions,
  readLedger,
  readTrades,
  tradeTable,
  type ExecutionRecord,
  type TradeQuery,
  type TradeRecord,
} from "../../store/executions.ts";
import type { Statement, Store } from "../../store/store.ts";
import type { Log } from "../../telemetry/log.ts";
import type { EquityPoint } from "./curve.ts";
import type { StoredFill } from "./messages.ts";

const TOGETHER_MAX = 1_000;
const WAITING_MAX = 200_000;
const RETRY_MS = 1_000;

export class Ledger {
  private readonly store: Store;
  private readonly log: Log;
  private readonly waiting: Statement[] = [];
  private flushing: Promise<void> | null = null;
  private closed = false;

  constructor(store: Store, log: Log) {
    this.store = store;
    this.log = log;
  }

  insert(record: ExecutionRecord): Statement {
    return executionTable.insert(record);
  }

  update(record: ExecutionRecord): void {
    this.add(executionTable.update(record));
  }

  fills(fills: readonly TradeRecord[]): void {
    for (const fill of fills) this.add(tradeTable.insert(fill));
  }

  point(executionId: string, point: number, { time, equity, drawdown }: EquityPoint): void {
    if (this.waiting.length >= WAITING_MAX) return;
    const timestamp = Math.round(time);
    this.add(equityTable.put({ executionId, point, timestamp, equity, drawdown: Math.min(0, drawdown) }));
  }

  newest(most: number): Promise<readonly ExecutionRecord[]> {
    return readExecutions(this.store, most);
  }

  async trades(query: TradeQuery): Promise<readonly TradeRecord[]> {
    await this.flushing;
    return readTrades(this.store, query);
  }

  async recall(executionId: string): Promise<readonly TradeRecord[]> {
    await this.flushing;
    return readLedger(this.store, executionId);
  }

  async equity(executionId: string): Promise<readonly EquityPoint[]> {
    await this.flushing;
    const rows = await readEquity(this.store, executionId);
    return rows.map(({ timestamp: time, equity, drawdown }) => ({ time, equity, drawdown }));
  }

  /** The row of one that ran when the engine ended: it was over with the last thing that is known of it. */
  async interrupted(record: ExecutionRecord, stopReason: string): Promise<ExecutionRecord> {
    const { executionId, startTime, tradeCount } = record;
    const trades = await this.recall(executionId);
    const points = await this.equity(executionId);
    const endTime = Math.max(startTime, trades.at(-1)?.timestamp ?? 0, points.at(-1)?.time ?? 0);
    const count = Math.max(tradeCount, trades.length);
    const ended: ExecutionRecord = { ...record, status: "stopped", stopReason, endTime, tradeCount: count };
    this.update(ended);
    return ended;
  }

  /** Everything that was handed in is stored, or cannot be. */
  async close(): Promise<void> {
    this.closed = true;
    await this.flushing;
  }

  private add(statement: Statement): void {
    this.waiting.push(statement);
    this.flushing ??= this.flush().finally(() => (this.flushing = null));
  }

  private async flush(): Promise<void> {
    await Promise.resolve(); // what is handed in during this turn goes together
    while (this.waiting.length > 0) {
      const statements = this.waiting.slice(0, TOGETHER_MAX);
      const stored = await this.store.commit(statements);
      if (stored.ok) {
        this.waiting.splice(0, statements.length);
        continue;
      }
      if (this.refused(stored)) this.waiting.splice(0, statements.length);
      else if (this.closed) return;
      else await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
    }
  }

  /** What contradicts the tables will not fit later either. */
  private refused(stored: Result<void, Failure> & { readonly ok: false }): boolean {
    const { code } = stored.failure;
    this.log.error("part of a ledger could not be stored", { failure: stored.failure });
    return code === "conflict" || code === "validation_error";
  }
}

/** Fills as an account is booked from. */
export function fillsOf(trades: readonly TradeRecord[]): readonly StoredFill[] {
  return trades.map(({ symbol, side, quantity, price, fee, timestamp: time }) => {
    return { symbol, side, quantity, price, fee, time };
  });
}
