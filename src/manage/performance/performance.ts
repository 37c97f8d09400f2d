// Tracked results of strategies: kept in the store, their sums in memory, the newest of them mirrored to a Redis key
// that lives an hour, and told on the topic strategy.performance. A result is durable when it is answered. Key and topic
// are written at once, then at most once per MIRROR_MS and strategy, because the key holds up to a thousand results.
import { announce, KEY_TTL_SECONDS_MAX, performanceHistoryKey, TOPICS, type Bus } from "../../bus/bus.ts";
import { invalid, type Failure } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import {
  forgetResults,
  lastResultId,
  performanceTable,
  performanceTotalsTable,
  readRecentResults,
  readResults,
} from "../../store/performance.ts";
import type { Store } from "../../store/store.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Alerts } from "../oversight/oversight.ts";
import { Queues } from "../queues.ts";
import type { Registry } from "../registry/registry.ts";
import type { Numbers } from "../settings/settings.ts";
import {
  EXECUTION_MS_MAX,
  metricsOf,
  NOTHING,
  RESULT_MAX,
  withResult,
  type Totals,
  type TrackedMetrics,
  type TrackedResult,
} from "./metrics.ts";
import { type Judgement, Underperformers, type Underperforming, WINDOW_MAX } from "./underperformers.ts";

export type { Underperforming } from "./underperformers.ts";
export type { TrackedMetrics, TrackedResult } from "./metrics.ts";

export interface PerformanceOptions {
  readonly store: Store;
  readonly bus: Bus;
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
  readonly log: Log;
  readonly alerts: Alerts;
  readonly registry: Pick<Registry, "nameOf">;
  /** Of underperformers; in force from the next look on. */
  readonly thresholds: () => Numbers;
}

export const HISTORY_MAX = 1_000;
/** Older results go after this many new ones. */
const FORGET_EVERY = 100;
const MIRROR_MS = 250;
const TURN_MS = 50;

export class Performance {
  private readonly options: PerformanceOptions;
  private readonly totals = new Map<string, Totals>();
  private readonly queues = new Queues();
  private lastId = 0;
  /** Strategies whose executions have traded since their key was written. */
  private readonly owed = new Set<string>();
  private turns: NodeJS.Timeout | null = null;
  private readonly underperformers: Underperformers;
  /** Strategies whose key was written a moment ago; true: it is behind again. */
  private readonly resting = new Map<string, { behind: boolean; readonly timer: NodeJS.Timeout }>();

  constructor(options: PerformanceOptions) {
    this.options = options;
    this.underperformers = new Underperformers(options.thresholds, options.now);
  }

  async load(): Promise<void> {
    this.lastId = await lastResultId(this.options.store);
    for (const { strategyId, totals } of await performanceTotalsTable.load(this.options.store))
      this.totals.set(strategyId, { ...NOTHING, ...totals });
    for (const { strategyId, pnl, success, executionTimeMs } of await readRecentResults(this.options.store, WINDOW_MAX))
      this.underperformers.add(strategyId, { pnl, success, executionTimeMs });
  }

  /** Null: it does as well as it has to, or too little is known. */
  underperforming(strategyId: string): Underperforming | null {
    return this.underperformers.of(strategyId);
  }

  /** All strategies by the thresholds of now. `tells`: what has changed is an alert. */
  judgeAll(tells: boolean): void {
    for (const judged of this.underperformers.judgeAll()) if (tells) this.tell(judged);
  }

  /** A trade of an execution; nobody waits for it. */
  traded(strategyId: string, pnl: number): void {
    const result = { pnl, success: pnl > 0, executionTimeMs: null };
    void this.keep(strategyId, result, () => this.showLater(strategyId)).then((tracked) => {
      if (!tracked.ok) this.options.log.error("a trade could not be tracked", { strategyId, failure: tracked.failure });
    });
  }

  metrics(strategyId: string): TrackedMetrics {
    return metricsOf(this.totals.get(strategyId) ?? NOTHING);
  }

  /** The strategy exists; the caller has seen to that. */
  track(strategyId: string, result: TrackedResult): Promise<Result<TrackedMetrics, Failure>> {
    return this.keep(strategyId, result, () => this.show(strategyId));
  }

  private keep(strategyId: string, result: TrackedResult, shown: () => void): Promise<Result<TrackedMetrics, Failure>> {
    const { store, now } = this.options;
    const fault = outOfRange(result);
    if (fault !== null) return Promise.resolve(failed(fault));
    return this.queues.run(strategyId, async () => {
      const totals = withResult(this.totals.get(strategyId) ?? NOTHING, result);
      const timestamp = now();
      const { pnl, success, executionTimeMs } = result;
      const row = { strategyId, pnl, success, executionTimeMs: executionTimeMs ?? 0, timestamp };
      const stored = await store.commit([
        performanceTable.insert({ resultId: ++this.lastId, ...row }),
        performanceTotalsTable.put({ strategyId, totals: { ...totals }, updatedAt: timestamp }),
        ...(totals.count % FORGET_EVERY === 0 ? [forgetResults(strategyId, HISTORY_MAX)] : []),
      ]);
      if (!stored.ok) return stored;
      this.totals.set(strategyId, totals);
      shown();
      this.underperformers.add(strategyId, result);
      const judged = this.underperformers.judge(strategyId);
      if (judged !== null) this.tell(judged);
      return ok(metricsOf(totals));
    });
  }

  forget(strategyId: string): void {
    this.totals.delete(strategyId);
    this.underperformers.forget(strategyId);
    this.owed.delete(strategyId);
    const rest = this.resting.get(strategyId);
    if (rest) rest.behind = false;
  }

  /** Writes the keys that are behind. */
  async close(): Promise<void> {
    if (this.turns !== null) clearInterval(this.turns);
    const behind = [...this.resting].filter(([, rest]) => rest.behind);
    for (const { timer } of this.resting.values()) clearTimeout(timer);
    this.resting.clear();
    await Promise.all(behind.map(([strategyId]) => this.mirror(strategyId)));
  }

  private tell({ strategyId, begun }: Judgement): void {
    const message =
      begun === null
        ? `strategy ${strategyId} does as well as it has to again`
        : `strategy ${strategyId} does worse than it may: ${begun.reasons.join("; ")}`;
    const level = begun === null ? "info" : "warning";
    this.options.alerts.raise({ level, type: "performance", strategyId, message, state: `performance ${strategyId}` });
  }

  /** Thousands of executions trade: their keys take turns. */
  private showLater(strategyId: string): void {
    this.owed.add(strategyId);
    this.turns ??= setInterval(() => {
      const [next] = this.owed;
      if (next === undefined) return;
      this.owed.delete(next);
      this.show(next);
    }, TURN_MS).unref();
  }

  private show(strategyId: string): void {
    const rest = this.resting.get(strategyId);
    if (rest) {
      rest.behind = true;
      return;
    }
    void this.mirror(strategyId);
    const timer = setTimeout(() => {
      const { behind = false } = this.resting.get(strategyId) ?? {};
      this.resting.delete(strategyId);
      if (behind) this.show(strategyId);
    }, MIRROR_MS);
    timer.unref();
    this.resting.set(strategyId, { behind: false, timer });
  }

  private async mirror(strategyId: string): Promise<void> {
    const { store, bus, log, registry } = this.options;
    try {
      const metrics = this.metrics(strategyId);
      const results = await readResults(store, strategyId, HISTORY_MAX);
      const history = results.map(({ pnl, executionTimeMs, success, timestamp }) => ({
        pnl,
        execution_time_ms: executionTimeMs,
        success,
        timestamp: new Date(timestamp / 1000).toISOString(),
      }));
      const value = JSON.stringify({ strategy_id: strategyId, metrics, history });
      bus.setKey(performanceHistoryKey(strategyId), value, KEY_TTL_SECONDS_MAX);
      const ids = { strategy_id: strategyId, strategy_name: registry.nameOf(strategyId), execution_id: null };
      announce(bus, TOPICS.performance, { ...ids, metrics: { ...metrics } });
    } catch (error) {
      log.warn("tracked results could not be read for their Redis key", { strategyId, error });
    }
  }
}

function outOfRange({ pnl, executionTimeMs }: TrackedResult): Failure | null {
  if (Math.abs(pnl) > RESULT_MAX)
    return invalid("execution_result.pnl", `must be a number from -${RESULT_MAX} to ${RESULT_MAX}, found ${pnl}`);
  if ((executionTimeMs ?? 0) <= EXECUTION_MS_MAX) return null;
  return invalid("execution_result.execution_time_ms", `must be at most ${EXECUTION_MS_MAX}, found ${executionTimeMs}`);
}
