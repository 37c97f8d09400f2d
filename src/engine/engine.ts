// The engine as the server sees it: fills the server's port from the rooms. Views only; every rule lives in its room.
import { assetTypeName } from "../domain/asset-type.ts";
import type { Failure } from "../domain/failure.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import { wireSignal } from "../domain/signal.ts";
import { US_PER_S } from "../domain/units.ts";
import type { Engine, MarketDataOutcome, SymbolView, VersionView } from "../server/server.ts";
import type { Processed, Stream, SymbolState } from "../stream/stream.ts";
import type { Log } from "../telemetry/log.ts";
import { componentViews, healthOf, metricsOf, summaryOf, type EngineParts } from "./health.ts";
import { barViews, type Bars } from "./bars.ts";
import { listed } from "./listed.ts";
import { instrumentView, instrumentViews } from "./instrument-views.ts";
import { engineMetrics } from "./metrics.ts";
import { readinessOf, strategyViews } from "./strategy-views.ts";

export { tellBars } from "./bars.ts";
export { DataPlane } from "./data-plane.ts";
export { liveMetrics } from "./live-metrics.ts";
export { Records } from "./records.ts";
export { tellExecutions } from "./execution-news.ts";
export { tellStrategies } from "./strategy-news.ts";
export { openTransport, type Transport } from "./transport.ts";

const ERRORS_SHOWN = 20;

export interface EngineOptions extends EngineParts, Bars {
  readonly version: string;
  readonly ready: () => boolean;
  readonly log: Log;
  readonly onEmergencyStop: (reason: string) => void;
  readonly onResume: (reason: string) => void;
}

export function createEngine(parts: EngineOptions): Engine {
  const { plane } = parts;
  const metrics = engineMetrics(parts);
  const version: VersionView = {
    name: "strategy-engine",
    version: parts.version,
    api_version: "1",
    node: process.version,
    arch: process.arch,
    wasm_simd: true,
  };
  const stops = { count: 0 };
  const emergencyStop = emergencyStopOf(parts, stops);
  parts.manage.risk.stopBy((reason) => void emergencyStop(reason));
  return {
    health: () => ({ ...healthOf(parts), emergency_stops: stops.count }),
    ready: parts.ready,
    version: () => version,
    metricsJson: () => metricsOf(parts),
    metricsText: () => metrics.text(),
    symbols: () => listed(plane.stream.ingest.symbols.count, (id) => viewOf(plane.stream, id)),
    symbol: (name) => {
      const id = plane.stream.ingest.symbols.idOf(name);
      return id === undefined ? null : viewOf(plane.stream, id);
    },
    bars: (symbol, seconds, limit) => barViews(parts, symbol, seconds, limit),
    instruments: () => instrumentViews(plane.stream),
    instrument: (symbol) => instrumentView(plane.stream, symbol),
    setInstrument: async (symbol, change, actor) => {
      const set = await parts.manage.instruments.put(symbol, change, actor);
      if (!set.ok) return set;
      const view = instrumentView(plane.stream, symbol);
      return view === null ? failed({ code: "not_found", kind: "symbol", id: symbol }) : ok(view);
    },
    signals: (query) => plane.stream.archive.query(query),
    strategyTypes: () => strategyViews(plane.stream),
    readinessOf: (strategyId) => readinessOf(plane.stream, strategyId),
    summary: () => summaryOf(parts),
    components: () => componentViews(parts),
    manage: parts.manage,
    logTail: (most, from) => parts.log.tail(most, from),
    processMarketData: async (bytes) => {
      const begin = performance.now();
      const processed = await plane.stream.process(bytes, "http");
      return processed.ok ? ok(outcome(processed.value, performance.now() - begin)) : processed;
    },
    marketDataTooLarge: () => {
      plane.stream.ingest.counters.rejected.too_large += 1;
    },
    emergencyStop,
    resume: (reason) => {
      const stopped = plane.stream.status.emergencyStop || parts.manage.risk.stopped;
      const resumed = latch(parts, false);
      if (!resumed.ok) return resumed;
      if (stopped) parts.onResume(reason); // otherwise there is nothing to tell
      parts.manage.release();
      return resumed;
    },
  };
}

/** Nothing trades any more and nothing is deployed, whether or not the event ring has room for the latch. */
function emergencyStopOf(parts: EngineOptions, stops: { count: number }): Engine["emergencyStop"] {
  return (reason) => {
    stops.count += 1;
    const executionsStopped = parts.manage.halt();
    const latched = latch(parts, true);
    parts.onEmergencyStop(reason);
    return latched.ok ? ok({ executionsStopped }) : latched;
  };
}

function latch({ plane }: EngineOptions, stop: boolean): Result<null, Failure> {
  return plane.stream.latch(stop) ? ok(null) : failed({ code: "overloaded", what: "the event ring" });
}

/** Null for a symbol whose name the core has not read yet. */
function viewOf({ compute }: Stream, id: number): SymbolView | null {
  const symbol = compute.state.symbol(id);
  return symbol === null ? null : symbolView(symbol);
}

function symbolView(symbol: SymbolState): SymbolView {
  return {
    symbol: symbol.name,
    asset_type: assetTypeName(symbol.assetType),
    last_price: symbol.price > 0 ? symbol.price : null,
    last_timestamp: symbol.time > 0 ? symbol.time / US_PER_S : null,
    bars: symbol.bars,
    ticks: symbol.ticks,
    ...(symbol.demo ? { demo: true } : {}),
  };
}

function outcome({ batch, signals, applied }: Processed, elapsedMs: number): MarketDataOutcome {
  return {
    strategies_applied: applied,
    processed: batch.accepted,
    rejected: batch.rejected,
    errors: batch.errors.slice(0, ERRORS_SHOWN).map(({ index, message }) => ({ index, message })),
    signals: signals.filter(({ tier, action }) => tier === "fast" && action !== "exit").map(wireSignal),
    processing_time_ms: elapsedMs,
  };
}
