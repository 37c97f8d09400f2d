// Fills the server's Engine port for tests of the server alone. It is not a model of the engine: each answer is a fixed,
// valid view, and single answers are replaced by the test that needs another one.
import { EmbeddedBus } from "../../../src/bus/embedded-bus.ts";
import { assetDefaults } from "../../../src/domain/instrument.ts";
import { ok } from "../../../src/domain/result.ts";
import { Manage } from "../../../src/manage/manage.ts";
import { SignalArchive } from "../../../src/stream/sinks/archive.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { CONFIG_DEFAULTS } from "../manage/config-defaults.ts";
import type { Store } from "../../../src/store/store.ts";
import type {
  Engine,
  HealthView,
  InstrumentView,
  MarketDataOutcome,
  SymbolView,
  TierView,
} from "../../../src/server/engine.ts";

export interface PortFiller extends Engine {
  readonly archive: SignalArchive;
  readonly received: { readonly bytes: Uint8Array; readonly encoding: string }[];
}

export const HEALTHY: HealthView = {
  status: "healthy",
  strategies_deployed: 0,
  pipelines_executed: 0,
  tests_completed: 0,
  active_strategies: 0,
  active_executions: 0,
  uptime_seconds: 1,
  messagebus_connected: true,
  messagebus: "embedded",
};

const TIER: TierView = { interval_ms: 100, cycles: 0, p50_ms: 0, p99_ms: 0, overruns: 0 };

const OUTCOME: MarketDataOutcome = {
  strategies_applied: 1,
  processed: 1,
  rejected: 0,
  errors: [],
  signals: [],
  processing_time_ms: 0.1,
};

/** Takes everything and knows nothing: what strategies are is not the server's business. */
const EMPTY_STORE: Store = {
  commit: () => Promise.resolve(ok(undefined)),
  undo: () => Promise.resolve(ok(undefined)),
  query: () => Promise.resolve([]),
  reads: { query: () => Promise.resolve([]) },
  status: () => ({ file: null, trouble: null, commits: 0, groups: 0, waiting: 0 }),
  close: () => Promise.resolve(),
};

const BAR = { timestamp: 1_756_029_600, open: 1, high: 2, low: 0.5, close: 1.5, volume: 10 };

function emptyManage(): Manage {
  return new Manage({
    store: EMPTY_STORE,
    bus: new EmbeddedBus(),
    now: () => 1_756_029_600_000_000,
    log: SILENT_LOG,
    configDefaults: CONFIG_DEFAULTS,
  });
}

export function fillPort(changes: Partial<Engine> = {}): PortFiller {
  const archive = new SignalArchive();
  const received: { bytes: Uint8Array; encoding: string }[] = [];
  const symbols = Array.from({ length: 120 }, (_, index) => symbolView(`SYM${index}`));
  return {
    archive,
    received,
    health: () => HEALTHY,
    ready: () => true,
    version: () => ({
      name: "strategy-engine",
      version: "0.1.0",
      api_version: "1",
      node: "v20",
      arch: "x64",
      wasm_simd: true,
    }),
    metricsJson: () => ({
      deployments_per_hour: 0,
      pipelines_per_hour: 0,
      success_rate: 1,
      total_strategies: 0,
      total_deployments: 0,
      total_pipelines: 0,
      active_executions: 0,
      engine_type: "strategy_deployment",
      user_strategies: NO_STRATEGIES,
      containerized: false,
    }),
    metricsText: () => Promise.resolve("# HELP strategy_trade_count_total trades\n"),
    symbols: () => symbols,
    symbol: (name) => symbols.find((view) => view.symbol === name) ?? null,
    bars: (name) => (symbols.some((view) => view.symbol === name) ? [BAR] : null),
    instruments: () => symbols.map((view) => instrumentView(view.symbol)),
    instrument: (name) => (symbols.some((view) => view.symbol === name) ? instrumentView(name) : null),
    setInstrument: (name) => Promise.resolve(ok(instrumentView(name))),
    signals: (query) => archive.query(query),
    strategyTypes: () => [],
    readinessOf: () => null,
    components: () => [],
    manage: emptyManage(),
    logTail: () => [],
    summary: () => ({
      system_health: "healthy",
      components: {},
      tiers: { fast: TIER, tactical: TIER, strategic: TIER, learning: TIER },
      integration_stats: {},
      redis_connected: false,
      uptime_seconds: 1,
    }),
    processMarketData: (bytes, encoding) => {
      received.push({ bytes, encoding });
      return Promise.resolve(ok(OUTCOME));
    },
    marketDataTooLarge: () => undefined,
    emergencyStop: () => ok({ executionsStopped: 0 }),
    resume: () => ok(null),
    ...changes,
  };
}

export function instrumentView(symbol: string): InstrumentView {
  return { ...assetDefaults("crypto").fields, symbol, asset_type: "crypto", session: "24h", benchmark: null };
}

function symbolView(symbol: string): SymbolView {
  return { symbol, asset_type: "crypto", last_price: 1, last_timestamp: 1_756_029_600, bars: 0, ticks: 1 };
}

const NO_STRATEGIES = {
  memory_bytes: 0,
  memory_limit_bytes: 2_147_483_648,
  cpu_seconds: 0,
  cpu_limit_cores: 1,
  throttled_seconds: 0,
};
