// How executions go on: after a restart of the engine with what is stored of them, and after the loss of their thread with
// what was told of them last. What cannot be read again does not go on; the rest of the engine does. Main thread.
import type { Failure } from "../../domain/failure.ts";
import type { Result } from "../../domain/result.ts";
import type { CompiledStrategy } from "../../sandbox/sandbox.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Strategy } from "../registry/registry.ts";
import type { Audience } from "./audience.ts";
import { Entry } from "./entry.ts";
import type { GateTable } from "./gatekeeper.ts";
import { flat, type Hearing } from "./hearing.ts";
import { fillsOf, type Ledger } from "./ledger.ts";
import { positionsOf } from "./stored-positions.ts";
import type { BookedPosition, OrderBook } from "../orders/orders.ts";
import type { ExecutionRecord } from "../../store/executions.ts";
import type { OrderRecord } from "../../store/orders.ts";
import type { Beginning, NamedSignal, Shares } from "./messages.ts";
import type { Pool } from "./pool.ts";
import { KEPT, type Roll } from "./roll.ts";
import { isLive, orderOf, OVER } from "./start.ts";
import { withSymbols } from "./symbols.ts";
import type { StandIns } from "../risk/gate.ts";

export interface RevivalParts {
  readonly ledger: Ledger;
  readonly pool: Pool;
  readonly roll: Roll;
  readonly audience: Audience;
  readonly hearing: Hearing;
  readonly orders: OrderBook;
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
  readonly log: Log;
  readonly strategy: (strategyId: string) => Strategy | null;
  readonly compiled: (strategy: Strategy) => Promise<Result<CompiledStrategy | null, Failure>>;
  /** How its versions share its symbols; null: they do not. */
  readonly shares: (strategy: Strategy) => Promise<Shares | null>;
  readonly gates: (strategyId: string) => readonly GateTable[];
  /** Its versions share their symbols as they are to now, where that was changed before it could hear of it. */
  readonly rebalance: (entry: Entry) => Promise<void>;
  /** Nothing may run now. */
  readonly halted: () => boolean;
  /** Claim what executions hold until they do so themselves. */
  readonly standIns: StandIns;
}

/** One that did not go on, with what is to be told of it once somebody hears. */
interface Ended {
  readonly entry: Entry;
  readonly orders: readonly OrderRecord[];
  readonly positions: readonly BookedPosition[];
}

/** Signals of one event. */
interface Unheard {
  readonly sequence: number;
  readonly signals: readonly NamedSignal[];
}

const UNHEARD_MAX = 10_000;
const RESTARTED = "engine_restart";
/** Read at once. */
const TOGETHER = 64;
/** Orders that a killed process told of and had not stored have lower numbers than the first one behind the next of these. */
const NUMBERS_APART = 10_000;

export class Revival {
  private readonly parts: RevivalParts;
  private readonly resuming: Entry[] = [];
  /** Number of the first event of this life. */
  private firstEvent = 0;
  /** Told of those that are not back yet, oldest first. */
  private readonly unheard = new Map<Entry, Unheard[]>();
  /** Nobody has been told of them. */
  private readonly ended: Ended[] = [];

  constructor(parts: RevivalParts) {
    this.parts = parts;
  }

  /** All executions that are stored, as far back as they are kept; those that ran go on where they are to. */
  async load(goOn: boolean): Promise<void> {
    const { ledger, roll } = this.parts;
    const rows = await ledger.newest(KEPT);
    // A strategy has one execution at a time; the end of the one before may not have been stored in time.
    const last = new Map(
      rows
        .filter(isOpen)
        .toReversed()
        .map((row) => [row.strategyId, row.executionId]),
    );
    for (const row of rows.toReversed()) {
      const entry = new Entry(roll.nextKey(), row);
      roll.keep(entry);
      if (!entry.active) continue;
      entry.stored = entry.resumed = true;
      const newest = last.get(row.strategyId) === row.executionId;
      if (goOn && newest && !isLive(entry.record)) {
        this.resuming.push(entry);
        continue;
      }
      this.ended.push(await this.left(entry));
    }
    for (const entry of this.resuming) roll.expect(entry);
    for (let at = 0; at < this.resuming.length; at += TOGETHER)
      await Promise.all(this.resuming.slice(at, at + TOGETHER).map((entry) => this.shown(entry)));
  }

  /** It does not go on: what it held, and its orders that are over with that. */
  private async left(entry: Entry): Promise<Ended> {
    try {
      const positions = positionsOf(await this.parts.ledger.recall(entry.record.executionId));
      return { entry, orders: await this.interrupted(entry), positions };
    } catch (error) {
      this.givenUp(entry, error);
      return { entry, orders: [], positions: [] };
    }
  }

  /** What it holds and what was posted for it, as it is stored. */
  private async shown(entry: Entry): Promise<void> {
    const { ledger } = this.parts;
    const { executionId } = entry.record;
    try {
      const [trades, balances] = await Promise.all([ledger.recall(executionId), ledger.balances(executionId)]);
      entry.positions = positionsOf(trades);
      entry.openPositions = entry.positions.length;
      entry.balances = balances;
    } catch (error) {
      // It is read once more when it is to go on, and ends if it cannot be.
      this.parts.log.error("what an execution holds could not be read", {
        execution_id: executionId,
        error: String(error),
      });
    }
  }

  /** There is a stream, and somebody hears: those that go on with it. What they hold is claimed before any of them trades. */
  joined(): readonly Entry[] {
    const { audience } = this.parts;
    for (const { entry, orders, positions } of this.ended.splice(0)) {
      audience.orders(orders);
      audience.positions(entry, flat(positions));
      audience.event("stopped", entry);
    }
    this.firstEvent = this.parts.pool.nextSequence;
    const coming = this.resuming.splice(0);
    for (const entry of coming) if (entry.active) this.claim(entry);
    return coming;
  }

  /**
   * Signals for one that is not back yet. Of those that were caused before the process began it takes what leaves a
   * position: whatever would open one was on its way when it was interrupted, like orders of that kind.
   */
  heard(entry: Entry, sequence: number, signals: readonly NamedSignal[]): void {
    const taken = sequence < this.firstEvent ? signals.filter(({ action }) => action === "exit") : signals;
    const waiting = this.unheard.get(entry) ?? [];
    if (taken.length > 0) waiting.push({ sequence, signals: taken });
    if (waiting.length > UNHEARD_MAX) waiting.shift();
    this.unheard.set(entry, waiting);
  }

  private claim({ key, record, positions }: Entry): void {
    const { standIns, strategy, pool } = this.parts;
    const { strategyId } = record;
    const family = strategy(strategyId)?.strategyType ?? null;
    const held = positions.map(({ symbol, quantity, mark }) => ({
      symbol,
      quantity,
      price: pool.price(symbol) || mark,
    }));
    standIns.claim(key, { strategyId, family }, held);
  }

  /** Nothing may run from now on: those that are not back yet end at once. How many. */
  halt(reason: string): number {
    const waiting = this.parts.roll.expected();
    for (const entry of waiting) {
      this.parts.standIns.release(entry.key);
      this.parts.roll.shut(entry);
      entry.record = { ...entry.record, status: "stopped", stopReason: reason, endTime: this.parts.now() };
      void this.over(entry, reason).catch((error: unknown) => this.lostAt(entry, error, reason));
    }
    return waiting.length;
  }

  async resume(entry: Entry): Promise<void> {
    try {
      if (entry.active) await this.resumed(entry);
    } catch (error) {
      // Whoever ended it meanwhile has told so.
      if (entry.active) this.lostAt(entry, error);
    } finally {
      this.unheard.delete(entry);
      this.parts.standIns.release(entry.key);
    }
  }

  /** Its thread was lost: with what it needs to go on behind the last event that was told of. */
  async again(key: number): Promise<Omit<Beginning, "names"> | null> {
    const { roll, ledger } = this.parts;
    const entry = roll.keyed(key);
    if (entry?.active !== true) return null;
    if (isLive(entry.record)) {
      // What the venue filled meanwhile would be missing in its account.
      void this.parts.hearing.fault(key, "its thread was lost, and a live execution does not go on by itself");
      return null;
    }
    const trades = await ledger.recall(entry.record.executionId).catch((error: unknown) => {
      if (entry.active) this.lostAt(entry, error);
    });
    const strategy = this.parts.strategy(entry.record.strategyId);
    if (trades === undefined || !entry.active || strategy === null) return null;
    const fills = fillsOf(trades);
    const before = entry.shares;
    const shares = await this.parts.shares(strategy);
    if (!entry.active) return null;
    // Those that were set meanwhile are newer than those that were read.
    if (entry.shares === before) entry.shares = shares;
    const order = { ...orderOf(entry, strategy), ...this.books(entry) };
    return { ...order, from: entry.sequence + 1, fills, past: entry.past(), again: true };
  }

  private async resumed(entry: Entry): Promise<void> {
    const { ledger, pool, hearing, audience, standIns } = this.parts;
    const { strategyId, executionId } = entry.record;
    const trades = await ledger.recall(executionId);
    const course = await ledger.course(executionId);
    const { sums, carry, orders, lastOrder } = await ledger.books(executionId);
    const runs = await this.runs(strategyId);
    // From here to its beginning nothing is waited for: what was found out is still so, and who stops all finds it.
    if (!entry.active) return;
    const strategy = this.parts.strategy(strategyId);
    if (strategy === null || runs === null || this.parts.halted() || OVER.has(strategy.status)) {
      await this.over(entry);
      return;
    }
    if (sums !== null) {
      entry.balances = sums;
      entry.entries = sums.entries;
    }
    entry.carry = new Map(carry.map(([symbol, amount, borrowedUntil]) => [symbol, { amount, borrowedUntil }]));
    entry.lastOrder = afterRestart(lastOrder);
    this.parts.orders.adopt(orders);
    entry.program = runs.program;
    entry.shares = runs.shares;
    entry.goOn(course.points, course.next);
    const paused = strategy.status === "paused" ? ({ status: "paused" } as const) : {};
    const executionConfig = withSymbols(entry.record.executionConfig, strategy.parameters, trades);
    const version = strategy.deployedVersion ?? entry.record.version;
    entry.record = { ...entry.record, ...paused, version, executionConfig, tradeCount: trades.length };
    entry.positions = positionsOf(trades);
    entry.openPositions = entry.positions.length;
    entry.stored = false;
    hearing.enter(entry);
    // From here on it hears of others.
    entry.gates = this.parts.gates(strategyId);
    const order = { ...orderOf(entry, strategy), ...this.books(entry) };
    const beginning = pool.begin({ ...order, fills: fillsOf(trades), past: entry.past() });
    const unheard = runs.program === null ? (this.unheard.get(entry) ?? []) : [];
    for (const { sequence, signals } of unheard) pool.send(entry.key, { kind: "signals", sequence, signals });
    const begun = await beginning;
    standIns.release(entry.key);
    if (!begun.ok) await hearing.fault(entry.key, begun.failure);
    else if (entry.active) {
      entry.begun = true;
      audience.event("resumed", entry);
      await this.parts.rebalance(entry).catch((error: unknown) => {
        this.parts.log.error("the shares of versions could not be read", {
          execution_id: executionId,
          error: String(error),
        });
      });
    }
  }

  /** What runs of it, and how its versions share its symbols; null: it cannot run. */
  private async runs(strategyId: string): Promise<Pick<Entry, "program" | "shares"> | null> {
    for (let before = this.parts.strategy(strategyId); before !== null;) {
      const program = await this.parts.compiled(before);
      const shares = await this.parts.shares(before);
      const now = this.parts.strategy(strategyId);
      // Another version may have been deployed meanwhile.
      if (now === null || now.deployedVersion === before.deployedVersion)
        return program.ok ? { program: program.value, shares } : null;
      before = now;
    }
    return null;
  }

  /** What its account and its orders go on with. Only what leaves a position is still in the market. */
  private books(entry: Entry): Pick<Beginning, "orders" | "posted" | "carry" | "lastOrder"> {
    const { orders, ledger, audience, now } = this.parts;
    const { executionId } = entry.record;
    const entries = orders.openOf(executionId).filter(({ reduceOnly }) => !reduceOnly);
    const dropped = orders.drop(entries, now(), "it was on its way when the execution was interrupted");
    ledger.booked([], dropped, []);
    audience.orders(dropped);
    const posted = entry.entries === 0 ? null : entry.balances;
    const carry = [...(entry.carry ?? [])].map(
      ([symbol, { amount, borrowedUntil }]) => [symbol, amount, borrowedUntil] as const,
    );
    return { orders: orders.openOf(executionId), posted, carry, lastOrder: entry.lastOrder };
  }

  /** It does not go on, and whoever knows of it from before the restart hears that nothing of it is left. */
  private async over(entry: Entry, reason = RESTARTED): Promise<void> {
    const { audience } = this.parts;
    const { positions } = entry;
    audience.orders(await this.interrupted(entry, reason));
    audience.positions(entry, flat(positions));
    audience.event("stopped", entry);
  }

  /** It does not go on. Its orders that are over with that. */
  private async interrupted(entry: Entry, reason = RESTARTED): Promise<readonly OrderRecord[]> {
    const { ledger, orders, roll } = this.parts;
    roll.shut(entry);
    const books = await ledger.books(entry.record.executionId);
    entry.record = await ledger.interrupted(entry.record, reason);
    const { executionId, endTime, startTime } = entry.record;
    orders.adopt(books.orders);
    const ended = orders.end(executionId, endTime ?? startTime, reason);
    ledger.booked([], ended, []);
    entry.release();
    return ended;
  }

  private lostAt(entry: Entry, error: unknown, reason = RESTARTED): void {
    this.givenUp(entry, error, reason);
    this.parts.audience.event("stopped", entry);
  }

  /** It ends as it is known here. */
  private givenUp(entry: Entry, error: unknown, reason = RESTARTED): void {
    const { roll, pool, ledger, orders, audience, log, now } = this.parts;
    const { executionId, startTime } = entry.record;
    log.error("an execution could not go on", { execution_id: executionId, error: String(error) });
    const endTime = entry.record.endTime ?? (entry.stored ? startTime : now());
    entry.record = { ...entry.record, status: "stopped", stopReason: reason, endTime };
    roll.shut(entry);
    // It may have begun already.
    pool.send(entry.key, { kind: "end" });
    pool.forget(entry.key);
    roll.leave(entry);
    const ended = orders.end(executionId, endTime, reason);
    ledger.booked([], ended, []);
    audience.orders(ended);
    audience.positions(entry, flat(entry.positions));
    entry.release();
    ledger.update(entry.record);
  }
}

function isOpen({ status }: ExecutionRecord): boolean {
  return status === "running" || status === "paused";
}

/** The number behind which orders go on to be numbered, so that none that was told of before gets another meaning. */
function afterRestart(lastOrder: number): number {
  return lastOrder === 0 ? 0 : Math.ceil((lastOrder + 1) / NUMBERS_APART) * NUMBERS_APART;
}
