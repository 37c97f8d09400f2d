// What the channel `metrics` says each second: the figures of GET /metrics, rates since the last time it was asked, and
// how long a pass of the fast tier took, over the last half to whole minute. Main thread; asked once a second.
import type { HistogramMark } from "../telemetry/histogram.ts";
import type { MetricsUpdate } from "../domain/live-protocol.ts";
import { metricsOf, type EngineParts } from "./health.ts";

const WINDOW_MS = 30_000;

interface Rates {
  readonly atMs: number;
  readonly signals: number;
  readonly ticks: number;
}

/** `nowMs` is a clock that never falls. */
export function liveMetrics(parts: EngineParts, nowMs: () => number): () => MetricsUpdate {
  // These outlive a stream that is opened again.
  const { counters, meters, published } = parts.plane.stream.carry;
  const latency = meters.fast.latencyUs;
  const read = (): Rates => ({ atMs: nowMs(), signals: sum(published), ticks: ticksOf(counters.ingested) });
  let last = read();
  let marks: readonly [HistogramMark, HistogramMark] = [latency.mark(), latency.mark()];
  let markedMs = last.atMs;
  return () => {
    const now = read();
    const seconds = Math.max((now.atMs - last.atMs) / 1000, 1e-3);
    const rate = (count: (rates: Rates) => number): number => round((count(now) - count(last)) / seconds);
    const [signals, ticks] = [rate((rates) => rates.signals), rate((rates) => rates.ticks)];
    last = now;
    if (now.atMs - markedMs >= WINDOW_MS) {
      marks = [marks[1], latency.mark()];
      markedMs = now.atMs;
    }
    // Joined, because a copy of so many members has a hidden class of its own, and thousands are kept for replays.
    return Object.assign(metricsOf(parts), {
      signals_per_second: signals,
      ticks_per_second: ticks,
      eval_p50_ms: latency.quantile(0.5, marks[0]) / 1000,
      eval_p99_ms: latency.quantile(0.99, marks[0]) / 1000,
      ws_connections: parts.live.stats().connections,
    });
  };
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function ticksOf(ingested: Readonly<Record<string, Readonly<Record<string, number>>>>): number {
  return sum(Object.values(ingested).map((encodings) => sum(Object.values(encodings))));
}

/** Two decimals: a rate over one second is no more exact than that. */
function round(rate: number): number {
  return Math.round(rate * 100) / 100;
}
