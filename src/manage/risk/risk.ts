// Risk: limits that people set, the board on which every order is checked against them, and the watch that looks at what
// is held every LOOK_MS and acts when a limit is passed (while nobody trades, once in REST_MS: the day goes on). What it does by itself is in force at once, in the audit trail
// under the name of the engine, and told once. Main thread; the door of the room.
import { createHash } from "node:crypto";
import type { Failure } from "../../domain/failure.ts";
import type { Metric } from "../../domain/risk-words.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import { riskTable } from "../../store/operations.ts";
import { readOpeningOrders } from "../../store/orders.ts";
import type { Store } from "../../store/store.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Alerts, Audit } from "../oversight/oversight.ts";
import { Board, createBoardMemory } from "./board.ts";
import { Course } from "./course.ts";
import { Days } from "./day.ts";
import { Holdings, type Party } from "./holdings.ts";
import { DEFAULT_LIMITS, type GivenLimit, limitView, newFaults, readLimits, type RiskLimit } from "./limits.ts";
import { type Kept, Memory } from "./memory.ts";
import { OnBoard } from "./on-board.ts";
import { Seats } from "./seats.ts";
import { type Stake, unstaked } from "./stake.ts";
import { riskStatus, type RiskStatus } from "./status.ts";
import { StopRecord } from "./stop-record.ts";
import { turnAudit, turnText } from "./telling.ts";
import { type BookFigures, type Breach, type Turn, Watch } from "./watch.ts";
import { type Verdict, whatIf } from "./what-if.ts";

export { limitView } from "./limits.ts";
export type { Party } from "./holdings.ts";
export type { RiskStatus } from "./status.ts";

export interface RiskOptions {
  readonly store: Store;
  readonly audit: Audit;
  readonly alerts: Alerts;
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
  readonly log: Log;
  /** In which a day begins and ends. */
  readonly timezone: string;
  /** Where the emergency stop is kept beside the store; without it nowhere. */
  readonly stopFile?: string | null;
  /** Pauses execution and strategy. */
  readonly pause: (strategyId: string, reason: string) => void;
  /** Whether there is a strategy of this id. */
  /** What people call a strategy; null: there is none of that id. */
  readonly nameOf: (strategyId: string) => string | null;
}

/** An order that is asked about. */
export interface AskedOrder {
  readonly strategyId: string;
  readonly family: string | null;
  readonly symbol: string;
  readonly buys: boolean;
  readonly quantity: number;
  readonly price: number | null;
}

/** What the life before left of its day, until it is known which day it is. */
interface Earlier {
  day: Kept["day"];
  readonly orders: {
    readonly family: string | null;
    readonly strategyId: string;
    readonly symbol: string;
    readonly createdAt: number;
  }[];
}

/** Of an execution that is not open yet: what it would begin with. */
const CAPITAL = 100_000;
const LOOK_MS = 50;
const REST_MS = 1_000;
const LONGEST_DAY_US = 30 * 3_600_000_000;
const ENGINE = "engine";
const REVISION_DIGITS = 16;

type Put = Result<readonly RiskLimit[], Failure>;
type IsMeant = (revision: string) => boolean;

export class Risk {
  readonly seats: Seats;
  private readonly options: RiskOptions;
  private readonly board = new Board(createBoardMemory());
  private readonly onBoard: OnBoard;
  private readonly holdings = new Holdings();
  private readonly watch: Watch;
  private readonly course = new Course();
  private readonly days: Days;
  private readonly memory: Memory;
  private readonly stop: StopRecord;
  private storedStop = false;
  private set: readonly RiskLimit[] = DEFAULT_LIMITS;
  private putting: Promise<void> = Promise.resolve();
  private clock: () => number;
  /** By the clock; it only goes forwards. NaN: the clock is not known yet. */
  private day = Number.NaN;
  private readonly earlier: Earlier = { day: null, orders: [] };
  private timer: NodeJS.Timeout | null = null;
  private resting = false;
  private price: (symbol: string) => number | null = () => null;
  private stopAll: (reason: string) => void = () => undefined;
  private figures: BookFigures = {
    var_95: 0,
    expected_shortfall_95: 0,
    correlation: 0,
    cluster_exposure: 0,
    concentration: 0,
  };

  constructor(options: RiskOptions) {
    this.options = options;
    this.clock = options.now;
    this.seats = new Seats(this.board);
    this.onBoard = new OnBoard(this.board);
    this.watch = new Watch(this.board, this.holdings);
    this.days = new Days(options.timezone);
    this.memory = new Memory(options.store, options.log);
    const { audit, now, alerts, log, stopFile: path = null } = options;
    this.stop = new StopRecord({
      path,
      commit: ({ on, reason, actor }) => {
        const action = on ? "risk.emergency_stop" : "risk.resume";
        const change = { actor, action, target: "engine", from: null, to: { emergency_stop: on, reason } };
        const value = { on, reason, actor };
        return audit.record(change, [riskTable.put({ name: "emergency_stop", value, updatedAt: now() })]);
      },
      raise: (alert) => alerts.raise(alert),
      log,
    });
  }

  async load(): Promise<void> {
    const kept = await this.memory.load();
    if (kept.limits !== null) {
      const read = readLimits(kept.limits);
      if (read.ok) this.set = read.value;
      else
        this.options.log.error("stored limits of risk cannot be read; the defaults are in force", { ...read.failure });
    }
    this.inForce();
    this.earlier.day = kept.day;
    this.course.restore(kept.steps);
    this.holdings.restore(kept.fallen);
    this.storedStop = kept.stopped;
    if (await this.stop.load(kept.stopped)) this.watch.halt(true);
  }

  /** Orders that were made before the process began, and may be of this day. */
  async recount(familyOf: (strategyId: string) => string | null): Promise<void> {
    const { store } = this.options;
    for (const { strategyId, symbol, createdAt } of await readOpeningOrders(store, this.clock() - LONGEST_DAY_US))
      this.earlier.orders.push({ family: familyOf(strategyId), strategyId, symbol, createdAt });
  }

  /** The stream whose prices count from now on, and its clock, which does not fall with the wall clock. */
  join(price: (symbol: string) => number | null, clock = this.options.now): void {
    this.price = price;
    this.clock = clock;
    if (Number.isNaN(this.day)) this.dawn();
    if (this.timer !== null) return;
    this.stop.begin(this.storedStop);
    this.lookIn(LOOK_MS);
  }
  /** Who ends everything when a limit demands it. */
  stopBy(stopAll: (reason: string) => void): void {
    this.stopAll = stopAll;
  }

  /** `resumed`: in another process than that in which it began. */
  opened(party: Party, resumed: boolean): void {
    this.holdings.open(party, resumed);
    this.wake();
  }
  /** One that goes on was so far below its highest capital, as a share of it. */
  fell(strategyId: string, drawdown: number): void {
    this.holdings.fell(strategyId, drawdown);
  }
  closed(executionId: string): void {
    this.holdings.close(executionId);
  }
  traded(executionId: string, symbol: string, units: number, price: number, fee: number): void {
    this.holdings.trade(executionId, symbol, units, price, fee);
  }
  /** What it holds since an earlier life, with the price of its last fill. */
  recalled(executionId: string, symbol: string, units: number, price: number): void {
    this.holdings.recall(executionId, symbol, units, price);
  }
  /** Its own figures: what it has come to, fundings included. */
  figured(executionId: string, pnl: number): void {
    this.holdings.reconcile(executionId, pnl);
  }

  /** No order passes from now on; told to all threads by the board. */
  halt(): void {
    this.watch.halt(true);
  }
  release(): void {
    this.watch.halt(false);
  }
  /** The emergency stop was on when the engine ended, or is. */
  get stopped(): boolean {
    return this.board.halted;
  }
  /** How often limits of a metric were passed since the start of the process. */
  breaches(metric: Metric): number {
    return this.watch.breaches.get(metric) ?? 0;
  }
  /** How many limits are passed now, or near it. */
  count(standing: Breach["standing"]): number {
    return this.watch.standing().filter((one) => one.standing === standing).length;
  }
  /** Outlives the process, with its entry in the audit trail; whether it does already, or cannot for now. */
  keepStop(on: boolean, reason: string, actor: string): Promise<boolean> {
    return this.stop.keep({ on, reason, actor });
  }
  /** Whether what was asked for last outlives the process. */
  stopKept(): Promise<boolean> {
    return this.stop.kept();
  }

  limits(): readonly RiskLimit[] {
    return this.set;
  }

  /** Of exactly these limits; the same after a restart. */
  get revision(): string {
    return createHash("sha256")
      .update(JSON.stringify(this.set.map(limitView)))
      .digest("hex")
      .slice(0, REVISION_DIGITS);
  }

  /** One after the other, so that each knows what it replaces. `isMeant`: whether that is what was to be replaced. */
  putLimits(given: readonly GivenLimit[], actor: string, isMeant: IsMeant = () => true): Promise<Put> {
    const put = this.putting.then(() => this.replaceLimits(given, actor, isMeant));
    this.putting = put.then(
      () => undefined,
      () => undefined,
    );
    return put;
  }

  private async replaceLimits(given: readonly GivenLimit[], actor: string, isMeant: IsMeant): Promise<Put> {
    const { revision } = this;
    if (!isMeant(revision)) return failed({ code: "precondition_failed", what: "limits of risk", revision });
    const read = readLimits(given);
    if (!read.ok) return read;
    const { audit, now, nameOf } = this.options;
    // One that is limited already may have been deleted since.
    const limited = new Set(this.set.map(({ name }) => name));
    const [fault, ...faults] = newFaults(read.value, (id) => nameOf(id) !== null || limited.has(id));
    if (fault !== undefined) return failed({ code: "validation_error", issues: [fault, ...faults] });
    const [from, to] = [this.set.map(limitView), read.value.map(limitView)];
    if (JSON.stringify(from) === JSON.stringify(to)) return ok(this.set);
    const change = { actor, action: "risk.limits", target: "risk", from: { limits: from }, to: { limits: to } };
    const stored = await audit.record(change, [
      riskTable.put({ name: "limits", value: { limits: to }, updatedAt: now() }),
    ]);
    if (!stored.ok) return stored;
    this.set = read.value;
    this.wake();
    if (!this.inForce())
      return failed({
        code: "conflict",
        issue: "these limits name more families, strategies and symbols than risk can keep apart; take some out",
      });
    return ok(this.set);
  }

  /** Nothing is placed. `stake`: of the strategy's open execution; null: none is open. */
  check({ price: limit, ...order }: AskedOrder, open: Stake | null): Verdict {
    const stake = open ?? unstaked(CAPITAL);
    const price = stake.mark > 0 ? stake.mark : (this.price(order.symbol) ?? 0);
    return whatIf(this.board, { ...order, limit, price, stake, now: this.clock() });
  }

  status(): RiskStatus {
    this.look();
    const { holdings, watch, course, figures, set, stopped, board } = this;
    return riskStatus({ holdings, watch, course, figures, limits: set, stopped, board, nameOf: this.options.nameOf });
  }

  async close(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    await this.stop.close();
    await this.memory.close();
  }

  /** False: not all of them fit on the board. */
  private inForce(): boolean {
    const fits = this.onBoard.put(this.set);
    this.watch.put(this.set);
    return fits;
  }

  private lookIn(ms: number): void {
    this.resting = ms > LOOK_MS;
    this.timer = setTimeout(() => {
      this.look();
      if (this.timer !== null) this.lookIn(this.holdings.size > 0 ? LOOK_MS : REST_MS);
    }, ms).unref();
  }
  /** Somebody trades, or other limits are in force. */
  private wake(): void {
    if (this.timer === null || !this.resting) return;
    clearTimeout(this.timer);
    this.lookIn(LOOK_MS);
  }

  /** The day that it is. What an earlier life saw ahead of it, because its clock was ahead, is of this day too. */
  private dawn(): void {
    const { day, orders } = this.earlier;
    this.day = this.days.of(this.clock());
    this.board.setDay(this.day);
    if (day !== null && day.day >= this.day) this.holdings.book.dayBegan = -day.profit;
    for (const { family, strategyId, symbol, createdAt } of orders.splice(0))
      if (this.days.of(createdAt) >= this.day) this.board.recount(family, strategyId, symbol);
  }

  /** One look at everything: at most LOOK_MS behind the market. */
  private look(): void {
    if (Number.isNaN(this.day)) this.dawn();
    const clock = this.clock();
    const { holdings, course } = this;
    holdings.mark(this.price);
    const day = this.days.of(clock);
    if (day > this.day) {
      this.day = day;
      this.board.setDay(day);
      holdings.newDay();
    }
    if (course.look(clock, holdings)) {
      const { last: step } = course;
      this.memory.keep({ day: this.day, profit: holdings.book.daily, step, fallen: holdings.stood() }, clock);
      this.figures = this.slowFigures();
    }
    if (course.emptied(holdings)) this.figures = this.slowFigures();
    for (const turn of this.watch.look(this.figures)) this.tell(turn);
  }

  private slowFigures(): BookFigures {
    const { holdings, course } = this;
    const { tail, likeness } = course;
    const { gross } = holdings.book;
    const share = (value: number): number => (gross > 0 ? value / gross : 0);
    let largest = 0;
    for (const subject of holdings.all()) if (subject.scope === "symbol") largest = Math.max(largest, subject.gross);
    const clusters = likeness
      .clusters()
      .map((names) => names.reduce((sum, name) => sum + (holdings.find("strategy", name)?.gross ?? 0), 0));
    return {
      var_95: Math.max(tail.historical, tail.cornishFisher),
      expected_shortfall_95: Math.max(tail.historicalShortfall, tail.cornishFisherShortfall),
      correlation: likeness.highest(),
      cluster_exposure: share(Math.max(0, ...clusters)),
      concentration: share(largest),
    };
  }

  /** The board holds back orders already; what is left is to pause or to stop, and to say so. */
  private tell(turn: Turn): void {
    const { alerts, audit, pause, log } = this.options;
    const { limit, subject, to } = turn;
    const message = turnText(turn);
    const acted = to === "breached" && limit.action !== "alert";
    const strategyId = subject.scope === "strategy" && subject.name !== null ? { strategyId: subject.name } : {};
    const symbol = subject.scope === "symbol" && subject.name !== null ? { symbol: subject.name } : {};
    if (acted && limit.action === "pause")
      for (const party of this.holdings.within(subject))
        if (!(limit.level === "warning" && party.override)) pause(party.strategyId, message);
    if (acted && limit.action === "emergency_stop" && !this.stopped) {
      this.stopAll(message);
      void this.keepStop(true, message, ENGINE);
    }
    const level = to === "breached" ? "critical" : to === "warned" ? "warning" : "info";
    const state = `risk ${limit.metric} ${subject.scope} ${subject.name}`;
    alerts.raise({ level, type: "risk", message, state, ...strategyId, ...symbol });
    log.warn("risk", { message, action: acted ? limit.action : "alert" });
    void audit.note({ actor: ENGINE, ...turnAudit(turn) });
  }
}
