// An execution as main keeps it: its row, what its thread last said, and the course of its equity while it is open. Past
// executions keep their row; fills and equity lie in the store.
import type { CompiledStrategy } from "../../sandbox/sandbox.ts";
import type { ExecutionRecord, TradeRecord } from "../../store/executions.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { LedgerRecord } from "../../store/orders.ts";
import { added, type Balances, type BookedPosition, type Holder, NO_BALANCES, type Posting } from "../orders/orders.ts";
import { newId } from "../ids.ts";
import type { GateTable } from "./gatekeeper.ts";
import { Curve, type EquityPoint } from "./curve.ts";
import { Figures, type FiguresCourse } from "./figures.ts";
import type { BookedFill, Comparison, Course, ExecutionNews, Past, Reign, Shares, State } from "./messages.ts";
import type { WatchCourse } from "./limit-watch.ts";
import { type Metrics, metricsOf } from "./metrics.ts";
import {
  readCourse,
  STEP_DRAWDOWN,
  STEP_EQUITY,
  STEP_OPEN,
  STEP_POINT,
  STEP_REIGN_EVENTS,
  STEP_REIGN_LAST,
  STEP_SEQUENCE,
  STEP_TIME,
  STEP_WIDTH,
} from "./step-rows.ts";
import { withoutSymbols } from "./symbols.ts";
import { CAPITAL } from "./terms.ts";

/** For who asks. Times in integer microseconds. */
export interface Execution {
  readonly executionId: string;
  readonly strategyId: string;
  readonly version: string;
  readonly status: ExecutionRecord["status"];
  readonly startTime: number;
  readonly endTime: number | null;
  readonly tradeCount: number;
  readonly pnl: number;
  readonly metrics: Metrics;
  readonly config: JsonObject;
  readonly stopReason: string | null;
  readonly error: string | null;
  readonly openPositions: number;
  /** Orders that risk refused in this process, and why the last one was. */
  readonly ordersRefused: number;
  readonly lastRefusal: string | null;
  /** Which events each version has seen: unbroken, and without one that two have seen. */
  readonly reigns: readonly Reign[];
  /** It began in an earlier process. */
  readonly resumed: boolean;
}

/** What is to be done about news. */
export interface Taken {
  readonly trades: readonly TradeRecord[];
  readonly postings: readonly LedgerRecord[];
  /** Positions whose quantity changed, those that are flat now among them. */
  readonly moved: readonly BookedPosition[];
}

const POINT_US = 10_000_000;
const MILLION = 1_000_000;

export class Entry {
  readonly key: number;
  /** Null: a built-in strategy. */
  program: CompiledStrategy | null = null;
  /** Null: its version decides on all symbols. */
  shares: Shares | null = null;
  /** All that count for an event behind the last one that its thread told of. */
  gates: readonly GateTable[] = [];
  curve: Curve;
  /** Realised, of all fills. */
  realised = 0;
  /** Of the last event that it saw. */
  sequence = -1;
  openPositions = 0;
  ordersRefused = 0;
  lastRefusal: string | null = null;
  /** Stored points of equity, and the time of the last one. */
  points = 0;
  private pointAt: number;
  private current: ExecutionRecord;
  /** It was open when the engine ended: what it came to lies in the store until it is taken over. */
  stored = false;
  /** It began in an earlier process. */
  resumed = false;
  /** Its thread has it, and that was told: only then has it turns of figures. */
  begun = false;
  /** What its figures come to has not been worked out since its thread spoke last. */
  private stale = false;
  /** What was posted for it, in millionths, and how many entries that are. */
  balances: Balances = NO_BALANCES;
  entries = 0;
  /** By symbol: what was earned by holding it, in millionths, and up to when borrowing was paid; null: nothing yet. */
  carry: Map<string, { readonly amount: number; readonly borrowedUntil: number }> | null = null;
  /** The highest number that an order of it has had. */
  lastOrder = 0;
  positions: readonly BookedPosition[] = [];
  private figured: Course | null = null;
  /** The last step, while nothing else was told after it. */
  private row: Float64Array | null = null;
  private rowed = false;
  /** Who hears of the new version that is compared; null: nobody. */
  onCompared: ((seen: Comparison) => void) | null = null;
  private ending: ((news: ExecutionNews | null) => void) | null = null;

  constructor(key: number, record: ExecutionRecord) {
    this.key = key;
    this.current = record;
    this.curve = new Curve(this.beginning());
    this.pointAt = record.startTime;
  }

  /** As it is stored: with the figures of the moment, and while it is open with what they go on from. */
  get record(): ExecutionRecord {
    if (!this.stale) return this.current;
    this.stale = false;
    this.readRow();
    if (this.figured === null) return this.current;
    const { figures, watch } = this.figured;
    const metrics = shown(figures, CAPITAL + this.current.finalPnl);
    const course = this.active ? { course: figures, watch } : {};
    this.current = { ...this.current, performanceMetrics: { ...metrics, ...course } };
    return this.current;
  }
  set record(record: ExecutionRecord) {
    const { course: _, watch: __, ...metrics } = record.performanceMetrics;
    this.current = record;
    if (!this.active) this.current = { ...record, performanceMetrics: metrics };
  }

  get active(): boolean {
    return this.current.status === "running" || this.current.status === "paused";
  }

  /** It is open, and what it came to is known here. */
  get told(): boolean {
    return this.active && !this.stored;
  }

  /** Takes over what the thread says; fills and postings as rows to be stored. */
  take({ state, fills, points, orders, postings, positions, refused, refusal }: ExecutionNews): Taken {
    const first = this.record.tradeCount;
    const trades = fills.map((fill) => this.trade(fill));
    const ledger = this.posted(postings, first);
    for (const { number } of orders) this.lastOrder = Math.max(this.lastOrder, number);
    this.read(state);
    const before = this.positions;
    this.positions = (positions ?? before).map((held, at) => ({ ...held, mark: state.marks[at] ?? held.mark }));
    this.ordersRefused += refused;
    this.lastRefusal = refusal ?? this.lastRefusal;
    for (let at = 0; at + 2 < points.length; at += 3) {
      const [time = 0, equity = 0, drawdown = 0] = points.slice(at, at + 3);
      this.curve.add(time, equity, drawdown);
    }
    return { trades, postings: ledger, moved: positions === null ? [] : movedOf(before, positions) };
  }

  /** Takes over a row of steps: where thousands do nothing else, nothing is made of it before somebody asks. */
  step(rows: Float64Array, at: number): void {
    this.row ??= new Float64Array(STEP_WIDTH);
    this.row.set(rows.subarray(at, at + STEP_WIDTH));
    this.rowed = true;
    this.stale = true;
    this.sequence = rows[at + STEP_SEQUENCE] ?? this.sequence;
    this.openPositions = rows[at + STEP_OPEN] ?? 0;
    const time = rows[at + STEP_TIME] ?? 0; // 0: no step is over, the market rests
    if (time > 0) this.curve.add(time, rows[at + STEP_POINT] ?? 0, rows[at + STEP_DRAWDOWN] ?? 0);
  }

  private readRow(): void {
    const { row, current } = this;
    if (!this.rowed || row === null) return;
    this.rowed = false;
    this.figured = readCourse(row, 0);
    const reigns = [...current.reigns];
    const reign = reigns.pop();
    const [last = 0, events = 0] = row.subarray(STEP_REIGN_LAST, STEP_REIGN_EVENTS + 1);
    if (reign !== undefined) reigns.push({ ...reign, last, events });
    this.current = { ...current, finalPnl: (row[STEP_EQUITY] ?? CAPITAL) - CAPITAL, reigns };
  }

  /** Its course in memory, up to now. */
  course(now: number): readonly EquityPoint[] {
    const present = this.curve.present(now, CAPITAL + this.record.finalPnl);
    return present === null ? this.curve.all() : [...this.curve.all(), present];
  }

  /** Points of equity that are to be stored: the newest where the last stored one is ten seconds old, behind a new low. */
  due(): readonly EquityPoint[] {
    const { last, lowest } = this.curve;
    if (last.time - this.pointAt < POINT_US) return [];
    const low = lowest.time > this.pointAt && lowest.time < last.time ? [lowest] : [];
    this.pointAt = last.time;
    return [...low, last];
  }
  /** All of its course that is not stored yet. */
  rest(now: number): readonly EquityPoint[] {
    const points = this.course(now).filter(({ time }) => time > this.pointAt);
    this.pointAt = points.at(-1)?.time ?? this.pointAt;
    return points;
  }
  /** Its course goes on behind what is stored, with the point of this number. */
  goOn(stored: readonly EquityPoint[], next: number): void {
    this.points = next;
    for (const { time, equity, drawdown } of stored) this.curve.add(time, equity, drawdown);
    this.pointAt = stored.at(-1)?.time ?? this.pointAt;
  }

  /** Its limits count anew: where they stood is not stored again, and taken by no other thread, until its own says so. */
  forgive(): void {
    const { watch: _, ...kept } = this.record.performanceMetrics;
    this.current = { ...this.current, performanceMetrics: kept };
    this.figured = null;
  }

  /** Resolves with its last news, or with null when they do not come in time. */
  lastNews(ms: number): Promise<ExecutionNews | null> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.settled(null), ms);
      this.ending = (news) => {
        clearTimeout(timer);
        resolve(news);
      };
    });
  }
  settled(news: ExecutionNews | null): void {
    const { ending } = this;
    this.ending = null;
    ending?.(news);
  }

  /** With which it goes on elsewhere. */
  past(): Past {
    const { curve, record } = this;
    const { figured: course } = this; // as the record has brought it up to date
    let highest = CAPITAL;
    const stored = record.performanceMetrics["max_drawdown"];
    let deepest = typeof stored === "number" ? Math.min(0, stored) : 0;
    for (const { equity, drawdown } of curve.all()) {
      highest = Math.max(highest, equity);
      deepest = Math.min(deepest, drawdown);
    }
    const { performanceMetrics: kept, finalPnl } = record;
    const watch = course?.watch ?? watchIn(kept);
    return { equity: CAPITAL + finalPnl, highest, deepest, course, figures: courseIn(kept), watch };
  }

  /** It is over: what only an open one needs is let go. */
  release(): void {
    this.curve = new Curve(this.beginning());
    this.program = null;
    this.shares = null;
    this.figured = null;
    this.carry = null;
    this.positions = [];
  }

  private posted(postings: readonly Posting[], firstTrade: number): readonly LedgerRecord[] {
    let trade = firstTrade;
    return postings.map((posting) => {
      const { executionId } = this.record;
      const { kind, symbol, carry, timestamp } = posting;
      this.balances = added(this.balances, posting);
      if (symbol !== null && carry !== 0) {
        this.carry ??= new Map();
        const { amount, borrowedUntil } = this.carry.get(symbol) ?? { amount: 0, borrowedUntil: 0 };
        const until = kind === "borrowing" ? timestamp : borrowedUntil;
        this.carry.set(symbol, { amount: amount - carry, borrowedUntil: until });
      }
      return { ...posting, executionId, entry: this.entries++, trade: kind === "fill" ? trade++ : null };
    });
  }

  /** The point with which its curve begins. */
  beginning(): EquityPoint {
    return { time: this.record.startTime, equity: CAPITAL, drawdown: 0 };
  }

  /** `target`: what a full position of it is to be worth. `price`: the last one of a symbol, 0 where there is none. */
  holder(target: number, price: (symbol: string) => number): Holder {
    const { record, balances } = this;
    const positions = this.positions.map((held) => ({ ...held, mark: price(held.symbol) || held.mark }));
    const { executionId, strategyId, finalPnl } = record;
    const priced = balances.capital !== 0 && this.positions.every(({ symbol }) => price(symbol) > 0);
    const equity = priced ? worth(balances, positions) : CAPITAL + finalPnl;
    return { executionId, strategyId, capital: CAPITAL, equity, balances, positions, target };
  }

  view(): Execution {
    const { record, openPositions, ordersRefused, lastRefusal, resumed } = this;
    const { executionId, strategyId, version, status, startTime, endTime, tradeCount, finalPnl, stopReason } = record;
    return {
      executionId,
      strategyId,
      version,
      status,
      startTime,
      endTime,
      tradeCount,
      stopReason,
      pnl: finalPnl,
      metrics: metricsIn(record.performanceMetrics),
      config: withoutSymbols(record.executionConfig),
      error: record.error,
      openPositions,
      ordersRefused,
      lastRefusal,
      reigns: record.reigns,
      resumed,
    };
  }

  private trade(fill: BookedFill): TradeRecord {
    const { symbol, side, quantity, price, time, pnl, sequence, fee } = fill;
    const { executionId, tradeCount: position } = this.current;
    this.current = { ...this.current, tradeCount: position + 1 };
    this.realised += pnl;
    const timestamp = Math.round(time);
    return {
      tradeId: newId("trade"),
      executionId,
      symbol,
      side,
      quantity,
      price,
      timestamp,
      pnl,
      position,
      sequence,
      fee,
    };
  }

  private read({ equity, openPositions, sequence, version, reigns, course }: State): void {
    this.rowed = false;
    this.sequence = sequence;
    this.figured = course;
    this.stale = true;
    this.openPositions = openPositions;
    this.current = { ...this.current, version, finalPnl: equity - CAPITAL, reigns };
  }
}

const NO_METRICS = metricsOf(new Figures(CAPITAL).figured(CAPITAL));

function shown(course: FiguresCourse, equity: number): Metrics {
  const figures = new Figures(CAPITAL);
  figures.resume(course);
  return metricsOf(figures.figured(equity));
}

/** Of a row that may be of an earlier version of the engine. */
function metricsIn(stored: JsonObject): Metrics {
  const { course: _, watch: __, ...metrics } = stored;
  return { ...NO_METRICS, ...(metrics as Partial<Metrics>) };
}
function courseIn({ course }: JsonObject): FiguresCourse | null {
  return typeof course === "object" ? (course as FiguresCourse | null) : null;
}
function watchIn({ watch }: JsonObject): WatchCourse | null {
  return typeof watch === "object" ? (watch as WatchCourse | null) : null;
}

/** By the books and the prices that its positions are shown at, so that what is told together adds up. */
function worth({ cash }: Balances, positions: readonly BookedPosition[]): number {
  return positions.reduce((sum, { quantity, mark }) => sum + quantity * mark, cash / MILLION);
}

function movedOf(before: readonly BookedPosition[], now: readonly BookedPosition[]): readonly BookedPosition[] {
  const known = new Map(before.map((position) => [position.symbol, position]));
  const moved = now.filter(({ symbol, quantity }) => known.get(symbol)?.quantity !== quantity);
  for (const { symbol } of now) known.delete(symbol);
  return [...moved, ...[...known.values()].map((position) => ({ ...position, quantity: 0, cost: 0 }))];
}
