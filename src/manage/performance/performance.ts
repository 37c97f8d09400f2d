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
  readResults,
} from "../../store/performance.ts";
import type { Store } from "../../store/store.ts";
import type { Log } from "../../telemetry/log.ts";
import { Queues } from "../queues.ts";
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

export type { TrackedMetrics, TrackedResult } from "./metrics.ts";

export interface PerformanceOptions {
  readonly store: Store;
  readonly bus: Bus;
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
  readonly log: Log;
}

export const HISTORY_MAX = 1_000;
/** Older results go after this many new ones. */
const FORGET_EVERY = 100;
const MIRROR_MS = 250;

export class Performance {
  private readonly options: PerformanceOptions;
  private readonly totals = new Map<string, Totals>();
  private readonly queues = new Queues();
  private lastId = 0;
  /** Strategies whose key was written a moment ago; true: it is behind again. */
  private readonly resting = new Map<string, { behind: boolean; readonly timer: NodeJS.Timeout }>();

  constructor(options: PerformanceOptions) {
    this.options = options;
  }

  async load(): Promise<void> {
    this.lastId = await lastResultId(this.options.store);
    for (const { strategyId, totals } of await performanceTotalsTable.load(this.options.store))
      this.totals.set(strategyId, { ...NOTHING, ...totals });
  }

  metrics(strategyId: string): TrackedMetrics {
    return metricsOf(this.totals.get(strategyId) ?? NOTHING);
  }

  /** The strategy exists; the caller has seen to that. */
  track(strategyId: string, result: TrackedResult): Promise<Result<TrackedMetrics, Failure>> {
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
      this.show(strategyId);
      return ok(metricsOf(totals));
    });
  }

  forget(strategyId: string): void {
    this.totals.delete(strategyId);
    const rest = this.resting.get(strategyId);
    if (rest) rest.behind = false;
  }

  /** Writes the keys that are behind. */
  async close(): Promise<void> {
    const behind = [...this.resting].filter(([, rest]) => rest.behind);
    for (const { timer } of this.resting.values()) clearTimeout(timer);
    this.resting.clear();
    await Promise.all(behind.map(([strategyId]) => this.mirror(strategyId)));
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
    const { store, bus, log } = this.options;
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
      announce(bus, TOPICS.performance, { strategy_id: strategyId, execution_id: null, metrics: { ...metrics } });
    } catch (error) {
      log.warn("tracked results could not be read for their Redis key", { strategyId, error });
    }
  }
}

function outOfRange({ pnl, executionTimeMs }: TrackedResult): Failure | null {
  if (Math.abs(pnl) > RESULT_MAX)
    return invalid("execution_result.pnl", `must be a number from -${RESULT_MAX} to ${RESULT_MAX}`);
  if ((executionTimeMs ?? 0) <= EXECUTION_MS_MAX) return null;
  return invalid("execution_result.execution_time_ms", `must be at most ${EXECUTION_MS_MAX}`);
}
