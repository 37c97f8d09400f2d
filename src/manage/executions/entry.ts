// An execution as main keeps it: its row, what its thread last said, and the course of its equity while it is open. Past
// executions keep their row; fills and equity lie in the store.
import type { CompiledStrategy } from "../../sandbox/sandbox.ts";
import type { ExecutionRecord, TradeRecord } from "../../store/executions.ts";
import type { JsonObject } from "../../store/strategies.ts";
import { newId } from "../ids.ts";
import { Curve, type EquityPoint } from "./curve.ts";
import { type Metrics, NO_METRICS } from "./figures.ts";
import type { BookedFill, ExecutionNews, Reign, State } from "./messages.ts";
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
  /** Which events each version has seen: unbroken, and without one that two have seen. */
  readonly reigns: readonly Reign[];
}

const POINT_US = 10_000_000;

export class Entry {
  readonly key: number;
  record: ExecutionRecord;
  /** Null: a built-in strategy. */
  program: CompiledStrategy | null = null;
  curve: Curve;
  /** Realised, of all fills. */
  realised = 0;
  /** Of the last event that it saw. */
  sequence = -1;
  openPositions = 0;
  /** Stored points of equity, and the time of the last one. */
  points = 0;
  private pointAt = 0;
  private ending: ((news: ExecutionNews | null) => void) | null = null;

  constructor(key: number, record: ExecutionRecord) {
    this.key = key;
    this.record = record;
    this.curve = new Curve(this.beginning());
  }

  get active(): boolean {
    return this.record.status === "running" || this.record.status === "paused";
  }

  /** Takes over what the thread says; the fills as rows to be stored. */
  take({ state, fills, points }: ExecutionNews): readonly TradeRecord[] {
    const rows = fills.map((fill) => this.row(fill));
    this.read(state);
    for (let at = 0; at + 2 < points.length; at += 3) {
      const [time = 0, equity = 0, drawdown = 0] = points.slice(at, at + 3);
      this.curve.add({ time, equity, drawdown });
    }
    return rows;
  }

  /** The newest point of equity where the last stored one is ten seconds old, or `now`; null: none is due. */
  due(now = false): EquityPoint | null {
    const { last } = this.curve;
    if (!now && last.time - this.pointAt < POINT_US) return null;
    if (last.time === this.pointAt) return null;
    this.pointAt = last.time;
    return last;
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

  /** The point with which its curve begins. */
  beginning(): EquityPoint {
    return { time: this.record.startTime, equity: CAPITAL, drawdown: 0 };
  }

  view(): Execution {
    const { record, openPositions } = this;
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
      metrics: { ...NO_METRICS, ...(record.performanceMetrics as Partial<Metrics>) },
      config: record.executionConfig,
      error: record.error,
      openPositions,
      reigns: record.reigns,
    };
  }

  private row(fill: BookedFill): TradeRecord {
    const { symbol, side, quantity, price, time, pnl, sequence, fee } = fill;
    const position = this.record.tradeCount;
    this.record = { ...this.record, tradeCount: position + 1 };
    this.realised += pnl;
    const { executionId } = this.record;
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

  private read({ equity, metrics, openPositions, sequence, version, reigns }: State): void {
    this.sequence = sequence;
    this.openPositions = openPositions;
    this.record = {
      ...this.record,
      version,
      finalPnl: equity - CAPITAL,
      performanceMetrics: { ...metrics },
      reigns,
    };
  }
}
