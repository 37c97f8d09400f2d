// What is stored of executions: their rows, fills and equity, durable when the store says so. Fills are handed in the order
// of their booking, many together; what the disk does not take now is tried again, in order, and an execution goes on
// meanwhile. What is read is what is stored and what waits. At most WAITING_MAX statements wait; beyond that points of equity are left out, fills never.
import type { Failure } from "../../domain/failure.ts";
import type { Result } from "../../domain/result.ts";
import {
  equityTable,
  executionTable,
  readEquity,
  readExecutions,
  readLastEquity,
  readLatestTrades,
  readLedger,
  readTrades,
  thinEquity,
  tradeTable,
  type EquityRecord,
  type ExecutionRecord,
  type TradeQuery,
  type TradeRecord,
} from "../../store/executions.ts";
import {
  lastOrderNumber,
  type LedgerRecord,
  type LedgerSums,
  ledgerTable,
  type OrderRecord,
  orderTable,
  readCarry,
  readLedgerSums,
  readOpenOrders,
  readPostings,
} from "../../store/orders.ts";
import type { Reader, Statement, Store } from "../../store/store.ts";
import type { Log } from "../../telemetry/log.ts";
import { added, type Balances, NO_BALANCES } from "../orders/orders.ts";
import type { EquityPoint } from "./curve.ts";
import type { StoredFill } from "./messages.ts";

/** What is stored together or not at all. */
interface Waiting {
  statements: readonly Statement[];
  readonly trades?: readonly TradeRecord[];
  readonly postings?: readonly LedgerRecord[];
  readonly equity?: EquityRecord;
  /** On its way to the disk: it is as it is. */
  sent: boolean;
  /** Told once: whether it is stored. */
  readonly settled?: (stored: boolean) => void;
}

/** What is stored of an account besides its fills. */
export interface PastBooks {
  /** Null: nothing was posted. */
  readonly sums: LedgerSums | null;
  readonly carry: readonly (readonly [symbol: string, amount: number, borrowedUntil: number])[];
  readonly orders: readonly OrderRecord[];
  readonly lastOrder: number;
}

/** A course as far as it is kept, and the number of the point that comes next. */
interface Course {
  readonly points: readonly EquityPoint[];
  readonly next: number;
}

const TOGETHER_MAX = 500;
const WAITING_MAX = 200_000;
const RETRY_MS = 1_000;
/** At the end, what is refused is tried again so often: a disk may be busy just then. */
const LAST_TRIES = 2;

export class Ledger {
  private readonly store: Store;
  private readonly log: Log;
  private readonly waiting: Waiting[] = [];
  /** The newest update that waits, of each execution. */
  private readonly updates = new Map<string, Waiting>();
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
    const { executionId } = record;
    const statements = [executionTable.update(record)];
    const known = this.updates.get(executionId);
    if (known?.sent === false) {
      known.statements = statements;
      return;
    }
    const waiting = { statements, sent: false };
    this.updates.set(executionId, waiting);
    this.add(waiting);
  }

  /** What one message told: fills with their orders and postings, so that none is there without the others. */
  booked(trades: readonly TradeRecord[], orders: readonly OrderRecord[], postings: readonly LedgerRecord[]): void {
    if (trades.length === 0 && orders.length === 0 && postings.length === 0) return;
    const statements = [
      ...trades.map((trade) => tradeTable.insert(trade)),
      ...orders.map((order) => orderTable.put(order)),
      ...postings.map((posting) => ledgerTable.insert(posting)),
    ];
    this.add({ statements, trades, postings, sent: false });
  }
  /** An order as it stands, behind everything that was handed in before; resolves when it is stored, or false: not in time. */
  kept(order: OrderRecord, patienceMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), patienceMs);
      const settled = (stored: boolean): void => {
        clearTimeout(timer);
        resolve(stored);
      };
      this.add({ statements: [orderTable.put(order)], sent: false, settled });
    });
  }
  also(statements: readonly Statement[]): void {
    if (statements.length > 0) this.add({ statements, sent: false });
  }

  point(executionId: string, point: number, { time, equity, drawdown }: EquityPoint): void {
    if (this.waiting.length >= WAITING_MAX) return;
    const timestamp = Math.round(time);
    const row: EquityRecord = { executionId, point, timestamp, equity, drawdown: Math.min(0, drawdown) };
    const thinned = thinEquity(executionId, point);
    const statements = [equityTable.put(row), ...(thinned === null ? [] : [thinned])];
    this.add({ statements, equity: row, sent: false });
  }

  /** All that have not ended, and so many of the newest. */
  newest(most: number): Promise<readonly ExecutionRecord[]> {
    return readExecutions(this.store, most);
  }

  /** What is stored of all executions, the newest, oldest first. */
  latestTrades(most: number): Promise<readonly TradeRecord[]> {
    return readLatestTrades(this.store, most);
  }

  async trades(query: TradeQuery): Promise<readonly TradeRecord[]> {
    const { executionId, symbol, before, limit } = query;
    const waiting = this.tradesOf(executionId).filter((trade) => trade.position < before);
    const wanted = waiting.filter((trade) => symbol === null || trade.symbol === symbol);
    const stored = await readTrades(this.store.reads, query);
    return joined(stored, wanted, ({ position }) => -position).slice(0, limit);
  }

  async recall(executionId: string): Promise<readonly TradeRecord[]> {
    const waiting = this.tradesOf(executionId);
    return joined(await readLedger(this.store, executionId), waiting, ({ position }) => position);
  }

  /** Newest first. */
  async postings(executionId: string, before: number, limit: number): Promise<readonly LedgerRecord[]> {
    const waiting = this.postingsOf(executionId).filter(({ entry }) => entry < before);
    const stored = await readPostings(this.store.reads, executionId, before, limit);
    return joined(stored, waiting, ({ entry }) => -entry).slice(0, limit);
  }

  /** What an account was posted to, and how it goes on. */
  async books(executionId: string): Promise<PastBooks> {
    const [sums, carry, orders, lastOrder] = await Promise.all([
      readLedgerSums(this.store, executionId),
      readCarry(this.store, executionId),
      readOpenOrders(this.store, executionId),
      lastOrderNumber(this.store, executionId),
    ]);
    return { sums, carry, orders, lastOrder };
  }

  /** What everything that was posted and handed to the store comes to. */
  async balances(executionId: string): Promise<Balances> {
    return (await readLedgerSums(this.store, executionId)) ?? NO_BALANCES;
  }

  /** The same for who asks, with what waits. */
  async posted(executionId: string): Promise<Balances> {
    const waiting = this.postingsOf(executionId);
    const stored = await readLedgerSums(this.store.reads, executionId);
    const missing = waiting.filter(({ entry }) => entry >= (stored?.entries ?? 0));
    return missing.reduce<Balances>((sum, posting) => added(sum, posting), stored ?? NO_BALANCES);
  }

  /** For who asks. */
  async equity(executionId: string): Promise<readonly EquityPoint[]> {
    return (await this.courseFrom(this.store.reads, executionId)).points;
  }
  course(executionId: string): Promise<Course> {
    return this.courseFrom(this.store, executionId);
  }

  /** The row of one that ran when the engine ended: unless it says when, it was over with the last that is known of it. */
  async interrupted(record: ExecutionRecord, stopReason: string): Promise<ExecutionRecord> {
    const { executionId, startTime, tradeCount } = record;
    const trades = await this.recall(executionId);
    const point = this.pointsOf(executionId).at(-1) ?? (await readLastEquity(this.store, executionId));
    const last = Math.max(startTime, trades.at(-1)?.timestamp ?? 0, point?.timestamp ?? 0);
    const count = Math.max(tradeCount, trades.length);
    const endTime = record.endTime ?? last;
    const ended: ExecutionRecord = { ...record, status: "stopped", stopReason, endTime, tradeCount: count };
    this.update(ended);
    return ended;
  }

  /** Everything that was handed in is stored, or cannot be. */
  async close(): Promise<void> {
    this.closed = true;
    await this.flushing;
  }

  private async courseFrom(store: Reader, executionId: string): Promise<Course> {
    const waiting = this.pointsOf(executionId); // before the read: what is stored meanwhile may come too late for it
    const rows = joined(await readEquity(store, executionId), waiting, ({ point }) => point);
    const points = rows.map(({ timestamp: time, equity, drawdown }) => ({ time, equity, drawdown }));
    return { points, next: (rows.at(-1)?.point ?? -1) + 1 };
  }
  private pointsOf(executionId: string): readonly EquityRecord[] {
    return this.waiting.flatMap(({ equity }) => (equity?.executionId === executionId ? [equity] : []));
  }
  private tradesOf(executionId: string): readonly TradeRecord[] {
    return this.waiting.flatMap(({ trades }) => (trades?.[0]?.executionId === executionId ? trades : []));
  }
  private postingsOf(executionId: string): readonly LedgerRecord[] {
    return this.waiting.flatMap(({ postings }) => (postings?.[0]?.executionId === executionId ? postings : []));
  }

  private add(waiting: Waiting): void {
    this.waiting.push(waiting);
    this.flushing ??= this.flush().finally(() => (this.flushing = null));
  }

  private async flush(): Promise<void> {
    await Promise.resolve(); // what is handed in during this turn goes together
    for (let last = 0; this.waiting.length > 0;) {
      if (await this.commit(TOGETHER_MAX)) continue;
      if (this.closed && ++last > LAST_TRIES) return;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
    }
  }

  /** The oldest of what waits, at most so many of them; false: not now. */
  private async commit(most: number): Promise<boolean> {
    const batch = this.waiting.slice(0, most);
    for (const one of batch) one.sent = true;
    const stored = await this.store.commit(batch.flatMap(({ statements }) => statements));
    const refused = !stored.ok && this.refused(stored);
    const [alone] = batch;
    if (refused && batch.length === 1 && alone !== undefined) {
      // What contradicts the tables is left out; the rest of what was told with it is kept.
      for (const statement of alone.statements.length > 1 ? alone.statements : [])
        if (!(await this.store.commit([statement])).ok)
          this.log.error("part of a ledger is lost", { sql: statement.sql });
    }
    if (stored.ok || (refused && batch.length === 1)) {
      this.waiting.splice(0, batch.length);
      for (const { settled } of batch) settled?.(stored.ok);
      for (const [executionId, one] of this.updates) if (one.sent) this.updates.delete(executionId);
      return true;
    }
    for (const one of batch) one.sent = false;
    if (!refused) return false;
    // One of them contradicts the tables: the others are stored all the same.
    for (let left = batch.length; left > 0; left--) if (!(await this.commit(1))) return false;
    return true;
  }

  /** What contradicts the tables will not fit later either. */
  private refused(stored: Result<void, Failure> & { readonly ok: false }): boolean {
    const { code } = stored.failure;
    this.log.error("part of a ledger could not be stored", { failure: stored.failure });
    return code === "conflict" || code === "validation_error";
  }
}

/** Rows that are stored and rows that wait, each once: what waited when it was asked for may be stored by now. */
function joined<T>(stored: readonly T[], waiting: readonly T[], order: (row: T) => number): readonly T[] {
  if (waiting.length === 0) return stored;
  const known = new Set(stored.map(order));
  return [...stored, ...waiting.filter((row) => !known.has(order(row)))].toSorted((a, b) => order(a) - order(b));
}

/** Fills as an account is booked from. */
export function fillsOf(trades: readonly TradeRecord[]): readonly StoredFill[] {
  return trades.map(({ symbol, side, quantity, price, fee, timestamp: time }) => {
    return { symbol, side, quantity, price, fee, time };
  });
}
