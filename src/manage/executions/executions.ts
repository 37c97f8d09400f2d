// Executions: strategies that trade on paper on the events that come in now. A code strategy's program runs in a thread of
// the pool, fed by the tap; a built-in one is traded by its own signals. Either way the account is that of src/simulation,
// what it books is told in batches, kept here, stored, and told on. One execution of a strategy runs at a time. Main thread;
// nothing here waits for the market. The door of the room.
import type { Approved } from "../../domain/approved.ts";
import type { Gate } from "../../domain/gate.ts";
import type { Failure } from "../../domain/failure.ts";
import { LIMITS } from "../../domain/live-protocol.ts";
import { ok, type Result } from "../../domain/result.ts";
import type { Budget, CompiledStrategy } from "../../sandbox/sandbox.ts";
import type { TradeRecord } from "../../store/executions.ts";
import type { Store } from "../../store/store.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { Log } from "../../telemetry/log.ts";
import type { LiveSoak, Way } from "../pipeline/pipeline.ts";
import { Queues } from "../queues.ts";
import type { Strategy } from "../registry/registry.ts";
import type { Amendment } from "../../simulation/simulation.ts";
import type { OrderRecord } from "../../store/orders.ts";
import { type Balances, type Holder, OrderBook } from "../orders/orders.ts";
import { Audience } from "./audience.ts";
import { Balancing } from "./balancing.ts";
import { type EquityPoint, thinned } from "./curve.ts";
import { DuelDesk } from "./duel-desk.ts";
import type { Entry, Execution } from "./entry.ts";
import { type GateTable, needed } from "./gatekeeper.ts";
import { Hearing } from "./hearing.ts";
import { holderOf } from "./holder.ts";
import { Ledger } from "./ledger.ts";
import { LiveOrders, type LiveOrdersParts, ON_PAPER } from "./live-orders.ts";
import type { ExecutionListener } from "./listener.ts";
import type { Shares, VersionOffer } from "./messages.ts";
import type { Seats } from "./crew.ts";
import { Pool, type LivePlane, type PoolListener } from "./pool.ts";
import { namedSignals } from "./signals.ts";
import { changeOrder, type Noted } from "./order-change.ts";
import { Revival } from "./revival.ts";
import { type ExecutionQuery, Roll } from "./roll.ts";
import { type Stake, StandIns } from "../risk/gate.ts";
import { Soaks } from "./soak.ts";
import { stakeOf } from "./stakes.ts";
import { type Stored, isLive, termsOf } from "./start.ts";
import { Starting } from "./starting.ts";
import { VersionTrial } from "./version-trial.ts";

export type { Execution } from "./entry.ts";
export type { EquityPoint } from "./curve.ts";
export type { DuelOrder } from "./duel-desk.ts";
export type { DuelNews, DuelState, Shares, Side, VenueSetback } from "./messages.ts";
export { ALPHA, type SequentialCourse } from "../../learning/sequential.ts";
export { startFault } from "./start.ts";
export type { ExecutionEvent, ExecutionListener } from "./listener.ts";
export type { LivePlane } from "./pool.ts";
export { type PaperOrder, paperTape } from "./paper-tape.ts";
export { CAPITAL, partOf, symbolsOf, termsFor, tradesFree, withLearnedWeight } from "./terms.ts";

export interface ExecutionsOptions {
  readonly store: Store;
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
  readonly log: Log;
  readonly strategy: (strategyId: string) => Strategy | null;
  /** What runs of its deployed version; null: it is built in. */
  readonly compiled: (strategy: Strategy) => Promise<Result<CompiledStrategy | null, Failure>>;
  /** How its versions share its symbols; null: they do not. */
  readonly shares: (strategy: Strategy) => Promise<Shares | null>;
  /** Flags that decide where it may open positions. */
  readonly gates: (strategy: Strategy) => readonly Gate[];
  /** Executions that ran when the engine ended go on; without it they come back stopped. */
  readonly autoResume: boolean;
  /** Over all users' code; without it there is none. */
  readonly budget?: Budget;
  /** Where orders of live executions go; without it all executions trade on paper. */
  readonly live?: Pick<LiveOrdersParts, "venue" | "onStray">;
  /** Where its threads sit at the board of limits; without it orders keep none. */
  readonly seats?: Seats;
}

/** As many as a channel of the sockets keeps of those of this process. */
const EARLIER_TRADES = LIMITS.replay_events;
const HALT_PATIENCE_MS = 10_000;

export class Executions {
  /** Pairs of strategies that are compared on live events; no executions, but in the same threads. */
  readonly duels: DuelDesk;
  /** Of all executions. */
  readonly orders: OrderBook;
  private readonly options: ExecutionsOptions;
  private readonly live: LiveOrders;
  private readonly ledger: Ledger;
  private readonly pool: Pool;
  private readonly roll = new Roll();
  private readonly audience: Audience;
  private readonly hearing: Hearing;
  private readonly revival: Revival;
  private readonly balancing: Balancing;
  private readonly soaks: Soaks;
  private readonly starting: Starting;
  private readonly queues = new Queues();
  private earlier: readonly TradeRecord[] = [];
  private halted = false;

  constructor(options: ExecutionsOptions) {
    const { store, log, now, strategy, compiled, shares } = options;
    this.options = options;
    const { roll } = this;
    const ledger = new Ledger(store, log);
    const audience = new Audience(log);
    const told: PoolListener = {
      news: (news) => void (this.soaks.heard(news) || this.hearing.heard(news)),
      duel: (news) => this.duels.heard(news),
      again: (key) => (this.duels.lost(key) || this.soaks.lost(key) ? Promise.resolve(null) : this.revival.again(key)),
      failed: (key, reason) =>
        void (this.duels.failed(key, reason) || this.soaks.failed(key, reason) || this.hearing.fault(key, reason)),
      steps: (rows) => this.hearing.stepped(rows, (key) => this.soaks.entry(key)),
      lost: (reason, executions) => log.error("a thread of executions was lost", { reason, executions }),
    };
    const pool = new Pool(told, options.budget, options.seats);
    const orders = new OrderBook(store);
    this.live = new LiveOrders({ ...(options.live ?? ON_PAPER), pool, roll });
    const hearing = new Hearing({ ledger, pool, roll, audience, orders, live: this.live, now });
    const gates = (strategyId: string): readonly GateTable[] => this.tables(strategyId, 0);
    this.balancing = new Balancing({ strategy, shares, roll, pool });
    const rebalance = (entry: Entry): Promise<void> => this.balancing.catchUp(entry);
    const asked = { strategy, compiled, shares, gates, rebalance, halted: () => this.halted };
    const standIns = new StandIns(options.seats ?? null);
    this.revival = new Revival({ ledger, pool, roll, audience, hearing, orders, now, log, standIns, ...asked });
    const retune = (entry: Entry, to: Strategy): void => void this.retune(entry, to);
    const { budget = null } = options;
    this.starting = new Starting({
      ledger,
      pool,
      roll,
      audience,
      hearing,
      live: this.live,
      now,
      budget,
      retune,
      ...asked,
    });
    this.orders = orders;
    this.soaks = new Soaks(pool, roll, now);
    this.ledger = ledger;
    this.audience = audience;
    this.pool = pool;
    this.hearing = hearing;
    this.duels = new DuelDesk(pool, () => roll.nextKey());
  }

  /** Fills since the start of the process, and what they realised. */
  get totals(): { readonly trades: number; readonly pnl: number } {
    return this.audience.totals;
  }

  listen(listener: ExecutionListener): void {
    this.audience.add(listener);
  }

  async load(): Promise<void> {
    await this.orders.load();
    await this.revival.load(this.options.autoResume);
    this.earlier = await this.ledger.latestTrades(EARLIER_TRADES).catch((error: unknown) => {
      this.options.log.error("fills of earlier processes cannot be read; snapshots begin without them", { error });
      return [];
    });
  }

  /** The newest fills of processes before this one, oldest first, of executions that are still kept; let go with this. */
  takeEarlierTrades() {
    const { earlier, roll } = this;
    this.earlier = [];
    return earlier.flatMap((trade) => {
      const entry = roll.entry(trade.executionId);
      return entry === null ? [] : [{ strategyId: entry.record.strategyId, trade }];
    });
  }

  /** The stream whose events are traded on from now on; executions that go on after a restart begin with it. */
  join(plane: LivePlane): void {
    this.pool.join(plane);
    this.halted ||= plane.halted;
    if (this.halted) this.duels.halt("emergency_stop");
    this.duels.joined();
    const coming = this.revival.joined();
    if (this.halted) this.revival.halt("emergency_stop");
    for (const entry of coming) void this.queues.run(entry.record.strategyId, () => this.revival.resume(entry));
  }

  start(strategyId: string, config: JsonObject, store: Stored): Promise<Result<Execution, Failure>> {
    return this.queues.run(strategyId, () => this.starting.start(strategyId, config, store));
  }

  /** Ends the one that is open; null when there is none. */
  async stop(strategyId: string, reason: string): Promise<Execution | null> {
    return this.queues.run(strategyId, async () => {
      const entry = this.roll.of(strategyId);
      return entry === null ? null : this.hearing.end(entry, "stopped", reason);
    });
  }

  /** All of them, at once; how many there were. Nothing starts before `release`. */
  halt(reason: string): number {
    this.halted = true;
    this.duels.halt(reason);
    const all = this.roll.open();
    // Nobody waits for them, and when there are thousands the last news take their time.
    for (const entry of all) void this.hearing.end(entry, "stopped", reason, null, HALT_PATIENCE_MS);
    return all.length + this.revival.halt(reason);
  }
  release(): void {
    this.halted = false;
    this.duels.release();
  }

  /** The strategy was changed: its state, its parameters, its limits or the version that is deployed. */
  changed(before: Strategy, after: Strategy | null): void {
    const entry = this.roll.activeOf(before.strategyId);
    if (entry === null) return;
    if (after === null || after.status === "stopped") {
      void this.stop(before.strategyId, after === null ? "deleted" : "requested");
      return;
    }
    const paused = after.status === "paused";
    if (paused !== (before.status === "paused")) this.pause(before.strategyId, paused);
    const tuned = after.parameters !== before.parameters || after.riskLimits !== before.riskLimits;
    // A promotion is at its execution before the registry knows of it: what is the same here brings nobody back.
    const { deployedVersion } = after;
    const another = deployedVersion !== null && deployedVersion !== before.deployedVersion;
    const moved = another && deployedVersion !== entry.record.version;
    // One that is to be opened takes them from its strategy then. For limits alone no program is opened.
    if ((tuned || moved) && !entry.stored)
      void this.retune(entry, after, moved, moved || after.parameters !== before.parameters);
  }

  /** Whether an execution of the strategy is open that other versions can come to. */
  runs(strategyId: string): boolean {
    return this.trading(strategyId) !== null;
  }

  private trading(strategyId: string) {
    const entry = this.roll.of(strategyId);
    if (entry === null || entry.program === null || isLive(entry.record)) return null;
    return { entry, program: entry.program };
  }

  /** How a new version comes to the execution of its strategy; null: none is open, or it trades already. Or why not. */
  async offer(strategyId: string, how: Way, offer: VersionOffer, parameters = () => offer.parameters) {
    const trading = this.trading(strategyId);
    if (trading === null) return ok(null);
    const { entry, program } = trading;
    const settled = (): void => {
      if (entry.record.version !== offer.version) void this.balance(strategyId);
    };
    const watch = { now: () => this.options.now(), parameters, settled };
    const trial = new VersionTrial(entry, program, this.pool, offer, watch);
    if (how === "instead") return ok(trial);
    const begun = await trial.begin();
    return begun.ok ? ok(begun.value ? trial : null) : begun;
  }

  /** A version on live events that nobody has deployed yet; the failure says why it cannot begin. */
  soak(strategy: Strategy, program: CompiledStrategy): Promise<Result<LiveSoak, string>> {
    return this.soaks.begin(strategy, program);
  }

  /** The versions share the symbols otherwise: the first event that is decided so, null where nothing runs; or why not. */
  balance(strategyId: string, fresh = false): Promise<Result<number | null, string>> {
    return this.balancing.balance(strategyId, fresh);
  }

  /** Number of the next event of the stream; 0 while there is none. */
  get nextSequence(): number {
    return this.pool.nextSequence;
  }

  /** The gates of the strategy are others from this event on. */
  gate(strategyId: string, from: number): void {
    const entry = this.roll.of(strategyId);
    if (entry === null) return;
    const [table] = this.tables(strategyId, from);
    if (table === undefined) return;
    entry.gates = needed([...entry.gates, table], entry.sequence);
    this.pool.send(entry.key, { kind: "gates", table });
  }

  private tables(strategyId: string, from: number): readonly GateTable[] {
    const strategy = this.options.strategy(strategyId);
    return strategy === null ? [] : [{ strategyId, from, gates: this.options.gates(strategy) }];
  }

  /** Signals of built-in strategies, as they are released. */
  onApproved(signals: readonly Approved[]): void {
    if (this.roll.active().length === 0 && !this.duels.busy) return;
    for (const { strategyId, sequence, group } of namedSignals(signals)) {
      this.duels.signals(strategyId, sequence, group);
      const entry = this.roll.activeOf(strategyId);
      if (entry?.stored === true) this.revival.heard(entry, sequence, group);
      else if (entry !== null && entry.program === null)
        this.pool.send(entry.key, { kind: "signals", sequence, signals: group });
    }
  }

  get(executionId: string): Execution | null {
    return this.roll.view(executionId);
  }
  running(strategyId?: string): number {
    return this.roll.running(strategyId);
  }
  counts(): ReturnType<Roll["counts"]> & { readonly asleep: number } {
    return { ...this.roll.counts(), asleep: this.pool.asleep };
  }
  active(): readonly Execution[] {
    return this.roll.active().map((entry) => entry.view());
  }
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

  recall(executionId: string) {
    return this.ledger.recall(executionId);
  }
  postings(executionId: string, before: number | undefined, limit: number) {
    return this.ledger.postings(executionId, before ?? Number.MAX_SAFE_INTEGER, limit);
  }

  /** What everything that was posted comes to. */
  async balances(executionId: string): Promise<Balances> {
    const entry = this.roll.entry(executionId);
    return entry?.told === true ? entry.balances : this.ledger.posted(executionId);
  }

  /** Open ones with what they hold; `status`: only those in it. */
  holders(status?: Execution["status"]): readonly Holder[] {
    const { strategy } = this.options;
    const wanted = this.roll.active().filter(({ record }) => status === undefined || record.status === status);
    return wanted.map((entry) => holderOf(entry, strategy(entry.record.strategyId), this.pool));
  }

  /** Changes an order that is open, or takes it back (null): as it is afterwards, stored, with what was `noted` of it. */
  changeOrder(orderId: string, change: Amendment | null, noted: Noted): Promise<Result<OrderRecord, Failure>> {
    const { orders, roll, pool, ledger } = this;
    return changeOrder({ orders, roll, pool, ledger, now: this.options.now }, orderId, change, noted);
  }

  /** What the open execution of a strategy has at stake in a symbol; null: none is open. */
  stake(strategyId: string, symbol: string): Promise<Result<Stake | null, Failure>> {
    // With the emergency stop on none is taken over any more.
    return stakeOf(this.pool, this.roll, strategyId, symbol, this.halted);
  }

  async equity(executionId: string, most: number): Promise<readonly EquityPoint[]> {
    const entry = this.roll.entry(executionId);
    const points = entry?.told === true ? entry.course(this.options.now()) : await this.ledger.equity(executionId);
    return thinned(points, most);
  }

  async close(): Promise<void> {
    this.hearing.close();
    await this.pool.close();
    this.hearing.keepAll();
    await this.ledger.close();
  }

  pause(strategyId: string, paused: boolean): void {
    const entry = this.roll.activeOf(strategyId);
    if (entry !== null) this.hearing.pause(entry, paused);
  }

  private async retune(entry: Entry, strategy: Strategy, takesOver = true, fresh = true): Promise<void> {
    const deployed = await this.options.compiled(strategy);
    if (!entry.active) return;
    if (!deployed.ok) {
      this.options.log.error("a change could not be brought to its execution", { failure: deployed.failure });
      return;
    }
    const version = strategy.deployedVersion ?? entry.record.version;
    const trades = takesOver || version === entry.record.version; // otherwise the next one has overtaken it
    if (trades) entry.program = deployed.value;
    const program = trades && fresh ? deployed.value : null;
    const now = this.options.strategy(strategy.strategyId) ?? strategy; // two changes may be brought in either order
    const [terms, parameters] = [termsOf(entry, now), now.parameters];
    this.pool.send(entry.key, { kind: "retune", version, takesOver, terms, parameters, program });
    if (entry.shares !== null) await this.balance(strategy.strategyId, fresh);
  }
}
