// Executions: strategies that trade on paper on the events that come in now. A code strategy's program runs in a thread of
// the pool, fed by the tap of the stream; a built-in one is traded by its own signals. Either way the account is that of
// src/simulation, what it books is told in batches, kept here, stored, and told on (sockets, bus). One execution of a
// strategy runs at a time. This is the main thread's side and the door of the room; nothing here waits for the market.
import type { Approved } from "../../domain/approved.ts";
import type { Failure } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { CompiledStrategy } from "../../sandbox/sandbox.ts";
import type { TradeRecord } from "../../store/executions.ts";
import type { Store } from "../../store/store.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { Log } from "../../telemetry/log.ts";
import { newId } from "../ids.ts";
import { Queues } from "../queues.ts";
import type { Strategy } from "../registry/registry.ts";
import { type EquityPoint, thinned } from "./curve.ts";
import { Entry, type Execution } from "./entry.ts";
import { fillsOf, Ledger } from "./ledger.ts";
import type { Beginning, ExecutionNews, VersionOffer } from "./messages.ts";
import { Pool, type LivePlane } from "./pool.ts";
import { namedSignals } from "./signals.ts";
import { type ExecutionQuery, KEPT, Roll } from "./roll.ts";
import { type Stored, startFault, termsOf } from "./start.ts";
import { symbolsOf } from "./terms.ts";
import { VersionTrial } from "./version-trial.ts";

export type { Execution } from "./entry.ts";
export type { EquityPoint } from "./curve.ts";
export type { LivePlane } from "./pool.ts";

export interface ExecutionsOptions {
  readonly store: Store;
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
  readonly log: Log;
  readonly strategy: (strategyId: string) => Strategy | null;
  /** What runs of its deployed version; null: it is built in. */
  readonly compiled: (strategy: Strategy) => Promise<Result<CompiledStrategy | null, Failure>>;
  /** Executions that ran when the engine ended go on; without it they come back stopped. */
  readonly autoResume: boolean;
}

export type ExecutionEvent = "started" | "updated" | "paused" | "resumed" | "stopped" | "error";
export interface ExecutionListener {
  onExecution?(event: ExecutionEvent, execution: Execution): void;
  onTrade?(execution: Execution, trade: TradeRecord): void;
  /** Every ten seconds, for each that runs. */
  onFigures?(execution: Execution): void;
  /** A limit was reached: it is paused, and so should its strategy be. */
  onBreach?(execution: Execution, reason: string): void;
  /** It failed: it is in error, and so should its strategy be. */
  onFault?(execution: Execution, reason: string): void;
}

const FIGURES_MS = 10_000;
const LAST_NEWS_MS = 800;
const RESTARTED = "engine_restart";

export class Executions {
  /** Fills since the start of the process, and what they realised. */
  readonly totals = { trades: 0, pnl: 0 };
  private readonly options: ExecutionsOptions;
  private readonly ledger: Ledger;
  private readonly pool: Pool;
  private readonly roll = new Roll();
  private readonly listeners: ExecutionListener[] = [];
  private readonly queues = new Queues();
  private timer: NodeJS.Timeout | null = null;
  private halted = false;
  private readonly resuming: Entry[] = [];

  constructor(options: ExecutionsOptions) {
    this.options = options;
    this.ledger = new Ledger(options.store, options.log);
    this.pool = new Pool({
      news: (news) => this.heard(news),
      again: (key) => this.again(key),
      failed: (key, reason) => void this.fault(key, reason),
      lost: (reason, executions) => options.log.error("a thread of executions was lost", { reason, executions }),
    });
  }

  listen(listener: ExecutionListener): void {
    this.listeners.push(listener);
  }

  async load(): Promise<void> {
    const rows = await this.ledger.newest(KEPT);
    for (const row of [...rows].reverse()) {
      const entry = new Entry(this.roll.nextKey(), row);
      this.roll.keep(entry);
      if (!entry.active) continue;
      if (this.options.autoResume) this.resuming.push(entry);
      else entry.record = await this.ledger.interrupted(row, RESTARTED);
    }
  }

  /** The stream whose events are traded on from now on; executions that go on after a restart begin with it. */
  join(plane: LivePlane): void {
    this.pool.join(plane);
    this.halted ||= plane.halted;
    for (const entry of this.resuming.splice(0)) void this.resumed(entry);
  }

  async start(strategyId: string, config: JsonObject, store: Stored): Promise<Result<Execution, Failure>> {
    return this.queues.run(strategyId, async () => {
      const strategy = this.options.strategy(strategyId);
      if (strategy === null) return failed({ code: "not_found", kind: "strategy", id: strategyId });
      if (this.halted) return failed({ code: "emergency_stop_active" });
      if (this.roll.of(strategyId) !== null) return failed({ code: "already_running", id: strategyId });
      const fault = startFault(strategy);
      if (fault !== null) return failed(fault);
      const program = await this.options.compiled(strategy);
      if (!program.ok) return program;
      const entry = this.entryOf(strategy, config);
      entry.program = program.value;
      const stored = await store(entry.view(), [this.ledger.insert(entry.record)]);
      if (!stored.ok) return stored;
      this.enter(entry);
      const begun = await this.pool.begin(this.orderOf(entry, strategy));
      if (begun.ok && !this.halted) {
        this.tell("started", entry);
        return ok(entry.view());
      }
      await this.end(entry, "error", begun.ok ? "emergency_stop" : "program", begun.ok ? null : begun.failure);
      if (begun.ok) return failed({ code: "emergency_stop_active" });
      return failed({ code: "conflict", issue: `the strategy cannot begin: ${begun.failure}` });
    });
  }

  /** Ends the one that is open; null when there is none. */
  async stop(strategyId: string, reason: string): Promise<Execution | null> {
    return this.queues.run(strategyId, async () => {
      const entry = this.roll.of(strategyId);
      return entry === null ? null : this.end(entry, "stopped", reason);
    });
  }

  /** All of them, at once; how many there were. Nothing starts before `release`. */
  halt(reason: string): number {
    this.halted = true;
    const all = this.roll.open();
    for (const entry of all) void this.end(entry, "stopped", reason);
    return all.length;
  }
  release(): void {
    this.halted = false;
  }

  /** The strategy was changed: its state, its parameters, its limits or the version that is deployed. */
  changed(before: Strategy, after: Strategy | null): void {
    const { strategyId } = before;
    const entry = this.roll.of(strategyId);
    if (entry === null) return;
    if (after === null || after.status === "stopped") {
      void this.stop(strategyId, after === null ? "deleted" : "requested");
      return;
    }
    const paused = after.status === "paused";
    if (paused !== (before.status === "paused")) this.pause(entry, paused);
    const tuned = after.parameters !== before.parameters || after.riskLimits !== before.riskLimits;
    const moved = after.deployedVersion !== null && after.deployedVersion !== entry.record.version;
    if (tuned || moved) void this.retune(entry, after);
  }

  /** How a new version comes to the execution of its strategy; null: none is open. */
  async offer(strategyId: string, offer: VersionOffer): Promise<VersionTrial | null> {
    const entry = this.roll.of(strategyId);
    if (entry === null || entry.program === null) return null;
    const trial = new VersionTrial(entry, this.pool, offer, () => this.options.now());
    return (await trial.begin()) ? trial : null;
  }

  /** Signals of built-in strategies, as they are released. */
  onApproved(signals: readonly Approved[]): void {
    if (this.roll.open().length === 0) return;
    for (const { strategyId, sequence, group } of namedSignals(signals)) {
      const entry = this.roll.of(strategyId);
      if (entry !== null && entry.program === null)
        this.pool.send(entry.key, { kind: "signals", sequence, signals: group });
    }
  }

  get(executionId: string): Execution | null {
    return this.roll.view(executionId);
  }
  /** Running now, of one strategy or of all. */
  running(strategyId?: string): number {
    return this.roll.running(strategyId);
  }
  /** Open ones, oldest first. */
  active(): readonly Execution[] {
    return this.roll.open().map((entry) => entry.view());
  }
  /** Events that wait for the slowest thread. */
  get behind(): number {
    return this.pool.behind;
  }

  /** Ids, oldest first: what a page is cut from. */
  list(query: ExecutionQuery): readonly string[] {
    return this.roll.list(query);
  }

  trades(executionId: string, symbol: string | null, before: number | undefined, limit: number) {
    return this.ledger.trades({ executionId, symbol, before: before ?? Number.MAX_SAFE_INTEGER, limit });
  }

  async equity(executionId: string, most: number): Promise<readonly EquityPoint[]> {
    const entry = this.roll.entry(executionId);
    const points = entry?.active === true ? entry.curve.all() : await this.ledger.equity(executionId);
    return thinned(points, most);
  }

  async close(): Promise<void> {
    if (this.timer !== null) clearInterval(this.timer);
    await this.pool.close();
    for (const entry of this.roll.open()) {
      this.keep(entry, true);
      this.ledger.update(entry.record);
    }
    await this.ledger.close();
  }

  private entryOf({ strategyId, deployedVersion, version }: Strategy, config: JsonObject): Entry {
    return new Entry(this.roll.nextKey(), {
      executionId: newId("exec"),
      strategyId,
      version: deployedVersion ?? version,
      status: "running",
      startTime: this.options.now(),
      endTime: null,
      finalPnl: 0,
      tradeCount: 0,
      performanceMetrics: {},
      executionConfig: config,
      stopReason: null,
      error: null,
      reigns: [],
    });
  }

  private enter(entry: Entry): void {
    this.roll.enter(entry);
    this.timer ??= setInterval(() => this.beat(), FIGURES_MS).unref();
  }

  private orderOf(entry: Entry, strategy: Strategy): Omit<Beginning, "names" | "from"> {
    const { key, record, program } = entry;
    const { parameters } = strategy;
    const { version, status, reigns } = record;
    const common = { key, version, program, parameters, terms: termsOf(entry, strategy), reigns };
    return { ...common, symbols: symbolsOf(parameters), paused: status === "paused", fills: [], again: false };
  }

  private pause(entry: Entry, paused: boolean): void {
    const { status } = entry.record;
    if (status !== (paused ? "running" : "paused")) return;
    entry.record = { ...entry.record, status: paused ? "paused" : "running" };
    this.pool.send(entry.key, { kind: "pause", paused });
    this.ledger.update(entry.record);
    this.tell(paused ? "paused" : "resumed", entry);
  }

  private async retune(entry: Entry, strategy: Strategy): Promise<void> {
    const deployed = await this.options.compiled(strategy);
    if (!entry.active) return;
    if (!deployed.ok) {
      this.options.log.error("a change could not be brought to its execution", { failure: deployed.failure });
      return;
    }
    entry.program = deployed.value;
    const version = strategy.deployedVersion ?? entry.record.version;
    const { parameters } = strategy;
    const terms = termsOf(entry, strategy);
    this.pool.send(entry.key, { kind: "retune", version, terms, parameters, program: entry.program });
  }

  private heard(news: ExecutionNews): void {
    const entry = this.roll.keyed(news.key);
    if (entry === null) return;
    const rows = entry.take(news);
    this.ledger.fills(rows);
    for (const row of rows) {
      this.totals.trades++;
      this.totals.pnl += row.pnl;
      this.options.log.info("trade", {
        execution_id: row.executionId,
        symbol: row.symbol,
        side: row.side,
        pnl: row.pnl,
      });
    }
    const view = entry.view();
    for (const row of rows) for (const listener of this.listeners) listener.onTrade?.(view, row);
    if (news.fault !== null) void this.fault(news.key, news.fault);
    else if (news.breach !== null) this.breached(entry, news.breach);
    else if (rows.length > 0 && entry.active) this.tell("updated", entry);
    if (news.ended || news.fault !== null) entry.settled(news);
  }

  private breached(entry: Entry, reason: string): void {
    if (entry.record.status !== "running") return;
    entry.record = { ...entry.record, status: "paused" };
    this.ledger.update(entry.record);
    this.tell("paused", entry);
    for (const listener of this.listeners) listener.onBreach?.(entry.view(), reason);
  }

  private async fault(key: number, reason: string): Promise<void> {
    const entry = this.roll.keyed(key);
    if (entry?.active !== true) return;
    const ended = await this.end(entry, "error", "error", reason);
    for (const listener of this.listeners) listener.onFault?.(ended, reason);
  }

  /** In force at once; the last figures come from the thread, as long as it answers. */
  private async end(
    entry: Entry,
    status: "stopped" | "error",
    reason: string,
    error: string | null = null,
  ): Promise<Execution> {
    if (!entry.active) return entry.view();
    entry.record = { ...entry.record, status, stopReason: reason, error, endTime: this.options.now() };
    this.roll.shut(entry);
    if (status === "stopped") {
      const last = entry.lastNews(LAST_NEWS_MS);
      this.pool.send(entry.key, { kind: "end" });
      await last;
    } else this.pool.send(entry.key, { kind: "end" });
    this.pool.forget(entry.key);
    this.roll.leave(entry);
    this.keep(entry, true);
    this.ledger.update(entry.record);
    this.tell(status === "error" ? "error" : "stopped", entry);
    return entry.view();
  }

  private keep(entry: Entry, now: boolean): void {
    const { record } = entry;
    if (entry.points === 0) this.ledger.point(record.executionId, entry.points++, entry.beginning());
    const due = entry.due(now);
    if (due !== null) this.ledger.point(record.executionId, entry.points++, due);
  }

  private beat(): void {
    for (const entry of this.roll.open()) {
      this.keep(entry, false);
      this.ledger.update(entry.record);
      const view = entry.view();
      for (const listener of this.listeners) listener.onFigures?.(view);
      this.tell("updated", entry);
    }
  }

  /** Its thread was lost: with what it needs to go on behind the last event that was told of. */
  private async again(key: number): Promise<Omit<Beginning, "names"> | null> {
    const entry = this.roll.keyed(key);
    const strategy = entry === null ? null : this.options.strategy(entry.record.strategyId);
    if (entry?.active !== true || strategy === null) return null;
    const fills = fillsOf(await this.ledger.recall(entry.record.executionId));
    if (!entry.active) return null;
    return { ...this.orderOf(entry, strategy), from: entry.sequence + 1, fills, again: true };
  }

  private async resumed(entry: Entry): Promise<void> {
    const strategy = this.options.strategy(entry.record.strategyId);
    const program = strategy === null ? null : await this.options.compiled(strategy);
    if (strategy === null || program?.ok !== true || this.halted) {
      entry.record = await this.ledger.interrupted(entry.record, RESTARTED);
      return;
    }
    const trades = await this.ledger.recall(entry.record.executionId);
    const points = await this.ledger.equity(entry.record.executionId);
    entry.program = program.value;
    entry.points = points.length;
    for (const point of points) entry.curve.add(point);
    entry.record = { ...entry.record, tradeCount: trades.length };
    this.enter(entry);
    const begun = await this.pool.begin({ ...this.orderOf(entry, strategy), fills: fillsOf(trades) });
    if (begun.ok) this.tell("resumed", entry);
    else await this.fault(entry.key, begun.failure);
  }

  private tell(event: ExecutionEvent, entry: Entry): void {
    const view = entry.view();
    if (event !== "updated") {
      const { executionId, strategyId, stopReason, error } = view;
      this.options.log.info(`execution ${event}`, {
        execution_id: executionId,
        strategy_id: strategyId,
        ...(stopReason === null ? {} : { reason: stopReason }),
        ...(error === null ? {} : { error }),
      });
    }
    for (const listener of this.listeners) listener.onExecution?.(event, view);
  }
}
